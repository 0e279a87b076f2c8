//! The store as everyone holds it: a backend and a prefix.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use super::backend::MAX_PAGE;
use super::memory::Memory;
use super::{
    Access, Backend, BucketState, Deleted, Key, Listed, Lock, Object, Page, Put, Read, SignedUrl,
    StoreError, StoreErrorKind, Version, VersionEntry, Written,
};

/// A backend and the prefix under which this part of strongroom lives. Cheap to clone.
///
/// Keys are taken and given relative to the prefix; only an error names the whole key. What each
/// method promises stands at [`Backend`].
///
/// ```
/// use platform::store::{Put, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = Store::memory();
/// let log = store.at("audit").at("log");
/// log.put("seg/0", "one", &Put::default()).await?;
/// assert_eq!(log.get("seg/0").await?.body, "one");
/// assert_eq!(store.list("", None, 10).await?.entries[0].key.as_str(), "audit/log/seg/0");
/// # Ok::<(), platform::store::StoreError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    // INVARIANT: empty, or ends with a slash.
    prefix: Arc<str>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The place and nothing else: a backend may hold credentials.
        f.debug_tuple("Store").field(&self.location()).finish()
    }
}

impl Store {
    /// A store on `backend` under `prefix`, which may be empty.
    pub fn new(backend: Arc<dyn Backend>, prefix: &str) -> Self {
        Self { backend, prefix: with_slash(prefix).into() }
    }

    /// An empty store in memory, which nobody else sees.
    pub fn memory() -> Self {
        Self::new(Arc::new(Memory::default()), "")
    }

    /// The part of this store under `sub`.
    #[must_use]
    pub fn at(&self, sub: &str) -> Self {
        let prefix = format!("{}{}", self.prefix, with_slash(sub));
        Self { backend: self.backend.clone(), prefix: prefix.into() }
    }

    /// Where this is, for people. Never holds a secret.
    pub fn location(&self) -> String {
        let place = self.backend.location();
        match &*self.prefix {
            "" => place,
            prefix => format!("{}/{prefix}", place.trim_end_matches('/')),
        }
    }

    /// What holds the objects, to be wrapped or asked directly (with whole keys).
    pub fn backend(&self) -> &Arc<dyn Backend> {
        &self.backend
    }

    /// What stands before every key: empty, or ends with a slash.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The same part of the same store seen through what `wrap` makes of the backend.
    #[must_use]
    pub fn wrapped(&self, wrap: impl FnOnce(Arc<dyn Backend>) -> Arc<dyn Backend>) -> Self {
        Self { backend: wrap(self.backend.clone()), prefix: self.prefix.clone() }
    }

    /// Writes an object. Tries once; see [`Backend::put`].
    pub async fn put(
        &self,
        key: impl AsRef<str>,
        body: impl Into<Bytes>,
        put: &Put,
    ) -> Result<Written, StoreError> {
        let (key, body) = (self.whole(key.as_ref())?, body.into());
        self.backend.put(&key, body, put).await
    }

    /// Writes a body of any length without holding it whole; see [`Backend::upload`].
    pub async fn upload(
        &self,
        key: impl AsRef<str>,
        body: BoxStream<'_, Result<Bytes, StoreError>>,
        put: &Put,
    ) -> Result<Written, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.backend.upload(&key, body, put).await
    }

    /// Reads the current state of an object.
    pub async fn get(&self, key: impl AsRef<str>) -> Result<Read, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.read(&key, None, None).await
    }

    /// Reads some bytes of the current state of an object; see [`Backend::get`].
    pub async fn get_range(
        &self,
        key: impl AsRef<str>,
        range: Range<u64>,
    ) -> Result<Read, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.read(&key, None, Some(range)).await
    }

    /// Reads one version of an object.
    pub async fn get_version(
        &self,
        key: impl AsRef<str>,
        version: &Version,
    ) -> Result<Read, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.read(&key, Some(version), None).await
    }

    /// Reads some bytes of one version of an object, or of its current state.
    pub async fn get_version_range(
        &self,
        key: impl AsRef<str>,
        version: Option<&Version>,
        range: Range<u64>,
    ) -> Result<Read, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.read(&key, version, Some(range)).await
    }

    /// Reads the current state of an object; `None` if there is none.
    pub async fn get_if_there(&self, key: impl AsRef<str>) -> Result<Option<Read>, StoreError> {
        match self.get(key).await {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the current bodies of several objects, all at once; see [`Backend::bodies`].
    ///
    /// # Errors
    ///
    /// As a whole only for a key that can be none; the answers about the objects have their own.
    pub async fn bodies(
        &self,
        keys: &[impl AsRef<str>],
    ) -> Result<Vec<Result<Bytes, StoreError>>, StoreError> {
        let keys: Result<Vec<Key>, _> = keys.iter().map(|key| self.whole(key.as_ref())).collect();
        Ok(self.backend.bodies(&keys?).await)
    }

    /// What is known about the current state of an object.
    pub async fn head(&self, key: impl AsRef<str>) -> Result<Object, StoreError> {
        let key = self.whole(key.as_ref())?;
        let object = self.backend.head(&key, None).await?;
        self.relative_object(object)
    }

    /// What is known about one version of an object.
    pub async fn head_version(
        &self,
        key: impl AsRef<str>,
        version: &Version,
    ) -> Result<Object, StoreError> {
        let key = self.whole(key.as_ref())?;
        let object = self.backend.head(&key, Some(version)).await?;
        self.relative_object(object)
    }

    /// One page of what is there: at most `limit` keys that begin with `prefix` and come after
    /// `after`. A store may give fewer; `next` tells.
    pub async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Listed>, StoreError> {
        let after = after.map(|after| self.long(after));
        let page = self.backend.list(&self.long(prefix), after.as_deref(), limit).await?;
        let next = page.next.map(|next| self.short(&next).map(str::to_owned)).transpose()?;
        let entry = |it: Listed| Ok(Listed { key: self.relative(&it.key)?, ..it });
        let entries = page.entries.into_iter().map(entry).collect::<Result<_, StoreError>>()?;
        Ok(Page { entries, next })
    }

    /// One page of all versions under `prefix`; see [`Backend::list_versions`].
    pub async fn list_versions(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<Page<VersionEntry>, StoreError> {
        let page = self.backend.list_versions(&self.long(prefix), page).await?;
        let entry = |it: VersionEntry| Ok(VersionEntry { key: self.relative(&it.key)?, ..it });
        let entries = page.entries.into_iter().map(entry).collect::<Result<_, StoreError>>()?;
        Ok(Page { entries, next: page.next })
    }

    /// Everything under `prefix` after `after`, in order of keys, fetched page by page.
    pub fn list_all(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> BoxStream<'static, Result<Listed, StoreError>> {
        let (store, prefix) = (self.clone(), prefix.to_owned());
        pages(after.map(str::to_owned), move |after| {
            let (store, prefix) = (store.clone(), prefix.clone());
            async move { store.list(&prefix, after.as_deref(), ALL).await }
        })
    }

    /// All versions under `prefix`, in order of keys, of one key newest first, fetched page by page.
    pub fn versions_all(
        &self,
        prefix: &str,
    ) -> BoxStream<'static, Result<VersionEntry, StoreError>> {
        let (store, prefix) = (self.clone(), prefix.to_owned());
        pages(None, move |page| {
            let (store, prefix) = (store.clone(), prefix.clone());
            async move { store.list_versions(&prefix, page.as_deref()).await }
        })
    }

    /// Deletes an object. Where versions are kept this only adds a marker.
    pub async fn delete(&self, key: impl AsRef<str>) -> Result<Deleted, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.backend.delete(&key, None, false).await
    }

    /// Deletes one version of an object, for good. `bypass` lifts governance mode.
    pub async fn delete_version(
        &self,
        key: impl AsRef<str>,
        version: &Version,
        bypass: bool,
    ) -> Result<Deleted, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.backend.delete(&key, Some(version), bypass).await
    }

    /// Writes several objects over whatever is there; see [`Backend::put_all`].
    pub async fn put_all(&self, objects: &[(impl AsRef<str>, Bytes)]) -> Result<(), StoreError> {
        let whole = |(key, body): &(_, Bytes)| Ok((self.whole(AsRef::as_ref(key))?, body.clone()));
        let objects: Result<Vec<_>, StoreError> = objects.iter().map(whole).collect();
        self.backend.put_all(&objects?).await
    }

    /// Writes files of this machine as objects; see [`Backend::adopt_all`].
    pub async fn adopt_all(
        &self,
        files: &[(impl AsRef<str>, impl AsRef<Path>)],
    ) -> Result<(), StoreError> {
        let mut whole = Vec::with_capacity(files.len());
        for (key, path) in files {
            whole.push((self.whole(key.as_ref())?, path.as_ref().to_owned()));
        }
        self.backend.adopt_all(&whole).await
    }

    /// The directory of this part of the store, if objects are files there; see [`Backend::folder`].
    pub fn folder(&self) -> Option<PathBuf> {
        Some(self.backend.folder()?.join(&*self.prefix))
    }

    /// Moves objects, each from its first name to the second; see [`Backend::move_all`].
    pub async fn move_all(
        &self,
        moves: &[(impl AsRef<str>, impl AsRef<str>)],
    ) -> Result<(), StoreError> {
        let mut whole = Vec::with_capacity(moves.len());
        for (from, to) in moves {
            whole.push((self.whole(from.as_ref())?, self.whole(to.as_ref())?));
        }
        self.backend.move_all(&whole).await
    }

    /// Deletes several objects; see [`Backend::delete_all`].
    pub async fn delete_all(&self, keys: &[impl AsRef<str>]) -> Result<(), StoreError> {
        let keys: Result<Vec<Key>, _> = keys.iter().map(|key| self.whole(key.as_ref())).collect();
        self.backend.delete_all(&keys?).await
    }

    /// Protects a version (or the current one) until a date; see [`Backend::retain`].
    pub async fn retain(
        &self,
        key: impl AsRef<str>,
        version: Option<&Version>,
        lock: Lock,
        bypass: bool,
    ) -> Result<(), StoreError> {
        let key = self.whole(key.as_ref())?;
        self.backend.retain(&key, version, lock, bypass).await
    }

    /// Protects a version (or the current one) until lifted, or lifts it.
    pub async fn hold(
        &self,
        key: impl AsRef<str>,
        version: Option<&Version>,
        on: bool,
    ) -> Result<(), StoreError> {
        let key = self.whole(key.as_ref())?;
        self.backend.hold(&key, version, on).await
    }

    /// An address with which somebody can read or write an object for a while; see
    /// [`Backend::presign`].
    pub async fn presign(
        &self,
        key: impl AsRef<str>,
        access: &Access,
        valid_for: Duration,
    ) -> Result<SignedUrl, StoreError> {
        let key = self.whole(key.as_ref())?;
        self.backend.presign(&key, access, valid_for).await
    }

    /// How the bucket as a whole is set up.
    pub async fn bucket(&self) -> Result<BucketState, StoreError> {
        self.backend.bucket().await
    }

    async fn read(
        &self,
        key: &Key,
        version: Option<&Version>,
        range: Option<Range<u64>>,
    ) -> Result<Read, StoreError> {
        let read = self.backend.get(key, version, range).await?;
        Ok(Read { object: self.relative_object(read.object)?, body: read.body })
    }

    fn long(&self, relative: &str) -> String {
        format!("{}{relative}", self.prefix)
    }

    fn whole(&self, relative: &str) -> Result<Key, StoreError> {
        if relative.is_empty() {
            return Key::new("");
        }
        Key::new(self.long(relative))
    }

    fn short<'k>(&self, whole: &'k str) -> Result<&'k str, StoreError> {
        whole.strip_prefix(&*self.prefix).ok_or_else(|| {
            let reason =
                format!("it answered with `{whole}`, which is not under `{}`", self.prefix);
            StoreError::new(StoreErrorKind::Corrupt, "list", None, reason)
        })
    }

    fn relative(&self, whole: &Key) -> Result<Key, StoreError> {
        Key::new(self.short(whole.as_str())?)
    }

    fn relative_object(&self, object: Object) -> Result<Object, StoreError> {
        Ok(Object { key: self.relative(&object.key)?, ..object })
    }
}

/// As many as the backend gives on one page.
const ALL: usize = 64 * MAX_PAGE;

fn with_slash(prefix: &str) -> String {
    match prefix {
        "" => String::new(),
        prefix if prefix.ends_with('/') => prefix.to_owned(),
        prefix => format!("{prefix}/"),
    }
}

/// The entries of all pages that `fetch` gives, from `start` on.
fn pages<T: Send + 'static, F>(
    start: Option<String>,
    fetch: impl Fn(Option<String>) -> F + Send + 'static,
) -> BoxStream<'static, Result<T, StoreError>>
where
    F: Future<Output = Result<Page<T>, StoreError>> + Send + 'static,
{
    stream::try_unfold((Some(start), fetch), async |(at, fetch)| {
        let Some(at) = at else { return Ok::<_, StoreError>(None) };
        let page = fetch(at).await?;
        let entries = stream::iter(page.entries.into_iter().map(Ok));
        Ok(Some((entries, (page.next.map(Some), fetch))))
    })
    .try_flatten()
    .boxed()
}
