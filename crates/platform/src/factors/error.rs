//! Why a flow over factors could not go on.

use storage_core::factors::ResolveError;

use crate::numbered::{NumberedError, Stored};
use crate::store::{StoreError, StoreErrorKind};

/// Why a flow over factors could not go on.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "factors.")]
#[non_exhaustive]
pub enum Error {
    /// What was asked for is refused, or what is stored does not verify.
    #[error(transparent)]
    Refused(#[from] storage_core::factors::Error),
    /// No version was found for a purpose.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// There are no factors, and none were to be begun.
    #[error("there are no factors at `{place}`")]
    NoFactors {
        /// Where was looked.
        place: String,
    },
    /// The document of a store of factors cannot be used.
    #[error("the document of the factors at `{place}` cannot be used: {reason}")]
    DocumentInvalid {
        /// Where.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The options contradict each other or ask for what cannot be.
    #[error("the options cannot be used: {reason}")]
    OptionsInvalid {
        /// Why.
        reason: String,
    },
    /// Nothing was stored, and certainly will not be.
    #[error("nothing was recorded")]
    NotStored {
        /// What the store said.
        source: Box<NumberedError>,
    },
    /// It may have been stored, or not. Doing the same again is safe.
    #[error("whether it was recorded is not known")]
    Unknown {
        /// What the store said.
        source: Box<NumberedError>,
    },
    /// Other writers were faster, again and again.
    #[error("nothing was recorded: other writers were faster {times} times in a row")]
    Contended {
        /// How often.
        times: u32,
    },
    /// What was just written is there with other bytes.
    #[error("the batch that was just written was altered")]
    Altered {
        /// Where.
        source: Box<NumberedError>,
    },
    /// It was recorded here, and the ledger did not take it; that is made up for when the store is
    /// opened again.
    #[error("it was recorded, and the ledger has no record of it yet")]
    Ledger {
        /// What the ledger said.
        source: Box<crate::ledger::Error>,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: Box<StoreError>,
    },
    /// Another result is kept under this name.
    #[error("another result is kept as `{result}`")]
    ResultTaken {
        /// Its name.
        result: storage_core::Digest,
    },
    /// A calculation is not what its digest says.
    #[error("the calculation `{result}` does not verify")]
    CalculationAltered {
        /// Its digest.
        result: storage_core::Digest,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness {
        /// What the system said.
        source: getrandom::Error,
    },
    /// The runtime stopped a task before it was done.
    #[error("it was stopped before it was done")]
    Stopped,
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Resolve(error) => error.code(),
            other => other.into(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused(error) => return error.hint(),
            Self::Resolve(error) => return error.hint(),
            Self::NoFactors { .. } => "look elsewhere, or begin there",
            Self::Unknown { .. } | Self::Contended { .. } => "do the same again",
            _ => return None,
        })
    }

    /// The exit status of a command that fails with this: 2 invalid, 3 not found, 4 conflict, 6
    /// unavailable, 7 tampered.
    pub fn exit_status(&self) -> u8 {
        use storage_core::factors::Error as Refused;
        match self {
            Self::Altered { .. } | Self::CalculationAltered { .. } => 7,
            Self::Refused(error) | Self::Resolve(ResolveError::Catalogue(error)) => match error {
                error if error.is_tampering() => 7,
                Refused::NoFactor { .. } | Refused::NoVersion { .. } | Refused::NoTag { .. } => 3,
                Refused::HeadMoved { .. }
                | Refused::TagTaken { .. }
                | Refused::AliasTaken { .. }
                | Refused::IdentityDiffers { .. } => 4,
                _ => 2,
            },
            Self::Resolve(ResolveError::Ambiguous { .. }) => 4,
            Self::Resolve(_) | Self::NoFactors { .. } => 3,
            Self::Contended { .. } | Self::ResultTaken { .. } => 4,
            Self::Store { source, .. } if source.kind == StoreErrorKind::Corrupt => 7,
            Self::DocumentInvalid { .. } | Self::OptionsInvalid { .. } => 2,
            _ => 6,
        }
    }

    pub(super) fn store(act: &'static str) -> impl Fn(StoreError) -> Self {
        move |source| Self::Store { act, source: Box::new(source) }
    }

    pub(super) fn of_write(source: NumberedError) -> Self {
        let altered = matches!(source, NumberedError::Altered { .. });
        let stored = source.stored();
        let source = Box::new(source);
        match stored {
            _ if altered => Self::Altered { source },
            Stored::No => Self::NotStored { source },
            Stored::Unknown => Self::Unknown { source },
        }
    }
}
