//! Why nothing was refined.

use arrow::error::ArrowError;

/// Why a batch as a whole was refused. A row that cannot be resolved is no error: it is rejected.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "silver.")]
#[non_exhaustive]
pub enum Error {
    /// A column that is needed is not there.
    #[error("there is no column `{name}`")]
    ColumnMissing {
        /// Its name.
        name: String,
    },
    /// A column holds something else.
    #[error("the column `{name}` holds {found}, not {wanted}")]
    ColumnType {
        /// Its name.
        name: String,
        /// What it holds.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// A column that would be added is there already.
    #[error("there is a column `{name}` already")]
    ColumnTwice {
        /// Its name.
        name: String,
    },
    /// A reference table cannot be used.
    #[error("line {line} of the reference table `{name}`: {broken}")]
    ReferenceInvalid {
        /// Which table.
        name: String,
        /// Where.
        line: u64,
        /// What is wrong.
        broken: String,
    },
    /// A table of bronze follows no schema document.
    #[error("the table follows no schema document")]
    NoDocument,
    /// The factors could not be asked.
    #[error("the factors cannot be read")]
    Factors(#[from] storage_core::factors::Error),
    /// Arrow refused, which is a mistake of this crate or of a broken batch.
    #[error("a batch cannot be made")]
    Arrow(#[from] ArrowError),
}

impl Error {
    /// The stable code of this error, for example `silver.column_missing`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ColumnMissing { .. } => Some("name the columns in the options"),
            Self::ColumnTwice { .. } => Some("give the resolved column another name"),
            Self::ReferenceInvalid { .. } => {
                Some("write a CSV file with a header and the columns `id`, `name`, `aliases`")
            }
            _ => None,
        }
    }
}
