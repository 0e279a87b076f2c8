//! Why a table cannot be described.

/// What describing tables returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a table cannot be described, or a description not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "catalog.")]
#[non_exhaustive]
pub enum Error {
    /// A column has a type that Athena has no word for.
    #[error("the column `{column}` is of a type that Athena does not know: {kind}")]
    TypeUnknown {
        /// The column.
        column: String,
        /// Its type, as Arrow calls it.
        kind: String,
    },
    /// There is no file that the columns could be taken from.
    #[error("`{table}` holds no file to take the columns from")]
    Empty {
        /// The table.
        table: String,
    },
    /// A value cannot stand in a list: Athena separates these by commas, and has no way to write one.
    #[error("`{value}` of `{column}` cannot stand in a list of values: it has a comma")]
    ValueInvalid {
        /// The partition column.
        column: String,
        /// The value.
        value: String,
    },
    /// A name cannot stand in a statement.
    #[error("`{name}` cannot be the name of a column or a table in Athena")]
    NameInvalid {
        /// The name.
        name: String,
    },
    /// A statement or a document does not say what is needed.
    #[error("this is no table definition: {reason}")]
    Unreadable {
        /// What is missing or wrong.
        reason: String,
    },
}

impl Error {
    /// The stable code of this error, for example `catalog.type_unknown`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::ValueInvalid { .. } => {
                "leave the values to the queries: `injected` instead of `enum`"
            }
            Self::Empty { .. } => "take something in first",
            Self::Unreadable { .. } => {
                "give a CREATE EXTERNAL TABLE statement, or the JSON of a Glue table"
            }
            _ => return None,
        })
    }
}
