//! A place to try things out, which is clean afterwards.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;

use super::super::{
    BucketState, Lock, LockMode, Put, Store, StoreError, StoreErrorKind, VersionEntry, Versioning,
};
use crate::clock::Clock;

/// How long a lock lasts that is only there to be tried out: long enough for a server whose clock
/// is a little ahead, short enough to wait for.
pub(super) const LOCKED_SECONDS: i64 = 15;

/// Where all scratch prefixes are.
const ALL: &str = ".doctor/";

/// After so long nobody is at it any more: whoever left it there was killed.
const LEFT_AFTER: TimeDelta = TimeDelta::days(1);

/// A scratch prefix. Copies are the same place.
#[derive(Clone)]
pub(super) struct Scratch {
    pub(super) store: Store,
    /// Where those of others are, too.
    all: Store,
    clock: Arc<dyn Clock>,
    versioned: bool,
    /// The bucket locks what does not say otherwise.
    locks_by_default: bool,
}

impl Scratch {
    /// A prefix that nobody used before.
    pub(super) fn new(
        store: &Store,
        bucket: &BucketState,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let name = getrandom::u64().map_err(|error| {
            let reason = "the system has no randomness";
            StoreError::new(StoreErrorKind::Unavailable, "examine the store", None, reason)
                .caused_by(std::io::Error::other(error.to_string()))
        })?;
        Ok(Self {
            store: store.at(&format!("{ALL}{name:016x}")),
            all: store.at(ALL),
            clock: clock.clone(),
            versioned: bucket.versioning != Versioning::Off,
            locks_by_default: bucket.default_lock.is_some(),
        })
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// How to write what is to go again. Where a bucket locks everything, for the shortest time.
    pub(super) fn put(&self, put: Put) -> Put {
        if !self.locks_by_default {
            return put;
        }
        put.locked(Some(self.lock(LockMode::Governance)))
    }

    /// The shortest lock.
    pub(super) fn lock(&self, mode: LockMode) -> Lock {
        Lock { mode, until: self.now() + TimeDelta::seconds(LOCKED_SECONDS) }
    }

    /// Removes everything; says what could not be removed. So with what others left there long ago, if
    /// that can be removed.
    pub(super) async fn clean(&self) -> Option<String> {
        // While ours are there: they tell what time it is where the store is.
        let _ = self.sweep(&self.all, LEFT_AFTER).await;
        let Err(_) = self.sweep(&self.store, TimeDelta::zero()).await else { return None };
        // What is locked is free again soon.
        tokio::time::sleep(Duration::from_secs(LOCKED_SECONDS.unsigned_abs() + 2)).await;
        let error = self.sweep(&self.store, TimeDelta::zero()).await.err()?;
        Some(format!("{}: {error}", self.store.location()))
    }

    /// Removes what can be removed of what is so much older than the newest, or as old; the first error if
    /// something cannot.
    async fn sweep(&self, place: &Store, age: TimeDelta) -> Result<(), StoreError> {
        let mut first = Ok(());
        if !self.versioned {
            let keys: Vec<_> = place.list_all("", None).try_collect().await?;
            let newest = keys.iter().map(|it| it.modified).max();
            for entry in keys.iter().filter(|it| newest.is_some_and(|at| at - it.modified >= age)) {
                if let Err(error) = place.delete(entry.key.as_str()).await {
                    first = first.and(Err(error));
                }
            }
            return first;
        }
        let versions: Vec<_> = place.versions_all("").try_collect().await?;
        let newest = versions.iter().map(|it| it.modified).max();
        let old = |it: &VersionEntry| newest.is_some_and(|at| at - it.modified >= age);
        for VersionEntry { key, version, .. } in versions.into_iter().filter(old) {
            let mut gone = place.delete_version(key.as_str(), &version, false).await;
            if gone.is_err() {
                gone = place.delete_version(key.as_str(), &version, true).await;
            }
            if let Err(error) = gone {
                first = first.and(Err(error));
            }
        }
        first
    }
}
