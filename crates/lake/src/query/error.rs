//! Why a question was not answered.

use std::fmt;

use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

/// What asking returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A place in the text of a query. Both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The character in it.
    pub column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What the query engine said, on one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Said(String);

/// Why a question was not answered. Nothing was changed, whatever it is.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "query.")]
#[non_exhaustive]
pub enum Error {
    /// A table could not be read.
    #[error(transparent)]
    Ingest(#[from] crate::ingest::Error),
    /// It is no query, or names what is not there.
    #[error("the query cannot be understood{}", at(place))]
    NotUnderstood {
        /// Where, if that is known.
        place: Option<Place>,
        /// What is wrong.
        source: Said,
    },
    /// It is longer than any query is.
    #[error("the query is {bytes} bytes long, and {most} are the most")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        most: usize,
    },
    /// It has so many parts that it may be nested more deeply than can be worked on.
    #[error("the query has {parts} {what}, and {most} are the most")]
    TooDeep {
        /// What it has too many of.
        what: &'static str,
        /// How many it has.
        parts: usize,
        /// The bound.
        most: usize,
    },
    /// There is no statement, or there are several.
    #[error("there are {statements} statements, and one query is wanted")]
    NotOne {
        /// How many.
        statements: usize,
    },
    /// It would change something.
    #[error("`{statement}` is no query, and here is only read")]
    NotRead {
        /// What it begins with.
        statement: String,
    },
    /// There is no such table.
    #[error("there is no table `{name}`")]
    NoTable {
        /// What was named.
        name: String,
        /// What there is.
        there: Vec<String>,
    },
    /// Two tables of the lake have the same name for engines.
    #[error("`{name}` is the name of {}", tables.join(" and of "))]
    TwoTables {
        /// The name.
        name: String,
        /// What they are called in the lake.
        tables: Vec<String>,
    },
    /// It needs more memory than it may use.
    #[error("the query needs more than {bytes} bytes of memory")]
    Memory {
        /// The bound.
        bytes: u64,
        /// Which part of it wanted more.
        source: Said,
    },
    /// It failed over the rows that it met, such as a text that is no number.
    #[error("the query failed")]
    Failed {
        /// What happened.
        source: Said,
    },
    /// Files of the table were replaced again and again while it was read.
    #[error("`{table}` was changed while it was read")]
    Overtaken {
        /// The table.
        table: String,
    },
    /// The query engine cannot be set up as asked.
    #[error("the query engine cannot begin")]
    Setup {
        /// What it said.
        source: Said,
    },
    /// It is a bug, of ours or of the query engine.
    #[error("the query engine failed")]
    Internal {
        /// What it said.
        source: Said,
    },
}

fn at(place: &Option<Place>) -> String {
    place.map(|it| format!(": {it}")).unwrap_or_default()
}

impl From<crate::commits::Error> for Error {
    fn from(error: crate::commits::Error) -> Self {
        Self::Ingest(error.into())
    }
}

impl Error {
    /// The stable code of this error, for example `query.not_read`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ingest(error) => error.code(),
            other => other.into(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Ingest(error) => return error.hint().map(str::to_owned),
            Self::NoTable { there, .. } if there.is_empty() => {
                "the lake has no tables yet; take something in first".to_owned()
            }
            Self::NoTable { name, there } => format!("there is {}", nearest(name, there)),
            Self::NotUnderstood { source, .. } if source.0.contains(" not found") => {
                "a table is called `zone.table`, as in `gold.emissions_summary`".to_owned()
            }
            Self::TooDeep { what: "tables", .. } => return None,
            Self::TooDeep { .. } => {
                "write `x IN (1, 2, 3)` instead of `x = 1 OR x = 2 OR x = 3`".to_owned()
            }
            Self::NotOne { .. } => "ask one after the other".to_owned(),
            Self::NotRead { .. } => {
                "ask with SELECT, WITH, VALUES, EXPLAIN or SHOW TABLES".to_owned()
            }
            Self::Memory { .. } => {
                "ask for fewer rows or columns at once, or allow for more memory".to_owned()
            }
            Self::Overtaken { .. } => "do the same again".to_owned(),
            Self::TwoTables { .. } => {
                "engines know `/` and `-` as `_`, and call what was refused `<table>_quarantine`; \
                 begin another table for one of them"
                    .to_owned()
            }
            _ => return None,
        })
    }

    /// The exit status of a command that fails with this.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Ingest(error) => error.exit_status(),
            Self::NoTable { .. } => 3,
            Self::Overtaken { .. } => 4,
            Self::Internal { .. } => 70,
            _ => 2,
        }
    }

    /// What the engine said about a text.
    pub(super) fn understanding(error: &DataFusionError) -> Self {
        let root = error.find_root();
        let mut said = said(root);
        let mut place = error
            .diagnostic()
            .and_then(|it| it.span)
            .map(|span| Place { line: span.start.line, column: span.start.column });
        if let DataFusionError::SQL(parser, _) = root {
            said = match &**parser {
                ParserError::TokenizerError(text) | ParserError::ParserError(text) => {
                    one_line(text)
                }
                ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
            };
        }
        if let Some((text, found)) = split_place(&said) {
            place = place.or(Some(found));
            said = text;
        }
        Self::NotUnderstood { place, source: Said(said) }
    }

    /// What the engine said while it worked.
    pub(super) fn working(error: &DataFusionError, memory: u64) -> Self {
        let root = error.find_root();
        let source = Said(said(root));
        match root {
            DataFusionError::ResourcesExhausted(_) => Self::Memory { bytes: memory, source },
            DataFusionError::Internal(_) | DataFusionError::ExecutionJoin(_) => {
                Self::Internal { source }
            }
            _ => Self::Failed { source },
        }
    }

    pub(super) fn setup(error: &DataFusionError) -> Self {
        Self::Setup { source: Said(said(error.find_root())) }
    }

    pub(super) fn internal(error: impl fmt::Display) -> Self {
        Self::Internal { source: Said(one_line(&error.to_string())) }
    }
}

/// So many tables are named at most.
const NAMED: usize = 5;

/// The tables whose names are most like this one.
fn nearest(name: &str, tables: &[String]) -> String {
    let mut tables: Vec<_> = tables.iter().collect();
    tables.sort_by_cached_key(|it| strsim::osa_distance(name, it));
    let named: Vec<_> = tables.iter().take(NAMED).map(|it| format!("`{it}`")).collect();
    match tables.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

fn said(error: &DataFusionError) -> String {
    one_line(&error.message())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}

/// Takes the place off the end of what the parser says: `… at Line: 1, Column: 8`.
fn split_place(said: &str) -> Option<(String, Place)> {
    let (text, rest) = said.rsplit_once(" at Line: ")?;
    let (line, column) = rest.split_once(", Column: ")?;
    let place = Place { line: line.parse().ok()?, column: column.parse().ok()? };
    Some((text.to_owned(), place))
}
