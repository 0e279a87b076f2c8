//! What happened to a factor.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{FactorId, Interval, VersionId};

/// One act on the log of factors. Its number orders it; the moment is data that never goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Its place in the log, from 0 on.
    pub seq: u64,
    /// When the store took it: never earlier than the event before it, whatever clocks say.
    pub recorded_at: DateTime<Utc>,
    /// What was done.
    pub kind: Kind,
    /// To which factor; `None` for a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor_id: Option<FactorId>,
    /// Which version was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<VersionId>,
    /// For which days it was said; `None` is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<Interval>,
    /// For which days it counts. An edition without an end gives way to the next one that was known
    /// when it was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaches: Option<Interval>,
    /// What it replaces, where a correction says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<VersionId>,
    /// The other name, for an alias; the name of the tag, for a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Up to which event a tag reaches: those with a smaller number are part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Who.
    pub actor: String,
    /// When the publisher or an older system says that it was known. Not an axis: data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<DateTime<Utc>>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A version was added.
    Put,
    /// A version was added because an earlier one was wrong.
    Correct,
    /// What is there counts no longer.
    Withdraw,
    /// What was withdrawn counts again.
    Reinstate,
    /// A position of the log got a name.
    Tag,
    /// A factor got another name.
    Alias,
}

/// Why something was done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Of which kind.
    pub kind: ReasonKind,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Of which kind a reason is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// It was wrong.
    Error,
    /// A new edition came out.
    NewEdition,
    /// It is calculated differently.
    Method,
    /// It was filed under the wrong thing.
    Reclassified,
    /// The terms do not allow it, or do now.
    Licence,
}

impl From<ReasonKind> for Reason {
    fn from(kind: ReasonKind) -> Self {
        Self { kind, text: None }
    }
}
