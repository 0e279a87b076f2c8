//! What a store promises.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;

use super::{
    Access, BucketState, Deleted, Key, Listed, Lock, Object, Page, Read, SignedUrl, StoreError,
    StoreErrorKind, Version, VersionEntry, Written, group, presign,
};

/// The most entries of a page of a listing (AWS: `ListObjectsV2`, `max-keys`).
pub(super) const MAX_PAGE: usize = 1000;

/// Holds objects.
///
/// Writes are durable once they return, a reader that starts after a write sees it, and an object
/// is there whole or not at all.
#[async_trait]
pub trait Backend: Debug + Send + Sync + 'static {
    /// What this is, for people: `file:///srv/log`, `s3://bucket`. Never holds a secret.
    fn location(&self) -> String;

    /// Writes `body`. With [`Precondition::Absent`] only where nothing is.
    ///
    /// Tries once: whether to try again is the caller's decision, who must read back first when the
    /// answer is [`Ambiguous`](super::StoreErrorKind::Ambiguous).
    async fn put(&self, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError>;

    /// Writes a body of any length without holding it whole. Nothing is there until all of it is.
    async fn upload(
        &self,
        key: &Key,
        body: BoxStream<'_, Result<Bytes, StoreError>>,
        put: &Put,
    ) -> Result<Written, StoreError>;

    /// Reads an object: the current one or the named version, all of it or the named bytes.
    ///
    /// A range is cut at the end of the body. One that is empty, or begins at the end or later, is
    /// [`Invalid`](super::StoreErrorKind::Invalid) (RFC 9110, 14.1.1: it cannot be satisfied). A
    /// delete marker is not found.
    async fn get(
        &self,
        key: &Key,
        version: Option<&Version>,
        range: Option<Range<u64>>,
    ) -> Result<Read, StoreError>;

    /// Reads the current bodies of several objects, all at once: hand in few. The answers come in
    /// the order of the keys.
    async fn bodies(&self, keys: &[Key]) -> Vec<Result<Bytes, StoreError>> {
        let body = async |key| self.get(key, None, None).await.map(|read| read.body);
        join_all(keys.iter().map(body)).await
    }

    /// What the store knows about an object, its protection included.
    async fn head(&self, key: &Key, version: Option<&Version>) -> Result<Object, StoreError>;

    /// Current objects whose keys begin with `prefix`: the first page, in order of keys, of those
    /// after `after`. `next` of the page is the last key of it, to be handed in as `after`.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Listed>, StoreError>;

    /// All versions and delete markers under `prefix`, in order of keys, of one key newest first.
    /// `page` is `next` of the page before. A store that keeps no versions lists what is there, as
    /// version `null`.
    async fn list_versions(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<Page<VersionEntry>, StoreError>;

    /// Deletes. Without a version in a bucket that keeps versions this only adds a marker. What is
    /// not there is deleted already. `bypass` lifts governance mode.
    async fn delete(
        &self,
        key: &Key,
        version: Option<&Version>,
        bypass: bool,
    ) -> Result<Deleted, StoreError>;

    /// Writes several objects over whatever is there. They are durable when it returns; after an error
    /// some of them may be, and it may be done again.
    ///
    /// A store that can make many durable as cheaply as one does. They have no media type.
    async fn put_all(&self, objects: &[(Key, Bytes)]) -> Result<(), StoreError> {
        group::put_all(self, objects).await
    }

    /// Writes files of this machine as objects, over whatever is there; as [`put_all`](Self::put_all).
    /// Afterwards the files may be gone.
    async fn adopt_all(&self, files: &[(Key, PathBuf)]) -> Result<(), StoreError> {
        group::adopt_all(self, files).await
    }

    /// The directory in which objects are files called as their keys are, if that is so: what is
    /// written there is [adopted](Self::adopt_all) without being copied.
    fn folder(&self) -> Option<PathBuf> {
        None
    }

    /// Moves objects, each from its first name to the second. What is only at the second was moved
    /// already; where something is at both, it is the same for the caller. After an error some are
    /// moved, and it may be done again.
    ///
    /// One that is at neither name is [`NotFound`](super::StoreErrorKind::NotFound).
    async fn move_all(&self, moves: &[(Key, Key)]) -> Result<(), StoreError> {
        group::move_all(self, moves).await
    }

    /// Deletes several objects, as [`delete`](Self::delete) does without a version.
    async fn delete_all(&self, keys: &[Key]) -> Result<(), StoreError> {
        group::delete_all(self, keys).await
    }

    /// Protects a version until a date, or extends it. `bypass` allows shortening in governance
    /// mode.
    async fn retain(
        &self,
        key: &Key,
        version: Option<&Version>,
        lock: Lock,
        bypass: bool,
    ) -> Result<(), StoreError>;

    /// Protects a version until lifted, or lifts it.
    async fn hold(&self, key: &Key, version: Option<&Version>, on: bool) -> Result<(), StoreError>;

    /// An address with which somebody without credentials can make one request for a while. Nobody is
    /// asked whether the object is there.
    ///
    /// A store that has no addresses answers [`Invalid`](super::StoreErrorKind::Invalid).
    async fn presign(
        &self,
        _key: &Key,
        _access: &Access,
        _valid_for: Duration,
    ) -> Result<SignedUrl, StoreError> {
        Err(presign::cannot(&self.location()))
    }

    /// How the bucket as a whole is set up.
    async fn bucket(&self) -> Result<BucketState, StoreError>;
}

/// How to write an object.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Put {
    /// What must hold for the write to happen.
    pub precondition: Precondition,
    /// The media type.
    pub content_type: Option<String>,
    /// ASCII names and values, 2 KB together (AWS: "Working with object metadata").
    pub metadata: BTreeMap<String, String>,
    /// Protection from the first moment on.
    pub lock: Option<Lock>,
    /// A legal hold from the first moment on.
    pub legal_hold: bool,
}

/// What must hold for a write to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precondition {
    /// Whatever is there is replaced (in a versioned bucket: a version is added).
    #[default]
    None,
    /// Nothing is there (`If-None-Match: *`).
    Absent,
}

impl Put {
    /// Only where nothing is.
    ///
    /// ```
    /// use platform::store::{Put, Store};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = Store::memory();
    /// store.put("seg/0", "first", &Put::absent()).await?;
    /// let refused = store.put("seg/0", "second", &Put::absent()).await.unwrap_err();
    /// assert_eq!(refused.code(), "store.exists");
    /// # Ok::<(), platform::store::StoreError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn absent() -> Self {
        Self { precondition: Precondition::Absent, ..Self::default() }
    }

    /// The same with a media type.
    #[must_use]
    pub fn typed(self, content_type: impl Into<String>) -> Self {
        Self { content_type: Some(content_type.into()), ..self }
    }

    /// The same with something said about the object.
    #[must_use]
    pub fn said(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// The same, protected from the first moment on.
    #[must_use]
    pub fn locked(self, lock: Option<Lock>) -> Self {
        Self { lock, ..self }
    }
}

/// The bytes of a body of `size` bytes that `range` asks for.
pub(super) fn cut(key: &Key, range: Range<u64>, size: u64) -> Result<Range<u64>, StoreError> {
    if range.start >= range.end || range.start >= size {
        let reason = format!("bytes {} to {} of {size} are none", range.start, range.end);
        return Err(StoreError::new(StoreErrorKind::Invalid, "read", Some(key), reason));
    }
    Ok(range.start..range.end.min(size))
}

/// The error about what is not there.
pub(super) fn no_such_object(
    act: &'static str,
    key: &Key,
    version: Option<&Version>,
) -> StoreError {
    let reason = match version {
        None => "there is no such object".to_owned(),
        Some(version) => format!("it has no version `{}`", version.0),
    };
    StoreError::new(StoreErrorKind::NotFound, act, Some(key), reason)
}
