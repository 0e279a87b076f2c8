//! How artifacts are opened.

use std::fmt;
use std::sync::Arc;

use storage_core::artifacts::{Gates, Rules, Who};

use super::Scanner;
use crate::clock::{Clock, SystemClock};
use crate::numbered::Retry;
use crate::store::Conditions;

/// How artifacts are opened to be changed. Plain data and the parts it works with; no environment is
/// read.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Who acts, for the ledger.
    pub actor: String,
    /// What is taken of each kind.
    pub rules: Rules,
    /// What has to happen before a release moves on.
    pub gates: Gates,
    /// Looks for malware in every file; `None` if nobody does.
    pub scanner: Option<Arc<dyn Scanner>>,
    /// How long a failing store is tried again.
    pub retry: Retry,
    /// How far conditional writes are trusted when artifacts are begun; `None` takes the word of the
    /// ledger, if it is in the same bucket, or finds out.
    pub conditions: Option<Conditions>,
    /// Dates what is decided.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The usual, for this actor.
    pub fn new(actor: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            rules: Rules::default(),
            gates: Gates::default(),
            scanner: None,
            retry: Retry::default(),
            conditions: None,
            clock: Arc::new(SystemClock),
        }
    }

    pub(super) fn who(&self) -> Who {
        Who { actor: self.actor.clone(), at: self.clock.now() }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("actor", &self.actor).finish_non_exhaustive()
    }
}
