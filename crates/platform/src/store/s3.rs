//! The store on S3 and on servers that speak its language.
//!
//! One client does everything, so there is one chain of credentials, one set of timeouts and one
//! way in which answers become [`StoreErrorKind`](super::StoreErrorKind)s (`docs/decisions/0008`).
//! Writes are tried once, because only the caller can read back what became of them; everything
//! that may be repeated without harm is repeated.

mod connect;
mod delete;
mod failure;
mod list;
mod presign;
mod protect;
mod read;
mod upload;
mod url;
mod versions;
mod write;

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::Client;
use bytes::Bytes;
use futures_util::stream::BoxStream;

pub use self::connect::shared_config;
pub use self::url::S3Url;
use super::{
    Access, Backend, BucketState, Deleted, Key, Listed, Lock, Object, Page, Put, Read, SignedUrl,
    StoreError, Version, VersionEntry, Written,
};

/// A bucket.
///
/// Credentials come from the standard chain: environment, shared profile, `credential_process`,
/// web identity (IRSA), the container, the instance (AWS: "Standardized credential providers").
/// They are never part of the address.
#[derive(Clone)]
pub struct S3 {
    bucket: String,
    endpoint: Option<String>,
    /// For what may be repeated without harm.
    patient: Client,
    /// For what must be tried once.
    once: Client,
}

impl S3 {
    /// Gets ready to use the bucket at `url`. Sends nothing yet, so a bucket that is not there is
    /// noticed by the first request.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Invalid`](super::StoreErrorKind::Invalid) if neither the address nor the
    /// environment names a region.
    pub async fn open(url: &S3Url) -> Result<Self, StoreError> {
        connect::open(url, None).await
    }

    /// The same with credentials from elsewhere, such as those of a tenant.
    ///
    /// # Errors
    ///
    /// As [`S3::open`].
    pub async fn open_as(
        url: &S3Url,
        credentials: impl ProvideCredentials + 'static,
    ) -> Result<Self, StoreError> {
        connect::open(url, Some(SharedCredentialsProvider::new(credentials))).await
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The clients hold credentials.
        f.debug_struct("S3")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for S3 {
    fn location(&self) -> String {
        format!("s3://{}", self.bucket)
    }

    async fn put(&self, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError> {
        write::put(self, key, body, put).await
    }

    async fn upload(
        &self,
        key: &Key,
        body: BoxStream<'_, Result<Bytes, StoreError>>,
        put: &Put,
    ) -> Result<Written, StoreError> {
        upload::upload(self, key, body, put).await
    }

    async fn get(
        &self,
        key: &Key,
        version: Option<&Version>,
        range: Option<Range<u64>>,
    ) -> Result<Read, StoreError> {
        read::get(self, key, version, range).await
    }

    async fn head(&self, key: &Key, version: Option<&Version>) -> Result<Object, StoreError> {
        read::head(self, key, version).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Listed>, StoreError> {
        list::list(self, prefix, after, limit).await
    }

    async fn list_versions(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<Page<VersionEntry>, StoreError> {
        versions::list(self, prefix, page).await
    }

    async fn delete(
        &self,
        key: &Key,
        version: Option<&Version>,
        bypass: bool,
    ) -> Result<Deleted, StoreError> {
        delete::delete(self, key, version, bypass).await
    }

    async fn retain(
        &self,
        key: &Key,
        version: Option<&Version>,
        lock: Lock,
        bypass: bool,
    ) -> Result<(), StoreError> {
        protect::retain(self, key, version, lock, bypass).await
    }

    async fn hold(&self, key: &Key, version: Option<&Version>, on: bool) -> Result<(), StoreError> {
        protect::hold(self, key, version, on).await
    }

    async fn presign(
        &self,
        key: &Key,
        access: &Access,
        valid_for: Duration,
    ) -> Result<SignedUrl, StoreError> {
        presign::sign(self, key, access, valid_for).await
    }

    async fn bucket(&self) -> Result<BucketState, StoreError> {
        protect::bucket(self).await
    }
}
