//! Why something about artifacts was refused.

use super::{ArtifactKey, Missing, ReleaseName, Stage};
use crate::Digest;

/// Why something about artifacts was refused. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "artifacts.")]
#[non_exhaustive]
pub enum Error {
    /// A text is no key of an artifact, and no name of a release.
    #[error("`{text}` {broken}")]
    KeyInvalid {
        /// The text, or how it begins.
        text: String,
        /// What is wrong, as the end of a sentence.
        broken: String,
    },
    /// Another artifact has the key.
    #[error("`{key}` is there with other bytes: `{accepted}`")]
    Taken {
        /// The key.
        key: ArtifactKey,
        /// The digest of what is there.
        accepted: Digest,
    },
    /// A release that was promoted takes no more files.
    #[error("`{release}` is in {stage} and takes no more files")]
    Sealed {
        /// Which.
        release: ReleaseName,
        /// How far it has come.
        stage: Stage,
    },
    /// Nothing was put aside there, or nothing that was kept.
    #[error("nothing is kept aside of `{key}`")]
    NotAside {
        /// The key.
        key: ArtifactKey,
    },
    /// There is no such release.
    #[error("there is no release `{release}`")]
    NoRelease {
        /// Which was asked for.
        release: ReleaseName,
    },
    /// A release cannot move there from where it is.
    #[error("`{release}` is in {from} and cannot move to {to}")]
    WrongStage {
        /// Which.
        release: ReleaseName,
        /// Where it is.
        from: Stage,
        /// Where it was to go.
        to: Stage,
    },
    /// Something is missing before a release can move on.
    #[error("`{release}` cannot move to {to} yet: {}", list(missing))]
    NotReady {
        /// Which.
        release: ReleaseName,
        /// Where it was to go.
        to: Stage,
        /// What is missing, all of it.
        missing: Vec<Missing>,
    },
    /// An approval or a gate is about something else than what the release holds now.
    #[error("`{release}` holds `{holds}`, not `{meant}`")]
    OtherContents {
        /// Which release.
        release: ReleaseName,
        /// The digest of what it holds.
        holds: Digest,
        /// What was meant.
        meant: Digest,
    },
    /// Something that was handed in makes no sense.
    #[error("{what} {broken}")]
    Invalid {
        /// What, as the beginning of a sentence.
        what: &'static str,
        /// What is wrong, as its end.
        broken: String,
    },
    /// A change in a log is not one.
    #[error("the change {number} of `{log}` cannot be used: {reason}")]
    ChangeInvalid {
        /// Which log.
        log: String,
        /// Its number.
        number: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A message is no notification of S3.
    #[error("this is no notification of S3: {reason}")]
    NotificationInvalid {
        /// Why.
        reason: String,
    },
    /// A change cannot be written down.
    #[error("the change cannot be written down")]
    Unspeakable {
        /// Why.
        #[from]
        source: crate::Error,
    },
}

/// What a caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was asked makes no sense.
    Invalid,
    /// It is not there.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// Something has to happen first.
    NotReady,
    /// What is stored is not what was written.
    Tampered,
}

impl Error {
    /// Every code that is returned here, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `artifacts.taken`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRelease { .. } | Self::NotAside { .. } => ErrorKind::NotFound,
            Self::Taken { .. } | Self::Sealed { .. } | Self::WrongStage { .. } => {
                ErrorKind::Conflict
            }
            Self::OtherContents { .. } => ErrorKind::Conflict,
            Self::NotReady { .. } => ErrorKind::NotReady,
            Self::ChangeInvalid { .. } => ErrorKind::Tampered,
            _ => ErrorKind::Invalid,
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Taken { .. } => "artifacts never change: choose a new version or run",
            Self::Sealed { .. } => "make a new version, or demote this one first",
            Self::WrongStage { .. } => "a release moves one stage at a time: dev, staging, prod",
            Self::OtherContents { .. } => {
                "look at the release again, and agree to what it holds now"
            }
            _ => return None,
        })
    }
}

fn list(missing: &[Missing]) -> String {
    missing.iter().map(Missing::to_string).collect::<Vec<_>>().join("; ")
}
