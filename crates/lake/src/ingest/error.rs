//! Why nothing was taken in.

use std::io;

use platform::store::StoreError;
use storage_core::Digest;

use crate::commits;

/// What taking in returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing was taken in. In every case nothing was committed, unless the error is one of the log.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "ingest.")]
#[non_exhaustive]
pub enum Error {
    /// The table could not be opened, or the commit not be made.
    #[error(transparent)]
    Commit(#[from] crate::commits::Error),
    /// A table cannot be described.
    #[error(transparent)]
    Catalog(#[from] crate::catalog::Error),
    /// A file or folder of this machine could not be read.
    #[error("`{place}` cannot be read")]
    Input {
        /// Which.
        place: String,
        /// What the system said.
        source: io::Error,
    },
    /// A bucket with inputs could not be read.
    #[error("the inputs at `{place}` cannot be read")]
    Place {
        /// Where.
        place: String,
        /// What the store said.
        source: Box<StoreError>,
    },
    /// There is nothing to take in.
    #[error("there is no input at `{place}`")]
    NoInput {
        /// Where was looked.
        place: String,
    },
    /// An input changed while it was read.
    #[error("`{name}` changed while it was read")]
    Changed {
        /// Which.
        name: String,
    },
    /// A document that rows of the table follow is not what its digest says.
    #[error("the schema document `{digest}` cannot be used: {reason}")]
    DocumentLost {
        /// Its digest.
        digest: Digest,
        /// What was found.
        reason: String,
    },
    /// The new document cannot follow the one that the table follows.
    #[error("the schema document cannot follow the one before it: {reason}")]
    CannotFollow {
        /// Which change is refused.
        reason: String,
    },
    /// More rows were refused than were to be tolerated.
    #[error("{quarantined} of {rows} rows were refused, and nothing was committed")]
    TooMany {
        /// How many were refused.
        quarantined: u64,
        /// How many there were.
        rows: u64,
        /// How often each reason was given.
        reasons: std::collections::BTreeMap<String, u64>,
    },
    /// Two inputs have the same name, so that nobody could tell whose rows are whose.
    #[error("two inputs are called `{name}`")]
    NameTwice {
        /// The name.
        name: String,
    },
    /// Reading, sorting or writing rows failed.
    #[error(transparent)]
    Bronze(#[from] crate::bronze::Error),
    /// What tokens stand for could not be kept.
    #[error(transparent)]
    Tokens(#[from] crate::tokens::Error),
    /// A file of the lake could not be read or written as rows.
    #[error("a file of the lake could not be processed")]
    Engine {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The runtime stopped a task before it was done.
    #[error("it was stopped before it was done")]
    Stopped,
}

impl Error {
    /// The stable code of this error, for example `ingest.too_many`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Commit(error) => error.code(),
            Self::Catalog(error) => error.code(),
            Self::Bronze(error) => error.code(),
            Self::Tokens(error) => error.code(),
            other => other.into(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Commit(error) => return error.hint(),
            Self::Catalog(error) => return error.hint(),
            Self::Bronze(error) => return error.hint(),
            Self::Tokens(error) => return error.hint(),
            Self::NameTwice { .. } => "name the folder that both are in",
            Self::TooMany { .. } => "mend the input or the document, or allow for more",
            Self::CannotFollow { .. } => {
                "add optional columns, widen types, rename by keeping the id; for anything else begin \
                 another entity"
            }
            Self::Changed { .. } => "take it in when nobody writes to it any more",
            Self::NoInput { .. } => "what begins with a dot or an underscore is passed over",
            Self::DocumentLost { .. } => {
                "bring back the file of that name in `_strongroom/lake/schemas` from a copy of the lake"
            }
            _ => return None,
        })
    }

    /// Whether a file of the table was gone when it was to be read: if somebody committed meanwhile, looking
    /// again helps.
    pub(crate) fn is_overtaken(&self) -> bool {
        let lost = |error: &commits::Error| matches!(error, commits::Error::FileLost { .. });
        match self {
            Self::Commit(error) => lost(error),
            Self::Bronze(crate::bronze::Error::Existing { source, .. }) => {
                source.get_ref().and_then(|it| it.downcast_ref()).is_some_and(lost)
            }
            _ => false,
        }
    }

    /// The exit status of a command that fails with this.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Commit(error) => error.exit_status(),
            Self::Catalog(crate::catalog::Error::Empty { .. }) => 3,
            Self::Catalog(_) => 2,
            Self::TooMany { .. } => 1,
            Self::Input { source, .. } if source.kind() == io::ErrorKind::NotFound => 3,
            Self::NoInput { .. } => 3,
            // The same bytes say the same when they are read again.
            Self::Input { source, .. }
            | Self::Bronze(crate::bronze::Error::Input { source, .. })
                if is_broken(source) =>
            {
                2
            }
            Self::CannotFollow { .. } | Self::NameTwice { .. } => 2,
            Self::Changed { .. } => 4,
            Self::DocumentLost { .. } => 7,
            Self::Tokens(error) => error.exit_status(),
            Self::Bronze(error) => match error {
                crate::bronze::Error::Lost { .. } => 70,
                crate::bronze::Error::Format { .. } | crate::bronze::Error::NoKey { .. } => 2,
                _ => 6,
            },
            Self::Input { .. } | Self::Place { .. } | Self::Engine { .. } | Self::Stopped => 6,
        }
    }
}

/// Whether bytes that were read are to blame, and not the place they were read from.
fn is_broken(source: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(source.kind(), InvalidData | InvalidInput | UnexpectedEof)
}
