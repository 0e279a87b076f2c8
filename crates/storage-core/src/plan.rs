//! What is about to happen to objects, before it happens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Digest, Error, Lock, canonical_json};

/// A decision: an act, and the steps it takes. A value, so that it can be shown, approved by its
/// digest, recorded, and carried out again after a crash.
///
/// Carry out the plan again, never the decision: deciding later would give another plan.
///
/// ```
/// use storage_core::{Plan, Step};
///
/// let step = Step::Put {
///     key: "csrd/acme/2026/manifest.json".to_owned(),
///     body: "{}".to_owned(),
///     content_type: "application/json".to_owned(),
///     lock: None,
///     legal_hold: false,
/// };
/// let plan = Plan::new("report.archived", "ana", "csrd/acme/2026", "2026-03-01T12:00:00Z".parse()?)
///     .with_step(step);
/// let again: Plan = serde_json::from_slice(&plan.to_bytes()?)?;
/// assert_eq!(again.digest()?, plan.digest()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// The version of this form: 1.
    pub v: u32,
    /// What is done, as the ledger calls it: `report.archived`, `artifact.promoted`, …
    pub act: String,
    /// Who does it.
    pub actor: String,
    /// What it is done to.
    pub resource: String,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
    /// What else the ledger is told. Whole numbers and text; no secret.
    #[serde(default)]
    pub details: serde_json::Map<String, serde_json::Value>,
    /// Which number this act takes among those of its resource. Two decisions that were made from the
    /// same facts claim the same number, and one of them is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// What changes, in order.
    pub steps: Vec<Step>,
}

/// A number among the acts of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Where the acts of the resource are numbered: a prefix that ends with a slash.
    pub prefix: String,
    /// The number, from 0.
    pub number: u64,
}

/// One change to one object. Each can be made again when it is not known whether it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Step {
    /// Write a small object where nothing is.
    Put {
        /// Its key.
        key: String,
        /// What it says.
        body: String,
        /// Its media type.
        content_type: String,
        /// Protection from the first moment on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock: Option<Lock>,
        /// A legal hold from the first moment on.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        legal_hold: bool,
    },
    /// Write a copy of an object where nothing is.
    Copy {
        /// What is copied.
        from: String,
        /// Which version of it; the current one if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Where to.
        to: String,
        /// What the bytes must be.
        sha256: Digest,
        /// Its media type.
        content_type: String,
    },
    /// Protect an object until a date. Never shortens a protection.
    Retain {
        /// Its key.
        key: String,
        /// Which version; the current one if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Until when, and how firmly.
        lock: Lock,
    },
    /// Protect an object until another date, or in another mode, even if that weakens a protection in
    /// governance mode. Never weakens one in compliance mode.
    Relock {
        /// Its key.
        key: String,
        /// Which version; the current one if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Until when, and how firmly.
        lock: Lock,
    },
    /// Protect an object until lifted, or lift that.
    Hold {
        /// Its key.
        key: String,
        /// Which version; the current one if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// `true` to place the hold.
        on: bool,
    },
    /// Destroy the key of the sealed bodies of a report, wherever such keys are kept: whatever was sealed
    /// with it is noise from then on.
    DestroyKey {
        /// The report.
        of: String,
    },
    /// Remove an object for good.
    Delete {
        /// Its key.
        key: String,
        /// Which version; without one, every version there is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
}

impl Plan {
    /// An act without steps.
    pub fn new(
        act: impl Into<String>,
        actor: impl Into<String>,
        resource: impl Into<String>,
        decided_at: DateTime<Utc>,
    ) -> Self {
        Self {
            v: 1,
            act: act.into(),
            actor: actor.into(),
            resource: resource.into(),
            decided_at,
            details: serde_json::Map::new(),
            claim: None,
            steps: Vec::new(),
        }
    }

    /// The same with something that the ledger is told.
    #[must_use]
    pub fn saying(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The same as the act of this number among those under `prefix`.
    #[must_use]
    pub fn claiming(mut self, prefix: impl Into<String>, number: u64) -> Self {
        self.claim = Some(Claim { prefix: prefix.into(), number });
        self
    }

    /// The same with one more step at the end.
    #[must_use]
    pub fn with_step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Its one spelling (RFC 8785).
    ///
    /// # Errors
    ///
    /// [`Error::NotCanonical`] if the details hold a number with a fraction.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        canonical_json(self)
    }

    /// What names it: the digest of its one spelling.
    ///
    /// # Errors
    ///
    /// As [`Plan::to_bytes`].
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(Digest::of(&self.to_bytes()?))
    }
}

impl Step {
    /// The object that changes, or the report of which the key is destroyed.
    pub fn key(&self) -> &str {
        match self {
            Self::Put { key, .. }
            | Self::Retain { key, .. }
            | Self::Relock { key, .. }
            | Self::Hold { key, .. }
            | Self::Delete { key, .. } => key,
            Self::Copy { to, .. } => to,
            Self::DestroyKey { of } => of,
        }
    }
}
