//! Why nothing went.

use chrono::{DateTime, NaiveDate, Utc};
use storage_core::Digest;
use storage_core::retention::{self, ClockProblem};

use crate::commits::TableName;

/// What retention of the lake returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing went, or no more than what was committed before.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "lake_retain.")]
#[non_exhaustive]
pub enum Error {
    /// A table could not be opened, or a commit not be made.
    #[error(transparent)]
    Commit(#[from] crate::commits::Error),
    /// A schema document could not be read.
    #[error(transparent)]
    Ingest(#[from] crate::ingest::Error),
    /// A period cannot be reckoned with.
    #[error(transparent)]
    Retention(#[from] retention::Error),
    /// What would go is not what was agreed to.
    #[error("the plan is `{found}` now, not `{wanted}`")]
    PlanDiffers {
        /// The digest that was given.
        wanted: Digest,
        /// That of what would go now.
        found: Digest,
    },
    /// The day that was asked for has not come.
    #[error("{as_of} has not come: it is {today}")]
    NotYet {
        /// The day.
        as_of: NaiveDate,
        /// What the clock says.
        today: NaiveDate,
    },
    /// Somebody is making rows that may rest on what goes.
    #[error(
        "somebody was writing to `{table}` at {modified}, and their rows may rest on what would go"
    )]
    Busy {
        /// The table.
        table: TableName,
        /// When they did something last.
        modified: DateTime<Utc>,
    },
    /// The clock cannot be believed.
    #[error("the clock cannot be trusted, so nothing goes")]
    Clock(#[source] ClockProblem),
}

impl Error {
    /// The stable code of this error, for example `lake_retain.plan_differs`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Commit(error) => error.code(),
            Self::Ingest(error) => error.code(),
            Self::Retention(error) => error.code(),
            other => other.into(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Commit(error) => error.hint().map(str::to_owned),
            Self::Ingest(error) => error.hint().map(str::to_owned),
            Self::Retention(error) => error.hint(),
            Self::PlanDiffers { .. } => {
                Some("print the plan again, read it, and name its digest".to_owned())
            }
            Self::Busy { .. } => Some(
                "do the same again when that run is over; one that died counts for a day"
                    .to_owned(),
            ),
            Self::NotYet { .. } => Some("name today or an earlier day".to_owned()),
            Self::Clock(problem) => Some(problem.hint().to_owned()),
        }
    }

    /// The exit status of a command that fails with this.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Commit(error) => error.exit_status(),
            Self::Ingest(error) => error.exit_status(),
            Self::PlanDiffers { .. } | Self::Busy { .. } => 4,
            Self::Clock(_) => 5,
            Self::Retention(_) | Self::NotYet { .. } => 2,
        }
    }
}
