//! Reading an object, or what the store knows about it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{ObjectLockLegalHoldStatus, ObjectLockMode};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::S3;
use super::failure::{Effect, failure};
use crate::store::backend::cut;
use crate::store::{Key, Lock, LockMode, Object, Read, StoreError, StoreErrorKind, Version};

pub(super) async fn get(
    s3: &S3,
    key: &Key,
    version: Option<&Version>,
    range: Option<Range<u64>>,
) -> Result<Read, StoreError> {
    let corrupt = |what: &str| StoreError::new(StoreErrorKind::Corrupt, "read", Some(key), what);
    if let Some(range) = range.as_ref().filter(|range| range.is_empty()) {
        // HTTP has no way to ask for nothing.
        let reason = format!("bytes {} to {} are none", range.start, range.end);
        return Err(StoreError::new(StoreErrorKind::Invalid, "read", Some(key), reason));
    }
    // RFC 9110, section 14.1.2: both ends are included.
    let bytes = range.as_ref().map(|range| format!("bytes={}-{}", range.start, range.end - 1));
    let answer = s3
        .patient
        .get_object()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .set_version_id(version.map(|version| version.0.clone()))
        .set_range(bytes)
        .customize()
        .mutate_request(ask_for_checksum)
        .send()
        .await
        .map_err(|error| failure(Effect::Reads, "read", Some(key), error))?;
    let length = u64::try_from(answer.content_length.unwrap_or_default()).unwrap_or_default();
    let whole = match &answer.content_range {
        Some(range) => total(range).ok_or_else(|| corrupt("the answer names no length"))?,
        None => length,
    };
    let object = Object {
        key: key.clone(),
        version: answer.version_id.clone().map(Version),
        size_bytes: whole,
        modified: moment(answer.last_modified.as_ref()),
        content_type: answer.content_type.clone(),
        metadata: metadata(answer.metadata.as_ref()),
        tag: answer.e_tag.clone(),
        sha256: sha256(answer.checksum_sha256.as_deref()),
        lock: lock(answer.object_lock_mode.as_ref(), answer.object_lock_retain_until_date.as_ref()),
        legal_hold: answer.object_lock_legal_hold_status == Some(ObjectLockLegalHoldStatus::On),
    };
    let partial = answer.content_range.is_some();
    let body = answer.body.collect().await.map_err(|error| {
        let reason = "the connection was lost before all of it came";
        StoreError::new(StoreErrorKind::Unavailable, "read", Some(key), reason).caused_by(error)
    })?;
    let body = body.into_bytes();
    // Some servers know no ranges and send all of it.
    let body = match range {
        Some(range) if !partial => {
            let range = cut(key, range, whole)?;
            let clip = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(body.len());
            body.slice(clip(range.start)..clip(range.end))
        }
        _ => {
            if body.len() as u64 != length {
                return Err(corrupt("the body is not as long as it was said to be"));
            }
            body
        }
    };
    if let (Some(expected), true) = (object.sha256, body.len() as u64 == whole)
        && Sha256::digest(&body)[..] != expected
    {
        return Err(corrupt("the body does not have the SHA-256 that was stored with it"));
    }
    Ok(Read { object, body })
}

pub(super) async fn head(
    s3: &S3,
    key: &Key,
    version: Option<&Version>,
) -> Result<Object, StoreError> {
    let answer = s3
        .patient
        .head_object()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .set_version_id(version.map(|version| version.0.clone()))
        .customize()
        .mutate_request(ask_for_checksum)
        .send()
        .await
        .map_err(|error| match status(&error) {
            // Without a body the server cannot say more.
            Some(400) if version.is_some() => {
                let reason = "there is no such version";
                StoreError::new(StoreErrorKind::NotFound, "look at", Some(key), reason)
                    .caused_by(error)
            }
            _ => failure(Effect::Reads, "look at", Some(key), error),
        })?;
    Ok(Object {
        key: key.clone(),
        version: answer.version_id.map(Version),
        size_bytes: u64::try_from(answer.content_length.unwrap_or_default()).unwrap_or_default(),
        modified: moment(answer.last_modified.as_ref()),
        content_type: answer.content_type,
        metadata: metadata(answer.metadata.as_ref()),
        tag: answer.e_tag,
        sha256: sha256(answer.checksum_sha256.as_deref()),
        lock: lock(answer.object_lock_mode.as_ref(), answer.object_lock_retain_until_date.as_ref()),
        legal_hold: answer.object_lock_legal_hold_status == Some(ObjectLockLegalHoldStatus::On),
    })
}

/// Asks for the stored sum. Not through the client's own option: it would check the body without
/// telling a damaged one from a broken connection.
fn ask_for_checksum(request: &mut HttpRequest) {
    request.headers_mut().insert("x-amz-checksum-mode", "ENABLED");
}

fn status<E>(
    error: &SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>,
) -> Option<u16> {
    Some(error.raw_response()?.status().as_u16())
}

/// The length in `bytes 0-9/1234`.
fn total(content_range: &str) -> Option<u64> {
    content_range.rsplit_once('/')?.1.parse().ok()
}

/// The sum of the whole body. That of an object made of parts (`…-3`) is a sum of sums.
fn sha256(text: Option<&str>) -> Option<[u8; 32]> {
    STANDARD.decode(text?).ok()?.try_into().ok()
}

pub(super) fn moment(date: Option<&aws_sdk_s3::primitives::DateTime>) -> DateTime<Utc> {
    date.and_then(|date| DateTime::from_timestamp(date.secs(), date.subsec_nanos()))
        .unwrap_or_default()
}

fn metadata(pairs: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    let pairs = pairs.into_iter().flatten();
    pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}

fn lock(
    mode: Option<&ObjectLockMode>,
    until: Option<&aws_sdk_s3::primitives::DateTime>,
) -> Option<Lock> {
    let mode = match mode? {
        ObjectLockMode::Governance => LockMode::Governance,
        ObjectLockMode::Compliance => LockMode::Compliance,
        _ => return None,
    };
    Some(Lock { mode, until: moment(Some(until?)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_sums_is_not_the_sum_of_the_body() {
        let one = super::super::write::sha256_base64(b"x");
        assert!(sha256(Some(&one)).is_some());
        assert_eq!(sha256(Some(&format!("{one}-3"))), None);
        assert_eq!(sha256(Some("")), None);
        assert_eq!(total("bytes 0-9/1234"), Some(1234));
        assert_eq!(total("bytes 0-9/*"), None);
    }
}
