//! Why a run could not go on.

use std::io;

/// Why a run could not go on. What is wrong with a row is no error: it is a reject.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "bronze.")]
#[non_exhaustive]
pub enum Error {
    /// An input could not be read to its end.
    #[error("failed to read `{name}`")]
    Input {
        /// The input.
        name: String,
        /// What its place, or its compression, says.
        source: io::Error,
    },
    /// An input is not of the format it was taken for.
    #[error("`{name}` cannot be read as {format}: {reason}")]
    Format {
        /// The input.
        name: String,
        /// The format.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A mask needs a key that was not handed in.
    #[error("the column `{column}` is masked with the key `{key}`, which was not given")]
    NoKey {
        /// The column.
        column: String,
        /// The name of the key.
        key: String,
    },
    /// A temporary or finished file could not be written or read back.
    #[error("failed to {act}")]
    Disk {
        /// What was tried.
        act: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The rows that are in the table already could not be read.
    #[error("failed to read the rows of `{partition}` that are there already")]
    Existing {
        /// The partition.
        partition: String,
        /// What the store said.
        source: io::Error,
    },
    /// Rows could not be encoded.
    #[error("failed to encode rows")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The rows of an input do not add up. Nothing may be committed: this is a bug of ours.
    #[error("the rows of `{name}` do not add up: {counts}")]
    Lost {
        /// The input.
        name: String,
        /// What was counted.
        counts: String,
    },
}

impl Error {
    /// The stable code of this error, for example `bronze.no_key`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Input { .. } => "nothing was written; mend or replace the input and run again",
            Self::Format { .. } => {
                "mend the input, or leave it out; its name says how it is read: `.ndjson`, `.jsonl`, `.json`, \
                 `.csv`, `.tsv`, `.xml`"
            }
            Self::NoKey { .. } => "hand the key in under the name that the schema document has",
            Self::Disk { .. } => "see that the directory for temporary files exists and has room",
            Self::Existing { .. } | Self::Encode(_) => return None,
            Self::Lost { .. } => "nothing was written; please report this",
        })
    }
}
