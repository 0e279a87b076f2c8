//! Protection by date.

use chrono::{DateTime, Utc};

/// Protection by date (AWS: "Locking objects with Object Lock").
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lock {
    /// Who may lift it.
    pub mode: LockMode,
    /// The version cannot be deleted before this moment.
    pub until: DateTime<Utc>,
}

/// Who may lift a protection. Deliberately exhaustive: S3 knows these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockMode {
    /// Whoever holds a special permission, by saying so.
    Governance,
    /// Nobody; it can only be extended.
    Compliance,
}
