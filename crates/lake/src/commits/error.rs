//! Why a table could not be opened, or a commit not be made.

use platform::numbered::{NumberedError, Stored};
use platform::store::{StoreError, StoreErrorKind};

use super::TableName;

/// What the log of a table returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a table could not be opened, or a commit not be made.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "lake.")]
#[non_exhaustive]
pub enum Error {
    /// A text names no table.
    #[error("`{name}` is not the name of a table")]
    NameInvalid {
        /// The text.
        name: String,
    },
    /// There is no lake, and none was to be begun.
    #[error("there is no lake at `{place}`")]
    NoLake {
        /// Where was looked.
        place: String,
    },
    /// There is no such table.
    #[error("there is no table `{table}`")]
    NoTable {
        /// Its name.
        table: TableName,
    },
    /// The document of a lake cannot be used.
    #[error("the document of the lake at `{place}` cannot be used: {reason}")]
    DocumentInvalid {
        /// Where.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A commit does not say what can be true; it is a bug of whoever made it. Nothing was written.
    #[error("a commit of `{table}` cannot be: {reason}")]
    CommitInvalid {
        /// The table.
        table: TableName,
        /// Why.
        reason: String,
    },
    /// What is stored cannot be a log.
    #[error("commit {number} of `{table}` does not verify: {reason}")]
    LogBroken {
        /// The table.
        table: TableName,
        /// The number of the commit.
        number: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that the log names is not there, or has other bytes.
    #[error("`{path}` of `{table}` is committed, and {reason}")]
    FileLost {
        /// The table.
        table: TableName,
        /// Its path.
        path: String,
        /// What was found.
        reason: String,
    },
    /// A run took so long that its files may have been taken for rubbish.
    #[error("a run over `{table}` took longer than {hours} hours, and nothing was committed")]
    TooLate {
        /// The table.
        table: TableName,
        /// The bound.
        hours: i64,
    },
    /// Other writers were faster, again and again.
    #[error("nothing was committed to `{table}`: other writers were faster {times} times in a row")]
    Contended {
        /// The table.
        table: TableName,
        /// How often.
        times: u32,
    },
    /// Nothing was stored, and certainly will not be.
    #[error("nothing was committed to `{table}`")]
    NotStored {
        /// The table.
        table: TableName,
        /// What the store said.
        source: Box<NumberedError>,
    },
    /// It may have been stored, or not. Doing the same again is safe.
    #[error("whether `{table}` has the commit is not known")]
    Unknown {
        /// The table.
        table: TableName,
        /// What the store said.
        source: Box<NumberedError>,
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
    /// The ledger did not take the record of a commit; it is tried again when the table is opened.
    #[error("it was committed, and the ledger has no record of it yet")]
    Ledger {
        /// What the ledger said.
        source: Box<platform::ledger::Error>,
    },
}

impl Error {
    /// The stable code of this error, for example `lake.log_broken`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NameInvalid { .. } => {
                "write `bronze/emissions`, `silver/esg/emissions` or `gold/emissions/summary`: lower \
                 case letters, digits, `_` and `-`"
            }
            Self::NoLake { .. } => "look elsewhere, or take something in there",
            Self::NoTable { .. } => "`strongroom lake show` lists the tables there are",
            Self::LogBroken { .. } => {
                "nothing is written to this table any more; bring its log back from versions of the \
                 bucket or a copy, and compare it with the ledger"
            }
            Self::FileLost { .. } => {
                "bring the file back from versions of the bucket or a copy; the log says its digest"
            }
            Self::Ledger { .. } => "open the table again when the ledger can be reached",
            Self::Unknown { .. } | Self::Contended { .. } | Self::TooLate { .. } => {
                "do the same again"
            }
            _ => return None,
        })
    }

    /// The exit status of a command that fails with this: 2 invalid, 3 not found, 4 conflict, 6
    /// unavailable, 7 tampered, 70 our bug.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::NameInvalid { .. } | Self::DocumentInvalid { .. } => 2,
            Self::NoLake { .. } | Self::NoTable { .. } => 3,
            Self::Contended { .. } => 4,
            Self::LogBroken { .. } | Self::FileLost { .. } => 7,
            Self::CommitInvalid { .. } => 70,
            Self::NotStored { source, .. } | Self::Unknown { source, .. } => match **source {
                NumberedError::Altered { .. } => 7,
                _ => 6,
            },
            Self::Store { source, .. } => match source.kind {
                StoreErrorKind::Corrupt => 7,
                StoreErrorKind::NotFound => 3,
                StoreErrorKind::Invalid => 2,
                StoreErrorKind::Protected => 5,
                _ => 6,
            },
            Self::TooLate { .. } | Self::NoRandomness { .. } | Self::Ledger { .. } => 6,
        }
    }

    pub(crate) fn store(act: &'static str) -> impl Fn(StoreError) -> Self {
        move |source| Self::Store { act, source: Box::new(source) }
    }

    pub(super) fn of_write(table: &TableName, source: NumberedError) -> Self {
        let (table, stored, source) = (table.clone(), source.stored(), Box::new(source));
        match stored {
            Stored::No => Self::NotStored { table, source },
            Stored::Unknown => Self::Unknown { table, source },
        }
    }
}
