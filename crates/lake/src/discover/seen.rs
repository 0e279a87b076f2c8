//! What was seen of the columns of samples.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use crate::bronze::cast;
use crate::read::token::Token;

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
    fn of(token: Token<'_>) -> Option<Self> {
        Some(match token {
            Token::Absent | Token::Null => return None,
            Token::Boolean(_) => Self::Boolean,
            Token::Number(text) if cast::integer(text).is_ok() => Self::Integer,
            Token::Number(_) => Self::Number,
            Token::Nested(_) | Token::Markup(_) => Self::Nested,
            // Where there is nothing but text, a number is a number, unless its zeroes say that it is none.
            Token::Bare(text) | Token::Doubled(text) | Token::Referring(text) => {
                match Self::of_text(&token.text().unwrap_or_default()) {
                    Self::IntegerText | Self::NumberText if is_padded(text) => Self::Text,
                    Self::IntegerText => Self::Integer,
                    Self::NumberText => Self::Number,
                    Self::Text if matches!(text, "true" | "false") => Self::Boolean,
                    other => other,
                }
            }
            Token::Text(_) | Token::Escaped(_) => Self::of_text(&token.text().unwrap_or_default()),
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
    fn see(&mut self, token: Token<'_>) {
        self.present += 1;
        let text = match token {
            Token::Number(text) | Token::Nested(text) | Token::Markup(text) => text.into(),
            Token::Boolean(truth) => truth.to_string().into(),
            _ => token.text().unwrap_or_default(),
        };
        let Some(kind) = Kind::of(token) else {
            self.nulls += 1;
            return;
        };
        if text.is_empty() {
            self.empties += 1;
            return;
        }
        *self.kinds.entry(kind).or_default() += 1;
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

    /// The type that takes most of the values.
    pub(super) fn proposed(&self) -> Option<String> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        let fractions = self.kinds.contains_key(&Kind::Number);
        let number = if fractions { "double" } else { "integer" };
        for (kind, count) in &self.kinds {
            let name = match kind {
                Kind::Integer | Kind::Number => number,
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
    pub(super) fn note(&self, proposed: &str) -> String {
        let count = |wanted: &[Kind]| -> u64 {
            self.kinds.iter().filter(|(kind, _)| wanted.contains(kind)).map(|it| it.1).sum()
        };
        let texts = count(&[Kind::IntegerText, Kind::NumberText]);
        let all: u64 = self.kinds.values().sum();
        if count(&[Kind::Local]) > 0 && proposed == "timestamp" {
            return "  # some do not say where: declare `offset`".to_owned();
        }
        if texts > 0 && proposed == "string" && texts == all {
            return "  # every text is a number: `accept_text: true` with a type of numbers takes them".to_owned();
        }
        if texts > 0 && matches!(proposed, "integer" | "double") {
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
}

impl Columns {
    pub(super) fn row(&mut self, members: &[(Cow<'_, str>, Token<'_>)]) {
        self.rows += 1;
        for (name, token) in members {
            if !self.by_name.contains_key(&**name) {
                self.order.push(name.to_string());
                self.by_name.insert(name.to_string(), Column::default());
            }
            if let Some(column) = self.by_name.get_mut(&**name) {
                column.see(*token);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.order.iter().map(|name| (&**name, &self.by_name[name]))
    }
}

/// Whether zeroes stand before a number that are not needed, as in a postcode.
fn is_padded(text: &str) -> bool {
    let digits = text.trim_start_matches('-').as_bytes();
    matches!(digits, [b'0', next, ..] if next.is_ascii_digit())
}
