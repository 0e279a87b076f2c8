//! Stores whose conditional writes cannot be trusted, as they were measured in the wild.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use platform::clock::SystemClock;
use platform::store::{
    Backend, BucketState, Deleted, Key, Listed, Lock, Memory, Object, Page, Precondition, Put,
    Read, Store, StoreError, StoreErrorKind, Version, VersionEntry, Versioning, Written,
};

/// How a store fails to keep the promise of `If-None-Match: *`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weakness {
    /// It ignores the condition in buckets that keep versions.
    Ignores,
    /// It looks first and writes later, so that writers who race all win.
    LetsRacersWin,
}

#[derive(Debug)]
struct Weak(Arc<dyn Backend>, Weakness);

/// A bucket in memory that keeps versions and has the weakness.
pub(super) fn store(weakness: Weakness) -> Store {
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    let memory = Memory::new(state, Arc::new(SystemClock)).unwrap();
    Store::new(Arc::new(Weak(Arc::new(memory), weakness)), "")
}

/// A bucket in memory that keeps no versions and has the weakness.
pub(super) fn forgetful(weakness: Weakness) -> Store {
    Store::new(Arc::new(Weak(Arc::new(Memory::default()), weakness)), "")
}

#[async_trait]
impl Backend for Weak {
    fn location(&self) -> String {
        self.0.location()
    }

    async fn put(&self, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError> {
        if put.precondition == Precondition::Absent {
            if let Weakness::LetsRacersWin = self.1 {
                if self.0.head(key, None).await.is_ok() {
                    let reason = "an object is there already";
                    let kind = StoreErrorKind::Exists;
                    return Err(StoreError::new(kind, "write", Some(key), reason));
                }
                tokio::task::yield_now().await;
            }
            let mut put = put.clone();
            put.precondition = Precondition::None;
            return self.0.put(key, body, &put).await;
        }
        self.0.put(key, body, put).await
    }

    async fn upload(
        &self,
        key: &Key,
        body: BoxStream<'_, Result<Bytes, StoreError>>,
        put: &Put,
    ) -> Result<Written, StoreError> {
        self.0.upload(key, body, put).await
    }

    async fn get(
        &self,
        key: &Key,
        version: Option<&Version>,
        range: Option<Range<u64>>,
    ) -> Result<Read, StoreError> {
        self.0.get(key, version, range).await
    }

    async fn head(&self, key: &Key, version: Option<&Version>) -> Result<Object, StoreError> {
        self.0.head(key, version).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Listed>, StoreError> {
        self.0.list(prefix, after, limit).await
    }

    async fn list_versions(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<Page<VersionEntry>, StoreError> {
        self.0.list_versions(prefix, page).await
    }

    async fn delete(
        &self,
        key: &Key,
        version: Option<&Version>,
        bypass: bool,
    ) -> Result<Deleted, StoreError> {
        self.0.delete(key, version, bypass).await
    }

    async fn retain(
        &self,
        key: &Key,
        version: Option<&Version>,
        lock: Lock,
        bypass: bool,
    ) -> Result<(), StoreError> {
        self.0.retain(key, version, lock, bypass).await
    }

    async fn hold(&self, key: &Key, version: Option<&Version>, on: bool) -> Result<(), StoreError> {
        self.0.hold(key, version, on).await
    }

    async fn bucket(&self) -> Result<BucketState, StoreError> {
        self.0.bucket().await
    }
}
