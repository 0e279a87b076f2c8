//! Tags: the labels that a bucket carries for people and for bills.

use crate::Error;

/// The most tags one bucket carries. Source: Amazon S3 user guide, "Using cost allocation tags".
pub const TAGS_PER_BUCKET: usize = 50;

/// The most characters of a tag's key.
pub const TAG_KEY_LENGTH: usize = 128;

/// The most characters of a tag's value.
pub const TAG_VALUE_LENGTH: usize = 256;

/// Asks whether AWS takes `key` and `value` as a tag.
///
/// Keys have 1 to 128 characters, values at most 256; both are letters, digits, spaces and
/// `_ . : / = + - @`; the beginning `aws:` belongs to AWS in any mix of cases. Source: AWS
/// Tagging best practices, "Tag naming limits and requirements".
///
/// ```
/// assert_eq!(storage_core::check_tag("costCenter", "payments-123"), Ok(()));
/// let error = storage_core::check_tag("AWS:team", "blue").unwrap_err();
/// assert_eq!(error.to_string(), "the tag begins with `aws:`, which AWS reserves");
/// ```
///
/// # Errors
///
/// [`Error::TagInvalid`] with the first rule that is broken.
pub fn check_tag(key: &str, value: &str) -> Result<(), Error> {
    let broken = |broken| Err(Error::TagInvalid { broken });
    if key.is_empty() {
        return broken("has no key");
    }
    if key.chars().count() > TAG_KEY_LENGTH {
        return broken("has a key of more than 128 characters");
    }
    if value.chars().count() > TAG_VALUE_LENGTH {
        return broken("has a value of more than 256 characters");
    }
    if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        return broken("begins with `aws:`, which AWS reserves");
    }
    if !key.chars().chain(value.chars()).all(portable) {
        return broken("has a character other than letters, digits, spaces and `_ . : / = + - @`");
    }
    Ok(())
}

fn portable(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_counted_in_characters() {
        assert_eq!(check_tag(&"ä".repeat(128), &"ö".repeat(256)), Ok(()));
        assert!(check_tag(&"ä".repeat(129), "").is_err());
        assert!(check_tag("k", &"ö".repeat(257)).is_err());
    }

    #[test]
    fn formula_and_control_characters_are_refused() {
        for value in ["a\nb", "a\tb", "a;b", "a&b", "\"a\""] {
            assert!(check_tag("key", value).is_err(), "{value:?}");
        }
    }
}
