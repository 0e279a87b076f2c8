//! A schema document that was checked.

use serde::Serialize;
use storage_core::{Digest, canonical_json};

use super::{Column, Finding, Type, reading};

/// A schema document that was read and checked. Only [`Document::parse`] makes one.
///
/// ```
/// use lake::schema::{ACTIVITY, Document};
///
/// let document = Document::parse(ACTIVITY).expect("the shipped document is in order");
/// assert_eq!(document.entity(), "emissions");
/// assert_eq!(document.columns().len(), 7);
///
/// let findings = Document::parse(&ACTIVITY.replace("type: double", "type: float")).unwrap_err();
/// assert_eq!(findings[0].to_string(), "9:35: `float` is no type");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    // INVARIANT: passed the checks of `checks.rs`.
    pub(super) rules: Rules,
    pub(super) digest: Digest,
}

/// What a document says, in one order: the form that is hashed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Rules {
    pub(super) schema: &'static str,
    pub(super) entity: String,
    pub(super) version: u32,
    pub(super) columns: Vec<Column>,
    pub(super) key: Vec<String>,
    pub(super) winner: Winner,
    pub(super) partitions: Vec<Partition>,
    pub(super) unknown_columns: Unknown,
}

/// Which of several rows with one key and different values is kept. Deliberately exhaustive.
///
/// Rows that are equal in every value are no question: the first is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// The row that came first: the order of inputs, then of lines; rows of earlier commits before all.
    First,
    /// The row that came last.
    Last,
    /// The row with the greatest value in that column; among equals the one that came first. No value is
    /// less than any.
    Greatest(String),
    /// None: every row of the key that came in this run is refused, as `conflicting_key`.
    Reject,
}

/// One level of the directories below a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Partition {
    /// The value of a column, which then stands in the path and not in the files.
    Value(String),
    /// `year=` of a date or moment (UTC).
    Year(String),
    /// `month=` of a date or moment (UTC), 1 to 12, not padded.
    Month(String),
    /// `day=` of a date or moment (UTC), 1 to 31, not padded.
    Day(String),
}

impl Serialize for Partition {
    /// As it is written in a document: `tenant_id`, `{year: timestamp}`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(column) => serializer.serialize_str(column),
            Self::Year(column) | Self::Month(column) | Self::Day(column) => {
                serializer.collect_map([(self.name(), column)])
            }
        }
    }
}

impl Partition {
    /// The column it is derived from.
    pub fn source(&self) -> &str {
        match self {
            Self::Value(column) | Self::Year(column) | Self::Month(column) | Self::Day(column) => {
                column
            }
        }
    }

    /// The name in the path: `tenant_id`, `year`, `month`.
    pub fn name(&self) -> &str {
        match self {
            Self::Value(column) => column,
            Self::Year(_) => "year",
            Self::Month(_) => "month",
            Self::Day(_) => "day",
        }
    }
}

/// What happens to members that the document does not declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// They are kept as a JSON object in the column `_extra`.
    #[default]
    Keep,
    /// The row is refused.
    Reject,
    /// They are left out.
    Ignore,
}

impl Document {
    /// Reads a document, YAML or JSON.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Finding>> {
        reading::read(text)
    }

    pub(super) fn new(rules: Rules) -> Self {
        let json = canonical_json(&rules).expect("rules are plain data");
        Self { rules, digest: Digest::of(&json) }
    }

    /// What the rows are: part of the path of their tables.
    pub fn entity(&self) -> &str {
        &self.rules.entity
    }

    /// Which edition of the document this is.
    pub fn version(&self) -> u32 {
        self.rules.version
    }

    /// The declared columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.rules.columns
    }

    /// The columns that tell rows apart; empty where every row is one of its own.
    pub fn key(&self) -> &[String] {
        &self.rules.key
    }

    /// Which of several rows with one key is kept.
    pub fn winner(&self) -> &Winner {
        &self.rules.winner
    }

    /// The levels of directories.
    pub fn partitions(&self) -> &[Partition] {
        &self.rules.partitions
    }

    /// What happens to members that are not declared.
    pub fn unknown_columns(&self) -> Unknown {
        self.rules.unknown_columns
    }

    /// The digest of what the document says; comments, order of keys and spelling do not matter.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What the document says as canonical JSON: the bytes behind [`Document::digest`]. They are a document
    /// that says the same.
    ///
    /// ```
    /// use lake::schema::{ACTIVITY, Document};
    ///
    /// let document = Document::parse(ACTIVITY).expect("the shipped document is in order");
    /// let canonical = String::from_utf8(document.canonical()).expect("JSON is UTF-8");
    /// assert_eq!(Document::parse(&canonical), Ok(document));
    /// ```
    pub fn canonical(&self) -> Vec<u8> {
        canonical_json(&self.rules).expect("rules are plain data")
    }

    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.rules.columns.iter().position(|column| column.name == name)
    }

    /// Whether the column stands in the path of the files and so not in the files.
    pub fn in_path(&self, name: &str) -> bool {
        self.rules
            .partitions
            .iter()
            .any(|it| matches!(it, Partition::Value(column) if column == name))
    }

    /// The type of the column `name`, where there is one.
    pub fn kind(&self, name: &str) -> Option<Type> {
        self.position(name).map(|at| self.rules.columns[at].kind)
    }
}
