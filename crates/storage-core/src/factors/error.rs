//! Why something about factors was refused.

use super::{FactorId, VersionId};

/// Why something about factors was refused. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "factors.")]
#[non_exhaustive]
pub enum Error {
    /// A name cannot be that of a factor.
    #[error("the name of the factor {broken}")]
    IdInvalid {
        /// What is wrong, as the end of a sentence.
        broken: &'static str,
    },
    /// A text is no name of a version.
    #[error("the name of a version is `sha256:` and 64 lower case hexadecimal digits")]
    VersionIdInvalid,
    /// The days of something make no sense.
    #[error("the interval {broken}")]
    IntervalInvalid {
        /// What is wrong, as the end of a sentence.
        broken: String,
    },
    /// The identity of a factor makes no sense.
    #[error("the factor `{factor_id}` {broken}")]
    FactorInvalid {
        /// Which.
        factor_id: FactorId,
        /// What is wrong, as the end of a sentence.
        broken: String,
    },
    /// A version makes no sense.
    #[error("the version of `{factor_id}` {broken}")]
    VersionInvalid {
        /// Of which factor.
        factor_id: FactorId,
        /// What is wrong, as the end of a sentence.
        broken: String,
    },
    /// A factor was put again as something else.
    #[error("`{factor_id}` is there already with another `{member}`")]
    IdentityDiffers {
        /// Which.
        factor_id: FactorId,
        /// In what it differs.
        member: &'static str,
    },
    /// There is no factor of this name.
    #[error("there is no factor `{factor_id}`")]
    NoFactor {
        /// The name.
        factor_id: String,
    },
    /// There is no version of this name.
    #[error("there is no version `{version_id}`")]
    NoVersion {
        /// The name.
        version_id: VersionId,
    },
    /// There is no tag of this name.
    #[error("there is no tag `{name}`")]
    NoTag {
        /// The name.
        name: String,
    },
    /// A tag names another position already.
    #[error("the tag `{name}` stands at {position} already")]
    TagTaken {
        /// The name.
        name: String,
        /// Where it stands.
        position: u64,
    },
    /// A tag cannot have this name or stand there.
    #[error("the tag `{name}` {broken}")]
    TagInvalid {
        /// The name.
        name: String,
        /// What is wrong, as the end of a sentence.
        broken: String,
    },
    /// Another factor has this name.
    #[error("the name `{alias}` belongs to `{factor_id}` already")]
    AliasTaken {
        /// The name.
        alias: FactorId,
        /// Whose it is.
        factor_id: FactorId,
    },
    /// Somebody else was faster.
    #[error("the newest event of `{factor_id}` is {}, not {}", number(*found), number(*expected))]
    HeadMoved {
        /// Of which factor.
        factor_id: FactorId,
        /// What was expected.
        expected: Option<u64>,
        /// What is there.
        found: Option<u64>,
    },
    /// There is nothing to withdraw or to reinstate.
    #[error("there is nothing of `{factor_id}` to {act} then")]
    NothingTo {
        /// Of which factor.
        factor_id: FactorId,
        /// What was asked for.
        act: &'static str,
    },
    /// The body of a batch is not what was written.
    #[error("the batch at {first_seq} does not verify: {broken}")]
    BatchInvalid {
        /// The number of its first event, as its key says it.
        first_seq: u64,
        /// What is wrong.
        broken: String,
    },
    /// What is stored of a version is not what its name says.
    #[error("what is stored as `{version_id}` of `{factor_id}` does not verify: {broken}")]
    VersionAltered {
        /// Its name.
        version_id: VersionId,
        /// Of which factor.
        factor_id: FactorId,
        /// What is wrong.
        broken: String,
    },
    /// Too much for one batch.
    #[error("this is too much for one batch: {bytes} bytes of at most {limit}")]
    TooLarge {
        /// How much.
        bytes: usize,
        /// How much there may be.
        limit: usize,
    },
}

fn number(seq: Option<u64>) -> String {
    seq.map_or_else(|| "none".to_owned(), |seq| seq.to_string())
}

impl Error {
    /// Every code, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `factors.id_invalid`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether what is stored is not what was written.
    pub fn is_tampering(&self) -> bool {
        matches!(self, Self::BatchInvalid { .. } | Self::VersionAltered { .. })
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::IntervalInvalid { .. } => {
                "write `2024-01-01/2025-01-01`, or `2024-01-01/..` without an end"
            }
            Self::IdentityDiffers { .. } => {
                "what a figure is about never changes: put it under another name, and an alias if it helps"
            }
            Self::TagTaken { .. } => "a tag never moves: choose another name",
            Self::HeadMoved { .. } => "read the history and decide again",
            Self::BatchInvalid { .. } | Self::VersionAltered { .. } => {
                "restore the object from a version of it or from a copy; nothing else can be trusted"
            }
            _ => return None,
        })
    }
}
