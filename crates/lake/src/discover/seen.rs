//! What was seen of the columns of samples.

use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use serde_json::Value;

use crate::bronze::cast;

/// How many examples of a column are shown, and how long one is.
const EXAMPLES: usize = 3;
const EXAMPLE_CHARACTERS: usize = 40;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub(super) enum Kind {
    /// A text that is nothing of the following.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction or an exponent.
    Number,
    Boolean,
    /// A moment with an offset.
    Moment,
    /// A moment that does not say where.
    #[strum(to_string = "moment without offset")]
    Local,
    Day,
    #[strum(to_string = "whole number as text")]
    IntegerText,
    #[strum(to_string = "number as text")]
    NumberText,
    #[strum(to_string = "object or list")]
    Nested,
}

impl Kind {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Boolean,
            Value::Number(it) if it.is_i64() => Self::Integer,
            Value::Number(_) => Self::Number,
            Value::Array(_) | Value::Object(_) => Self::Nested,
            Value::String(text) => Self::of_text(text),
        })
    }

    fn of_text(text: &str) -> Self {
        if cast::timestamp(text, None).is_ok() {
            Self::Moment
        } else if cast::timestamp(text, Some(0)).is_ok() {
            Self::Local
        } else if cast::date(text).is_ok() {
            Self::Day
        } else if cast::integer(text).is_ok() {
            Self::IntegerText
        } else if cast::double(text).is_ok() {
            Self::NumberText
        } else {
            Self::Text
        }
    }
}

/// What was seen of a column.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) present: u64,
    pub(super) nulls: u64,
    pub(super) empties: u64,
    pub(super) kinds: BTreeMap<Kind, u64>,
    pub(super) examples: Vec<String>,
    /// Hashes of the values, until one came twice.
    values: HashSet<u64>,
    repeated: bool,
}

impl Column {
    fn see(&mut self, value: &Value) {
        self.present += 1;
        if value.as_str() == Some("") {
            self.empties += 1;
            return;
        }
        let Some(kind) = Kind::of(value) else {
            self.nulls += 1;
            return;
        };
        *self.kinds.entry(kind).or_default() += 1;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if self.examples.len() < EXAMPLES {
            let example: String = text.chars().take(EXAMPLE_CHARACTERS).collect();
            if !self.examples.contains(&example) {
                self.examples.push(example);
            }
        }
        if !self.repeated {
            let mut hasher = std::hash::DefaultHasher::new();
            text.hash(&mut hasher);
            self.repeated = !self.values.insert(hasher.finish());
            if self.repeated {
                self.values = HashSet::new();
            }
        }
    }

    /// Whether every row has a value.
    pub(super) fn is_full(&self, rows: u64) -> bool {
        rows > 0 && self.present == rows && self.nulls == 0 && self.empties == 0
    }

    pub(super) fn is_unique(&self) -> bool {
        !self.repeated && !self.values.is_empty()
    }

    /// The type that takes most of the values. Where texts are all there is (CSV), numbers are numbers.
    pub(super) fn proposed(&self, text_alone: bool) -> Option<String> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        let fractions = self.kinds.keys().any(|it| matches!(it, Kind::Number | Kind::NumberText));
        let number = if fractions { "double" } else { "integer" };
        for (kind, count) in &self.kinds {
            let name = match kind {
                Kind::Integer | Kind::Number => number,
                Kind::IntegerText | Kind::NumberText if text_alone => number,
                Kind::Boolean => "boolean",
                Kind::Moment | Kind::Local => "timestamp",
                Kind::Day => "date",
                Kind::Nested => "",
                Kind::Text | Kind::IntegerText | Kind::NumberText => "string",
            };
            *counts.entry(name).or_default() += count;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        match most {
            None => Some("string".to_owned()),
            Some(("", _)) => None,
            Some((name, _)) => Some(name.to_owned()),
        }
    }

    /// What to think about before the proposal is accepted.
    pub(super) fn note(&self, proposed: &str, text_alone: bool) -> String {
        let count = |wanted: &[Kind]| -> u64 {
            self.kinds.iter().filter(|(kind, _)| wanted.contains(kind)).map(|it| it.1).sum()
        };
        let texts = count(&[Kind::IntegerText, Kind::NumberText]);
        let all: u64 = self.kinds.values().sum();
        if count(&[Kind::Local]) > 0 && proposed == "timestamp" {
            return "  # some do not say where: declare `offset`".to_owned();
        }
        if texts > 0 && !text_alone && proposed == "string" && texts == all {
            return "  # every text is a number: `accept_text: true` with a type of numbers takes them".to_owned();
        }
        if texts > 0 && !text_alone && matches!(proposed, "integer" | "double") {
            return "  # numbers in quotes are refused without `accept_text: true`".to_owned();
        }
        let texts = |kind: &Kind| {
            !matches!(kind, Kind::Integer | Kind::Number | Kind::Boolean | Kind::Nested)
        };
        let takes_all =
            proposed == "double" || (proposed == "string" && self.kinds.keys().all(texts));
        if self.kinds.len() > 1 && !takes_all {
            return "  # values of other types are refused".to_owned();
        }
        if all == 0 {
            return "  # no value was seen".to_owned();
        }
        String::new()
    }
}

/// The columns in the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct Columns {
    order: Vec<String>,
    by_name: BTreeMap<String, Column>,
    pub(super) rows: u64,
    pub(super) unreadable: u64,
    /// Whether the samples have no types but text.
    pub(super) text_alone: bool,
}

impl Columns {
    pub(super) fn row(&mut self, row: Option<Value>) {
        let Some(Value::Object(row)) = row else {
            self.unreadable += 1;
            return;
        };
        self.rows += 1;
        for (name, value) in &row {
            if !self.by_name.contains_key(name) {
                self.order.push(name.clone());
            }
            self.by_name.entry(name.clone()).or_default().see(value);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.order.iter().map(|name| (&**name, &self.by_name[name]))
    }
}
