//! Why bytes were put aside.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Stage;
use crate::Digest;

/// Why bytes were put aside instead of becoming an artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Reason {
    /// There is nothing in it.
    Empty,
    /// It is larger than its kind may be.
    TooLarge {
        /// The most bytes.
        limit_bytes: u64,
        /// How many it has.
        size_bytes: u64,
    },
    /// Its kind takes no files with this ending.
    ExtensionRefused {
        /// The ending, perhaps empty.
        extension: String,
    },
    /// It was sent as something else than its ending says.
    MediaTypeDiffers {
        /// What the ending stands for.
        expected: String,
        /// What it was sent as.
        declared: String,
    },
    /// Its first bytes are those of something else than its ending says.
    ContentDiffers {
        /// What the ending stands for.
        expected: String,
        /// What it looks like, if that can be said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<String>,
    },
    /// It is a program, where none may be.
    Program {
        /// What kind of program.
        found: String,
    },
    /// Its digest is not the one that was announced.
    DigestDiffers {
        /// What was announced.
        expected: Digest,
        /// What it has.
        found: Digest,
    },
    /// Its length is not the one that was announced.
    SizeDiffers {
        /// What was announced.
        expected_bytes: u64,
        /// What it has.
        found_bytes: u64,
    },
    /// The scanner knows it.
    Malware {
        /// What the scanner calls it.
        signature: String,
    },
    /// Another artifact has the key, and artifacts do not change.
    Overwrites {
        /// The digest of the artifact.
        accepted: Digest,
    },
    /// Its release was promoted, and nothing is added to such a release.
    ReleaseSealed {
        /// How far the release has come.
        stage: Stage,
    },
}

impl fmt::Display for Reason {
    /// The end of a sentence that begins with the name of the artifact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "is empty"),
            Self::TooLarge { limit_bytes, size_bytes } => {
                write!(f, "has {size_bytes} bytes, and {limit_bytes} at most are taken")
            }
            Self::ExtensionRefused { extension } if extension.is_empty() => {
                write!(f, "has no ending that says what it is")
            }
            Self::ExtensionRefused { extension } => {
                write!(f, "has the ending `.{extension}`, which is not taken here")
            }
            Self::MediaTypeDiffers { expected, declared } => {
                write!(f, "was sent as `{declared}`, and its ending says `{expected}`")
            }
            Self::ContentDiffers { expected, found: Some(found) } => {
                write!(f, "begins like `{found}`, and its ending says `{expected}`")
            }
            Self::ContentDiffers { expected, found: None } => {
                write!(f, "does not begin like `{expected}`, which its ending says")
            }
            Self::Program { found } => write!(f, "is a program (`{found}`)"),
            Self::DigestDiffers { expected, found } => {
                write!(f, "has the digest `{found}`, and `{expected}` was announced")
            }
            Self::SizeDiffers { expected_bytes, found_bytes } => {
                write!(f, "has {found_bytes} bytes, and {expected_bytes} were announced")
            }
            Self::Malware { signature } => write!(f, "is known to the scanner as `{signature}`"),
            Self::Overwrites { accepted } => {
                write!(f, "would replace the artifact with the digest `{accepted}`")
            }
            Self::ReleaseSealed { stage } => {
                write!(f, "was added to a release that is in {stage} already")
            }
        }
    }
}
