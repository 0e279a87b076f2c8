//! What is asked for, and what became of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Factor, FactorId, Interval, Reason, Version, VersionId};

/// What is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// Add a version, and the factor with it if it is new.
    Put {
        /// What it is about.
        factor: Arc<Factor>,
        /// What it says.
        version: Arc<Version>,
    },
    /// Add a version because what counts for these days is wrong.
    Correct {
        /// What it is about.
        factor: Arc<Factor>,
        /// What it says.
        version: Arc<Version>,
    },
    /// Let what is there count no longer.
    Withdraw {
        /// Of which factor.
        factor_id: FactorId,
        /// On which days; `None` is all of them.
        valid: Option<Interval>,
    },
    /// Let what was withdrawn count again.
    Reinstate {
        /// Of which factor.
        factor_id: FactorId,
        /// On which days; `None` is all of them.
        valid: Option<Interval>,
    },
    /// Let another name lead to a factor.
    Alias {
        /// Which factor.
        factor_id: FactorId,
        /// The other name.
        alias: FactorId,
    },
    /// Name a position of the log, for good.
    Tag {
        /// The name: 1 to 128 bytes without control characters.
        name: String,
        /// The last event that is part of it; `None` is the last one there is.
        position: Option<u64>,
    },
}

/// Under which circumstances, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Why.
    pub reason: Option<Reason>,
    /// Who; `None` is whoever writes the batch.
    pub actor: Option<String>,
    /// When the publisher or an older system says that it was known.
    pub claimed_at: Option<DateTime<Utc>>,
    /// What it replaces; a correction finds that out if nothing is named.
    pub supersedes: Vec<VersionId>,
    /// Refuses the change if the newest event of the factor is another than this: `Some(None)` for a
    /// factor that must not be there yet, `None` for whatever it is.
    pub expected_head: Option<Option<u64>>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The event that did it, now or earlier.
    pub seq: u64,
    /// Which version was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<VersionId>,
    /// Whether something was added; `false` if all of it was there already.
    pub created: bool,
}
