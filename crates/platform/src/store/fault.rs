//! A store that fails on purpose, for tests of what comes after a crash.
//!
//! Faults come in pairs. A request that got *lost* and one that was *kept*, but reported lost, look
//! the same to the caller and leave different worlds behind; the second one finds the bugs.
//!
//! ```
//! use std::sync::Arc;
//!
//! use platform::store::fault::{Fault, Faulty};
//! use platform::store::{Put, Store, StoreErrorKind};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! // The second write is carried out and reported lost.
//! let calm = Store::memory();
//! let faulty = Arc::new(Faulty::at_write(calm.backend().clone(), 1, Fault::Kept));
//! let store = Store::new(faulty.clone(), "");
//! store.put("a", "1", &Put::absent()).await?;
//! let error = store.put("b", "2", &Put::absent()).await.unwrap_err();
//! assert_eq!(error.kind, StoreErrorKind::Ambiguous);
//! assert_eq!(calm.get("b").await?.body, "2");
//! assert_eq!(faulty.met(), 1);
//! # Ok::<(), platform::store::StoreError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use tokio::sync::Semaphore;

use super::{
    Access, Backend, BucketState, Deleted, Key, Listed, Lock, Object, Page, Put, Read, SignedUrl,
    StoreError, StoreErrorKind, Version, VersionEntry, Written,
};

/// What goes wrong with a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// It never arrives. The caller cannot know:
    /// [`Ambiguous`](super::StoreErrorKind::Ambiguous).
    Lost,
    /// It is carried out, and the answer never arrives:
    /// [`Ambiguous`](super::StoreErrorKind::Ambiguous) too.
    Kept,
    /// The store says that it is busy and did nothing:
    /// [`Unavailable`](super::StoreErrorKind::Unavailable).
    Busy,
    /// It arrives late. The runtime of the caller needs its timer.
    Late(Duration),
    /// It is carried out, and then waits for a permit before it answers: a test decides what happens
    /// in between.
    AnswerHeld(Arc<Semaphore>),
    /// It waits for a permit before it is carried out.
    RequestHeld(Arc<Semaphore>),
}

/// One request, as a plan of faults sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'c> {
    /// How many requests came before it, of all kinds.
    pub number: u64,
    /// How many writes came before it: see [`Call::is_write`].
    pub writes: u64,
    /// What is asked for.
    pub act: Act,
    /// The whole key, or the prefix of a listing.
    pub key: &'c str,
}

impl Call<'_> {
    /// Whether it changes anything.
    pub fn is_write(&self) -> bool {
        self.act.is_write()
    }
}

/// What is asked for: the methods of [`Backend`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the methods of `Backend`")]
#[non_exhaustive]
pub enum Act {
    Put,
    Upload,
    Get,
    Head,
    List,
    ListVersions,
    Delete,
    Retain,
    Hold,
    Bucket,
}

impl Act {
    fn is_write(self) -> bool {
        matches!(self, Self::Put | Self::Upload | Self::Delete | Self::Retain | Self::Hold)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Put | Self::Upload => "write",
            Self::Get => "read",
            Self::Head => "look at",
            Self::List => "list",
            Self::ListVersions => "list the versions of",
            Self::Delete => "delete",
            Self::Retain => "retain",
            Self::Hold => "hold",
            Self::Bucket => "look at the bucket",
        }
    }
}

type Plan = Box<dyn Fn(&Call<'_>) -> Option<Fault> + Send + Sync>;

/// A store that fails where its plan says.
pub struct Faulty {
    inner: Arc<dyn Backend>,
    plan: Plan,
    calls: AtomicU64,
    writes: AtomicU64,
    met: AtomicU64,
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl Faulty {
    /// `inner`, with the faults that `plan` answers with.
    pub fn new(
        inner: Arc<dyn Backend>,
        plan: impl Fn(&Call<'_>) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let zero = || AtomicU64::new(0);
        Self { inner, plan: Box::new(plan), calls: zero(), writes: zero(), met: zero() }
    }

    /// `inner` with one `fault`, at the write with this number, from 0 on.
    pub fn at_write(inner: Arc<dyn Backend>, number: u64, fault: Fault) -> Self {
        Self::new(inner, move |call| {
            (call.is_write() && call.writes == number).then(|| fault.clone())
        })
    }

    /// `inner` as a process sees it that dies at the write with this number: `fault` is what becomes
    /// of that write, and every request after it is lost.
    pub fn dies_at_write(inner: Arc<dyn Backend>, number: u64, fault: Fault) -> Self {
        Self::new(inner, move |call| match call.is_write() && call.writes == number {
            true => Some(fault.clone()),
            false => (call.writes > number).then_some(Fault::Lost),
        })
    }

    /// How many requests met a fault. A test that loops over places knows by it when to end.
    pub fn met(&self) -> u64 {
        self.met.load(Ordering::SeqCst)
    }

    /// How many requests there were.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// How many of them were writes.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    async fn pass<T>(
        &self,
        act: Act,
        key: &str,
        request: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let writes = match act.is_write() {
            true => self.writes.fetch_add(1, Ordering::SeqCst),
            false => self.writes(),
        };
        let fault = (self.plan)(&Call { number, writes, act, key });
        let Some(fault) = fault else { return request.await };
        self.met.fetch_add(1, Ordering::SeqCst);
        let failed = |kind, reason| {
            let key = Key::new(key).ok();
            Err(StoreError::new(kind, act.word(), key.as_ref(), reason))
        };
        match fault {
            Fault::Lost => failed(StoreErrorKind::Ambiguous, "no answer came (a test made it so)"),
            Fault::Kept => {
                // What it would have answered is what the caller does not learn.
                let _ = request.await;
                failed(StoreErrorKind::Ambiguous, "no answer came (a test made it so)")
            }
            Fault::Busy => {
                failed(StoreErrorKind::Unavailable, "the store is busy (a test made it so)")
            }
            Fault::Late(by) => {
                tokio::time::sleep(by).await;
                request.await
            }
            Fault::AnswerHeld(permits) => {
                let answer = request.await;
                pass_one(&permits).await;
                answer
            }
            Fault::RequestHeld(permits) => {
                pass_one(&permits).await;
                request.await
            }
        }
    }
}

/// Takes one permit for good. A closed semaphore lets everyone pass.
async fn pass_one(permits: &Semaphore) {
    if let Ok(permit) = permits.acquire().await {
        permit.forget();
    }
}

#[async_trait]
impl Backend for Faulty {
    fn location(&self) -> String {
        self.inner.location()
    }

    async fn put(&self, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError> {
        self.pass(Act::Put, key.as_str(), self.inner.put(key, body, put)).await
    }

    async fn upload(
        &self,
        key: &Key,
        body: BoxStream<'_, Result<Bytes, StoreError>>,
        put: &Put,
    ) -> Result<Written, StoreError> {
        self.pass(Act::Upload, key.as_str(), self.inner.upload(key, body, put)).await
    }

    async fn get(
        &self,
        key: &Key,
        version: Option<&Version>,
        range: Option<Range<u64>>,
    ) -> Result<Read, StoreError> {
        self.pass(Act::Get, key.as_str(), self.inner.get(key, version, range)).await
    }

    async fn head(&self, key: &Key, version: Option<&Version>) -> Result<Object, StoreError> {
        self.pass(Act::Head, key.as_str(), self.inner.head(key, version)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Listed>, StoreError> {
        self.pass(Act::List, prefix, self.inner.list(prefix, after, limit)).await
    }

    async fn list_versions(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<Page<VersionEntry>, StoreError> {
        self.pass(Act::ListVersions, prefix, self.inner.list_versions(prefix, page)).await
    }

    async fn delete(
        &self,
        key: &Key,
        version: Option<&Version>,
        bypass: bool,
    ) -> Result<Deleted, StoreError> {
        self.pass(Act::Delete, key.as_str(), self.inner.delete(key, version, bypass)).await
    }

    async fn retain(
        &self,
        key: &Key,
        version: Option<&Version>,
        lock: Lock,
        bypass: bool,
    ) -> Result<(), StoreError> {
        let request = self.inner.retain(key, version, lock, bypass);
        self.pass(Act::Retain, key.as_str(), request).await
    }

    async fn hold(&self, key: &Key, version: Option<&Version>, on: bool) -> Result<(), StoreError> {
        self.pass(Act::Hold, key.as_str(), self.inner.hold(key, version, on)).await
    }

    async fn presign(
        &self,
        key: &Key,
        access: &Access,
        valid_for: Duration,
    ) -> Result<SignedUrl, StoreError> {
        // No request is sent.
        self.inner.presign(key, access, valid_for).await
    }

    async fn bucket(&self) -> Result<BucketState, StoreError> {
        self.pass(Act::Bucket, "", self.inner.bucket()).await
    }
}
