//! A store in a local directory: files that people can read, and one process or many at once.
//!
//! A write returns when the body and its name are on the disk. It goes to a temporary file, which is
//! synchronised and then linked to its name; where something has the name already, the system
//! refuses. So a process that is killed leaves an object whole or not at all, and a temporary file in
//! `.strongroom/tmp` that is in nobody's way and is removed after a day.
//!
//! A directory keeps one state of each object, unless it was [set up](Store::configure_local) to keep
//! versions; then it can protect them too. The protection is enforced for whoever comes this way:
//! **whoever may write to the directory itself can remove and replace what it holds.** A SHA-256 is
//! kept where versions are, because there is a document beside each body anyway; a plain directory
//! holds the body alone and notices no change of it.
//!
//! The directory must be on a file system with hard links, locks and names that differ in case, as
//! any of Linux is. No symbolic link in it is followed; the directory itself may be one.

mod body;
mod disk;
mod group;
mod names;
mod plain;
mod settings;
mod sheet;
mod versioned;
mod walk;

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;

use self::body::{Arrived, Incoming};
use self::disk::Disk;
use super::backend::MAX_PAGE;
use super::group as one_by_one;
use super::protect;
use super::{
    Backend, BucketState, Deleted, Key, Listed, Lock, Object, Page, Put, Read, Store, StoreError,
    StoreErrorKind, Version, VersionEntry, Versioning, Written,
};
use crate::clock::{Clock, SystemClock};

/// The most entries of a page: reading a folder costs as much for one as for all.
const PAGE: usize = 64 * MAX_PAGE;

/// A directory that holds objects.
#[derive(Clone, Debug)]
pub struct Local(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    disk: Disk,
    clock: Arc<dyn Clock>,
    swept: AtomicBool,
}

impl Store {
    /// The store in the directory `folder`, which is made when something is written.
    pub fn local(folder: impl Into<PathBuf>) -> Self {
        Self::new(Arc::new(Local::new(folder, Arc::new(SystemClock))), "")
    }

    /// Sets a directory up to keep versions and to protect them, and opens it. Do this before the
    /// first write: where objects are, versioning cannot be turned on any more. What is on stays on.
    ///
    /// ```
    /// use platform::store::{BucketState, Put, Store, Versioning};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// let mut state = BucketState::plain();
    /// state.versioning = Versioning::On;
    /// let store = Store::configure_local(folder, &state)?;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let first = store.put("report", "one", &Put::default()).await?;
    /// store.put("report", "two", &Put::default()).await?;
    /// let first = first.version.expect("versions are kept");
    /// assert_eq!(store.get_version("report", &first).await?.body, "one");
    /// assert_eq!(std::fs::read(folder.join("report%")).unwrap(), b"two");
    /// # Ok::<(), platform::store::StoreError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Invalid`] for a state that cannot be, or cannot be any more; what the disk
    /// says.
    pub fn configure_local(
        folder: impl Into<PathBuf>,
        state: &BucketState,
    ) -> Result<Self, StoreError> {
        let local = Local::new(folder, Arc::new(SystemClock));
        local.configure(state)?;
        Ok(Self::new(Arc::new(local), ""))
    }
}

impl Local {
    /// The directory `folder`, where protections end by `clock`.
    pub fn new(folder: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        let disk = Disk::at(folder.into());
        Self(Arc::new(Inside { disk, clock, swept: AtomicBool::new(false) }))
    }

    /// Sets the directory up; see [`Store::configure_local`].
    ///
    /// # Errors
    ///
    /// As [`Store::configure_local`].
    pub fn configure(&self, state: &BucketState) -> Result<(), StoreError> {
        let disk = &self.0.disk;
        settings::write(disk, state, || Ok(plain::list(disk, "", None, 1)?.entries.is_empty()))
    }

    /// Does what may block where that is allowed.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inside) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inside = self.0.clone();
        match tokio::task::spawn_blocking(move || work(&inside)).await {
            Ok(done) => done,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(source) => {
                    let reason = "the program is ending";
                    let kind = StoreErrorKind::Ambiguous;
                    Err(StoreError::new(kind, "use the store", None, reason).caused_by(source))
                }
            },
        }
    }
}

impl Inside {
    /// Refuses what can be refused before a body is written.
    fn prepare(&self, key: &Key, put: &Put) -> Result<Incoming, StoreError> {
        let state = settings::read(&self.disk)?;
        let versioned = state.versioning == Versioning::On;
        if versioned {
            versioned::check(&self.disk, &state, key, put, self.clock.now())?;
        } else {
            protect::of_new(&state, put, key, self.clock.now())?;
            plain::check(&self.disk, key, put)?;
        }
        let before = |source| failed("write", Some(key), source);
        if !self.swept.swap(true, Ordering::Relaxed) {
            self.disk.sweep(self.clock.now().into()).map_err(before)?;
        }
        Incoming::new(&self.disk, versioned).map_err(before)
    }

    fn finish(&self, key: &Key, incoming: Incoming, put: &Put) -> Result<Written, StoreError> {
        let arrived: Arrived =
            incoming.arrive().map_err(|source| failed("write", Some(key), source))?;
        let state = settings::read(&self.disk)?;
        match state.versioning {
            Versioning::On => {
                versioned::put(&self.disk, &state, key, arrived, put, self.clock.now())
            }
            _ => plain::put(&self.disk, key, arrived, put),
        }
    }

    fn versioned(&self) -> Result<bool, StoreError> {
        Ok(settings::read(&self.disk)?.versioning == Versioning::On)
    }
}

#[async_trait]
impl Backend for Local {
    fn location(&self) -> String {
        let root = self.0.disk.root();
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        url::Url::from_file_path(&root)
            .map_or_else(|()| format!("file://{}", root.display()), String::from)
    }

    async fn put(&self, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError> {
        let (key, put) = (key.clone(), put.clone());
        self.blocking(move |it| {
            let mut incoming = it.prepare(&key, &put)?;
            incoming.write(&body).map_err(|source| failed("write", Some(&key), source))?;
            it.finish(&key, incoming, &put)
        })
        .await
    }

    async fn upload(
        &self,
        key: &Key,
        mut body: BoxStream<'_, Result<Bytes, StoreError>>,
        put: &Put,
    ) -> Result<Written, StoreError> {
        let (named, how) = (key.clone(), put.clone());
        let mut incoming = self.blocking(move |it| it.prepare(&named, &how)).await?;
        loop {
            let (parts, last) = gather(&mut body).await?;
            let named = key.clone();
            incoming = self
                .blocking(move |_| {
                    let mut parts = parts.iter();
                    let written = parts.try_for_each(|part| incoming.write(part));
                    written.map_err(|source| failed("write", Some(&named), source))?;
                    Ok(incoming)
                })
                .await?;
            if last {
                break;
            }
        }
        let (named, how) = (key.clone(), put.clone());
        self.blocking(move |it| it.finish(&named, incoming, &how)).await
    }

    async fn get(
        &self,
        key: &Key,
        version: Option<&Version>,
        range: Option<Range<u64>>,
    ) -> Result<Read, StoreError> {
        let (key, version) = (key.clone(), version.cloned());
        self.blocking(move |it| match it.versioned()? {
            true => versioned::get(&it.disk, &key, version.as_ref(), range),
            false => plain::get(&it.disk, &key, version.as_ref(), range),
        })
        .await
    }

    async fn bodies(&self, keys: &[Key]) -> Vec<Result<Bytes, StoreError>> {
        // One change of threads for all of them, which costs more than to read a small file.
        let wanted = keys.to_vec();
        let read = self.blocking(move |it| {
            let versioned = it.versioned()?;
            let read = |key: &Key| match versioned {
                true => versioned::get(&it.disk, key, None, None).map(|read| read.body),
                false => plain::body(&it.disk, key),
            };
            Ok(wanted.iter().map(read).collect())
        });
        match read.await {
            Ok(read) => read,
            // Asked one by one, each of them tells why.
            Err(_) => {
                let body = async |key| self.get(key, None, None).await.map(|read| read.body);
                join_all(keys.iter().map(body)).await
            }
        }
    }

    async fn head(&self, key: &Key, version: Option<&Version>) -> Result<Object, StoreError> {
        let (key, version) = (key.clone(), version.cloned());
        self.blocking(move |it| match it.versioned()? {
            true => versioned::head(&it.disk, &key, version.as_ref()),
            false => plain::head(&it.disk, &key, version.as_ref()),
        })
        .await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Listed>, StoreError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        let limit = limit.clamp(1, PAGE);
        self.blocking(move |it| match it.versioned()? {
            true => versioned::list(&it.disk, &prefix, after.as_deref(), limit),
            false => plain::list(&it.disk, &prefix, after.as_deref(), limit),
        })
        .await
    }

    async fn list_versions(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<Page<VersionEntry>, StoreError> {
        let (prefix, page) = (prefix.to_owned(), page.map(str::to_owned));
        self.blocking(move |it| match it.versioned()? {
            true => versioned::list_versions(&it.disk, &prefix, page.as_deref()),
            false => plain::list_versions(&it.disk, &prefix, page.as_deref()),
        })
        .await
    }

    async fn delete(
        &self,
        key: &Key,
        version: Option<&Version>,
        bypass: bool,
    ) -> Result<Deleted, StoreError> {
        let (key, version) = (key.clone(), version.cloned());
        self.blocking(move |it| match it.versioned()? {
            true => versioned::delete(&it.disk, &key, version.as_ref(), bypass, it.clock.now()),
            false => plain::delete(&it.disk, &key, version.as_ref()),
        })
        .await
    }

    async fn put_all(&self, objects: &[(Key, Bytes)]) -> Result<(), StoreError> {
        let wanted = objects.to_vec();
        let done = self.blocking(move |it| match it.versioned()? {
            true => Ok(false),
            false => group::put_all(&it.disk, &wanted),
        });
        match done.await? {
            true => Ok(()),
            false => one_by_one::put_all(self, objects).await,
        }
    }

    async fn adopt_all(&self, files: &[(Key, PathBuf)]) -> Result<(), StoreError> {
        let wanted = files.to_vec();
        let done = self.blocking(move |it| match it.versioned()? {
            true => Ok(false),
            false => group::adopt_all(&it.disk, &wanted),
        });
        match done.await? {
            true => Ok(()),
            false => one_by_one::adopt_all(self, files).await,
        }
    }

    fn folder(&self) -> Option<PathBuf> {
        let plain = !self.0.versioned().ok()?;
        plain.then(|| self.0.disk.root().to_owned())
    }

    async fn move_all(&self, moves: &[(Key, Key)]) -> Result<(), StoreError> {
        let wanted = moves.to_vec();
        let done = self.blocking(move |it| match it.versioned()? {
            true => Ok(false),
            false => group::move_all(&it.disk, &wanted),
        });
        match done.await? {
            true => Ok(()),
            false => one_by_one::move_all(self, moves).await,
        }
    }

    async fn delete_all(&self, keys: &[Key]) -> Result<(), StoreError> {
        let wanted = keys.to_vec();
        let done = self.blocking(move |it| match it.versioned()? {
            true => Ok(false),
            false => group::delete_all(&it.disk, &wanted),
        });
        match done.await? {
            true => Ok(()),
            false => one_by_one::delete_all(self, keys).await,
        }
    }

    async fn retain(
        &self,
        key: &Key,
        version: Option<&Version>,
        lock: Lock,
        bypass: bool,
    ) -> Result<(), StoreError> {
        let (key, version) = (key.clone(), version.cloned());
        self.blocking(move |it| {
            let (state, now) = (settings::read(&it.disk)?, it.clock.now());
            protect::needs_object_lock(&state, "retain", &key)?;
            versioned::protect(&it.disk, "retain", &key, version.as_ref(), |protection| {
                protection.retained(&key, lock, bypass, now)
            })
        })
        .await
    }

    async fn hold(&self, key: &Key, version: Option<&Version>, on: bool) -> Result<(), StoreError> {
        let (key, version) = (key.clone(), version.cloned());
        self.blocking(move |it| {
            let state = settings::read(&it.disk)?;
            protect::needs_object_lock(&state, "hold", &key)?;
            versioned::protect(&it.disk, "hold", &key, version.as_ref(), |protection| {
                Ok(protect::Protection { legal_hold: on, ..protection })
            })
        })
        .await
    }

    async fn bucket(&self) -> Result<BucketState, StoreError> {
        self.blocking(|it| settings::read(&it.disk)).await
    }
}

/// Some parts of a body, and whether they are the last. Few and large writes, because each is handed
/// to another thread.
async fn gather(
    body: &mut BoxStream<'_, Result<Bytes, StoreError>>,
) -> Result<(Vec<Bytes>, bool), StoreError> {
    const ENOUGH: usize = 4 * 1024 * 1024;
    let (mut parts, mut length) = (Vec::new(), 0);
    while length < ENOUGH {
        let Some(part) = body.try_next().await? else { return Ok((parts, true)) };
        length += part.len();
        parts.push(part);
    }
    Ok((parts, false))
}

/// What the system said before anything could be seen by others.
fn failed(act: &'static str, key: Option<&Key>, source: io::Error) -> StoreError {
    use io::ErrorKind as Io;
    let (kind, reason) = match source.kind() {
        Io::PermissionDenied | Io::ReadOnlyFilesystem => {
            (StoreErrorKind::Denied, "the directory does not allow it")
        }
        Io::StorageFull | Io::QuotaExceeded => (StoreErrorKind::Unavailable, "the disk is full"),
        Io::NotADirectory | Io::IsADirectory | Io::InvalidFilename | Io::Unsupported => {
            (StoreErrorKind::Invalid, "the directory cannot hold it")
        }
        Io::InvalidData | Io::UnexpectedEof => {
            (StoreErrorKind::Corrupt, "what is kept about it cannot be read")
        }
        _ => (StoreErrorKind::Unavailable, "the disk does not answer as it should"),
    };
    StoreError::new(kind, act, key, reason).caused_by(source)
}

/// What the system said after others could see it: it is not known to be durable.
fn unclear(act: &'static str, key: &Key, source: io::Error) -> StoreError {
    let reason = "it was done, and is not known to be on the disk";
    StoreError::new(StoreErrorKind::Ambiguous, act, Some(key), reason).caused_by(source)
}
