//! Why an act was not done.

use storage_core::Step;

use crate::ledger::ReadError;
use crate::numbered::NumberedError;
use crate::store::{StoreError, StoreErrorKind};

/// Why an act was not done, or not finished.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "acts.")]
#[non_exhaustive]
pub enum Error {
    /// Another act took the number that this one claims; nothing was done.
    #[error("`{resource}` was changed meanwhile: another act is number {number}")]
    Conflict {
        /// What was to be changed.
        resource: String,
        /// The number.
        number: u64,
    },
    /// Something else stands where a step would write.
    #[error("there is something else at `{key}` already")]
    Taken {
        /// Where.
        key: String,
    },
    /// What was to be copied is not what the plan says.
    #[error("`{key}` does not have the content that the plan names")]
    ContentAltered {
        /// What was to be copied.
        key: String,
    },
    /// One step was not made. The plan stays open.
    #[error("failed to carry out the step at `{key}`")]
    Step {
        /// The object that was to change.
        key: String,
        /// Why.
        source: Box<Error>,
    },
    /// A key is to be destroyed, and nobody said where the keys are. The plan stays open.
    #[error("the key of `{report}` is to be destroyed, and the store of keys is not known")]
    KeysMissing {
        /// The report.
        report: String,
    },
    /// A key was not destroyed.
    #[error("the key was not destroyed")]
    Key {
        /// Why.
        source: Box<crate::body_keys::Error>,
    },
    /// The ledger did not record the act, so it was not carried out. The plan stays open.
    #[error("the act was not recorded")]
    Record {
        /// What the ledger said.
        source: crate::ledger::Error,
    },
    /// Whether the ledger has the act already could not be found out.
    #[error("failed to look the act up in the ledger")]
    Lookup {
        /// What the ledger said.
        source: Box<ReadError>,
    },
    /// A plan that was noted cannot be read.
    #[error("the open plan `{key}` cannot be used: {reason}")]
    NoteBroken {
        /// Where it stands.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The plan cannot be written down.
    #[error("the plan cannot be written down: {reason}")]
    PlanInvalid {
        /// Why.
        reason: String,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: StoreError,
    },
    /// An object that is written once could not be written.
    #[error("failed to {act}")]
    Write {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: NumberedError,
    },
}

/// What acts return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Every code that acts can return, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `acts.conflict`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What went wrong in the end: of a step that was not made, why.
    pub fn root(&self) -> &Self {
        match self {
            Self::Step { source, .. } => source.root(),
            error => error,
        }
    }

    /// What the store said, if it was the store.
    pub fn store_kind(&self) -> Option<StoreErrorKind> {
        match self.root() {
            Self::Store { source, .. } => Some(source.kind),
            Self::Key { source } => match source.as_ref() {
                crate::body_keys::Error::Store { source, .. } => Some(source.kind),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it lacks nothing but the store of keys, which somebody else knows.
    pub fn lacks_keys(&self) -> bool {
        matches!(self.root(), Self::KeysMissing { .. })
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Conflict { .. } => Some("look at it again and decide anew"),
            Self::NoteBroken { .. } => Some(
                "it was not written by this version of strongroom: find out who wrote it, then remove it",
            ),
            error if error.lacks_keys() => Some("say where the keys of sealed reports are"),
            Self::Step { .. } | Self::Record { .. } | Self::Lookup { .. } => {
                Some("run the same command again: what is open is finished first")
            }
            _ => None,
        }
    }

    pub(super) fn store(act: &'static str) -> impl Fn(StoreError) -> Self {
        move |source| Self::Store { act, source }
    }

    pub(super) fn write(act: &'static str) -> impl Fn(NumberedError) -> Self {
        move |source| Self::Write { act, source }
    }

    pub(super) fn step(step: &Step) -> impl Fn(Self) -> Self {
        |source| Self::Step { key: step.key().to_owned(), source: Box::new(source) }
    }

    pub(super) fn unspeakable(error: audit_chain::Error) -> Self {
        Self::PlanInvalid { reason: error.to_string() }
    }
}

impl From<storage_core::Error> for Error {
    fn from(error: storage_core::Error) -> Self {
        Self::PlanInvalid { reason: error.to_string() }
    }
}
