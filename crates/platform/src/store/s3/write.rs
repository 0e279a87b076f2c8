//! Writing an object in one request.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectLockLegalHoldStatus, ObjectLockMode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::S3;
use super::failure::{Effect, failure};
use crate::store::{
    Key, LockMode, Precondition, Put, StoreError, StoreErrorKind, Version, Written,
};

/// The largest body of one PUT, in bytes (AWS: "Uploading objects").
const LARGEST_PUT: usize = 5 << 30;

pub(super) async fn put(s3: &S3, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError> {
    check_metadata(key, &put.metadata)?;
    if body.len() > LARGEST_PUT {
        return Err(StoreError::new(
            StoreErrorKind::Invalid,
            "write",
            Some(key),
            format!("one request holds {LARGEST_PUT} bytes, this body has {}", body.len()),
        ));
    }
    let protection = Protection::of(put);
    let written = s3
        .once
        .put_object()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .set_if_none_match(if_none_match(put))
        .set_content_type(put.content_type.clone())
        .set_metadata(metadata(put))
        .set_object_lock_mode(protection.mode)
        .set_object_lock_retain_until_date(protection.until)
        .set_object_lock_legal_hold_status(protection.hold)
        // The name of the algorithm too: Ceph checks the sum only if it is named.
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .checksum_sha256(sha256_base64(&body))
        .body(ByteStream::from(body))
        .send()
        .await
        .map_err(|error| failure(Effect::Writes, "write", Some(key), error))?;
    Ok(Written { version: written.version_id.map(Version) })
}

/// The condition as S3 spells it.
pub(super) fn if_none_match(put: &Put) -> Option<String> {
    match put.precondition {
        Precondition::None => None,
        Precondition::Absent => Some("*".to_owned()),
    }
}

pub(super) fn metadata(put: &Put) -> Option<HashMap<String, String>> {
    // S3 keeps names in lower case; signed as they will be kept.
    let pairs = put.metadata.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    (!put.metadata.is_empty()).then(|| pairs.collect())
}

/// The sum as the header wants it.
pub(super) fn sha256_base64(body: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(body))
}

/// Retention and legal hold as S3 spells them.
pub(super) struct Protection {
    pub(super) mode: Option<ObjectLockMode>,
    pub(super) until: Option<DateTime>,
    pub(super) hold: Option<ObjectLockLegalHoldStatus>,
}

impl Protection {
    pub(super) fn of(put: &Put) -> Self {
        Self {
            mode: put.lock.map(|lock| match lock.mode {
                LockMode::Governance => ObjectLockMode::Governance,
                LockMode::Compliance => ObjectLockMode::Compliance,
            }),
            until: put.lock.map(|lock| whole_second(lock.until)),
            hold: put.legal_hold.then_some(ObjectLockLegalHoldStatus::On),
        }
    }
}

/// S3 keeps whole seconds; the next one, so that nothing is free before its time.
pub(super) fn whole_second(moment: chrono::DateTime<chrono::Utc>) -> DateTime {
    let up = i64::from(moment.timestamp_subsec_nanos() > 0);
    DateTime::from_secs(moment.timestamp() + up)
}

/// Refuses what would not come back as it was written: S3 keeps headers, which are ASCII.
pub(super) fn check_metadata(
    key: &Key,
    metadata: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    /// AWS: "Working with object metadata".
    const LARGEST: usize = 2048;
    let refuse =
        |what: String| Err(StoreError::new(StoreErrorKind::Invalid, "write", Some(key), what));
    for (name, value) in metadata {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if name.is_empty() || !name.chars().all(fits) {
            let name = name.escape_debug();
            return refuse(format!(
                "`{name}` cannot name metadata: use letters, digits, `-` and `.`"
            ));
        }
        let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !plain || value.is_empty() || value.trim() != value {
            return refuse(format!(
                "the metadata `{name}` is not printable ASCII without spaces around it"
            ));
        }
    }
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > LARGEST {
        return refuse(format!("metadata has {LARGEST} bytes at most, this has {size}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_never_shorter_than_asked() {
        let moment = chrono::DateTime::from_timestamp(1_800_000_000, 1).unwrap();
        assert_eq!(whole_second(moment).secs(), 1_800_000_001);
        let moment = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert_eq!(whole_second(moment).secs(), 1_800_000_000);
    }

    #[test]
    fn metadata_that_would_change_on_the_way_is_refused() {
        let key = Key::new("k").unwrap();
        let check = |name: &str, value: &str| {
            check_metadata(&key, &BTreeMap::from([(name.to_owned(), value.to_owned())]))
        };
        check("writer", "Ada Lovelace <ada@example.org>").unwrap();
        for (name, value) in [
            ("writer", "Jürgen"),
            ("writer", " Ada"),
            ("writer", "a\nb"),
            ("writer", ""),
            ("wri_ter", "Ada"),
            ("", "Ada"),
            ("long", &"x".repeat(2045)),
        ] {
            let error = check(name, value).unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Invalid, "{name} {value}");
        }
    }
}
