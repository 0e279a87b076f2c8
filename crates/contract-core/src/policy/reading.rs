//! From text to the document: strict, and in our words where it fails.

use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Error, Location};

use super::PolicyError;
use super::document::{API_VERSION, Document, KIND};
use crate::read::suggest;

/// The most bytes that are read as a policy. A long one has about 4 KiB.
const MAX_BYTES: usize = 256 * 1024;

/// Reads the document, refusing whatever tools read differently: anchors, merge keys, tags, keys
/// given twice, booleans other than `true` and `false`, several documents.
pub(super) fn read(text: &str) -> Result<Document, PolicyError> {
    if text.len() > MAX_BYTES {
        let message = format!("a policy of {} bytes, the most is {MAX_BYTES}", text.len());
        return Err(PolicyError::new(Location::UNKNOWN, message));
    }
    if text.lines().all(|line| matches!(line.trim(), "" | "---") || line.trim().starts_with('#')) {
        let hint = format!("begin with `apiVersion: {API_VERSION}` and `kind: {KIND}`");
        return Err(PolicyError::new(Location::UNKNOWN, "the policy is empty").hint(hint));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 16,
            max_nodes: 20_000,
            max_anchors: 0,
            max_aliases: 0,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        no_schema: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let document: Document =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| told(&error))?;
    if let Some(waivers) = &document.waivers {
        for days in [&waivers.max_days, &waivers.notice_days].into_iter().flatten() {
            decimal(text, days.referenced)?;
        }
    }
    Ok(document)
}

/// Refuses a number that is not written in the one way that every tool reads alike: `0o17` and
/// `1_0` are numbers to some.
fn decimal(text: &str, at: Location) -> Result<(), PolicyError> {
    let start = at.span().byte_offset().and_then(|start| usize::try_from(start).ok());
    let rest = start.and_then(|start| text.get(start..)).unwrap_or_default();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = rest[digits..].chars().next();
    let ends = !after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    if digits > 0 && ends && (digits == 1 || !rest.starts_with('0')) {
        return Ok(());
    }
    let refused = PolicyError::new(at, "tools read this number differently");
    Err(refused.hint("write decimal digits, without zeros before them"))
}

/// The same error in our words.
fn told(error: &Error) -> PolicyError {
    let at = error.location().unwrap_or(Location::UNKNOWN);
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            let refused = PolicyError::new(at, format!("a policy has no key `{field}` here"));
            refused.hint(match suggest::closest(field, expected.iter().copied()) {
                Some(key) => format!("did you mean `{key}`?"),
                None => format!("the keys here are {}", listed(expected)),
            })
        }
        Error::SerdeMissingField { field, .. } => {
            let refused = PolicyError::new(at, format!("`{field}` is missing"));
            match *field {
                "apiVersion" => refused.hint(format!("begin with `apiVersion: {API_VERSION}`")),
                "kind" => refused.hint(format!("write `kind: {KIND}`")),
                "protected" => refused.hint("say `protected: true` or `protected: false`"),
                _ => refused,
            }
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            PolicyError::new(at, format!("`{key}` is given twice")).hint("keep one of them")
        }
        Error::InvalidBooleanStrict { .. } => {
            PolicyError::new(at, "this is no boolean").hint("write `true` or `false`")
        }
        Error::MultipleDocuments { .. } => PolicyError::new(at, "a policy is one document"),
        Error::MergeKeyNotAllowed { .. } => PolicyError::new(at, "merge keys (`<<`) are refused")
            .hint("write the keys out where they belong"),
        Error::Budget { .. } => PolicyError::new(at, "anchors, aliases and excess are refused")
            .hint("write everything out where it stands, and keep the policy small"),
        Error::NullIntoString { .. } => {
            PolicyError::new(at, "the value is empty").hint("give one, or remove the key")
        }
        Error::QuotingRequired { value, .. } => {
            PolicyError::new(at, format!("tools do not all read `{value}` as text"))
                .hint("put it in quotes")
        }
        Error::Unexpected { expected, .. } => PolicyError::new(
            at,
            match *expected {
                "mapping start" => "this must be a mapping of keys to values".to_owned(),
                "sequence start" => "this must be a list".to_owned(),
                "string scalar" => "this must be text".to_owned(),
                other => format!("expected {other}"),
            },
        ),
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            let unexpected = unexpected.replace('"', "`");
            PolicyError::new(at, format!("this is {unexpected}, it must be {expected}"))
        }
        other => PolicyError::new(at, plain(other))
            .hint("write plain YAML: no tabs, tags, anchors or unfinished quotes"),
    }
}

/// The words of the reader without the place, which stands in fields of its own.
fn plain(error: &Error) -> String {
    let said = error.to_string();
    let first = said.lines().next().unwrap_or_default();
    first.split(" at line ").next().unwrap_or(first).to_owned()
}

/// `a`, `b` and `c`
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}
