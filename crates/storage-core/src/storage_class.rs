//! Storage classes, and how S3 lets objects move between them.

use serde::{Deserialize, Serialize};

/// A storage class that a contract can ask for.
///
/// Deliberately exhaustive: a new class has to be thought about everywhere.
///
/// ```
/// use storage_core::StorageClass;
///
/// assert_eq!(StorageClass::StandardIa.aws_name(), "STANDARD_IA");
/// assert!(StorageClass::Standard.can_move_to(StorageClass::Glacier));
/// assert!(!StorageClass::Glacier.can_move_to(StorageClass::StandardIa));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageClass {
    /// For data in daily use.
    Standard,
    /// Moves objects between tiers by itself.
    IntelligentTiering,
    /// For data read less than once a month.
    StandardIa,
    /// For archives: reading takes minutes to hours (Glacier Flexible Retrieval).
    Glacier,
}

impl StorageClass {
    /// The value of `StorageClass` in the S3 API.
    pub fn aws_name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::StandardIa => "STANDARD_IA",
            Self::Glacier => "GLACIER",
        }
    }

    /// The earliest day after creation on which a lifecycle rule may move an object here.
    ///
    /// Source: Amazon S3 user guide, "Transitioning objects using Amazon S3 Lifecycle": 30 days
    /// before a transition to Standard-IA, none for the others.
    pub fn earliest_transition_days(self) -> u32 {
        match self {
            Self::StandardIa => 30,
            Self::Standard | Self::IntelligentTiering | Self::Glacier => 0,
        }
    }

    /// The days that are billed even if the object leaves the class earlier.
    ///
    /// Source: Amazon S3 user guide, "Understanding and managing Amazon S3 storage classes".
    pub fn minimum_storage_days(self) -> u32 {
        match self {
            Self::Standard | Self::IntelligentTiering => 0,
            Self::StandardIa => 30,
            Self::Glacier => 90,
        }
    }

    /// Whether a lifecycle rule can move an object from this class to `colder`.
    ///
    /// S3 only moves objects down its waterfall. Source: Amazon S3 user guide, "Transitioning
    /// objects using Amazon S3 Lifecycle", supported transitions.
    pub fn can_move_to(self, colder: Self) -> bool {
        match self {
            Self::Standard => colder != Self::Standard,
            Self::StandardIa => matches!(colder, Self::IntelligentTiering | Self::Glacier),
            Self::IntelligentTiering => colder == Self::Glacier,
            Self::Glacier => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_move_can_be_undone() {
        let all = [
            StorageClass::Standard,
            StorageClass::IntelligentTiering,
            StorageClass::StandardIa,
            StorageClass::Glacier,
        ];
        for from in all {
            for to in all {
                assert!(!(from.can_move_to(to) && to.can_move_to(from)), "{from:?} and {to:?}");
            }
        }
    }
}
