//! How much something weighs.

use serde::{Deserialize, Serialize};

/// How much a finding weighs. Deliberately exhaustive; ordered from light to heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// Worth changing, or worth a second pair of eyes.
    Warning,
    /// Has to be changed.
    Error,
}

impl Severity {
    /// The word for this severity.
    pub fn word(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
