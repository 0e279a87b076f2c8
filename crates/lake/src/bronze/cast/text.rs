//! Rules about texts.

use std::collections::BTreeSet;

use regex::Regex;
use storage_core::units::Unit;

use super::Refusal;
use crate::bronze::Code;
use crate::schema::{Column, OneOf};

/// The most memory that the automaton of a pattern may take.
const PATTERN_BYTES: usize = 1 << 20;

/// A pattern that has to match the whole text.
pub(crate) fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    // On its own first, so that `a)(b` is no pattern.
    regex::RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build()?;
    regex::RegexBuilder::new(&format!(r"\A(?:{pattern})\z")).size_limit(PATTERN_BYTES).build()
}

/// What the texts of a column have to keep to, made ready.
#[derive(Clone, Debug)]
pub(crate) struct TextRule {
    required: bool,
    max_length: Option<u32>,
    one_of: Option<Allowed>,
    pattern: Option<Regex>,
}

#[derive(Clone, Debug)]
enum Allowed {
    Units,
    Texts(BTreeSet<String>),
}

impl TextRule {
    /// The rule of a column; none where its pattern cannot be read.
    pub(crate) fn of(column: &Column) -> Option<Self> {
        let pattern = match &column.pattern {
            Some(pattern) => Some(whole(pattern).ok()?),
            None => None,
        };
        let one_of = column.one_of.as_ref().map(|it| match it {
            OneOf::Units => Allowed::Units,
            OneOf::Texts(texts) => Allowed::Texts(texts.clone()),
        });
        Some(Self { required: column.required, max_length: column.max_length, one_of, pattern })
    }

    /// Checks a text.
    pub(crate) fn check(&self, text: &str) -> Result<(), Refusal> {
        if text.is_empty() && self.required {
            return Err((Code::Empty, "the text is empty"));
        }
        if let Some(most) = self.max_length {
            let most = most as usize;
            if text.len() > most && text.chars().count() > most {
                return Err((Code::TooLong, "the text has more characters than the column allows"));
            }
        }
        let allowed = match &self.one_of {
            None => true,
            Some(Allowed::Units) => text.parse::<Unit>().is_ok(),
            Some(Allowed::Texts(texts)) => texts.contains(text),
        };
        if !allowed {
            return Err((Code::NotAllowed, "the text is none of those that are allowed"));
        }
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
            return Err((Code::Pattern, "the text does not match the pattern"));
        }
        Ok(())
    }
}
