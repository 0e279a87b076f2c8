//! Why there is no key.

use std::path::PathBuf;

use crate::Kind;
use crate::store::{StoreError, StoreErrorKind};

/// Why there is no key.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "body_keys.")]
#[non_exhaustive]
pub enum Error {
    /// It was destroyed on purpose.
    #[error("the key of `{report}` was destroyed")]
    Destroyed {
        /// The report.
        report: String,
    },
    /// There is none, and nothing is known about why.
    #[error("there is no key of `{report}`")]
    Unknown {
        /// The report.
        report: String,
    },
    /// What is stored is no wrapped key.
    #[error("what is stored as the key of `{report}` is none")]
    Malformed {
        /// The report.
        report: String,
    },
    /// It does not unwrap.
    #[error(transparent)]
    Sealed(#[from] storage_core::sealed::Error),
    /// The store of keys cannot destroy any.
    #[error("no key could be destroyed in `{place}`, which keeps what is deleted")]
    CannotForget {
        /// Where.
        place: String,
    },
    /// The file of the application key cannot be used. What is in it is not repeated.
    #[error("the application key `{}` cannot be used: {reason}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// Somebody else who wraps keys did not.
    #[error("the key was not wrapped or unwrapped")]
    Wrapping {
        /// What was said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: Box<StoreError>,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness {
        /// What the system said.
        source: getrandom::Error,
    },
}

/// What a flow over keys returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The stable code of this error, for example `body_keys.destroyed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sealed(error) => error.code(),
            error => error.into(),
        }
    }

    /// What the caller does about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Destroyed { .. } | Self::Unknown { .. } => Kind::NotFound,
            Self::Store { source, .. } => match source.kind {
                StoreErrorKind::Ambiguous | StoreErrorKind::Unavailable => Kind::Unavailable,
                _ => Kind::Invalid,
            },
            Self::Wrapping { .. } | Self::NoRandomness { .. } => Kind::Unavailable,
            _ => Kind::Invalid,
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::CannotForget { .. } => {
                Some("keep the keys in a bucket without versions and without Object Lock")
            }
            Self::KeyFile { .. } => Some(
                "put 64 hexadecimal digits there that only you may read, such as `openssl rand -hex 32` makes",
            ),
            _ => None,
        }
    }

    pub(super) fn store(act: &'static str) -> impl FnOnce(StoreError) -> Self {
        move |source| Self::Store { act, source: Box::new(source) }
    }
}
