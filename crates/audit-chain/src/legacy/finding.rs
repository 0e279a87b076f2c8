//! What there is to say about an object of an older log.

use std::fmt;

use crate::Hash;
use crate::verify::Severity;

/// What was found.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The record does not have the hash it gives, in no order of its members.
    ContentAltered,
    /// The record before this one is missing.
    Gap,
    /// Records name each other in a circle, which honest hashes cannot do.
    Loop,
    /// The newest records are missing: the head somebody remembers is not there.
    Truncated,
    /// A later version of an object hides the one that was written first, and says something else.
    ShadowedVersion,
    /// A delete marker hides an object.
    DeleteMarker,
    /// The object is no record.
    Malformed,
    /// A member stands twice, so that readers disagree about what the record says.
    DuplicateMember,
    /// The key names another type, hour or hash than the record.
    KeyMismatch,
    /// There are no records at all, so there is nothing to say.
    Empty,
    /// Several records name the same one before them: several writers, or a retry.
    Fork,
    /// The chain begins again: a restarted writer.
    Restart,
    /// The same record lies under another key as well.
    Duplicate,
    /// The record was hashed with members in the order of numbers, as Python does when names are
    /// numbers; Python itself cannot verify it.
    NumericKeys,
    /// The record holds `NaN` or an infinity, so it is not JSON for most readers.
    NonFinite,
    /// The record is stamped earlier than the one before it.
    ClockRegression,
}

impl Kind {
    /// Every kind, those that show tampering first.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The kind as it stands in JSON.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// How much it weighs. What an honest logger did to itself is a note.
    pub fn severity(self) -> Severity {
        match self {
            Self::ContentAltered
            | Self::Gap
            | Self::Loop
            | Self::Truncated
            | Self::ShadowedVersion
            | Self::DeleteMarker
            | Self::Malformed
            | Self::DuplicateMember
            | Self::KeyMismatch => Severity::Tampered,
            Self::Empty => Severity::CouldNotCheck,
            Self::Fork
            | Self::Restart
            | Self::Duplicate
            | Self::NumericKeys
            | Self::NonFinite
            | Self::ClockRegression => Severity::Note,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Finding {
    /// The key of the object it is about, unless it is about the log as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What was found.
    pub kind: Kind,
    /// The hash the record gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_hash: Option<Hash>,
    /// Other records it is about: the missing one of a gap, the branches of a fork.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Hash>,
    /// One line for people.
    pub message: String,
}

impl Finding {
    /// A finding about the log as a whole.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { key: None, kind, record_hash: None, others: Vec::new(), message: message.into() }
    }

    /// The same about the object `key`.
    pub fn of(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub(super) fn record(mut self, hash: Hash) -> Self {
        self.record_hash = Some(hash);
        self
    }

    pub(super) fn others(mut self, others: impl IntoIterator<Item = Hash>) -> Self {
        self.others.extend(others);
        self
    }

    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(key) = &self.key {
            write!(f, " in `{}`", key.escape_debug())?;
        }
        write!(f, ": {}", self.message)?;
        for (number, other) in self.others.iter().enumerate() {
            write!(f, "{}{other}", if number == 0 { " (" } else { ", " })?;
        }
        if self.others.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}
