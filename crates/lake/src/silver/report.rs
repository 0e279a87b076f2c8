//! What became of the rows, for people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Code, Options, Suggestion};

/// How many different values are named; a report is for people.
const NAMED: usize = 1000;

/// What became of the rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Rows that came in.
    pub rows: u64,
    /// Rows that are silver.
    pub accepted: u64,
    /// Rows that were rejected, by reason.
    pub rejected: BTreeMap<Code, u64>,
    /// The values that led to nothing, by column and reason; at most a thousand of them.
    #[serde(with = "pairs")]
    unresolved: BTreeMap<(String, Code, String), u64>,
}

/// JSON has no members that are named by three things.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::Code;

    type Map = BTreeMap<(String, Code, String), u64>;

    pub(super) fn serialize<S: Serializer>(map: &Map, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

/// A value that led to nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unresolved {
    /// The column.
    pub column: String,
    /// The value.
    pub value: String,
    /// Why it led to nothing.
    pub code: &'static str,
    /// In how many rows.
    pub rows: u64,
    /// Entities with a similar name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
}

impl Report {
    pub(super) fn of_rows(rows: u64) -> Self {
        Self { rows, ..Self::default() }
    }

    pub(super) fn reject(&mut self, column: &str, code: Code, value: Option<&str>) {
        *self.rejected.entry(code).or_default() += 1;
        let key = (column.to_owned(), code, value.unwrap_or_default().to_owned());
        if let Some(rows) = self.unresolved.get_mut(&key) {
            *rows += 1;
        } else if self.unresolved.len() < NAMED {
            self.unresolved.insert(key, 1);
        }
    }

    /// How many rows were rejected.
    pub fn rejects(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Adds what another batch gave.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.accepted += other.accepted;
        for (code, rows) in &other.rejected {
            *self.rejected.entry(*code).or_default() += rows;
        }
        for (key, rows) in &other.unresolved {
            if self.unresolved.len() < NAMED || self.unresolved.contains_key(key) {
                *self.unresolved.entry(key.clone()).or_default() += rows;
            }
        }
    }

    /// The values that led to nothing, those of most rows first, with suggestions for entities.
    pub fn unresolved(&self, options: &Options) -> Vec<Unresolved> {
        let mut unresolved: Vec<Unresolved> = self
            .unresolved
            .iter()
            .map(|((column, code, value), rows)| {
                let rule = options.entities.iter().find(|it| it.column == *column);
                let rule = rule.filter(|_| *code == Code::EntityUnknown);
                Unresolved {
                    column: column.clone(),
                    value: value.clone(),
                    code: code.name(),
                    rows: *rows,
                    suggestions: rule.map(|it| it.reference.suggestions(value)).unwrap_or_default(),
                }
            })
            .collect();
        unresolved.sort_by_key(|it| std::cmp::Reverse(it.rows));
        unresolved
    }
}
