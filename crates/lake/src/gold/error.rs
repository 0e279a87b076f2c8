//! Why nothing was summed up.

/// Why nothing was summed up.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "gold.")]
#[non_exhaustive]
pub enum Error {
    /// A batch has not the columns of silver.
    #[error("the rows are not silver")]
    Silver(#[from] crate::silver::Error),
    /// A moment that is no moment.
    #[error("a timestamp is beyond the calendar")]
    NoMoment,
    /// A text before rounding is no number.
    #[error("`{text}` in a column of exact texts is no number")]
    NotANumber {
        /// The text.
        text: String,
        /// Why.
        source: storage_core::Error,
    },
    /// A total does not fit a column of 38 digits, 12 of them behind the point.
    #[error("the total {total} has too many digits")]
    OutOfRange {
        /// The total.
        total: String,
    },
    /// A file of benchmarks cannot be used.
    #[error("line {line} of the benchmarks: {broken}")]
    BenchmarksInvalid {
        /// Where.
        line: u64,
        /// What is wrong.
        broken: String,
    },
}

impl Error {
    /// The stable code of this error, for example `gold.out_of_range`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Silver(source) => source.hint(),
            Self::BenchmarksInvalid { .. } => Some(
                "write a CSV file with a header and the columns `benchmark`, `value`, `per`, `source`",
            ),
            _ => None,
        }
    }
}
