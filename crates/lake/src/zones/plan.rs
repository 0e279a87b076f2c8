//! What is to be refined: a pure function of two logs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::commits::{Act, Commit, File, Kind, Live, State};

/// Where the number of the next commit of the zone below is noted.
pub(super) const NEXT: &str = "next";

/// Where the name of the table of the zone below is noted.
pub(crate) const FROM: &str = "from";

/// Where a commit of silver notes of which column of bronze its months are taken.
pub(crate) const MONTH_OF: &str = "month_of";

/// What is to be done with one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) file: Live,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// A file of bronze that was not refined yet.
    New,
    /// Rows of the quarantine of silver.
    Quarantine,
    /// Rows of silver.
    Silver,
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// In order of months, then of what, then of paths.
    pub(super) items: Vec<Item>,
    /// Rows of these files of bronze are no more, as `_bronze_file` names them.
    pub(super) gone: BTreeSet<String>,
    /// How many files of bronze were refined before.
    pub(super) already: usize,
}

/// Plans what to refine. `history` are all commits of bronze.
pub(super) fn plan(
    bronze: &State,
    history: &[Commit],
    silver: &State,
    silver_next: u64,
    (retry, restate): (bool, bool),
) -> Plan {
    let mut plan = Plan::default();
    let taken = |file: &File| {
        silver.inputs().contains_key(&file.sha256)
            || file.rows_of().iter().all(|it| silver.inputs().contains_key(it))
    };
    // What rows of this file are called in silver, as far as they are there.
    let tags = |file: &File| -> Vec<String> {
        let digests = file.rows_of().iter().chain([&file.sha256]);
        digests.filter_map(|it| Some(silver.inputs().get(it)?.path.clone())).collect()
    };
    for live in bronze.live(Kind::Data) {
        if taken(&live.file) {
            plan.already += 1;
        } else {
            // A compacted file some of whose parts were refined is refined whole, instead of them.
            plan.gone.extend(tags(&live.file));
            plan.items.push(Item { file: live.clone(), what: What::New });
        }
    }
    let mut known: BTreeMap<&str, &File> = BTreeMap::new();
    for commit in history {
        // What went because its time was over had been refined rightly; compaction moves rows only.
        let displaces = matches!(commit.act, Act::Ingest | Act::Replay);
        for path in &commit.removes {
            let file = known.get(path.as_str());
            if let Some(file) = file.filter(|_| displaces && commit.number >= silver_next) {
                plan.gone.extend(tags(file));
            }
        }
        known.extend(commit.adds.iter().map(|it| (it.path.as_str(), it)));
    }
    let again = !plan.gone.is_empty();
    let mut more = |kind, what, wanted: bool| {
        let live = silver.live(kind).filter(|_| wanted || again);
        plan.items.extend(live.map(|it| Item { file: it.clone(), what }));
    };
    more(Kind::Quarantine, What::Quarantine, retry || restate);
    more(Kind::Data, What::Silver, restate);
    plan.items.sort_by_cached_key(|it| {
        let part = |name: &str| it.file.file.partition.get(name)?.parse::<i32>().ok();
        let what = [What::New, What::Quarantine, What::Silver].iter().position(|w| *w == it.what);
        (part("year"), part("month"), what, it.file.file.path.clone())
    });
    plan
}

/// The number of the commit of the zone below that is next, as the log of this one notes it.
pub(super) fn next(commits: &[Commit]) -> u64 {
    let noted = commits.iter().rev().find_map(|it| it.notes.get(NEXT)?.parse().ok());
    noted.unwrap_or_default()
}
