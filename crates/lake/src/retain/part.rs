//! Files that stay or go together: those of one partition, or one that names no period.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use storage_core::Digest;

use super::{Period, Seen};
use crate::commits::{Act, Commit, Kind, Live, TableName};

/// The column whose values are tenants.
const TENANT: &str = "tenant_id";

/// Files that stay or go together. Where some rows of a month stayed, sums over it would be of those alone.
#[derive(Clone, Debug)]
pub(super) struct Part<'s> {
    pub(super) seen: &'s Seen,
    pub(super) kind: Kind,
    /// The folder of the partition, relative to that of the table.
    pub(super) folder: String,
    pub(super) period: Option<Period>,
    pub(super) tenant: Option<String>,
    /// In order of their paths.
    pub(super) files: Vec<Live>,
    /// When the youngest of their rows came.
    pub(super) since: DateTime<Utc>,
}

impl<'s> Part<'s> {
    pub(super) fn table(&self) -> &'s TableName {
        self.seen.state.table()
    }

    /// The day from which the time of its rows runs.
    pub(super) fn day(&self, zone: storage_core::retention::Zone) -> NaiveDate {
        self.period.map_or_else(|| zone.day_of(self.since), Period::last)
    }

    pub(super) fn rows(&self) -> u64 {
        self.files.iter().map(|it| it.file.rows).sum()
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.files.iter().map(|it| it.file.size_bytes).sum()
    }
}

/// The parts of a table: what is there, and what the commits of the plan `again` removed, which is weighed
/// as if it still were.
pub(super) fn parts<'s>(seen: &'s Seen, again: Option<Digest>) -> Vec<Part<'s>> {
    let table = seen.state.table();
    let mut parts: BTreeMap<(Kind, String), Part<'s>> = BTreeMap::new();
    for live in seen.state.files().values().cloned().chain(removed(&seen.history, again)) {
        let file = &live.file;
        let period = Period::of(&file.partition);
        let folder = file.partition_folder(table).to_owned();
        // Files that name no period stay or go alone.
        let name = if period.is_some() { folder.clone() } else { file.path.clone() };
        let part = parts.entry((file.kind, name)).or_insert_with(|| Part {
            seen,
            kind: file.kind,
            folder,
            period,
            tenant: file.partition.get(TENANT).cloned(),
            files: Vec::new(),
            since: live.since,
        });
        part.since = part.since.max(live.since);
        part.files.push(live);
    }
    let mut parts: Vec<_> = parts.into_values().collect();
    for part in &mut parts {
        part.files.sort_by(|one, other| one.file.path.cmp(&other.file.path));
    }
    parts
}

/// What the commits of a plan removed.
fn removed(history: &[Commit], plan: Option<Digest>) -> Vec<Live> {
    let Some(plan) = plan else { return Vec::new() };
    let removes = history.iter().filter(|it| follows(it, plan)).flat_map(|it| &it.removes);
    let removes: Vec<&String> = removes.collect();
    if removes.is_empty() {
        return Vec::new();
    }
    let mut added = BTreeMap::new();
    for commit in history {
        for file in &commit.adds {
            let live = Live {
                file: file.clone(),
                commit: commit.number,
                schema: file.schema.or(commit.schema),
                since: file.since.unwrap_or(commit.at),
            };
            added.insert(file.path.as_str(), live);
        }
    }
    removes.into_iter().filter_map(|path| added.remove(path.as_str())).collect()
}

/// Whether a commit removes what this plan says.
pub(super) fn follows(commit: &Commit, plan: Digest) -> bool {
    let noted = commit.notes.get(crate::commits::PLAN).and_then(|it| it.parse().ok());
    commit.act == Act::Retain && noted == Some(plan)
}
