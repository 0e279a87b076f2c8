//! What would go, what stays although its own time is over, and why: a pure function of logs, a policy
//! and a day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use storage_core::{Digest, canonical_json};

use super::part::parts;
use super::weigh::{Weighed, weigh};
use super::{Pattern, Policy, Reason, Result, Seen};
use crate::commits::{Kind, TableName, Zone};

/// The version of what is hashed.
const VERSION: u32 = 1;

/// A file that would go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Removal {
    /// Its table.
    pub table: TableName,
    /// Where it lies, relative to the lake.
    pub path: String,
    /// What it holds.
    pub kind: Kind,
    /// The folder of its partition, relative to that of the table.
    pub partition: String,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// How many rows it holds.
    pub rows: u64,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// What kept it longest, and is over.
    pub reason: Reason,
}

/// Files that stay although the time of their own rows is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// Their table.
    pub table: TableName,
    /// What they hold.
    pub kind: Kind,
    /// The folder of their partition, relative to that of the table.
    pub partition: String,
    /// Their paths, relative to the lake.
    pub files: Vec<String>,
    /// How many rows they hold.
    pub rows: u64,
    /// Their length in bytes.
    pub size_bytes: u64,
    /// The last day of their own time.
    pub ended: NaiveDate,
    /// What keeps them longest.
    pub reason: Reason,
}

/// A number of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tally {
    /// How many.
    pub files: u64,
    /// How many rows they hold.
    pub rows: u64,
    /// Their length in bytes.
    pub size_bytes: u64,
}

impl Tally {
    fn add(&mut self, files: usize, rows: u64, size_bytes: u64) {
        self.files = self.files.saturating_add(files as u64);
        self.rows = self.rows.saturating_add(rows);
        self.size_bytes = self.size_bytes.saturating_add(size_bytes);
    }
}

/// Files that no rule is about, which therefore never go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unruled {
    /// Their table.
    pub table: TableName,
    /// What they hold.
    pub kind: Kind,
    /// How many there are.
    #[serde(flatten)]
    pub tally: Tally,
}

/// What would go on a day, and what stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The digest of the policy.
    pub policy: Digest,
    /// The day.
    pub as_of: NaiveDate,
    /// What would go: from gold down to bronze, then in order of tables and paths.
    pub removes: Vec<Removal>,
    /// What stays although its own time is over.
    pub kept: Vec<Kept>,
    /// What stays because its own time runs.
    pub running: Tally,
    /// What no rule is about.
    pub unruled: Vec<Unruled>,
    /// Patterns of the policy that fit no table: perhaps a slip.
    pub unused: Vec<String>,
}

impl Plan {
    /// What names this plan: the policy, and every file that would go, with its digest and with what
    /// kept it. Not the day, so that the plan of yesterday is that of today if nothing ended in between.
    pub fn digest(&self) -> Digest {
        #[derive(Serialize)]
        struct Named<'p> {
            v: u32,
            policy: Digest,
            removes: &'p [Removal],
        }
        let named = Named { v: VERSION, policy: self.policy, removes: &self.removes };
        Digest::of(&canonical_json(&named).expect("a log with a number beyond 2^53 is refused"))
    }

    /// The files of one table that would go.
    pub fn of<'p>(&'p self, table: &TableName) -> impl Iterator<Item = &'p Removal> {
        let table = table.clone();
        self.removes.iter().filter(move |it| it.table == table)
    }

    /// The tables that something would go from, from gold down to bronze.
    pub fn tables(&self) -> Vec<TableName> {
        let mut tables: Vec<_> = self.removes.iter().map(|it| it.table.clone()).collect();
        tables.dedup();
        tables
    }
}

/// Plans what goes on the day `as_of`: what was to be kept to the day before, or less.
///
/// `tables` are all tables of the lake: what rests on a file can be in any of them. What the commits of the
/// plan `again` removed is taken as if it were still there, so that a plan that was interrupted comes out as
/// it was.
///
/// # Errors
///
/// [`Error::Retention`](super::Error::Retention) for an end that no calendar has.
pub fn plan(
    tables: &[Seen],
    policy: &Policy,
    as_of: NaiveDate,
    again: Option<Digest>,
) -> Result<Plan> {
    let mut plan = Plan {
        policy: policy.digest(),
        as_of,
        removes: Vec::new(),
        kept: Vec::new(),
        running: Tally::default(),
        unruled: Vec::new(),
        unused: unused(tables, policy),
    };
    let mut unruled: BTreeMap<(TableName, Kind), Tally> = BTreeMap::new();
    let mut above: Vec<Weighed<'_>> = Vec::new();
    for zone in [Zone::Gold, Zone::Silver, Zone::Bronze] {
        let mut seen: Vec<&Seen> =
            tables.iter().filter(|it| it.state.table().zone() == zone).collect();
        seen.sort_by_key(|it| it.state.table());
        let mut here = Vec::new();
        for table in seen {
            here.extend(weigh(parts(table, again), &above, policy)?);
        }
        for it in &here {
            match it.own {
                None => {
                    let tally = unruled.entry((it.part.table().clone(), it.part.kind)).or_default();
                    tally.add(it.part.files.len(), it.part.rows(), it.part.size_bytes());
                }
                Some(last) if last >= as_of => {
                    plan.running.add(it.part.files.len(), it.part.rows(), it.part.size_bytes());
                }
                Some(_) if it.reason.until().is_over(as_of) => plan.removes.extend(removals(it)),
                Some(ended) => plan.kept.push(kept(it, ended)),
            }
        }
        above = here;
    }
    let of = |((table, kind), tally)| Unruled { table, kind, tally };
    plan.unruled = unruled.into_iter().map(of).collect();
    let order =
        |it: &Removal| (std::cmp::Reverse(it.table.zone()), it.table.clone(), it.path.clone());
    plan.removes.sort_by_cached_key(order);
    Ok(plan)
}

fn removals(it: &Weighed<'_>) -> Vec<Removal> {
    let removal = |live: &crate::commits::Live| Removal {
        table: it.part.table().clone(),
        path: live.file.path.clone(),
        kind: it.part.kind,
        partition: it.part.folder.clone(),
        sha256: live.file.sha256,
        rows: live.file.rows,
        size_bytes: live.file.size_bytes,
        reason: it.reason.clone(),
    };
    it.part.files.iter().map(removal).collect()
}

fn kept(it: &Weighed<'_>, ended: NaiveDate) -> Kept {
    Kept {
        table: it.part.table().clone(),
        kind: it.part.kind,
        partition: it.part.folder.clone(),
        files: it.part.files.iter().map(|it| it.file.path.clone()).collect(),
        rows: it.part.rows(),
        size_bytes: it.part.size_bytes(),
        ended,
        reason: it.reason.clone(),
    }
}

fn unused(tables: &[Seen], policy: &Policy) -> Vec<String> {
    let fits = |it: &&Pattern| !tables.iter().any(|table| it.fits(table.state.table()));
    let patterns = policy.rules().iter().flat_map(|it| &it.tables);
    let mut unused: Vec<_> = patterns.filter(fits).map(ToString::to_string).collect();
    unused.sort();
    unused.dedup();
    unused
}
