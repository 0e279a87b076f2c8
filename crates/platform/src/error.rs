//! Why a flow could not go on, and what the caller can do about it.

use std::io;
use std::path::{Path, PathBuf};

/// What the caller does about an error. A kind exists only if it is handled differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Mends what was handed in.
    Invalid,
    /// Looks elsewhere.
    NotFound,
    /// Plans again: somebody was faster.
    Conflict,
    /// Tries later.
    Unavailable,
}

/// Why a flow could not go on.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "platform.")]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("failed to {act} `{}`", path.display())]
    File {
        /// What was tried: `read`, `write`, …
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such file or folder.
    #[error("there is no `{}`", path.display())]
    NoSuchFile {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A file is longer than anything of its kind.
    #[error("`{}` has more than {most} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        most: usize,
    },
    /// A file that should be a text is none.
    #[error("`{}` is not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// No contract was found where contracts were asked for.
    #[error("there is no contract in {places}")]
    NoContracts {
        /// Where was looked.
        places: String,
    },
    /// The policy of the organisation cannot be used.
    #[error("the policy `{}{}` cannot be used", path.display(), place(source))]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: contract_core::PolicyError,
    },
    /// A contract has errors, so that nothing can be made from it.
    #[error("`{path}` has errors ({count})")]
    NotReady {
        /// The contract.
        path: String,
        /// How many errors.
        count: usize,
    },
    /// The catalogue cannot be edited safely.
    #[error("`{}` cannot be edited safely", path.display())]
    Catalog {
        /// The file.
        path: PathBuf,
        /// Why.
        source: contract_core::render::catalog::CatalogError,
    },
    /// The audit file cannot be added to safely.
    #[error("no row can be added to `{}`", path.display())]
    Audit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: contract_core::render::audit::AuditError,
    },
    /// Another contract has the bucket already.
    #[error("`{path}` asks for the bucket `{bucket}` already")]
    BucketTaken {
        /// The name of the bucket.
        bucket: String,
        /// The other contract.
        path: String,
    },
    /// A contract has no number that could be replaced.
    #[error("`{}` has no number and environment that can be read", path.display())]
    NoNumber {
        /// The contract.
        path: PathBuf,
    },
    /// A shared file holds something else than it should, and was not touched.
    #[error("`{}` cannot be changed", path.display())]
    Shared {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No number could be given out.
    #[error("no number can be given out")]
    Ids(#[from] contract_core::ids::IdError),
    /// The store that gives out numbers did not.
    #[error("no number can be taken from `{place}`")]
    Registry {
        /// Where it is.
        place: String,
        /// Whether trying the same again later can help.
        again: bool,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A pin cannot be used.
    #[error("the pin `{}` cannot be used: {reason}", path.display())]
    Pin {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is there already.
    #[error("`{}` is there already", path.display())]
    AlreadyThere {
        /// The file.
        path: PathBuf,
    },
}

/// What a flow returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The stable code of this error, for example `platform.no_such_file`.
    ///
    /// ```
    /// let error = platform::files::read_bounded("not/there".as_ref(), 1).unwrap_err();
    /// assert_eq!(error.code(), "platform.no_such_file");
    /// ```
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What the caller does about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoSuchFile { .. } | Self::NoContracts { .. } => Kind::NotFound,
            Self::AlreadyThere { .. } | Self::BucketTaken { .. } => Kind::Conflict,
            Self::Registry { again: true, .. } => Kind::Unavailable,
            Self::File { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Kind::NotFound,
                io::ErrorKind::WouldBlock
                | io::ErrorKind::TimedOut
                | io::ErrorKind::StorageFull => Kind::Unavailable,
                _ => Kind::Invalid,
            },
            _ => Kind::Invalid,
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            Self::Policy { source, .. } => return source.hint.as_deref(),
            Self::NoContracts { .. } => {
                "contracts are YAML files named `S3-0001.yaml` or with `kind: S3BucketRequest`"
            }
            Self::TooLong { .. } => "see whether it is the right file, or take a part of it",
            Self::NotText { .. } => "save it as UTF-8",
            Self::NotReady { .. } => "run `strongroom contract validate` and mend them first",
            Self::NoNumber { .. } => "run `strongroom contract validate` and mend it first",
            Self::BucketTaken { .. } => "use that bucket, or choose another application or purpose",
            Self::Pin { .. } => {
                "put the right file there; a new one trusts whatever the log is now"
            }
            Self::AlreadyThere { .. } => "choose another name, or remove the file",
            _ => return None,
        })
    }
}

/// `:3:9`, to stand behind a path.
fn place(error: &contract_core::PolicyError) -> String {
    match (error.line, error.column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        _ => String::new(),
    }
}

/// Turns an I/O error into ours.
pub(crate) fn file(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::NotFound => Error::NoSuchFile { path },
        _ => Error::File { act, path, source },
    }
}
