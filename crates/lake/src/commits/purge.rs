//! Removing what has to be gone: old versions too, and not what the store protects.
//!
//! A bucket that keeps versions answers a deletion with a marker, and the bytes stay. That is enough
//! for files that were compacted; rows whose time is over have to go from all versions, also from
//! those of files that were compacted before and from what once lay at the side, committed or not.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _};
use platform::store::{StoreError, StoreErrorKind, VersionEntry, Versioning};
use serde::{Deserialize, Serialize};

use super::staging::{self, PROTECTED, Run};
use super::{Commit, Error, Result, Table};

/// How many objects are looked after at once.
const TOGETHER: usize = 16;

/// A file whose rows went from the table, and which the store does not let go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protected {
    /// Its key, relative to the lake.
    pub path: String,
    /// Until when the store protects it, where it says so.
    pub until: Option<DateTime<Utc>>,
    /// Why it is still there.
    pub reason: String,
}

impl Table {
    /// Removes the files that `commit` removed, with all their versions, and gives those that the store
    /// does not let go. May be done again.
    pub(super) async fn purge(&self, commit: &Commit) -> Result<Vec<Protected>> {
        let failed = || Error::store("remove rows whose time is over");
        let (store, retry) = (&self.lake.store, self.lake.options.retry);
        let mut protected = Vec::new();
        match retry.again(|| store.delete_all(&commit.removes)).await {
            Err(error) if is_refused(&error) => {
                for path in &commit.removes {
                    match retry.again(|| store.delete(path)).await {
                        Err(error) if is_refused(&error) => {
                            protected.push(self.refused(path, None, &error).await);
                        }
                        other => drop(other.map_err(failed())?),
                    }
                }
            }
            other => other.map_err(failed())?,
        }
        // A store that does not say so keeps none.
        let versioned = match retry.again(|| store.bucket()).await {
            Ok(bucket) => bucket.versioning != Versioning::Off,
            Err(error) if error.is_retryable() => return Err(failed()(error)),
            Err(_) => false,
        };
        if versioned {
            let keys = self.remains(commit).await?;
            let forgotten = futures_util::stream::iter(keys)
                .map(|key| async move { self.forget(&key).await })
                .buffer_unordered(TOGETHER);
            let forgotten: Vec<_> = forgotten.try_collect().await?;
            protected.extend(forgotten.into_iter().flatten());
        }
        protected.sort();
        protected.dedup();
        Ok(protected)
    }

    /// Where rows of the folders that `commit` removed files from ever lay, and are not any more.
    async fn remains(&self, commit: &Commit) -> Result<BTreeSet<String>> {
        let folders: BTreeSet<&str> = commit.removes.iter().map(|it| folder(it)).collect();
        let mut keys = self.cleaned_away(&folders).await?;
        for earlier in self.history().await? {
            let run = Run::of(self, &earlier.run, earlier.at);
            for file in &earlier.adds {
                if self.state().is_gone(&file.path) && folders.contains(folder(&file.path)) {
                    keys.insert(run.key(file));
                    keys.insert(file.path.clone());
                }
            }
        }
        Ok(keys)
    }

    /// What lay at the side for one of `folders` and was cleaned away, also that of runs which never
    /// committed. What lies there now belongs to a run that is at work, or died less than a day ago.
    async fn cleaned_away(&self, folders: &BTreeSet<&str>) -> Result<BTreeSet<String>> {
        let (store, retry) = (&self.lake.store, self.lake.options.retry);
        let aside = format!("{}staging/", self.name.aside());
        let list = || store.versions_all(&aside).try_collect::<Vec<VersionEntry>>();
        let listed = retry.again(list).await;
        let listed = listed.map_err(Error::store("remove rows whose time is over"))?;
        let is_there = |it: &&VersionEntry| it.latest && !it.delete_marker;
        let there: BTreeSet<&str> =
            listed.iter().filter(is_there).map(|it| it.key.as_str()).collect();
        let beginnings: Vec<_> = folders.iter().map(|it| staging::beginning(it)).collect();
        let is_of_those = |key: &&str| {
            let within = key.strip_prefix(&*aside).and_then(|it| it.split_once('/'));
            let ours = |name: &str| beginnings.iter().any(|it| name.starts_with(&**it));
            within.is_some_and(|(_, name)| ours(name)) && !there.contains(key)
        };
        let keys = listed.iter().map(|it| it.key.as_str());
        Ok(keys.filter(is_of_those).map(str::to_owned).collect())
    }

    /// Deletes every version of an object, and the markers when nothing is left behind them.
    async fn forget(&self, key: &str) -> Result<Vec<Protected>> {
        let failed = || Error::store("remove rows whose time is over");
        let (store, retry) = (&self.lake.store, self.lake.options.retry);
        let list = || store.versions_all(key).try_collect::<Vec<VersionEntry>>();
        let mut versions = retry.again(list).await.map_err(failed())?;
        versions.retain(|it| it.key.as_str() == key);
        // A marker that went first would show what it hides.
        versions.sort_by_key(|it| it.delete_marker);
        let mut protected = Vec::new();
        for it in versions {
            if it.delete_marker && !protected.is_empty() {
                break;
            }
            match retry.again(|| store.delete_version(key, &it.version, false)).await {
                Ok(_) => {}
                Err(error) if error.kind == StoreErrorKind::NotFound => {}
                Err(error) if is_refused(&error) => {
                    protected.push(self.refused(key, Some(&it), &error).await);
                }
                Err(error) => return Err(failed()(error)),
            }
        }
        Ok(protected)
    }

    async fn refused(
        &self,
        key: &str,
        version: Option<&VersionEntry>,
        error: &StoreError,
    ) -> Protected {
        let store = &self.lake.store;
        let object = match version {
            Some(it) => store.head_version(key, &it.version).await,
            None => store.head(key).await,
        };
        // Why it was refused is known; a store that does not say more is no reason to stop.
        let object = object.ok();
        let held = object.as_ref().is_some_and(|it| it.legal_hold);
        let until = object.and_then(|it| it.lock).map(|it| it.until).filter(|_| !held);
        let reason = match (held, error.kind) {
            (true, _) => "the store holds it".to_owned(),
            (false, StoreErrorKind::Protected) => "the store protects it".to_owned(),
            _ => error.reason.clone(),
        };
        Protected { path: key.to_owned(), until, reason }
    }

    /// The commits whose files the store did not let go, and those files. [`finish`](Self::finish) tries
    /// again.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn unfinished(&self) -> Result<Vec<(Commit, Vec<Protected>)>> {
        let found = staging::found(self).await?;
        let runs: BTreeSet<_> =
            found.into_iter().filter(|it| it.protected).map(|it| it.run).collect();
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let mut unfinished = Vec::new();
        for commit in self.history().await? {
            if !runs.contains(&commit.run) {
                continue;
            }
            let noted = Run::of(self, &commit.run, commit.at).kept(PROTECTED, None).await?;
            let noted = serde_json::from_slice(&noted).map_err(|error| Error::LogBroken {
                table: self.name.clone(),
                number: commit.number,
                reason: format!("what it left to be done cannot be read: {error}"),
            })?;
            unfinished.push((commit, noted));
        }
        Ok(unfinished)
    }

    /// Tries again to remove what `commit` removed, and gives what the store still protects.
    ///
    /// # Errors
    ///
    /// What the store and the ledger say.
    pub async fn finish(&mut self, commit: &Commit) -> Result<Vec<Protected>> {
        self.publish(commit).await?;
        let left = self.unfinished().await?.into_iter().find(|it| it.0.number == commit.number);
        Ok(left.map(|(_, protected)| protected).unwrap_or_default())
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether the store is not going to do it, however often it is asked.
fn is_refused(error: &StoreError) -> bool {
    matches!(error.kind, StoreErrorKind::Protected | StoreErrorKind::Denied)
}
