//! Why an object could not be written.

use crate::store::{Key, StoreError, StoreErrorKind};

/// Whether something that failed was stored nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Certainly not, now or later: it may be tried again as something new.
    No,
    /// Perhaps, or perhaps it still will be: read back before doing it again.
    Unknown,
}

impl From<bool> for Stored {
    fn from(doubt: bool) -> Self {
        if doubt { Self::Unknown } else { Self::No }
    }
}

/// Why an object could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NumberedError {
    /// The store did not do it, or did not say whether it did.
    #[error(
        "an object that is written once was not written{}",
        match stored {
            Stored::No => "; nothing was stored",
            Stored::Unknown => "; whether it was stored is not known",
        }
    )]
    Store {
        /// Whether the body was stored nevertheless.
        stored: Stored,
        /// What the store said last.
        source: Box<StoreError>,
    },
    /// What is there is our attempt, with other bytes.
    #[error("`{key}` bears our nonce and other bytes than were written")]
    Altered {
        /// Its key.
        key: Key,
    },
}

impl NumberedError {
    pub(super) fn certain(source: StoreError) -> Self {
        Self::Store { stored: Stored::No, source: Box::new(source) }
    }

    /// Whether the body was stored nevertheless.
    pub fn stored(&self) -> Stored {
        match self {
            Self::Store { stored, .. } => *stored,
            Self::Altered { .. } => Stored::Unknown,
        }
    }

    /// Whether trying the same again later can help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store { source, .. } => {
                source.is_retryable() || source.kind == StoreErrorKind::Exists
            }
            Self::Altered { .. } => false,
        }
    }

    /// The stable code of this error, for example `numbered.altered`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store { source, .. } => source.code(),
            Self::Altered { .. } => "numbered.altered",
        }
    }
}
