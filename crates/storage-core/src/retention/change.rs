//! What can be done to the protection of a record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, Rule, Trigger, TriggerDate, Until};
use crate::{Lock, LockMode};

/// A change of what protects a record: who, why, when, what. A value, to be recorded first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Change {
    /// Who does it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// Whether what it takes away is meant to be taken away. Only a governance lock knows this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bypass: bool,
    /// What is done.
    pub act: Act,
}

impl Change {
    /// A change without bypass.
    pub fn new(
        actor: impl Into<String>,
        reason: impl Into<String>,
        at: DateTime<Utc>,
        act: Act,
    ) -> Self {
        Self { actor: actor.into(), reason: reason.into(), at, bypass: false, act }
    }

    /// The same, knowing that it shortens a governance lock.
    #[must_use]
    pub fn with_bypass(mut self) -> Self {
        self.bypass = true;
        self
    }
}

/// What is done to the protection of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Act {
    /// Place a named legal hold; also on a record whose retention is over.
    Hold {
        /// What it is called.
        name: String,
    },
    /// Lift a named hold. The others stay.
    Release {
        /// What it is called.
        name: String,
    },
    /// Say when an event happened, for every duty that waits for it. Once.
    SetTrigger {
        /// The event.
        trigger: Trigger,
        /// When it happened.
        on: TriggerDate,
    },
    /// Say that an event happened at another time than was said. Without bypass the record stays
    /// protected for as long as it was.
    CorrectTrigger {
        /// The event.
        trigger: Trigger,
        /// When it happened.
        on: TriggerDate,
    },
    /// Protect for longer than the duties do.
    Extend {
        /// The moment from which it may be deleted.
        until: DateTime<Utc>,
    },
    /// Take back an extension (governance with bypass only). Duties stay.
    Shorten {
        /// The moment from which it may be deleted.
        until: DateTime<Utc>,
    },
    /// Put the record under one more rule, or under a newer version of one. What it has stays.
    AddDuty {
        /// The rule.
        rule: Box<Rule>,
        /// When its event happened, if that is known; then it is for every duty that waits for it.
        #[serde(default)]
        trigger: Option<TriggerDate>,
    },
    /// Say that a rule never applied to the record (governance with bypass only). Without bypass
    /// nothing is withdrawn.
    WithdrawDuty {
        /// The id of the rule.
        rule: String,
    },
    /// Turn a governance lock into a compliance lock. There is no way back.
    Strengthen,
}

/// What protects a record at one time, as a store can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protection {
    /// Until when, by duties and extensions.
    pub until: Until,
    /// The latest date that is known, also while the event of another duty is not.
    pub at_least: Option<DateTime<Utc>>,
    /// Whether a named hold is in force.
    pub held: bool,
    /// Who may lift the protection by date.
    pub mode: LockMode,
}

impl Protection {
    /// The lock of the store: until the latest date that is known, if any is. It never ends later
    /// than the protection, so it can be set from the beginning.
    pub fn lock(&self) -> Option<Lock> {
        self.at_least.map(|until| Lock { mode: self.mode, until })
    }

    /// Whether the legal hold of the store must be on: a hold is in force, or no date is known. A
    /// store cannot say "seven years after something that has not happened yet".
    pub fn needs_hold(&self) -> bool {
        self.held || self.until == Until::Indefinite
    }
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// What protected the record before.
    pub before: Protection,
    /// What protects it now.
    pub after: Protection,
}

impl Effect {
    /// Whether a date came closer. Learning the date of an event for the first time does not count.
    pub fn shortens(&self) -> bool {
        self.after.at_least < self.before.at_least
    }

    /// Whether anything is different.
    pub fn changes(&self) -> bool {
        self.before != self.after
    }
}

/// Refuses to shorten unless that may be and is meant.
pub(super) fn may_shorten(mode: LockMode, bypass: bool) -> Result<(), Error> {
    match (mode, bypass) {
        (LockMode::Compliance, _) => Err(Error::Compliance),
        (LockMode::Governance, false) => Err(Error::BypassMissing),
        (LockMode::Governance, true) => Ok(()),
    }
}
