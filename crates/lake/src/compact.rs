//! Small files of a partition become a large one.
//!
//! Every run leaves a file in each partition that it touches. Engines open each of them, so that many
//! small ones cost more than their rows. Compaction writes their rows into one file, in order of the
//! commits that brought them, and says so in one commit: whoever reads by the log sees the old files or
//! the new one. Whoever reads the folder may for a moment see both.
//!
//! No row comes or goes, which the log checks by itself.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rayon::prelude::*;
use storage_core::Digest;

use crate::bronze::{Reject, encode};
use crate::commits::{Act, Appended, Commit, Draft, File, Kind, Live, Run, State, Table};
use crate::ingest::{Error, Result, engine, read};

/// What is small, and what is large enough.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// A file of fewer bytes is to be put together with others.
    pub small_bytes: u64,
    /// So many bytes of small files become one file.
    pub target_bytes: u64,
    /// How many files there have to be at least to be worth it.
    pub at_least: usize,
}

impl Default for Options {
    /// Files below 16 MiB become ones of about 64 MiB, if there are two.
    fn default() -> Self {
        Self { small_bytes: 16 << 20, target_bytes: 64 << 20, at_least: 2 }
    }
}

/// Files that become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they hold.
    pub kind: Kind,
    /// The folder of the partition, relative to the table: `tenant_id=acme/year=2025/month=1`.
    pub partition: String,
    /// Their paths, in the order of their rows.
    pub files: Vec<String>,
    /// Their bytes.
    pub size_bytes: u64,
    /// Their rows.
    pub rows: u64,
    /// The schema document that they follow.
    pub schema: Option<Digest>,
    /// When the youngest of their rows came.
    pub since: DateTime<Utc>,
}

/// Which files become one. Files that follow different schema documents stay apart.
pub fn plan(state: &State, options: &Options) -> Vec<Group> {
    let mut together: BTreeMap<(Kind, &str, Option<Digest>), Vec<&Live>> = BTreeMap::new();
    for live in state.files().values() {
        if live.file.size_bytes < options.small_bytes {
            let partition = live.file.partition_folder(state.table());
            together.entry((live.file.kind, partition, live.schema)).or_default().push(live);
        }
    }
    let mut groups = Vec::new();
    for ((kind, partition, schema), mut files) in together {
        files.sort_by_key(|it| it.commit);
        let mut group: Vec<&Live> = Vec::new();
        let mut bytes = 0;
        let mut close = |group: &mut Vec<&Live>, bytes: &mut u64| {
            let since = group.iter().map(|it| it.since).max();
            if let Some(since) = since.filter(|_| group.len() >= options.at_least.max(2)) {
                groups.push(Group {
                    kind,
                    partition: partition.to_owned(),
                    files: group.iter().map(|it| it.file.path.clone()).collect(),
                    size_bytes: *bytes,
                    rows: group.iter().map(|it| it.file.rows).sum(),
                    schema,
                    since,
                });
            }
            group.clear();
            *bytes = 0;
        };
        for live in files {
            if bytes + live.file.size_bytes > options.target_bytes {
                close(&mut group, &mut bytes);
            }
            bytes += live.file.size_bytes;
            group.push(live);
        }
        close(&mut group, &mut bytes);
    }
    groups
}

/// Compacts a table, in one commit. `None` if there was nothing to be put together.
///
/// # Errors
///
/// What the log says; [`Error::Engine`] for a file that cannot be read.
pub async fn compact(table: &mut Table, options: &Options) -> Result<Option<Commit>> {
    if plan(table.state(), options).is_empty() {
        return Ok(None);
    }
    let mut run = table.begin().await?;
    loop {
        let groups = plan(table.state(), options);
        if groups.is_empty() {
            run.abandon().await?;
            return Ok(None);
        }
        let draft = match drafted(table, &run, &groups).await {
            Ok(draft) => draft,
            // Somebody else may have put the same files together.
            Err(error) if error.is_overtaken() && !table.refresh().await?.is_empty() => {
                run.lost().await?;
                continue;
            }
            Err(error) => {
                // What cannot be cleaned up is rubbish that goes after a day.
                let _ = run.abandon().await;
                return Err(error);
            }
        };
        match table.append(&run, draft).await? {
            Appended::Committed(commit) => return Ok(Some(commit)),
            Appended::Behind(_) => run.lost().await?,
        }
    }
}

/// Puts the files of each group together and stages what comes of it.
async fn drafted(table: &Table, run: &Run, groups: &[Group]) -> Result<Draft> {
    let mut draft = Draft::new(Act::Compact);
    for some in groups.chunks(32) {
        let mut work = Vec::new();
        for group in some {
            let mut parts = Vec::new();
            for path in &group.files {
                let live = table.state().files()[path].clone();
                let body = table.read(&live.file).await?;
                parts.push((live, body));
            }
            work.push((group.clone(), parts));
        }
        let name = table.name().clone();
        let whole = tokio::task::spawn_blocking(move || {
            let one = |(group, parts): (Group, Vec<(Live, Bytes)>)| {
                let (rows, origins) = together(&parts)?;
                let body = Bytes::from(encode(&rows).map_err(engine)?);
                let order = partition_of(&group.partition);
                let mut file = File::of(&name, group.kind, &order, &body, group.rows);
                file.origins = origins;
                (file.schema, file.since) = (group.schema, Some(group.since));
                Ok::<_, Error>((file, body))
            };
            work.into_par_iter().map(one).collect::<Result<Vec<_>>>()
        });
        let whole = whole.await.map_err(|_| Error::Stopped)??;
        let staged: Vec<_> = whole.iter().map(|(file, body)| (file, body.clone())).collect();
        run.stage(&staged).await?;
        draft.adds.extend(whole.into_iter().map(|(file, _)| file));
        draft.removes.extend(some.iter().flat_map(|it| it.files.iter().cloned()));
    }
    Ok(draft)
}

/// The rows of several files, and the digests of the files that brought them first.
fn together(parts: &[(Live, Bytes)]) -> Result<(RecordBatch, Vec<Digest>)> {
    let mut batches = Vec::new();
    let mut origins = Vec::new();
    for (live, body) in parts {
        let rows = read(body.clone(), None).map_err(engine)?;
        // Older files of a quarantine have fewer columns.
        let whole = |it: RecordBatch| match live.file.kind {
            Kind::Quarantine => Reject::whole(&it).unwrap_or(it),
            _ => it,
        };
        batches.extend(rows.into_iter().map(whole));
        origins.extend_from_slice(live.file.rows_of());
    }
    let schema = batches.first().map(RecordBatch::schema);
    let schema = schema.ok_or_else(|| engine("the files hold no rows"))?;
    let rows = concat_batches(&schema, &batches).map_err(engine)?;
    Ok((rows, origins))
}

/// The columns and values in the folder of a partition.
fn partition_of(folder: &str) -> Vec<(&str, &str)> {
    folder.split('/').filter_map(|it| it.split_once('=')).collect()
}
