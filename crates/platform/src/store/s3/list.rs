//! Listing current objects.

use aws_sdk_s3::types::EncodingType;

use super::S3;
use super::failure::{Effect, failure};
use super::read::moment;
use crate::store::{Key, Listed, Page, StoreError, StoreErrorKind};

/// The longest page that S3 gives.
const LONGEST_PAGE: usize = 1000;

pub(super) async fn list(
    s3: &S3,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Listed>, StoreError> {
    if limit == 0 {
        return Ok(Page { entries: Vec::new(), next: after.map(Into::into) });
    }
    let answer = s3
        .patient
        .list_objects_v2()
        .bucket(&s3.bucket)
        .prefix(prefix)
        .set_start_after(after.filter(|after| !after.is_empty()).map(Into::into))
        .max_keys(i32::try_from(limit.min(LONGEST_PAGE)).unwrap_or(1000))
        // XML cannot hold every character of a key.
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .map_err(|error| failure(Effect::Reads, "list", None, error))?;
    let encoded = answer.encoding_type == Some(EncodingType::Url);
    let mut entries = Vec::with_capacity(answer.contents().len());
    let mut last = after.map(str::to_owned);
    for object in answer.contents() {
        let key = key(object.key().unwrap_or_default(), encoded)?;
        // Whoever reads a numbered log relies on the order; a server that breaks it would hide
        // what it lists too late.
        if last.as_deref().is_some_and(|last| key.as_str() <= last) {
            return Err(StoreError::new(
                StoreErrorKind::Invalid,
                "list",
                Some(&key),
                "the server does not list in the order of the bytes of the keys",
            ));
        }
        last = Some(key.as_str().to_owned());
        entries.push(Listed {
            key,
            size_bytes: u64::try_from(object.size().unwrap_or_default()).unwrap_or_default(),
            modified: moment(object.last_modified()),
        });
    }
    let more = answer.is_truncated.unwrap_or_default();
    if more && entries.is_empty() {
        return Err(StoreError::new(
            StoreErrorKind::Invalid,
            "list",
            None,
            "the server gave an empty page and says that there are more",
        ));
    }
    Ok(Page { entries, next: if more { last } else { None } })
}

/// The key in an answer. S3 writes a space as `+`, others as `%20`; `+` itself is always `%2B`.
pub(super) fn key(text: &str, encoded: bool) -> Result<Key, StoreError> {
    Key::new(decode(text, encoded)?)
}

pub(super) fn decode(text: &str, encoded: bool) -> Result<String, StoreError> {
    if !encoded {
        return Ok(text.to_owned());
    }
    let text = text.replace('+', "%20");
    let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| StoreError::new(StoreErrorKind::Invalid, "list", None, "a key is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_come_back() {
        for (text, expected) in [
            ("a%20b", "a b"),
            ("a+b", "a b"),
            ("a%2Bb", "a+b"),
            ("a//b", "a//b"),
            ("%C3%A9%25%23%0A", "é%#\n"),
        ] {
            assert_eq!(key(text, true).unwrap().as_str(), expected);
        }
        assert_eq!(key("a+%20", false).unwrap().as_str(), "a+%20");
        assert!(key("%ff", true).is_err());
    }
}
