//! Why a bag could not be written or read.

use std::io;
use std::path::{Path, PathBuf};

use crate::Kind;

/// Why a bag could not be written or read.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "bags.")]
#[non_exhaustive]
pub enum Error {
    /// Something stands where the bag would be.
    #[error("`{}` is there already", path.display())]
    AlreadyThere {
        /// The place.
        path: PathBuf,
    },
    /// There is no such folder.
    #[error("there is no folder `{}`", path.display())]
    NoSuchBag {
        /// The place.
        path: PathBuf,
    },
    /// A name or a label cannot stand in a bag, or what is read there is none.
    #[error(transparent)]
    Refused(#[from] storage_core::bagit::Error),
    /// A part of the bag that has to be there is not, or is too long to be one.
    #[error("`{}` is no bag: {reason}", path.display())]
    NotABag {
        /// The place.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The content of a file could not be read from where it comes.
    #[error("failed to read what belongs into `{name}`")]
    Source {
        /// The file in the bag.
        name: String,
        /// What was said.
        source: io::Error,
    },
    /// The disk did not do what was needed.
    #[error("failed to {act} `{}`", path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What a flow over bags returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The stable code of this error, for example `bags.already_there`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            error => error.into(),
        }
    }

    /// What the caller does about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AlreadyThere { .. } => Kind::Conflict,
            Self::NoSuchBag { .. } => Kind::NotFound,
            Self::Refused(_) | Self::NotABag { .. } => Kind::Invalid,
            Self::Source { .. } | Self::File { .. } => Kind::Unavailable,
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::AlreadyThere { .. } => Some("choose another place, or remove what is there"),
            Self::Refused(error) => error.hint(),
            _ => None,
        }
    }
}

/// Turns an I/O error into ours.
pub(super) fn file(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { act, path, source }
}
