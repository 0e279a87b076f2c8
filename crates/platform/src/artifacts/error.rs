//! Why a flow over artifacts could not go on.

use storage_core::artifacts::{ArtifactKey, ErrorKind, Reason};

use crate::acts;
use crate::numbered::NumberedError;
use crate::store::{StoreError, StoreErrorKind};

/// Why a flow over artifacts could not go on.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "artifacts.")]
#[non_exhaustive]
pub enum Error {
    /// What was asked for is refused, or what is stored is not what was written.
    #[error(transparent)]
    Refused(#[from] storage_core::artifacts::Error),
    /// A file did not pass its checks and was put aside.
    #[error("`{key}` {}", sentence(reasons))]
    Quarantined {
        /// Which.
        key: ArtifactKey,
        /// Why, all of it.
        reasons: Vec<Reason>,
    },
    /// There is no such artifact.
    #[error("there is no artifact `{key}`")]
    NotThere {
        /// Which was asked for.
        key: ArtifactKey,
    },
    /// Somebody may have uploaded it, and nobody has checked it.
    #[error("`{key}` was not checked")]
    NotChecked {
        /// Which.
        key: ArtifactKey,
    },
    /// Other bytes are under the key, and nobody has checked them.
    #[error("there are other bytes at `{key}`, which nobody has checked")]
    Occupied {
        /// The key.
        key: ArtifactKey,
    },
    /// The artifact was there and was removed.
    #[error("`{key}` was removed")]
    Removed {
        /// Which.
        key: ArtifactKey,
    },
    /// The bytes are not those that were accepted.
    #[error("the bytes of `{key}` are not those that were accepted")]
    Altered {
        /// Which.
        key: ArtifactKey,
    },
    /// The input changed while it was read.
    #[error("the input for `{key}` changed while it was read")]
    Unsteady {
        /// For which artifact.
        key: ArtifactKey,
    },
    /// There are no artifacts.
    #[error("there are no artifacts at `{place}`")]
    NoArtifacts {
        /// Where was looked.
        place: String,
    },
    /// The document of the artifacts cannot be used.
    #[error("the document of the artifacts at `{place}` cannot be used: {reason}")]
    DocumentInvalid {
        /// Where.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Others were faster, again and again.
    #[error("`{resource}` was not changed: others were faster {times} times in a row")]
    Contended {
        /// What was to be changed.
        resource: String,
        /// How often.
        times: u32,
    },
    /// An act was not done, or not finished.
    #[error("failed to {act}")]
    Act {
        /// What was to be done.
        act: &'static str,
        /// Why not.
        source: Box<acts::Error>,
    },
    /// The scanner did not answer, so nothing was accepted.
    #[error("`{scanner}` did not say whether the file is clean")]
    Scanner {
        /// Which scanner.
        scanner: String,
        /// What happened.
        source: std::io::Error,
    },
    /// A file on this machine could not be read or written.
    #[error("failed to {act}")]
    File {
        /// What was tried.
        act: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave no random bytes.
    #[error("failed to draw random bytes")]
    NoRandomness {
        /// What it said.
        source: getrandom::Error,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: Box<StoreError>,
    },
    /// An object that is written once could not be written.
    #[error("failed to {act}")]
    Write {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: Box<NumberedError>,
    },
}

/// What a flow over artifacts returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The stable code of this error, for example `artifacts.not_there`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Act { source, .. } => source.code(),
            other => other.into(),
        }
    }

    /// The exit status of a command that ends with this error.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Refused(error) => match error.kind() {
                ErrorKind::NotFound => 3,
                ErrorKind::Conflict => 4,
                ErrorKind::NotReady => 1,
                ErrorKind::Tampered => 7,
                _ => 2,
            },
            Self::Quarantined { .. } => 1,
            Self::NotThere { .. } | Self::NotChecked { .. } | Self::Removed { .. } => 3,
            Self::NoArtifacts { .. } => 3,
            Self::Altered { .. } => 7,
            Self::Contended { .. } | Self::Occupied { .. } => 4,
            Self::Scanner { .. } | Self::NoRandomness { .. } => 6,
            Self::Unsteady { .. } | Self::DocumentInvalid { .. } => 2,
            Self::File { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => 3,
                _ => 2,
            },
            Self::Store { source, .. } => of_kind(source.kind),
            Self::Write { .. } => 6,
            Self::Act { source, .. } => match source.root() {
                acts::Error::Conflict { .. } | acts::Error::Taken { .. } => 4,
                acts::Error::ContentAltered { .. } => 7,
                acts::Error::NoteBroken { .. } | acts::Error::PlanInvalid { .. } => 2,
                other => other.store_kind().map_or(6, of_kind),
            },
        }
    }

    /// Whether the same again can succeed later: then a queue should deliver it again.
    pub fn is_retryable(&self) -> bool {
        matches!(self.exit_status(), 4 | 6)
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused(error) => return error.hint(),
            Self::Act { source, .. } => return source.hint(),
            Self::Quarantined { .. } => "mend the file and put it again",
            Self::NotChecked { .. } | Self::Occupied { .. } => {
                "it becomes an artifact when its notification reaches `strongroom artifact on-event`"
            }
            Self::Altered { .. } => "keep the store as it is and look at its versions",
            Self::Scanner { .. } => "nothing was stored; put it again when the scanner answers",
            Self::NoArtifacts { .. } => "put one, or look at the address of the store",
            Self::Removed { .. } => "put the same bytes again, if you have them",
            _ => return None,
        })
    }

    pub(super) fn store(act: &'static str) -> impl Fn(StoreError) -> Self {
        move |source| Self::Store { act, source: Box::new(source) }
    }

    pub(super) fn file(act: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::File { act, source }
    }
}

impl From<acts::Error> for Error {
    fn from(source: acts::Error) -> Self {
        Self::Act { act: "carry out the act", source: Box::new(source) }
    }
}

fn of_kind(kind: StoreErrorKind) -> u8 {
    match kind {
        StoreErrorKind::NotFound => 3,
        StoreErrorKind::Exists => 4,
        StoreErrorKind::Protected => 5,
        StoreErrorKind::Ambiguous | StoreErrorKind::Unavailable => 6,
        StoreErrorKind::Corrupt => 7,
        _ => 2,
    }
}

fn sentence(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join(", and ")
}
