//! One thing a verification found.

use std::fmt;

/// How much a finding weighs. The heavier decides the verdict over the whole log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the log is as it was written.
    Note,
    /// The question could not be answered: a missing key, a failing store.
    CouldNotCheck,
    /// The log is not as it was written.
    Tampered,
}

/// What was found. Deliberately exhaustive: whoever handles verdicts handles all of them.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    std::hash::Hash,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The bytes of a record or of another object are not those that were hashed or signed.
    ContentAltered,
    /// A record does not name the hash of the record before it.
    LinkBroken,
    /// Records are missing between others.
    Gap,
    /// Two histories: two segments for one record, or another root at a size that is known.
    Fork,
    /// The end of the log is missing: a checkpoint or a pin covers more records than there are.
    Truncated,
    /// The log is older than a verifier has seen it.
    RolledBack,
    /// A later version of an object hides the one that counts.
    ShadowedVersion,
    /// A delete marker hides an object.
    DeleteMarker,
    /// An object has no lock, or a shorter one than was demanded.
    LockMissing,
    /// The bytes are not the canonical ones of the record they hold.
    Noncanonical,
    /// A record names a member twice, so that readers disagree about what it says.
    DuplicateMember,
    /// The object is not what its place in the log asks for.
    Malformed,
    /// A checkpoint is not signed as it must be, or is not the checkpoint of these records.
    BadCheckpoint,
    /// Two checkpoints, each rightly signed, cannot both be true.
    InconsistentCheckpoints,
    /// A key signs what it may not sign, or the log and the keyring disagree about keys.
    KeyMismatch,
    /// There are objects of a log, but not the document that says which log.
    MissingLogDocument,
    /// Records are gone, and what must vouch for their removal does not.
    PrunedUncorroborated,
    /// Something could not be read or asked; nothing is said about it.
    CouldNotCheck,
    /// The last records are in no checkpoint yet.
    UnsealedTail,
    /// A writer that lost a race left a version behind.
    LostRace,
    /// A record is stamped earlier than the one before it.
    ClockRegression,
    /// Bodies of records were removed, as the log itself says.
    Pruned,
    /// The key of a subject was destroyed, as the log itself says.
    Erased,
    /// A tile is not there: it is derived from the records and can be made anew.
    TileMissing,
    /// There is an object that is no part of a log.
    UnknownObject,
}

impl Kind {
    /// Every kind, tampered ones first.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The kind as it stands in JSON, for example `link_broken`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// How much it weighs.
    ///
    /// ```
    /// use audit_chain::verify::{Kind, Severity};
    ///
    /// assert_eq!(Kind::Gap.severity(), Severity::Tampered);
    /// assert_eq!(Kind::UnsealedTail.severity(), Severity::Note);
    /// ```
    pub fn severity(self) -> Severity {
        match self {
            Self::ContentAltered
            | Self::LinkBroken
            | Self::Gap
            | Self::Fork
            | Self::Truncated
            | Self::RolledBack
            | Self::ShadowedVersion
            | Self::DeleteMarker
            | Self::LockMissing
            | Self::Noncanonical
            | Self::DuplicateMember
            | Self::Malformed
            | Self::BadCheckpoint
            | Self::InconsistentCheckpoints
            | Self::KeyMismatch
            | Self::MissingLogDocument
            | Self::PrunedUncorroborated => Severity::Tampered,
            Self::CouldNotCheck => Severity::CouldNotCheck,
            Self::UnsealedTail
            | Self::LostRace
            | Self::ClockRegression
            | Self::Pruned
            | Self::Erased
            | Self::TileMissing
            | Self::UnknownObject => Severity::Note,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing a verification found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// What was found.
    pub kind: Kind,
    /// The first record it is about, if it is about records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seq: Option<u64>,
    /// The last record it is about; the same as `first_seq` for a single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seq: Option<u64>,
    /// The object, below the prefix of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The version of the object, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What had to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// One line for people: lower case, no full stop.
    pub message: String,
}

impl Finding {
    /// A finding about the log as a whole, or about an object: add the place with the methods below.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            first_seq: None,
            last_seq: None,
            key: None,
            version: None,
            expected: None,
            found: None,
            message: message.into(),
        }
    }

    /// The same about one record.
    pub fn at(self, seq: u64) -> Self {
        self.between(seq, seq)
    }

    /// The same about the records `first` to `last`, both included.
    pub fn between(mut self, first: u64, last: u64) -> Self {
        self.first_seq = Some(first);
        self.last_seq = Some(last);
        self
    }

    /// The same about the object `key`.
    pub fn of(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same about one version of the object.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The same with what had to be there and what was.
    pub fn instead(mut self, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }

    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// The order of a report: by record (the log as a whole last), then by weight, kind and place.
    pub(super) fn order(&self) -> impl Ord + use<> {
        (
            self.first_seq.unwrap_or(u64::MAX),
            self.last_seq.unwrap_or(u64::MAX),
            self.kind,
            self.key.clone(),
            self.version.clone(),
            self.message.clone(),
        )
    }
}

impl fmt::Display for Finding {
    /// One line: `link_broken at 17 in seg/…: the record does not name the one before it (…)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match (self.first_seq, self.last_seq) {
            (Some(first), Some(last)) if first != last => write!(f, " at {first}..={last}")?,
            (Some(seq), _) | (None, Some(seq)) => write!(f, " at {seq}")?,
            (None, None) => {}
        }
        if let Some(key) = &self.key {
            write!(f, " in `{}`", key.escape_debug())?;
        }
        if let Some(version) = &self.version {
            write!(f, " (version `{}`)", version.escape_debug())?;
        }
        write!(f, ": {}", self.message)?;
        match (&self.expected, &self.found) {
            (Some(expected), Some(found)) => {
                write!(f, " (expected {}, found {})", expected.escape_debug(), found.escape_debug())
            }
            (Some(expected), None) => write!(f, " (expected {})", expected.escape_debug()),
            (None, Some(found)) => write!(f, " (found {})", found.escape_debug()),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_spelled_alike_in_json_and_in_talk() {
        assert_eq!(Kind::ALL.len(), 25);
        for kind in Kind::ALL {
            let json = serde_json::to_string(kind).expect("a kind is a plain string");
            assert_eq!(json, format!("\"{kind}\""));
        }
    }

    #[test]
    fn a_finding_is_one_line_whatever_the_store_calls_its_objects() {
        let finding = Finding::new(Kind::Malformed, "not a segment")
            .between(3, 5)
            .of("seg/\n\u{1b}[31m")
            .instead("a header", "\u{7}");
        assert_eq!(
            finding.to_string(),
            "malformed at 3..=5 in `seg/\\n\\u{1b}[31m`: not a segment \
             (expected a header, found \\u{7})"
        );
    }
}
