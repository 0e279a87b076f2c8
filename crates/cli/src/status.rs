//! Exit statuses, and the errors that lead to them.

use std::process::ExitCode;

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
    /// Try later.
    Unavailable = 6,
    /// A bug of ours.
    Internal = 70,
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
            Self::Platform(error) => match error.kind() {
                platform::Kind::NotFound => Status::NotFound,
                platform::Kind::Conflict => Status::Conflict,
                platform::Kind::Unavailable => Status::Unavailable,
                _ => Status::Invalid,
            },
            Self::Invalid { .. } | Self::Git { .. } => Status::Invalid,
            Self::NotFound { .. } => Status::NotFound,
            Self::Output(_) => Status::Unavailable,
        }
    }

    /// The way out, if there is one to name.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Platform(error) => error.hint(),
            Self::Invalid { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}
