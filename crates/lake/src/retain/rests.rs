//! What rests on what: bronze under silver, silver under gold.

use std::collections::{BTreeMap, BTreeSet};

use super::Seen;
use super::part::Part;
use crate::commits::{Act, Kind, Live, TableName, Zone};
use crate::gold::Metric;
use crate::zones::plan::{FROM, MONTH_OF};

/// A table whose rows may rest on those of another one.
pub(super) struct Above<'s> {
    seen: &'s Seen,
    /// The tables whose rows it was made of.
    sources: BTreeSet<TableName>,
    /// The column of bronze that its months are taken from; none if nobody can say.
    month_of: Option<&'s String>,
    /// Whether rows of a month rest on those of the year before as well.
    compares: bool,
}

/// How the parts of a table rest on a part of another one. Where the logs do not tell, they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resting {
    No,
    /// Those of the same days.
    Days,
    /// Any of them.
    Any,
}

impl<'s> Above<'s> {
    pub(super) fn of(seen: &'s Seen) -> Self {
        let sources = seen.history.iter().filter_map(|it| it.notes.get(FROM)?.parse().ok());
        let metric = seen.state.table().name().rsplit('/').next().and_then(|it| it.parse().ok());
        let mut refined = seen.history.iter().filter(|it| it.act == Act::Refine);
        let first = refined.next().and_then(|it| it.notes.get(MONTH_OF));
        Self {
            seen,
            sources: sources.collect(),
            month_of: first.filter(|_| refined.all(|it| it.notes.get(MONTH_OF) == first)),
            compares: metric == Some(Metric::YearOverYear),
        }
    }

    /// How its parts rest on the part `below`.
    pub(super) fn resting(&self, below: &Part<'_>) -> Resting {
        let zones = (self.seen.state.table().zone(), below.table().zone());
        let all = match zones {
            _ if !self.sources.contains(below.table()) => return Resting::No,
            // Rejects of bronze are in no table of silver.
            (Zone::Silver, Zone::Bronze) if below.kind != Kind::Data => return Resting::No,
            (Zone::Silver, Zone::Bronze) if !self.took(below) => return Resting::No,
            (Zone::Silver, Zone::Bronze) => !self.has_months_of(below),
            // Rows without an answer count for coverage.
            (Zone::Gold, Zone::Silver) if below.kind == Kind::Duplicates => return Resting::No,
            (Zone::Gold, Zone::Silver) => false,
            _ => return Resting::No,
        };
        if all || below.period.is_none() { Resting::Any } else { Resting::Days }
    }

    /// Whether one of its parts rests on the part `below`, knowing how they do.
    pub(super) fn rests(&self, how: Resting, above: &Part<'_>, below: &Part<'_>) -> bool {
        let days = || match (above.period, below.period) {
            (Some(above), Some(below)) => {
                let before = || above.year_before().is_none_or(|it| it.overlaps(below));
                above.overlaps(below) || (self.compares && before())
            }
            _ => true,
        };
        above.kind != Kind::Duplicates
            && match how {
                Resting::No => false,
                Resting::Any => true,
                Resting::Days => days(),
            }
    }

    /// Whether rows of a part were taken in.
    fn took(&self, below: &Part<'_>) -> bool {
        let known = self.seen.state.inputs();
        let taken = |digest| known.contains_key(digest);
        let mut files = below.files.iter().map(|it| &it.file);
        files.any(|it| taken(&it.sha256) || it.rows_of().iter().any(taken))
    }

    /// Whether a row is in the same month below and above: both take it from the same column.
    fn has_months_of(&self, below: &Part<'_>) -> bool {
        let months = &below.seen.months;
        let column = |it: &Live| it.schema.and_then(|it| months.get(&it));
        self.month_of.is_some() && below.files.iter().all(|it| column(it) == self.month_of)
    }
}

/// The partitions of the rows that came of the same inputs as the refused ones in a file, by the path of
/// that file; of all that ever were in the table.
pub(super) fn beside(seen: &Seen) -> BTreeMap<String, BTreeSet<String>> {
    let mut from: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    let mut folders: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for commit in &seen.history {
        let mut commits: BTreeSet<u64> = [commit.number].into();
        if commit.act != Act::Ingest {
            // What is written anew came from what went.
            commits.extend(commit.removes.iter().filter_map(|it| from.get(it.as_str())).flatten());
        }
        for file in &commit.adds {
            match file.kind {
                Kind::Quarantine => drop(from.insert(&file.path, commits.clone())),
                Kind::Data => {
                    let folder = file.partition_folder(&commit.table);
                    folders.entry(commit.number).or_default().insert(folder);
                }
                Kind::Duplicates => {}
            }
        }
    }
    let of = |commits: &BTreeSet<u64>| {
        let folders = commits.iter().filter_map(|it| folders.get(it)).flatten();
        folders.map(|it| (*it).to_owned()).collect()
    };
    from.iter().map(|(path, commits)| ((*path).to_owned(), of(commits))).collect()
}
