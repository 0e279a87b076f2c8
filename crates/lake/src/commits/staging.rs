//! A run: what it writes lies at the side until it is committed.

use std::ops::Range;
use std::path::PathBuf;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use platform::numbered::Retry;
use platform::store::{Store, StoreErrorKind};
use serde::{Deserialize, Serialize};
use storage_core::{Digest, hex};

use super::{Commit, Error, File, Lake, Result, Table, TableName};

/// After so many hours a run without a commit is rubbish.
const ABANDONED_HOURS: i64 = 24;

/// A run that takes longer commits nothing: somebody whose clock is ahead may take its files for
/// rubbish.
const LONGEST_HOURS: i64 = 12;

/// What says that a run is under way; the last of it that goes.
const MARK: &str = "run.json";

/// What says that a run is done but for what the store protects.
pub(super) const PROTECTED: &str = "protected.json";

/// What one run of a writer stages, under a name that was drawn at random.
#[derive(Debug)]
pub struct Run {
    id: String,
    table: TableName,
    /// Everything of this run.
    store: Store,
    retry: Retry,
    began: DateTime<Utc>,
    races: u32,
    most_races: u32,
}

/// What says who is at work, and what it is going to remove because its time is over.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    v: u32,
    actor: String,
    at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retains: Vec<String>,
}

/// A run that may still commit.
#[derive(Debug)]
pub(crate) struct UnderWay {
    /// The paths of the files that it removes because their time is over; none where it does something
    /// else.
    pub(crate) retains: Vec<String>,
    /// When it did something last.
    pub(crate) modified: DateTime<Utc>,
}

impl Table {
    /// Begins a run.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn begin(&self) -> Result<Run> {
        self.begin_to_remove(&[]).await
    }

    /// Begins a run that removes files because their time is over, and says so to everybody who
    /// [looks](Self::under_way).
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(crate) async fn begin_to_remove(&self, paths: &[String]) -> Result<Run> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
        let id = hex::encode(&bytes);
        let began = self.lake.options.clock.now();
        let run = Run::of(self, &id, began);
        let actor = self.lake.options.actor.clone();
        let mark = Mark { v: 1, actor, at: began, retains: paths.to_vec() };
        let mark = serde_json::to_vec(&mark).expect("it is plain data");
        let mark = [(MARK, Bytes::from(mark))];
        let written = run.retry.again(|| run.store.put_all(&mark)).await;
        written.map_err(Error::store("begin a run"))?;
        Ok(run)
    }

    /// The runs that may still commit, and what was committed since the table was read: whoever looks
    /// after it left a mark of its own either sees these or is seen by them.
    ///
    /// # Errors
    ///
    /// As [`refresh`](Self::refresh).
    pub(crate) async fn under_way(&mut self) -> Result<(Vec<UnderWay>, Vec<Commit>)> {
        // In this order: a run that is not listed any more has its commit in the log.
        let found = found(self).await?;
        let commits = self.refresh().await?;
        let now = self.lake.options.clock.now();
        let mut under_way = Vec::new();
        for it in found {
            if self.state().has_run(&it.run) || is_abandoned(it.modified, now) {
                continue;
            }
            let run = Run::of(self, &it.run, it.modified);
            let mark = match run.retry.again(|| run.store.get(MARK)).await {
                Ok(mark) => mark.body,
                // It goes last: the run is over.
                Err(error) if error.kind == StoreErrorKind::NotFound => continue,
                Err(error) => return Err(Error::store("look who is at work")(error)),
            };
            // One that says nothing may do anything.
            let mark = serde_json::from_slice::<Mark>(&mark).ok();
            let retains = mark.map(|it| it.retains).unwrap_or_default();
            under_way.push(UnderWay { retains, modified: it.modified });
        }
        Ok((under_way, commits))
    }
}

impl Run {
    pub(super) fn of(table: &Table, id: &str, began: DateTime<Utc>) -> Self {
        Self::joined(&table.lake, &table.name, id, began)
    }

    /// A run that was begun elsewhere.
    pub(crate) fn joined(lake: &Lake, table: &TableName, id: &str, began: DateTime<Utc>) -> Self {
        Self {
            id: id.to_owned(),
            table: table.clone(),
            store: lake.store.at(&format!("{}staging/{id}", table.aside())),
            retry: lake.options.retry,
            began,
            races: 0,
            most_races: lake.options.races,
        }
    }

    /// Keeps something at the side that never becomes part of the table.
    pub(crate) async fn keep(&self, objects: &[(String, Bytes)]) -> Result<()> {
        let written = self.retry.again(|| self.store.put_all(objects)).await;
        written.map_err(Error::store("keep what a run works with"))
    }

    /// What was [kept](Self::keep), or a part of it.
    pub(crate) async fn kept(&self, name: &str, part: Option<Range<u64>>) -> Result<Bytes> {
        let read = async || match part.clone() {
            Some(part) => self.store.get_range(name, part).await,
            None => self.store.get(name).await,
        };
        let read = self.retry.again(read).await;
        Ok(read.map_err(Error::store("read what a run works with"))?.body)
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Says that others were faster ([`Appended::Behind`](super::Appended::Behind)), and waits a moment
    /// before the next plan.
    ///
    /// # Errors
    ///
    /// [`Error::Contended`] if that happened too often in a row.
    pub async fn lost(&mut self) -> Result<()> {
        self.races += 1;
        if self.races > self.most_races {
            return Err(Error::Contended { table: self.table.clone(), times: self.races });
        }
        Retry::between_races(self.races).await;
        Ok(())
    }

    /// Writes files to the side, where they are durable when this returns. Many at once cost little
    /// more than one. The same file again is fine.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn stage(&self, files: &[(&File, Bytes)]) -> Result<()> {
        let objects: Vec<_> = files.iter().map(|(file, body)| (name(file), body.clone())).collect();
        let written = self.retry.again(|| self.store.put_all(&objects)).await;
        written.map_err(Error::store("stage the files of a run"))
    }

    /// The same with files of this machine, which may be gone afterwards. What lies in the
    /// [folder of the run](Self::folder) is not copied.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn stage_files(&self, files: &[(&File, PathBuf)]) -> Result<()> {
        let files: Vec<_> = files.iter().map(|(file, path)| (name(file), path)).collect();
        let written = self.retry.again(|| self.store.adopt_all(&files)).await;
        written.map_err(Error::store("stage the files of a run"))
    }

    /// A directory at the side where files can be made, if the lake is a directory. What is left in it
    /// goes with the run.
    pub fn folder(&self) -> Option<PathBuf> {
        Some(self.store.folder()?.join("work"))
    }

    pub(super) fn check_time(&self, now: DateTime<Utc>) -> Result<()> {
        match now - self.began > TimeDelta::hours(LONGEST_HOURS) {
            true => Err(Error::TooLate { table: self.table.clone(), hours: LONGEST_HOURS }),
            false => Ok(()),
        }
    }

    /// The key of a file at the side, relative to the lake.
    pub(super) fn key(&self, file: &File) -> String {
        format!("{}staging/{}/{}", self.table.aside(), self.id, name(file))
    }

    /// Removes everything that lies at the side.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn abandon(self) -> Result<()> {
        self.clean().await
    }

    pub(super) async fn clean(&self) -> Result<()> {
        if let Some(folder) = self.folder() {
            // Temporary files are no objects.
            let _ = tokio::task::spawn_blocking(|| std::fs::remove_dir_all(folder)).await;
        }
        let failed = || Error::store("clean up behind a run");
        let list = || self.store.list_all("", None).map_ok(|it| it.key).try_collect::<Vec<_>>();
        let mut keys = self.retry.again(list).await.map_err(failed())?;
        keys.retain(|key| key.as_str() != MARK);
        if !keys.is_empty() {
            let deleted = self.retry.again(|| self.store.delete_all(&keys)).await;
            deleted.map_err(failed())?;
        }
        let unmarked = self.retry.again(|| self.store.delete(MARK)).await;
        unmarked.map(drop).map_err(failed())
    }
}

/// What a file is called at the side: after its folder and its bytes, since its name may still change. All
/// lie in one folder, because a directory of a disk takes longer to come and go than a file in it.
fn name(file: &File) -> String {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{}{}.parquet", beginning(folder), file.sha256.hex())
}

/// What the names of files of `folder` begin with at the side.
pub(super) fn beginning(folder: &str) -> String {
    format!("{}-", &Digest::of(folder.as_bytes()).hex()[..32])
}

/// What was found at the side of a table.
pub(super) struct Found {
    /// The name of a run.
    pub(super) run: String,
    /// When it did something last.
    pub(super) modified: DateTime<Utc>,
    /// Whether all is done but for what the store protects.
    pub(super) protected: bool,
}

/// The runs that have something at the side of a table.
pub(super) async fn found(table: &Table) -> Result<Vec<Found>> {
    let store = table.lake.store.at(&format!("{}staging", table.name.aside()));
    let list = || {
        let keys = store.list_all("", None).map_ok(|it| (it.key, it.modified));
        keys.try_collect::<Vec<_>>()
    };
    let listed = table.lake.options.retry.again(list).await;
    let listed = listed.map_err(Error::store("look for unfinished runs"))?;
    let mut runs: Vec<Found> = Vec::new();
    for (key, modified) in listed {
        let Some((run, name)) = key.as_str().split_once('/') else { continue };
        if runs.last().is_none_or(|last| last.run != run) {
            runs.push(Found { run: run.to_owned(), modified, protected: false });
        }
        let last = runs.last_mut().expect("one was put there");
        // The youngest thing of a run says whether it is still at work.
        last.modified = modified.max(last.modified);
        last.protected |= name == PROTECTED;
    }
    Ok(runs)
}

/// Whether a run without a commit that did something last at `modified` is rubbish.
pub(super) fn is_abandoned(modified: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - modified > TimeDelta::hours(ABANDONED_HOURS)
}
