//! Retention, legal hold, and how the bucket is set up.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{
    BucketVersioningStatus, ObjectLockEnabled, ObjectLockLegalHold, ObjectLockLegalHoldStatus,
    ObjectLockRetention, ObjectLockRetentionMode,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::S3;
use super::failure::{Effect, answer, failure, server_time};
use super::read::head;
use super::write::whole_second;
use crate::store::{
    BucketState, Key, Lock, LockMode, StoreError, StoreErrorKind, Version, Versioning,
};

pub(super) async fn retain(
    s3: &S3,
    key: &Key,
    version: Option<&Version>,
    lock: Lock,
    bypass: bool,
) -> Result<(), StoreError> {
    let mode = match lock.mode {
        LockMode::Governance => ObjectLockRetentionMode::Governance,
        LockMode::Compliance => ObjectLockRetentionMode::Compliance,
    };
    let retention = ObjectLockRetention::builder()
        .mode(mode)
        .retain_until_date(whole_second(lock.until))
        .build();
    let result = s3
        .patient
        .put_object_retention()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .set_version_id(version.map(|version| version.0.clone()))
        .retention(retention)
        .set_bypass_governance_retention(bypass.then_some(true))
        .send()
        .await;
    match result {
        Ok(_) => Ok(()),
        Err(error) => or_protected(s3, key, version, "retain", error).await,
    }
}

pub(super) async fn hold(
    s3: &S3,
    key: &Key,
    version: Option<&Version>,
    on: bool,
) -> Result<(), StoreError> {
    let status = if on { ObjectLockLegalHoldStatus::On } else { ObjectLockLegalHoldStatus::Off };
    s3.patient
        .put_object_legal_hold()
        .bucket(&s3.bucket)
        .key(key.as_str())
        .set_version_id(version.map(|version| version.0.clone()))
        .legal_hold(ObjectLockLegalHold::builder().status(status).build())
        .send()
        .await
        .map_err(|error| failure(Effect::Writes, "hold", Some(key), error))?;
    Ok(())
}

/// The error of a request that a lock may have stopped.
///
/// S3 answers `AccessDenied` both to those who may not delete and to those who may not delete
/// *this*; whether a lock is there tells them apart. By the server's clock, which is the one that
/// counts.
pub(super) async fn or_protected<T, E>(
    s3: &S3,
    key: &Key,
    version: Option<&Version>,
    act: &'static str,
    error: SdkError<E, HttpResponse>,
) -> Result<T, StoreError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    // MinIO answers a delete with 400.
    let asks = answer(&error).is_some_and(|answer| matches!(answer.status, 400 | 403));
    let now = server_time(&error);
    let mut error = failure(Effect::Writes, act, Some(key), error);
    if asks && matches!(error.kind, StoreErrorKind::Denied | StoreErrorKind::Invalid) {
        // A doubt left by this second question leaves the first answer as it was.
        if let Ok(object) = head(s3, key, version).await {
            let lock = object.lock.filter(|lock| now.is_none_or(|now| lock.until > now));
            if object.legal_hold {
                error.kind = StoreErrorKind::Protected;
                error.reason = format!("it is under a legal hold ({})", error.reason);
            } else if let Some(lock) = lock {
                error.kind = StoreErrorKind::Protected;
                error.reason = format!(
                    "it is retained until {} ({})",
                    lock.until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                    error.reason
                );
            }
        }
    }
    Err(error)
}

pub(super) async fn bucket(s3: &S3) -> Result<BucketState, StoreError> {
    let act = "look at the bucket";
    let versioning = s3
        .patient
        .get_bucket_versioning()
        .bucket(&s3.bucket)
        .send()
        .await
        .map_err(|error| failure(Effect::Reads, act, None, error))?;
    let mut state = BucketState::plain();
    state.versioning = match versioning.status {
        None => Versioning::Off,
        Some(BucketVersioningStatus::Enabled) => Versioning::On,
        Some(_) => Versioning::Suspended,
    };
    let lock = s3.patient.get_object_lock_configuration().bucket(&s3.bucket).send().await;
    let lock = match lock {
        Ok(lock) => lock.object_lock_configuration,
        Err(error) if has_no_lock(&error) => None,
        Err(error) => return Err(failure(Effect::Reads, act, None, error)),
    };
    if let Some(lock) = lock {
        state.object_lock = lock.object_lock_enabled == Some(ObjectLockEnabled::Enabled);
        let retention = lock.rule.and_then(|rule| rule.default_retention);
        state.default_lock = retention.and_then(|it| {
            let mode = match it.mode? {
                ObjectLockRetentionMode::Governance => LockMode::Governance,
                ObjectLockRetentionMode::Compliance => LockMode::Compliance,
                _ => return None,
            };
            let days = it.days.or(it.years.map(|years| years * 365))?;
            Some((mode, u32::try_from(days).ok()?))
        });
    }
    Ok(state)
}

/// Whether the answer says that the bucket has no lock: not that there is no bucket, nor that we
/// may not ask.
fn has_no_lock<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    answer(error).is_some_and(|answer| {
        matches!(
            answer.code,
            "ObjectLockConfigurationNotFoundError"
                | "NoSuchObjectLockConfiguration"
                | "NotImplemented"
                // Versity: the bucket was made without.
                | "InvalidRequest"
        )
    })
}
