//! Why nothing went from one zone to the next.

/// What a flow between zones returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing went from one zone to the next. Nothing was committed, unless the error is one of the log.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "zones.")]
#[non_exhaustive]
pub enum Error {
    /// The table could not be opened, or the commit not be made.
    #[error(transparent)]
    Commit(#[from] crate::commits::Error),
    /// The schema documents of bronze could not be read.
    #[error(transparent)]
    Ingest(#[from] crate::ingest::Error),
    /// Rows of a file cannot become silver.
    #[error("the rows of `{path}` cannot be refined")]
    Silver {
        /// Which file.
        path: String,
        /// Why.
        source: crate::silver::Error,
    },
    /// Rows of silver cannot be summed up.
    #[error("the rows of `{table}` cannot be summed up")]
    Gold {
        /// Which table.
        table: String,
        /// Why.
        source: crate::gold::Error,
    },
    /// A Parquet file could not be read or written.
    #[error("`{path}` cannot be processed")]
    Parquet {
        /// Which, or of which table.
        path: String,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Rows that were worked on are being removed because their time is over.
    #[error("`{path}` is about to go because its time is over")]
    Going {
        /// The file.
        path: String,
    },
    /// The rows did not come out as they went in: a bug of ours.
    #[error("{inside} rows went in and {outside} came out")]
    Unbalanced {
        /// Rows that went in.
        inside: u64,
        /// Rows that came out.
        outside: u64,
    },
    /// The runtime stopped a task before it was done.
    #[error("it was stopped before it was done")]
    Stopped,
}

impl Error {
    /// The stable code of this error, for example `zones.unbalanced`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Commit(error) => error.code(),
            Self::Ingest(error) => error.code(),
            Self::Silver { source, .. } => source.code(),
            Self::Gold { source, .. } => source.code(),
            other => other.into(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Commit(error) => error.hint(),
            Self::Ingest(error) => error.hint(),
            Self::Silver { source, .. } => source.hint(),
            Self::Gold { source, .. } => source.hint(),
            Self::Going { .. } => Some(
                "do the same again when `lake retain apply` is through; one that died counts for a day",
            ),
            _ => None,
        }
    }

    /// The exit status of a command that fails with this.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Commit(error) => error.exit_status(),
            Self::Ingest(error) => error.exit_status(),
            Self::Silver { source: crate::silver::Error::Factors(error), .. } => {
                if error.is_tampering() { 7 } else { 2 }
            }
            Self::Silver { .. } | Self::Gold { .. } => 2,
            Self::Going { .. } => 4,
            Self::Unbalanced { .. } => 70,
            Self::Parquet { .. } | Self::Stopped => 6,
        }
    }

    /// Whether somebody else removed a file while it was to be read: looking again helps.
    pub(super) fn is_overtaken(&self) -> bool {
        matches!(self, Self::Commit(crate::commits::Error::FileLost { .. }))
    }

    pub(super) fn parquet(path: &str) -> impl Fn(Box<dyn std::error::Error + Send + Sync>) -> Self {
        let path = path.to_owned();
        move |source| Self::Parquet { path: path.clone(), source }
    }
}
