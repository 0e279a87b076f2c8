//! The table of fields: the one place that says what a contract may hold.
//!
//! The reader checks documents against it, and the JSON Schema for editors, the Backstage form,
//! the `validation` blocks of the Terraform module and the reference page are printed from it.

mod patterns;
mod rules;
mod table;

pub use patterns::Pattern;
pub use rules::RULES;
pub(crate) use rules::{
    BAD_FORMAT, BAD_LENGTH, FIELD_GIVEN_TWICE, MISSING_FIELD, OUT_OF_RANGE, UNKNOWN_FIELD,
    UNKNOWN_VALUE, WRONG_TYPE,
};
pub use table::{KEYS_UNDER_METADATA, ROOT, at, find};

use crate::slot::Slot;

/// Whether a field has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The contract is incomplete without it.
    Required,
    /// It may be left out, and then nothing is meant.
    Optional,
    /// It may be left out, and then this is meant.
    Default(&'static str),
}

/// What a field holds. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Text with a length in characters, and perhaps a format.
    Text {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
        /// The format; `None` for free text.
        pattern: Option<&'static Pattern>,
    },
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// One of the environments that the policy names.
    Environment,
    /// `true` or `false`.
    Boolean,
    /// A whole number between two bounds, both allowed.
    Integer {
        /// The least.
        min: u32,
        /// The greatest.
        max: u32,
    },
    /// A mapping with these fields and no others.
    Section(&'static [Field]),
    /// A mapping with these fields and any others, whose values are text.
    Tags(&'static [Field]),
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Which one.
    pub slot: Slot,
    /// Its key.
    pub key: &'static str,
    /// Its full name, for example `spec.encryption.type`.
    pub path: &'static str,
    /// Whether it has to be given.
    pub need: Need,
    /// What it holds.
    pub shape: Shape,
    /// What it means, with units, in a sentence.
    pub meaning: &'static str,
    /// A value as a contract would have it.
    pub example: &'static str,
}
