//! Writing a body of any length, in parts.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::task::{JoinError, JoinSet};

use super::S3;
use super::failure::{Effect, failure};
use super::write::{self, Protection, check_metadata, if_none_match, metadata, sha256_base64};
use crate::store::{Key, Put, StoreError, StoreErrorKind, Version, Written};

/// The length of the first parts. S3 wants 5 MiB (AWS: "Amazon S3 multipart upload limits").
const PART: usize = 8 << 20;

/// The number of parts of one length; those after them are longer by [`PART`].
const STEP: usize = 1000;

/// S3 takes so many parts; with growing parts that is 440 GB.
const MOST_PARTS: i32 = 10_000;

/// How many parts are on the way at once. Bounds memory, together with the one that fills up.
const AT_ONCE: usize = 3;

pub(super) async fn upload(
    s3: &S3,
    key: &Key,
    body: BoxStream<'_, Result<Bytes, StoreError>>,
    put: &Put,
) -> Result<Written, StoreError> {
    check_metadata(key, &put.metadata)?;
    let mut parts = Parts { body, rest: BytesMut::new(), number: 0, ended: false };
    let first = parts.next().await?.unwrap_or_default();
    if parts.is_last().await? {
        return write::put(s3, key, first, put).await;
    }
    let protection = Protection::of(put);
    let started = s3
        .patient
        .create_multipart_upload()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .set_content_type(put.content_type.clone())
        .set_metadata(metadata(put))
        .set_object_lock_mode(protection.mode)
        .set_object_lock_retain_until_date(protection.until)
        .set_object_lock_legal_hold_status(protection.hold)
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .send()
        .await
        // Nothing is there before the end, so there is nothing to doubt.
        .map_err(|error| failure(Effect::Reads, "write", Some(key), error))?;
    let id = started.upload_id.ok_or_else(|| {
        let reason = "the server began an upload without naming it";
        StoreError::new(StoreErrorKind::Invalid, "write", Some(key), reason)
    })?;
    let result = match send(s3, key, &id, first, &mut parts).await {
        Ok(done) => complete(s3, key, &id, done, put).await,
        Err(error) => Err(error),
    };
    // In doubt the upload may have become the object, or be about to; left alone, it is what the
    // rule for unfinished uploads of the bucket removes.
    if result.as_ref().is_err_and(|error| error.kind != StoreErrorKind::Ambiguous) {
        let abort = s3.patient.abort_multipart_upload().bucket(&s3.bucket).key(key.as_str());
        // The first error says why; a failed clean-up is what the rule is for.
        let _ = abort.upload_id(&id).send().await;
    }
    result
}

/// Sends the parts, several at once, and returns them in order.
async fn send(
    s3: &S3,
    key: &Key,
    id: &str,
    first: Bytes,
    parts: &mut Parts<'_>,
) -> Result<Vec<CompletedPart>, StoreError> {
    let mut done = Vec::new();
    // Dropped after an error, it stops what is under way.
    let mut under_way = JoinSet::new();
    let mut next = Some(first);
    for number in 1.. {
        let Some(body) = next else { break };
        if number > MOST_PARTS {
            return Err(StoreError::new(
                StoreErrorKind::Invalid,
                "write",
                Some(key),
                format!("the body is longer than {MOST_PARTS} parts can hold"),
            ));
        }
        if under_way.len() == AT_ONCE {
            done.push(arrived(under_way.join_next().await)?);
        }
        let (s3, key, id) = (s3.clone(), key.clone(), id.to_owned());
        under_way.spawn(async move { part(&s3, &key, &id, number, body).await });
        next = parts.next().await?;
    }
    while !under_way.is_empty() {
        done.push(arrived(under_way.join_next().await)?);
    }
    done.sort_by_key(CompletedPart::part_number);
    Ok(done)
}

fn arrived(
    joined: Option<Result<Result<CompletedPart, StoreError>, JoinError>>,
) -> Result<CompletedPart, StoreError> {
    joined.expect("one is under way").unwrap_or_else(|error| {
        let reason = "the task that sent a part ended early";
        Err(StoreError::new(StoreErrorKind::Unavailable, "write", None, reason).caused_by(error))
    })
}

async fn part(
    s3: &S3,
    key: &Key,
    id: &str,
    number: i32,
    body: Bytes,
) -> Result<CompletedPart, StoreError> {
    let sum = sha256_base64(&body);
    let sent = s3
        .patient
        .upload_part()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .upload_id(id)
        .part_number(number)
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .checksum_sha256(&sum)
        .body(ByteStream::from(body))
        .send()
        .await
        .map_err(|error| failure(Effect::Reads, "write", Some(key), error))?;
    // Named only if the server keeps it: those that do not know sums refuse them here.
    let sum = sent.checksum_sha256.map(|_| sum);
    Ok(CompletedPart::builder()
        .part_number(number)
        .set_e_tag(sent.e_tag)
        .set_checksum_sha256(sum)
        .build())
}

async fn complete(
    s3: &S3,
    key: &Key,
    id: &str,
    parts: Vec<CompletedPart>,
    put: &Put,
) -> Result<Written, StoreError> {
    let completed = s3
        .once
        .complete_multipart_upload()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .upload_id(id)
        .set_if_none_match(if_none_match(put))
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
        .send()
        .await
        .map_err(|error| {
            // The upload is gone: somebody removed it, or this request arrived twice.
            let gone = error.as_service_error().and_then(|it| it.code()) == Some("NoSuchUpload");
            let mut error = failure(Effect::Writes, "write", Some(key), error);
            if gone {
                error.kind = StoreErrorKind::Ambiguous;
            }
            error
        })?;
    Ok(Written { version: completed.version_id.map(Version) })
}

/// Cuts a stream into parts.
struct Parts<'a> {
    body: BoxStream<'a, Result<Bytes, StoreError>>,
    rest: BytesMut,
    number: usize,
    ended: bool,
}

impl Parts<'_> {
    /// The next part; `None` after the last.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let length = PART * (1 + self.number / STEP);
        self.fill(length).await?;
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let length = length.min(self.rest.len());
        Ok(Some(self.rest.split_to(length).freeze()))
    }

    /// Whether nothing comes after what was handed out.
    async fn is_last(&mut self) -> Result<bool, StoreError> {
        self.fill(1).await?;
        Ok(self.rest.is_empty())
    }

    async fn fill(&mut self, length: usize) -> Result<(), StoreError> {
        while self.rest.len() < length && !self.ended {
            match self.body.next().await {
                Some(chunk) => self.rest.extend_from_slice(&chunk?),
                None => self.ended = true,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_have_the_length_that_s3_wants() {
        let chunks = (0..20).map(|_| Ok(Bytes::from(vec![7; 1 << 20])));
        let body = futures_util::stream::iter(chunks).boxed();
        let mut parts = Parts { body, rest: BytesMut::new(), number: 0, ended: false };
        let mut lengths = Vec::new();
        while let Some(part) = parts.next().await.unwrap() {
            lengths.push(part.len());
        }
        assert_eq!(lengths, [PART, PART, 4 << 20]);
        assert!(parts.is_last().await.unwrap());
    }
}
