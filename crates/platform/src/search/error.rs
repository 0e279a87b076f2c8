//! Why reports could not be found.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::Kind;

/// Why reports could not be found.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "search.")]
#[non_exhaustive]
pub enum Error {
    /// There is no index.
    #[error("there is no index `{}`", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The index is not what was written, so nothing in it can be believed.
    #[error("the index `{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else is writing.
    #[error("the index `{}` is being written by somebody else", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to look for.
    #[error("there is no word in `{words}`")]
    NoWords {
        /// What was asked for.
        words: String,
    },
    /// The store has two reports of one key.
    #[error("the report `{report}` is there twice")]
    ReportTwice {
        /// Its key.
        report: String,
    },
    /// A report could not be read from where the documents come.
    #[error("failed to read the report `{report}`")]
    Source {
        /// Its key.
        report: String,
        /// What was said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file could not be read or written.
    #[error("failed to use the index `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database did not do what was needed.
    #[error("failed to use the index `{}`", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: rusqlite::Error,
    },
}

/// What the index returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The stable code of this error, for example `search.damaged`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What the caller does about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Missing { .. } => Kind::NotFound,
            Self::NoWords { .. } | Self::ReportTwice { .. } | Self::Damaged { .. } => Kind::Invalid,
            Self::Busy { .. } | Self::Source { .. } | Self::File { .. } | Self::Database { .. } => {
                Kind::Unavailable
            }
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing { .. } | Self::Damaged { .. } => Some("make it anew from the store"),
            Self::NoWords { .. } => Some("name a word with letters or digits"),
            Self::Busy { .. } => Some("try again"),
            _ => None,
        }
    }
}

/// Turns what the database says into ours.
pub(super) fn at(path: &Path) -> impl FnOnce(rusqlite::Error) -> Error {
    let path = path.to_owned();
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy { path },
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => Error::Database { path, source },
        // Every statement is ours and right: what cannot be understood, from a table that is not there to a
        // text that is not UTF-8, is in the file.
        _ => Error::Damaged { path, reason: source.to_string() },
    }
}
