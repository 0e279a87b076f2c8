//! Errors as Python raises them: one class per kind, all under `StrongroomError`.

use platform::ledger;
use platform::numbered::NumberedError;
use platform::store::{StoreError, StoreErrorKind};
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(strongroom, StrongroomError, PyException, "What strongroom raises.");
create_exception!(strongroom, InvalidError, StrongroomError, "Mend what was handed in.");
create_exception!(strongroom, NotFoundError, StrongroomError, "Look elsewhere.");
create_exception!(strongroom, ConflictError, StrongroomError, "Plan again.");
create_exception!(strongroom, ProtectedError, StrongroomError, "Wait, or ask for a release.");
create_exception!(strongroom, TamperedError, StrongroomError, "Stop, and call a person.");
create_exception!(strongroom, UnverifiedError, StrongroomError, "Nobody vouches for it.");
create_exception!(strongroom, UnavailableError, StrongroomError, "Try later.");
create_exception!(strongroom, InternalError, StrongroomError, "A bug of ours; report it.");

/// Which class is raised: what the caller does about the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Invalid,
    NotFound,
    Conflict,
    Protected,
    Tampered,
    Unverified,
    Unavailable,
    Internal,
}

/// An error with everything that Python is told about it.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) class: Class,
    /// The stable name of the error, for example `contract.policy_invalid`.
    pub(crate) code: &'static str,
    /// The whole chain, in one line.
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Problem {
    pub(crate) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self { class: Class::Invalid, code, message: message.into(), hint: None }
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self { class: Class::NotFound, code, message: message.into(), hint: None }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { class: Class::Internal, code: "internal", message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }
}

/// The one place where errors of ours become exceptions.
pub(crate) fn raise(py: Python<'_>, problem: impl Into<Problem>) -> PyErr {
    let problem = problem.into();
    let message = problem.message;
    let error = match problem.class {
        Class::Invalid => InvalidError::new_err(message),
        Class::NotFound => NotFoundError::new_err(message),
        Class::Conflict => ConflictError::new_err(message),
        Class::Protected => ProtectedError::new_err(message),
        Class::Tampered => TamperedError::new_err(message),
        Class::Unverified => UnverifiedError::new_err(message),
        Class::Unavailable => UnavailableError::new_err(message),
        Class::Internal => InternalError::new_err(message),
    };
    let value = error.value(py);
    let told =
        value.setattr("code", problem.code).and_then(|()| value.setattr("hint", problem.hint));
    match told {
        Ok(()) => error,
        Err(error) => error,
    }
}

impl From<contract_core::PolicyError> for Problem {
    fn from(error: contract_core::PolicyError) -> Self {
        let at = match (error.line, error.column) {
            (Some(line), Some(column)) => format!(" at {line}:{column}"),
            _ => String::new(),
        };
        Self::invalid(
            contract_core::PolicyError::CODE,
            format!("the policy cannot be used{at}: {error}"),
        )
        .hint(error.hint)
    }
}

impl From<platform::Error> for Problem {
    fn from(error: platform::Error) -> Self {
        let class = of_kind(error.kind());
        let hint = match &error {
            platform::Error::Policy { source, .. } => source.hint.clone(),
            error => error.hint().map(str::to_owned),
        };
        Self { class, code: error.code(), message: chain(&error), hint }
    }
}

impl From<audit_chain::Error> for Problem {
    fn from(error: audit_chain::Error) -> Self {
        use audit_chain::Error::{NoteUnsigned, RootMismatch, SignatureInvalid};
        let class = match &error {
            RootMismatch { .. } | SignatureInvalid { .. } => Class::Tampered,
            NoteUnsigned => Class::Unverified,
            _ => Class::Invalid,
        };
        Self { class, code: error.code(), message: chain(&error), hint: None }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let class = of_store(error.kind);
        Self { class, code: error.code(), message: chain(&error), hint: None }
    }
}

impl From<ledger::Error> for Problem {
    fn from(error: ledger::Error) -> Self {
        use ledger::Error as E;
        let numbered = |source: &NumberedError| match source {
            NumberedError::Store { source, .. } => of_store(source.kind),
            _ => Class::Unavailable,
        };
        let class = match &error {
            E::EventInvalid { .. }
            | E::EventNotSealed { .. }
            | E::Closed
            | E::DocumentInvalid { .. }
            | E::OtherLog { .. }
            | E::OptionsInvalid { .. }
            | E::NoSigner
            | E::KeyReplaced { .. } => Class::Invalid,
            E::EventIdTaken { .. } | E::EventIdInUse { .. } | E::Contended { .. } => {
                Class::Conflict
            }
            E::NotStored { source } | E::Write { source, .. } => numbered(source),
            E::Poisoned { .. } => Class::Tampered,
            E::NoLog { .. } => Class::NotFound,
            E::Store { source, .. } => of_store(source.kind),
            E::Unknown { .. } | E::Stopped | E::NoRandomness { .. } => Class::Unavailable,
            _ => Class::Internal,
        };
        // What is wrong with an event has a name of its own.
        let code = match &error {
            E::EventInvalid { source } => source.code(),
            error => error.code(),
        };
        Self { class, code, message: chain(&error), hint: error.hint().map(str::to_owned) }
    }
}

impl From<ledger::ReadError> for Problem {
    fn from(error: ledger::ReadError) -> Self {
        let class = match &error {
            ledger::ReadError::Store { source, .. } => of_store(source.kind),
            error => of_status(error.exit_status()),
        };
        Self { class, code: error.code(), message: chain(&error), hint: None }
    }
}

impl From<platform::factors::Error> for Problem {
    fn from(error: platform::factors::Error) -> Self {
        let class = match &error {
            platform::factors::Error::Store { source, .. } => of_store(source.kind),
            error => of_status(error.exit_status()),
        };
        let hint = error.hint().map(str::to_owned);
        Self { class, code: error.code(), message: chain(&error), hint }
    }
}

impl From<&platform::reports::Error> for Problem {
    fn from(error: &platform::reports::Error) -> Self {
        let class = match error {
            platform::reports::Error::Store { source, .. } => of_store(source.kind),
            error => of_status(error.exit_status()),
        };
        Self { class, code: error.code(), message: chain(error), hint: error.hint() }
    }
}

impl From<platform::reports::Error> for Problem {
    fn from(error: platform::reports::Error) -> Self {
        Self::from(&error)
    }
}

impl From<platform::artifacts::Error> for Problem {
    fn from(error: platform::artifacts::Error) -> Self {
        use platform::artifacts::Error as E;
        let class = match &error {
            E::Store { source, .. } => of_store(source.kind),
            // Mend the file, or do what is missing: findings to the command line, errors to a program.
            E::Quarantined { .. } => Class::Invalid,
            E::Refused(storage_core::artifacts::Error::NotReady { .. }) => Class::Protected,
            error => of_status(error.exit_status()),
        };
        let hint = error.hint().map(str::to_owned);
        Self { class, code: error.code(), message: chain(&error), hint }
    }
}

impl From<storage_core::artifacts::Error> for Problem {
    fn from(error: storage_core::artifacts::Error) -> Self {
        platform::artifacts::Error::from(error).into()
    }
}

impl From<platform::body_keys::Error> for Problem {
    fn from(error: platform::body_keys::Error) -> Self {
        let class = of_kind(error.kind());
        let hint = error.hint().map(str::to_owned);
        Self { class, code: error.code(), message: chain(&error), hint }
    }
}

impl From<storage_core::reports::Error> for Problem {
    fn from(error: storage_core::reports::Error) -> Self {
        platform::reports::Error::from(error).into()
    }
}

impl From<storage_core::factors::Error> for Problem {
    fn from(error: storage_core::factors::Error) -> Self {
        platform::factors::Error::from(error).into()
    }
}

impl From<storage_core::calculation::Error> for Problem {
    fn from(error: storage_core::calculation::Error) -> Self {
        use storage_core::calculation::Error::{NotReproduced, PinMissing};
        let class = match &error {
            NotReproduced { .. } => Class::Tampered,
            PinMissing { .. } => Class::Unverified,
            _ => Class::Invalid,
        };
        let hint = error.hint().map(str::to_owned);
        Self { class, code: error.code(), message: chain(&error), hint }
    }
}

fn of_kind(kind: platform::Kind) -> Class {
    match kind {
        platform::Kind::Invalid => Class::Invalid,
        platform::Kind::NotFound => Class::NotFound,
        platform::Kind::Conflict => Class::Conflict,
        platform::Kind::Unavailable => Class::Unavailable,
        _ => Class::Internal,
    }
}

/// The errors of the lake say the same things about themselves, each in its own type.
macro_rules! from_the_lake {
    ($($error:ty),*) => {
        $(impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self {
                    class: of_status(error.exit_status()),
                    code: error.code(),
                    message: chain(&error),
                    hint: error.hint().map(str::to_owned),
                }
            }
        })*
    };
}

from_the_lake!(::lake::ingest::Error, ::lake::zones::Error);

impl From<::lake::commits::Error> for Problem {
    fn from(error: ::lake::commits::Error) -> Self {
        ::lake::ingest::Error::from(error).into()
    }
}

/// The class that goes with an exit status of the command line.
fn of_status(status: u8) -> Class {
    match status {
        2 => Class::Invalid,
        3 => Class::NotFound,
        4 => Class::Conflict,
        5 => Class::Protected,
        6 => Class::Unavailable,
        7 => Class::Tampered,
        8 => Class::Unverified,
        _ => Class::Internal,
    }
}

fn of_store(kind: StoreErrorKind) -> Class {
    match kind {
        StoreErrorKind::NotFound => Class::NotFound,
        StoreErrorKind::Exists => Class::Conflict,
        StoreErrorKind::Protected => Class::Protected,
        StoreErrorKind::Denied | StoreErrorKind::Invalid => Class::Invalid,
        StoreErrorKind::Ambiguous | StoreErrorKind::Unavailable => Class::Unavailable,
        StoreErrorKind::Corrupt => Class::Tampered,
        _ => Class::Internal,
    }
}

/// `error` and its sources in one line, each saying its own part.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
