//! Exit statuses, and the errors that lead to them.

use std::borrow::Cow;
use std::process::ExitCode;

use platform::ledger;
use platform::store::{StoreError, StoreErrorKind};

/// How a command ended. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Everything is in order.
    Fine = 0,
    /// There are findings, or something is not approved, or a file is stale.
    Findings = 1,
    /// The command or its input cannot be used.
    Invalid = 2,
    /// What was named is not there.
    NotFound = 3,
    /// Somebody was faster; plan again.
    Conflict = 4,
    /// A retention or a hold forbids it.
    Protected = 5,
    /// Try later.
    Unavailable = 6,
    /// A log is not as it was written.
    Tampered = 7,
    /// Something that was asked could not be verified.
    Unverified = 8,
    /// A bug of ours.
    Internal = 70,
    /// SIGINT asked to stop before the work was done.
    Interrupted = 130,
    /// SIGTERM did.
    Terminated = 143,
}

impl Status {
    /// The status with this number, as the libraries below say it.
    pub(crate) fn numbered(number: u8) -> Self {
        match number {
            0 => Self::Fine,
            1 => Self::Findings,
            3 => Self::NotFound,
            4 => Self::Conflict,
            5 => Self::Protected,
            6 => Self::Unavailable,
            7 => Self::Tampered,
            8 => Self::Unverified,
            70 => Self::Internal,
            _ => Self::Invalid,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A flow of the platform could not go on.
    #[error(transparent)]
    Platform(#[from] platform::Error),
    /// What was typed, or what a file holds, cannot be used.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// What was named is not there.
    #[error("{message}")]
    NotFound {
        /// What is missing.
        message: String,
    },
    /// git could not answer.
    #[error("git could not answer: {message}")]
    Git {
        /// What git said.
        message: String,
    },
    /// What was read is not what the formats of the ledger ask for, or does not verify.
    #[error("{message}")]
    Chain {
        /// What was being done.
        message: String,
        /// Why it failed.
        source: audit_chain::Error,
    },
    /// A log could not be written.
    #[error(transparent)]
    Ledger(#[from] platform::ledger::Error),
    /// A flow over factors could not go on.
    #[error(transparent)]
    Factors(#[from] platform::factors::Error),
    /// A flow over artifacts could not go on.
    #[error(transparent)]
    Artifacts(#[from] platform::artifacts::Error),
    /// Something could not be calculated, or a result does not hold.
    #[error(transparent)]
    Calculation(#[from] storage_core::calculation::Error),
    /// A flow over reports could not go on.
    #[error(transparent)]
    Reports(#[from] platform::reports::Error),
    /// The keys of sealed reports cannot be used.
    #[error(transparent)]
    Keys(#[from] platform::body_keys::Error),
    /// A table of the lake could not be opened, or a commit not be made.
    #[error(transparent)]
    Commits(#[from] lake::commits::Error),
    /// Rows could not be taken in.
    #[error(transparent)]
    Ingest(#[from] lake::ingest::Error),
    /// A question about tables could not be answered.
    #[cfg(feature = "sql")]
    #[error(transparent)]
    Query(#[from] lake::query::Error),
    /// Rows could not go from zone to zone.
    #[error(transparent)]
    Zones(#[from] lake::zones::Error),
    /// Rows of the lake whose time is over could not go.
    #[error(transparent)]
    Retain(#[from] lake::retain::Error),
    /// A catalogue did not do what it was asked.
    #[cfg(feature = "glue")]
    #[error("{message}")]
    Catalogue {
        /// What was tried, and what it said.
        message: String,
        /// Whether somebody else was faster.
        conflict: bool,
    },
    /// A bag could not be written.
    #[error(transparent)]
    Bags(#[from] platform::bags::Error),
    /// A log could not be read.
    #[error(transparent)]
    Read(#[from] platform::ledger::ReadError),
    /// A store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] platform::store::StoreError),
    /// The system gave no threads or no random bytes.
    #[error("failed to {act}")]
    System {
        /// What was tried.
        act: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Input could not be read.
    #[error("failed to read the input")]
    Input {
        /// What the system said.
        source: std::io::Error,
    },
    /// Output could not be written.
    #[error("failed to write the output")]
    Output(#[from] std::io::Error),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error about what was typed or handed in.
    pub(crate) fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), hint: Some(hint.into()) }
    }

    /// The exit status of this error.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Platform(error) => of_kind(error.kind()),
            Self::Invalid { .. } | Self::Git { .. } | Self::Chain { .. } => Status::Invalid,
            Self::Store(error) => of_store(error),
            Self::Ledger(error) => of_ledger(error),
            Self::Factors(error) => Status::numbered(error.exit_status()),
            Self::Artifacts(error) => Status::numbered(error.exit_status()),
            Self::Calculation(storage_core::calculation::Error::NotReproduced { .. }) => {
                Status::Tampered
            }
            Self::Calculation(storage_core::calculation::Error::PinMissing { .. }) => {
                Status::Unverified
            }
            Self::Calculation(_) => Status::Invalid,
            Self::Reports(error) => Status::numbered(error.exit_status()),
            Self::Commits(error) => Status::numbered(error.exit_status()),
            Self::Ingest(error) => Status::numbered(error.exit_status()),
            Self::Zones(error) => Status::numbered(error.exit_status()),
            #[cfg(feature = "sql")]
            Self::Query(error) => Status::numbered(error.exit_status()),
            #[cfg(feature = "glue")]
            Self::Catalogue { conflict: true, .. } => Status::Conflict,
            #[cfg(feature = "glue")]
            Self::Catalogue { .. } => Status::Unavailable,
            Self::Retain(error) => Status::numbered(error.exit_status()),
            Self::Keys(error) => of_kind(error.kind()),
            Self::Bags(error) => of_kind(error.kind()),
            Self::Read(error) => Status::numbered(error.exit_status()),
            Self::NotFound { .. } => Status::NotFound,
            Self::System { .. } | Self::Input { .. } | Self::Output(_) => Status::Unavailable,
        }
    }

    /// The way out, if there is one to name.
    pub(crate) fn hint(&self) -> Option<Cow<'_, str>> {
        if let Self::Reports(error) = self {
            return error.hint().map(Cow::Owned);
        }
        #[cfg(feature = "sql")]
        if let Self::Query(error) = self {
            return error.hint().map(Cow::Owned);
        }
        if let Self::Retain(error) = self {
            return error.hint().map(Cow::Owned);
        }
        let hint = match self {
            Self::Platform(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
            Self::Factors(error) => error.hint(),
            Self::Artifacts(error) => error.hint(),
            Self::Calculation(error) => error.hint(),
            Self::Commits(error) => error.hint(),
            Self::Ingest(error) => error.hint(),
            Self::Zones(error) => error.hint(),
            Self::Keys(error) => error.hint(),
            Self::Bags(error) => error.hint(),
            Self::Read(error) => error.hint(),
            Self::Invalid { hint, .. } => hint.as_deref(),
            _ => None,
        };
        hint.map(Cow::Borrowed)
    }
}

impl From<storage_core::reports::Error> for Error {
    fn from(error: storage_core::reports::Error) -> Self {
        Self::Reports(error.into())
    }
}

impl From<storage_core::retention::Error> for Error {
    fn from(error: storage_core::retention::Error) -> Self {
        storage_core::reports::Error::from(error).into()
    }
}

impl From<storage_core::factors::Error> for Error {
    fn from(error: storage_core::factors::Error) -> Self {
        Self::Factors(error.into())
    }
}

fn of_kind(kind: platform::Kind) -> Status {
    match kind {
        platform::Kind::NotFound => Status::NotFound,
        platform::Kind::Conflict => Status::Conflict,
        platform::Kind::Unavailable => Status::Unavailable,
        _ => Status::Invalid,
    }
}

fn of_store(error: &StoreError) -> Status {
    match error.kind {
        StoreErrorKind::NotFound => Status::NotFound,
        StoreErrorKind::Exists => Status::Conflict,
        StoreErrorKind::Protected => Status::Protected,
        StoreErrorKind::Ambiguous | StoreErrorKind::Unavailable => Status::Unavailable,
        _ => Status::Invalid,
    }
}

fn of_ledger(error: &ledger::Error) -> Status {
    use ledger::Error as E;
    match error {
        E::Poisoned { .. } => Status::Tampered,
        E::NoLog { .. } => Status::NotFound,
        E::Contended { .. } => Status::Conflict,
        E::Store { source, .. } => of_store(source),
        E::NotStored { .. } | E::Unknown { .. } | E::Write { .. } | E::Closed | E::Stopped => {
            Status::Unavailable
        }
        _ => Status::Invalid,
    }
}
