//! The rules about fields.

use crate::finding::Severity::Error;
use crate::rule::{Group, Rule};

macro_rules! rules {
    ($($konst:ident = $code:literal, $name:literal, $summary:literal;)*) => {
        $(pub(crate) static $konst: Rule = Rule {
            code: $code,
            name: $name,
            group: Group::Field,
            severity: Error,
            summary: $summary,
            page: include_str!("rules.md"),
        };)*
        /// Every rule about fields, in the order of codes.
        pub static RULES: &[&Rule] = &[$(&$konst),*];
    };
}

rules! {
    UNKNOWN_FIELD = "F001", "unknown-field", "Is every field one that a contract has?";
    MISSING_FIELD = "F002", "missing-field", "Are all required fields given?";
    WRONG_TYPE = "F003", "wrong-type", "Does every field hold the type that it should?";
    UNKNOWN_VALUE = "F004", "unknown-value", "Is every choice one that is offered?";
    OUT_OF_RANGE = "F005", "out-of-range", "Does every number lie within its bounds?";
    BAD_LENGTH = "F006", "bad-length", "Is every text neither too short nor too long?";
    BAD_FORMAT = "F007", "bad-format", "Does every text follow its format?";
    FIELD_GIVEN_TWICE = "F008", "field-given-twice", "Is every field given in one place?";
}
