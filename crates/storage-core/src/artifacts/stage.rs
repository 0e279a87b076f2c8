//! How far a release has come.

use serde::{Deserialize, Serialize};

/// How far a release has come. A stage is a fact about a release, told by its log; the bytes stay where
/// they are.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Stage {
    /// In development. Files may be added.
    Dev,
    /// Being proved. Nothing is added any more.
    Staging,
    /// In use.
    Prod,
}

impl Stage {
    /// The stage after this one.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Dev => Some(Self::Staging),
            Self::Staging => Some(Self::Prod),
            Self::Prod => None,
        }
    }
}
