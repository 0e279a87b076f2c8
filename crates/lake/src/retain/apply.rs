//! Carrying a plan out: planned again, committed from gold down to bronze, and then removed.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use platform::store::Put;
use storage_core::retention::{ClockGuard, ClockProblem, MAX_DRIFT};
use storage_core::{Digest, hex};

use super::gather::order;
use super::part::follows;
use super::{Error, Plan, Policy, Result, Seen, gather, plan};
use crate::commits::{
    self, Act, Appended, Commit, Draft, Lake, PLAN, POLICY, Protected, Table, TableName, Zone,
};

/// Where a commit notes the tables that its plan is about, so that it is known when all of it was done.
const TABLES: &str = "tables";

/// What was carried out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Applied {
    /// The commits of the plan, from gold down to bronze; those of an earlier try too.
    pub commits: Vec<Commit>,
    /// What the store does not let go yet.
    pub left: Vec<Left>,
}

/// Files of one commit that the store does not let go yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Their table.
    pub table: TableName,
    /// The number of the commit that removed them.
    pub commit: u64,
    /// The digest of its plan.
    pub plan: Digest,
    /// The files.
    pub files: Vec<Protected>,
}

/// Says what would go. Nothing is changed.
///
/// Without `as_of` it is what would go today, where the days of the policy begin and end.
///
/// # Errors
///
/// [`Error::NotYet`] for a day to come, [`Error::Clock`] if a commit is from a time to come; what the logs
/// say.
pub async fn prepare(lake: &Lake, policy: &Policy, as_of: Option<NaiveDate>) -> Result<Plan> {
    let seen = gather(lake).await?;
    let now = lake.options().clock.now();
    plan(&seen, policy, day(&seen, policy, as_of, now)?, None)
}

/// Carries out the plan with this digest, if it is still what comes out.
///
/// Given again it goes on where it was interrupted, and tries again to remove what the store protected.
///
/// # Errors
///
/// [`Error::PlanDiffers`]: rows, holds or what rests on rows changed since. [`Error::Busy`]: somebody is
/// making rows that may rest on what goes. As [`prepare`] else, and that the
/// clock differs from that of the store. What was committed before stays so.
pub async fn apply(
    lake: &Lake,
    policy: &Policy,
    as_of: Option<NaiveDate>,
    digest: Digest,
) -> Result<Applied> {
    let mut races = 0;
    loop {
        let mut tables = Vec::new();
        for name in lake.tables().await? {
            // Finishes what was interrupted.
            tables.push(lake.table(&name).await?);
        }
        if is_done(&tables, digest).await? {
            return finish(&mut tables, digest).await;
        }
        let mut seen = Vec::new();
        for table in &tables {
            seen.push(Seen::of(table).await?);
        }
        order(&mut seen);
        let now = vouched(lake).await?;
        let plan = plan(&seen, policy, day(&seen, policy, as_of, now)?, Some(digest))?;
        let found = plan.digest();
        if found != digest {
            return Err(Error::PlanDiffers { wanted: digest, found });
        }
        if carry_out(lake, &mut tables, &seen, &plan, digest).await? {
            return finish(&mut tables, digest).await;
        }
        // Somebody committed in between, perhaps what rests on what would go.
        races += 1;
        let most = lake.options().races;
        if let Some(table) = tables.first().filter(|_| races > most) {
            let table = table.name().clone();
            return Err(commits::Error::Contended { table, times: races }.into());
        }
    }
}

/// What the store did not let go of all that was ever carried out.
///
/// # Errors
///
/// What the logs say.
pub async fn left(lake: &Lake) -> Result<Vec<Left>> {
    let mut left = Vec::new();
    for name in lake.tables().await? {
        left.extend(left_in(&lake.table_as_it_is(&name).await?).await?);
    }
    Ok(left)
}

async fn left_in(table: &Table) -> Result<Vec<Left>> {
    let left = |(commit, files): (Commit, Vec<Protected>)| {
        let plan = commit.notes.get(PLAN)?.parse().ok()?;
        Some(Left { table: commit.table, commit: commit.number, plan, files })
    };
    Ok(table.unfinished().await?.into_iter().filter_map(left).collect())
}

/// Commits table by table. `false` if somebody else committed since the plan was made.
async fn carry_out(
    lake: &Lake,
    tables: &mut [Table],
    seen: &[Seen],
    plan: &Plan,
    digest: Digest,
) -> Result<bool> {
    let names: Vec<String> = plan.tables().iter().map(ToString::to_string).collect();
    // Better nothing than half of it: what begins later is seen below.
    for zone in plan.tables().iter().map(TableName::zone).collect::<BTreeSet<_>>() {
        if !still_so(lake, tables, zone).await? {
            return Ok(false);
        }
    }
    for name in plan.tables() {
        let done = seen.iter().filter(|it| *it.state.table() == name);
        if done.flat_map(|it| &it.history).any(|it| follows(it, digest)) {
            continue;
        }
        let Some(at) = tables.iter().position(|it| *it.name() == name) else { continue };
        let mut draft = Draft::new(Act::Retain);
        draft.removes = plan.of(&name).map(|it| it.path.clone()).collect();
        // First everybody may know, then is looked: whoever refines or sums up leaves its mark first, and
        // looks before it commits. So one of both sees the other.
        let run = tables[at].begin_to_remove(&draft.removes).await?;
        let still = match still_so(lake, tables, name.zone()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(None),
            Err(error) => Err(Some(error)),
        };
        if let Err(error) = still {
            run.abandon().await?;
            return error.map_or(Ok(false), Err);
        }
        let table = &mut tables[at];
        draft.notes = [
            (PLAN, digest.to_string()),
            (POLICY, plan.policy.to_string()),
            (TABLES, names.join(" ")),
            ("as_of", plan.as_of.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        if let Appended::Behind(_) = table.append(&run, draft).await? {
            run.abandon().await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether nobody committed anything since the tables were read.
///
/// # Errors
///
/// [`Error::Busy`] if somebody is at work on rows that rest on those of `zone`.
async fn still_so(lake: &Lake, tables: &mut [Table], zone: Zone) -> Result<bool> {
    for name in lake.tables_begun().await? {
        let rests = matches!(
            (zone, name.zone()),
            (Zone::Bronze, Zone::Silver) | (Zone::Silver, Zone::Gold)
        );
        let known = tables.iter_mut().find(|it| *it.name() == name);
        let is_new = known.is_none();
        let mut unknown = None;
        let table = match known {
            Some(table) => table,
            None => unknown.insert(lake.table_as_it_is(&name).await?),
        };
        let (under_way, commits) = table.under_way().await?;
        if rests && let Some(it) = under_way.iter().find(|it| it.retains.is_empty()) {
            return Err(Error::Busy { table: name, modified: it.modified });
        }
        if !commits.is_empty() || (is_new && table.state().next() > 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether every table of a plan has its commit.
async fn is_done(tables: &[Table], digest: Digest) -> Result<bool> {
    let mut wanted = None;
    let mut done = Vec::new();
    for table in tables {
        for commit in table.history().await?.iter().filter(|it| follows(it, digest)) {
            wanted = wanted.or_else(|| commit.notes.get(TABLES).cloned());
            done.push(table.name().to_string());
        }
    }
    Ok(wanted.is_some_and(|it| it.split(' ').all(|it| done.iter().any(|done| done == it))))
}

/// Tries again to remove what the store protected, and gives the commits of a plan.
async fn finish(tables: &mut [Table], digest: Digest) -> Result<Applied> {
    let mut applied = Applied::default();
    for table in tables.iter_mut() {
        for (commit, _) in table.unfinished().await? {
            if follows(&commit, digest) {
                table.finish(&commit).await?;
            }
        }
        let commits = table.history().await?;
        applied.commits.extend(commits.into_iter().filter(|it| follows(it, digest)));
        applied.left.extend(left_in(table).await?.into_iter().filter(|it| it.plan == digest));
    }
    applied.commits.sort_by_key(|it| (std::cmp::Reverse(it.table.zone()), it.table.clone()));
    Ok(applied)
}

/// The day to plan for, if the clock can be believed.
fn day(
    seen: &[Seen],
    policy: &Policy,
    as_of: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<NaiveDate> {
    for table in seen {
        for commit in &table.history {
            if commit.at - now > MAX_DRIFT {
                let witness = format!("commit {} of `{}`", commit.number, commit.table);
                let (at, allowed) = (commit.at, MAX_DRIFT);
                return Err(Error::Clock(ClockProblem::Behind { now, witness, at, allowed }));
            }
        }
    }
    let today = policy.zone().day_of(now);
    match as_of {
        Some(as_of) if as_of > today => Err(Error::NotYet { as_of, today }),
        as_of => Ok(as_of.unwrap_or(today)),
    }
}

/// What time it is, if the store agrees where it is another machine.
async fn vouched(lake: &Lake) -> Result<DateTime<Utc>> {
    let now = lake.options().clock.now();
    if !lake.store().location().starts_with("s3:") {
        return Ok(now);
    }
    let guard = ClockGuard::default().present("the store", time_of_store(lake).await?);
    guard.check(now).map_err(Error::Clock)
}

/// What time it is where the store is: when it received something just now.
async fn time_of_store(lake: &Lake) -> Result<DateTime<Utc>> {
    let failed = || commits::Error::store("ask the store for the time");
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|source| commits::Error::NoRandomness { source })?;
    let key = format!("_strongroom/clock/{}", hex::encode(&bytes));
    let (store, retry) = (lake.store(), lake.options().retry);
    let put = Put::absent();
    let written = retry.again(|| store.put(&key, "", &put)).await.map_err(failed())?;
    let modified = retry.again(|| store.head(&key)).await.map_err(failed())?.modified;
    // Where every version is locked by default it stays for a while, and does no harm.
    let _ = match &written.version {
        Some(version) => store.delete_version(&key, version, false).await,
        None => store.delete(&key).await,
    };
    Ok(modified)
}
