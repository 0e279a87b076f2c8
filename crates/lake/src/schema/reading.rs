//! From text to the document: strict, and in our words where it fails.

use serde::de::DeserializeOwned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Error, Location};

use super::written::{SCHEMA, WrittenDocument};
use super::{Document, Finding, checks};

/// The most bytes that are read as a document.
const MAX_BYTES: usize = 1 << 20;

/// Reads the document.
pub(super) fn read(text: &str) -> Result<Document, Vec<Finding>> {
    let written: WrittenDocument = strictly(text, ("schema", SCHEMA))?;
    checks::check(written)
}

/// Reads a document that begins with this key and value, refusing whatever tools read differently:
/// anchors, merge keys, tags, keys given twice, booleans other than `true` and `false`, several documents.
pub(crate) fn strictly<T: DeserializeOwned>(
    text: &str,
    begins: (&str, &str),
) -> Result<T, Vec<Finding>> {
    if text.len() > MAX_BYTES {
        let what = begins.0;
        let message = format!("a {what} document of {} bytes, the most is {MAX_BYTES}", text.len());
        return Err(vec![Finding::new(Location::UNKNOWN, message)]);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 16,
            max_nodes: 100_000,
            max_anchors: 0,
            max_aliases: 0,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| vec![told(&error, begins)])
}

/// The same error in our words.
fn told(error: &Error, (first, version): (&str, &str)) -> Finding {
    let at = error.location().unwrap_or(Location::UNKNOWN);
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            let keys: Vec<_> = expected.iter().map(|key| format!("`{key}`")).collect();
            Finding::new(at, format!("there is no key `{field}` here"))
                .hint(format!("the keys here are {}", keys.join(", ")))
        }
        Error::SerdeMissingField { field, .. } => {
            let found = Finding::new(at, format!("`{field}` is missing"));
            if *field == first {
                found.hint(format!("begin with `{first}: {version}`"))
            } else {
                found
            }
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            Finding::new(at, format!("`{key}` is given twice")).hint("keep one of them")
        }
        Error::InvalidBooleanStrict { .. } => {
            Finding::new(at, "this is no boolean").hint("write `true` or `false`")
        }
        Error::MultipleDocuments { .. } => Finding::new(at, "there is more than one document"),
        Error::MergeKeyNotAllowed { .. } => Finding::new(at, "merge keys (`<<`) are refused")
            .hint("write the keys out where they belong"),
        Error::Budget { .. } => Finding::new(at, "anchors, aliases and excess are refused")
            .hint("write everything out where it stands"),
        Error::NullIntoString { .. } => Finding::new(at, "the value is empty")
            .hint("give one, put it in quotes if it is meant as text, or remove the key"),
        other => {
            let said = other.to_string();
            let first = said.lines().next().unwrap_or_default();
            let plain = first.split(" at line ").next().unwrap_or(first).replace('"', "`");
            Finding::new(at, plain)
        }
    }
}
