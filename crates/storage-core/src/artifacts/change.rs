//! What happens to releases, as it is written down.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Reason, Stage};
use crate::{Decimal, Digest};

/// One change to a release. Stands in the details of a plan and so in the ledger: no secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Change {
    /// Somebody may upload a file for some time.
    Granted {
        /// Which.
        file: String,
        /// How long.
        expires_at: DateTime<Utc>,
        /// What was announced.
        expected: Expected,
    },
    /// A file passed its checks and is an artifact.
    Accepted {
        /// Which.
        file: String,
        /// What it is.
        entry: Entry,
        /// How it came.
        #[serde(default)]
        arrival: Arrival,
    },
    /// A file was put aside.
    Quarantined {
        /// Which.
        file: String,
        /// What and why.
        quarantined: Quarantined,
        /// How it came.
        #[serde(default)]
        arrival: Arrival,
    },
    /// Bytes that were put aside are an artifact after all: somebody said so, and why.
    Released {
        /// Which.
        file: String,
        /// What it is.
        entry: Entry,
        /// Why.
        reason: String,
    },
    /// Bytes that were put aside are kept no more, under whatever file they were put aside.
    Discarded {
        /// Which.
        file: String,
        /// Their digest.
        sha256: Digest,
        /// Why.
        reason: String,
    },
    /// A file that was an artifact is not there any more.
    Removed {
        /// Which.
        file: String,
        /// How that was noticed.
        arrival: Arrival,
    },
    /// A gate was tried.
    GateReported(GateReport),
    /// Somebody agrees.
    Approved(Approval),
    /// The release moved on.
    Promoted(Promotion),
    /// The release moved back.
    Demoted {
        /// From where.
        from: Stage,
        /// To where.
        to: Stage,
        /// Why.
        reason: String,
    },
    /// Something was said about a version of a model.
    Registered(Registration),
}

impl Change {
    /// What the ledger calls it.
    pub fn act(&self) -> &'static str {
        match self {
            Self::Granted { .. } => "artifact.upload_granted",
            Self::Accepted { .. } => "artifact.accepted",
            Self::Quarantined { .. } => "artifact.quarantined",
            Self::Released { .. } => "artifact.released",
            Self::Discarded { .. } => "artifact.discarded",
            Self::Removed { .. } => "artifact.removed",
            Self::GateReported(_) => "artifact.gate_reported",
            Self::Approved(_) => "artifact.approved",
            Self::Promoted(_) => "artifact.promoted",
            Self::Demoted { .. } => "artifact.demoted",
            Self::Registered(_) => "model.registered",
        }
    }

    /// The file it is about, if it is about one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Granted { file, .. }
            | Self::Accepted { file, .. }
            | Self::Quarantined { file, .. }
            | Self::Released { file, .. }
            | Self::Discarded { file, .. }
            | Self::Removed { file, .. } => Some(file),
            _ => None,
        }
    }
}

/// What was announced about a file before it came. What is not said is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expected {
    /// Its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Its length in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// An artifact: a file that passed its checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// Its digest.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// Which version of the object it is, where the store keeps several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Which scanner found nothing; none if none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned_by: Option<String>,
}

impl Entry {
    /// An artifact, of which the rest is not known.
    pub fn new(sha256: Digest, size_bytes: u64, media_type: impl Into<String>) -> Self {
        Self { sha256, size_bytes, media_type: media_type.into(), version: None, scanned_by: None }
    }
}

/// How a file came, or went: what its notification said. Empty if we put it ourselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Arrival {
    /// Where its notification stands among those of its key (see [`is_later`](super::is_later)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequencer: Option<String>,
    /// Which version of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whose request it was, as the store calls them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
}

/// Bytes that were put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantined {
    /// Their digest; `None` if they were too many to be read to their end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// How many there are, or were read.
    pub size_bytes: u64,
    /// Where they are kept; `None` if they were never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_at: Option<String>,
    /// Why, all of it.
    pub reasons: Vec<Reason>,
}

/// What a gate said about the contents of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReport {
    /// Which gate: 1 to 64 letters, digits and `. _ - @ /`.
    pub gate: String,
    /// About which contents ([`Release::contents`](super::Release::contents)).
    pub contents: Digest,
    /// Whether they passed.
    pub passed: bool,
    /// Where the evidence is: an address or a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// The agreement of one person to exactly these contents in exactly this stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The stage.
    pub to: Stage,
    /// The contents.
    pub contents: Digest,
    /// Who agrees.
    pub approver: String,
    /// What they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A step of a release to the next stage, with everything that allowed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// From where.
    pub from: Stage,
    /// To where.
    pub to: Stage,
    /// What it holds.
    pub contents: Digest,
    /// The digest of the gates that were asked ([`Gates::digest`](super::Gates::digest)).
    pub gates: Digest,
    /// The gates that were passed.
    pub passed: Vec<String>,
    /// Whose agreement counted.
    pub approvers: Vec<String>,
}

/// What is said about a version of a model. A later one replaces an earlier one as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Figures of merit, as decimal text: `rmse` is `0.125`.
    pub metrics: BTreeMap<String, Decimal>,
    /// How it was trained.
    pub parameters: BTreeMap<String, String>,
    /// What it was made from.
    pub lineage: Vec<Lineage>,
    /// What people should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Something that a model was made from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// What it is for the model: `dataset`, `code`, `base_model`, …
    pub role: String,
    /// Its name: a key, an address, a commit.
    pub name: String,
    /// Its digest, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}
