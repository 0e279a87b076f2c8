//! What is known about the tables of a lake, read from their logs.

use std::collections::{BTreeMap, BTreeSet};

use storage_core::Digest;

use super::Result;
use crate::commits::{Commit, Lake, State, Table, Zone};
use crate::ingest::Documents;
use crate::schema::{Document, Partition};

/// What a plan has to know about a table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// What is in it.
    pub state: State,
    /// Its commits, from the first one on.
    pub history: Vec<Commit>,
    /// From which column both the years and the months of folders are taken, by the digest of the
    /// document of a file, and called as the table calls it now. Bronze only.
    pub months: BTreeMap<Digest, String>,
}

impl Seen {
    /// What the log of a table says.
    ///
    /// # Errors
    ///
    /// What the store says; a schema document that is not there.
    pub async fn of(table: &Table) -> Result<Self> {
        let history = table.history().await?;
        let state = table.state().clone();
        let mut months = BTreeMap::new();
        if state.table().zone() == Zone::Bronze {
            // Also of files that went: a plan that was interrupted looks at them again.
            let adds = history.iter().flat_map(|it| it.adds.iter().map(move |file| (it, file)));
            let digests = adds.filter_map(|(it, file)| file.schema.or(it.schema));
            let digests: BTreeSet<Digest> = digests.chain(state.schema()).collect();
            let documents = Documents::named(table.lake(), digests.clone()).await?;
            let now = state.schema().and_then(|it| documents.get(&it));
            for digest in digests {
                if let (Some(then), Some(now)) = (documents.get(&digest), now)
                    && let Some(column) = month_of(then, now)
                {
                    months.insert(digest, column);
                }
            }
        }
        Ok(Self { state, history, months })
    }

    /// What a log says that nobody stored.
    pub fn new(state: State, history: Vec<Commit>) -> Self {
        Self { state, history, months: BTreeMap::new() }
    }
}

/// The column from which both `year` and `month` are taken, as `now` calls it.
fn month_of(then: &Document, now: &Document) -> Option<String> {
    let source = |wanted: fn(&Partition) -> bool| {
        then.partitions().iter().find(|it| wanted(it)).map(Partition::source)
    };
    let year = source(|it| matches!(it, Partition::Year(_)))?;
    let month = source(|it| matches!(it, Partition::Month(_)))?;
    let id = then.columns().iter().find(|it| it.name == year && year == month)?.id;
    Some(now.columns().iter().find(|it| it.id == id)?.name.clone())
}

/// What is known about all tables, from gold down to bronze: what rests on something comes before it.
///
/// # Errors
///
/// What the logs say.
pub async fn gather(lake: &Lake) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    for name in lake.tables().await? {
        let table = lake.table_as_it_is(&name).await?;
        if table.state().next() > 0 {
            seen.push(Seen::of(&table).await?);
        }
    }
    order(&mut seen);
    Ok(seen)
}

/// Gold, silver, bronze; in each the tables by their names.
pub(super) fn order(seen: &mut [Seen]) {
    let rank = |it: &Seen| (std::cmp::Reverse(it.state.table().zone()), it.state.table().clone());
    seen.sort_by_key(rank);
}
