//! How Terraform spells a condition.

use crate::fields::{Shape, find};
use crate::slot::Slot;

/// A `validation` block: one question about a variable.
pub(super) struct Limit {
    /// What must be true.
    pub(super) condition: String,
    /// What Terraform says if it is not.
    pub(super) message: String,
}

pub(super) fn limit(condition: impl Into<String>, message: impl Into<String>) -> Limit {
    Limit { condition: condition.into(), message: message.into() }
}

/// What the table says about a text or a choice. `optional` is the value where it may be null.
pub(super) fn text(path: &str, slot: Slot, optional: Option<&str>) -> Vec<Limit> {
    let plain = format!("var.{path}");
    let value = optional.unwrap_or(&plain);
    let unless_null = |condition: String| match optional {
        Some(value) => format!("{value} == null ? true : {condition}"),
        None => condition,
    };
    match find(slot).shape {
        Shape::Text { min, max, pattern } => {
            let range = if min == max { min.to_string() } else { format!("{min} to {max}") };
            let mut limits = vec![limit(
                unless_null(format!("length({value}) >= {min} && length({value}) <= {max}")),
                format!("{path} has {range} characters."),
            )];
            limits.extend(pattern.map(|pattern| {
                let condition = format!("can(regex({}, {value}))", quoted(pattern.regex));
                limit(unless_null(condition), format!("{path} matches {}.", pattern.regex))
            }));
            limits
        }
        Shape::Choice(words) => vec![limit(
            unless_null(format!("contains({}, {value})", list(words))),
            format!("{path} is one of {}.", words.join(", ")),
        )],
        _ => Vec::new(),
    }
}

pub(super) fn one_of(path: &str, words: &[impl AsRef<str>]) -> Limit {
    let names: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    limit(
        format!("contains({}, var.{path})", list(words)),
        format!("{path} is one of {}.", names.join(", ")),
    )
}

/// The condition that `value` is a whole number between two bounds, both allowed.
pub(super) fn whole(value: &str, min: u32, max: u32) -> String {
    format!("{value} >= {min} && {value} <= {max} && floor({value}) == {value}")
}

/// A word of a contract as the tfvars file spells it: `sse-kms` is `SSE_KMS`.
pub(super) fn constant(word: &str) -> String {
    word.to_uppercase().replace('-', "_")
}

pub(super) fn list(words: &[impl AsRef<str>]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| quoted(word.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}

/// `text` as a string of Terraform's language.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace("${", "$${").replace("%{", "%%{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_a_template() {
        assert_eq!(quoted(r#"a"b\c${d}%{e}"#), r#""a\"b\\c$${d}%%{e}""#);
    }
}
