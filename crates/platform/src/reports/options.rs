//! How an archive of reports is opened.

use std::fmt;
use std::sync::Arc;

use audit_chain::note::Signer;
use storage_core::retention::{RuleTable, Zone};

use crate::body_keys::BodyKeys;
use crate::clock::{Clock, SystemClock};
use crate::numbered::Retry;
use crate::store::{Conditions, LockMode};

/// How an archive of reports is opened. Plain data and the parts it works with; no environment is
/// read.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Who acts, where a call does not say it itself.
    pub actor: String,
    /// What protects reports besides the rules.
    pub protection: Protection,
    /// Which rules there are.
    pub rules: RuleTable,
    /// Where records belong to, where a request does not say it: on which day things happen.
    pub zone: Zone,
    /// Signs certificates of destruction.
    pub signer: Option<Arc<Signer>>,
    /// The keys of sealed reports. Without them such reports can be neither made, read nor destroyed.
    pub body_keys: Option<BodyKeys>,
    /// How long a failing store is tried again.
    pub retry: Retry,
    /// How far conditional writes are trusted when an archive is begun; `None` finds out.
    pub conditions: Option<Conditions>,
    /// How many reports are looked at side by side.
    pub side_by_side: usize,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// What protects reports besides the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// The store locks their versions, in this mode. A store that cannot is refused.
    Locked(LockMode),
    /// Nothing: the rules alone. Whoever may write to the store may destroy them.
    RulesAlone,
}

impl Options {
    /// The usual ones, for this actor: locks in compliance mode, the built-in rules, UTC.
    pub fn new(actor: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            protection: Protection::Locked(LockMode::Compliance),
            rules: RuleTable::builtin().clone(),
            zone: Zone::UTC,
            signer: None,
            body_keys: None,
            retry: Retry::default(),
            conditions: None,
            side_by_side: 16,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("actor", &self.actor)
            .field("protection", &self.protection)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}
