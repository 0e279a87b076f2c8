//! The objects of a log as a reader sees them: key by key, with everything that happened to each.

use chrono::{DateTime, Utc};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _, TryStreamExt as _};

use crate::numbered::Retry;
use crate::store::{Store, StoreError, StoreErrorKind, Version, VersionEntry};

/// How many versions of one key are looked at, besides the one that counts. Honest ones come in
/// twos and threes; all are counted.
const MOST_VERSIONS: usize = 64;

/// Everything that is stored under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// The key, below the prefix of the log.
    pub(super) key: String,
    /// The version that counts: the oldest. `None` if there are only delete markers.
    pub(super) oldest: Option<Entry>,
    /// Later versions, newest first, at most [`MOST_VERSIONS`].
    pub(super) later: Vec<Entry>,
    /// How many more there are.
    pub(super) unlisted: u64,
    /// The newest delete marker, if there is one.
    pub(super) marker: Option<Version>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// `None` where the store keeps no versions.
    pub(super) version: Option<Version>,
    pub(super) size_bytes: u64,
    pub(super) modified: DateTime<Utc>,
}

/// Whether the versions of objects are to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// They are.
    Seen,
    /// The store does not let us.
    Hidden,
}

impl Stored {
    fn push(&mut self, entry: VersionEntry) {
        if entry.delete_marker {
            self.marker.get_or_insert(entry.version);
            return;
        }
        let entry = Entry {
            version: Some(entry.version),
            size_bytes: entry.size_bytes,
            modified: entry.modified,
        };
        // Newest first: whatever was the oldest so far is a later one.
        if let Some(later) = self.oldest.replace(entry) {
            if self.later.len() < MOST_VERSIONS {
                self.later.push(later);
            } else {
                self.unlisted += 1;
            }
        }
    }
}

/// Whether versions can be listed: asks for the first page and looks at the answer.
pub(super) async fn versions(store: &Store) -> Result<Versions, StoreError> {
    match store.list_versions("log", None).await {
        Ok(_) => Ok(Versions::Seen),
        Err(error) if matches!(error.kind, StoreErrorKind::Denied | StoreErrorKind::Invalid) => {
            Ok(Versions::Hidden)
        }
        Err(error) => Err(error),
    }
}

/// Everything under `prefix`, key by key, in order of keys.
pub(super) fn under(
    store: &Store,
    prefix: &str,
    versions: Versions,
) -> BoxStream<'static, Result<Stored, StoreError>> {
    match versions {
        Versions::Seen => grouped(store.versions_all(prefix)).boxed(),
        Versions::Hidden => {
            let listed = store.list_all(prefix, None).map_ok(|listed| Stored {
                key: listed.key.as_str().to_owned(),
                oldest: Some(Entry {
                    version: None,
                    size_bytes: listed.size_bytes,
                    modified: listed.modified,
                }),
                later: Vec::new(),
                unlisted: 0,
                marker: None,
            });
            listed.boxed()
        }
    }
}

/// Puts the versions of one key together.
fn grouped(
    entries: impl Stream<Item = Result<VersionEntry, StoreError>> + Unpin + Send,
) -> impl Stream<Item = Result<Stored, StoreError>> + Send {
    let state = (entries, None::<Stored>);
    stream::try_unfold(state, |(mut entries, mut open)| async move {
        loop {
            let Some(entry) = entries.try_next().await? else {
                return Ok(open.take().map(|done| (done, (entries, None))));
            };
            let same = open.as_ref().is_some_and(|stored| stored.key == entry.key.as_str());
            if same {
                if let Some(stored) = &mut open {
                    stored.push(entry);
                }
                continue;
            }
            let mut next = Stored {
                key: entry.key.as_str().to_owned(),
                oldest: None,
                later: Vec::new(),
                unlisted: 0,
                marker: None,
            };
            next.push(entry);
            if let Some(done) = open.replace(next) {
                return Ok(Some((done, (entries, open))));
            }
        }
    })
}

/// The number in a key of twenty digits after `prefix`.
pub(super) fn number(prefix: &str, key: &str) -> Option<u64> {
    let digits = key.strip_prefix(prefix)?;
    let plain = digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// Repeats a request that changes nothing.
pub(super) async fn patiently<T>(
    request: impl AsyncFn() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut pauses = Retry::default().pauses();
    loop {
        match request().await {
            Err(error) if error.is_retryable() && pauses.wait().await => {}
            answer => return answer,
        }
    }
}
