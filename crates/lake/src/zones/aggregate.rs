//! Silver to gold: the months that changed, in one commit for each table.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use platform::factors::FactorStore;
use rayon::prelude::*;
use storage_core::factors::Catalogue;

use super::plan::{FROM, NEXT, next};
use super::refine::still_there;
use super::{Error, Result};
use crate::bronze::encode;
use crate::commits::{
    Act, Appended, Commit, Counts, Draft, File, Input, Kind, Lake, Live, Table, TableName, Zone,
};
use crate::gold::{self, Metric, Month, Sums};
use crate::ingest::read;
use crate::silver::{self, Refiner};

/// How rows are summed up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AggregateOptions {
    /// What the tables depend on, apart from rows.
    pub gold: gold::Options,
    /// Which tables are made.
    pub metrics: BTreeSet<Metric>,
    /// How rows are calculated once more for a comparison like for like; its `known_at` is not read.
    pub like_for_like: Option<(FactorStore, silver::Options)>,
}

impl AggregateOptions {
    /// Makes the tables that need no factors and no benchmarks.
    pub fn new(gold: gold::Options) -> Self {
        let metrics = [Metric::Summary, Metric::Activity, Metric::Scope2, Metric::Coverage];
        Self { gold, metrics: metrics.into(), like_for_like: None }
    }
}

/// What was summed up for one table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Aggregation {
    /// Which table.
    pub metric: Metric,
    /// Its name.
    pub table: TableName,
    /// The commit; none if nothing came out differently.
    pub commit: Option<Commit>,
    /// The months that were looked at.
    pub months: BTreeSet<Month>,
}

/// Where it is noted what the rows of a table depend on apart from silver.
const SETTINGS: &str = "settings";

/// Sums up what changed in the table `silver` since the tables `gold/<domain>/<metric>` were written,
/// in one commit for each of these. Only months whose rows changed are looked at, and only those that
/// come out differently are written.
///
/// # Errors
///
/// What the logs say; [`Error::Gold`] for rows that are not silver.
pub async fn aggregate(
    lake: &Lake,
    silver: &TableName,
    domain: &str,
    options: &AggregateOptions,
) -> Result<Vec<Aggregation>> {
    let mut done = Vec::new();
    let mut overtaken = 0;
    let mut left: Vec<Metric> = options.metrics.iter().copied().collect();
    left.reverse();
    let mut known = Known::default();
    let mut below = lake.reader(silver).await?;
    while let Some(metric) = left.last().copied() {
        let name = TableName::new(Zone::Gold, &format!("{domain}/{metric}"))?;
        let mut table = lake.table(&name).await?;
        match once(&below, &mut table, metric, options, &mut known).await {
            Ok(Some(aggregation)) => {
                done.push(aggregation);
                left.pop();
                continue;
            }
            Ok(None) => {}
            Err(error) if error.is_overtaken() => {}
            Err(error) => return Err(error),
        }
        overtaken += 1;
        if overtaken > lake.options().races {
            return Err(crate::commits::Error::Contended { table: name, times: overtaken }.into());
        }
        below = lake.reader(silver).await?;
        known = Known::default();
    }
    Ok(done)
}

/// Months that were summed up already, and those calculated once more.
#[derive(Default)]
pub(super) struct Known {
    pub(super) sums: BTreeMap<Month, Sums>,
    pub(super) like_for_like: BTreeMap<Month, Sums>,
}

/// Sums up for one table; nothing if others were faster.
pub(super) async fn once(
    silver: &Table,
    table: &mut Table,
    metric: Metric,
    options: &AggregateOptions,
    known: &mut Known,
) -> Result<Option<Aggregation>> {
    let Looked { months, settings, same } = looked(silver, table, metric, options).await?;
    let mut aggregation =
        Aggregation { metric, table: table.name().clone(), commit: None, months: months.clone() };
    let mut draft = Draft::new(Act::Aggregate);
    let mut staged: Vec<(File, Bytes)> = Vec::new();
    let failed = |source| Error::Gold { table: silver.name().to_string(), source };
    for month in &months {
        let (mut sums, mut like) = (Sums::new(), Sums::new());
        for month in compared(metric, *month) {
            sums.merge(known.sums(silver, month).await?);
            if metric == Metric::YearOverYear {
                like.merge(known.like_for_like(silver, month, options).await?);
            }
        }
        let rows = gold::aggregate(metric, *month, &sums, &like, &options.gold).map_err(failed)?;
        let partition = [("year", month.year.to_string()), ("month", month.month.to_string())];
        let folder = format!("year={}/month={}", month.year, month.month);
        let there: Vec<Live> = table.state().live_in(&folder).cloned().collect();
        if rows.num_rows() > 0 {
            let body = encode(&rows)
                .map_err(|error| Error::parquet(&table.name().to_string())(error.into()));
            let body = Bytes::from(body?);
            let count = rows.num_rows() as u64;
            let file = File::of(table.name(), Kind::Data, &partition, &body, count);
            if there.len() == 1 && there[0].file.sha256 == file.sha256 {
                continue;
            }
            staged.push((file, body));
        }
        draft.removes.extend(there.into_iter().map(|it| it.file.path));
    }
    draft.inputs = inputs(silver, table);
    if staged.is_empty() && draft.removes.is_empty() && draft.inputs.is_empty() && same {
        return Ok(Some(aggregation));
    }
    draft.notes = BTreeMap::from([
        (FROM.to_owned(), silver.name().to_string()),
        (NEXT.to_owned(), silver.state().next().to_string()),
        (SETTINGS.to_owned(), settings),
    ]);
    let run = table.begin().await?;
    let used: BTreeSet<Month> = months.iter().flat_map(|month| compared(metric, *month)).collect();
    let used = |path: &str| month_of(path).is_some_and(|it| used.contains(&it));
    match still_there(silver, used).await {
        Ok(true) => {}
        Ok(false) => {
            run.abandon().await?;
            return Ok(None);
        }
        Err(error) => {
            run.abandon().await?;
            return Err(error);
        }
    }
    let files: Vec<_> = staged.iter().map(|(file, body)| (file, body.clone())).collect();
    run.stage(&files).await?;
    draft.adds = staged.into_iter().map(|(file, _)| file).collect();
    match table.append(&run, draft).await? {
        Appended::Committed(commit) => {
            aggregation.commit = Some(commit);
            Ok(Some(aggregation))
        }
        Appended::Behind(_) => {
            run.abandon().await?;
            Ok(None)
        }
    }
}

/// What is to be looked at for a table.
pub(super) struct Looked {
    /// The months that may come out differently.
    pub(super) months: BTreeSet<Month>,
    settings: String,
    /// Whether the table was written with the same settings.
    same: bool,
}

pub(super) async fn looked(
    silver: &Table,
    table: &Table,
    metric: Metric,
    options: &AggregateOptions,
) -> Result<Looked> {
    let own = table.history().await?;
    let settings = settings(metric, options);
    // A commit that only moves or removes rows says nothing about it.
    let last = own.iter().rev().find_map(|it| it.notes.get(SETTINGS));
    let same = last == Some(&settings);
    let from = if same { next(&own) } else { 0 };
    let history = silver.history().await?;
    let there: BTreeSet<Month> =
        silver.state().files().keys().filter_map(|it| month_of(it)).collect();
    let mut months = touched(&history, from);
    if metric == Metric::YearOverYear {
        months.extend(months.clone().into_iter().map(|it| it.years_on(1)));
    }
    // A month in which nothing is left goes from gold too.
    let live: BTreeSet<Month> =
        table.state().files().keys().filter_map(|it| month_of(it)).collect();
    months.retain(|it| there.contains(it) || live.contains(it));
    Ok(Looked { months, settings, same })
}

/// The months of silver that a month of a table is made of.
pub(super) fn compared(metric: Metric, month: Month) -> Vec<Month> {
    match metric {
        Metric::YearOverYear => vec![month, month.years_on(-1)],
        _ => vec![month],
    }
}

/// The months whose rows came or went since the commit `from`. Compaction moves rows only, and what went
/// because its time was over had been summed up rightly.
fn touched(history: &[Commit], from: u64) -> BTreeSet<Month> {
    let since = history
        .iter()
        .filter(|it| it.number >= from && !matches!(it.act, Act::Compact | Act::Retain));
    let paths = since.flat_map(|it| it.adds.iter().map(|it| &it.path).chain(&it.removes));
    paths.filter_map(|it| month_of(it)).collect()
}

/// The month of a file, by its folder.
pub(super) fn month_of(path: &str) -> Option<Month> {
    let value = |name: &str| path.split('/').find_map(|it| it.strip_prefix(name));
    Some(Month { year: value("year=")?.parse().ok()?, month: value("month=")?.parse().ok()? })
}

/// The files of silver that were not summed up before.
fn inputs(silver: &Table, table: &Table) -> Vec<Input> {
    let known = table.state().inputs();
    let new = silver.state().live(Kind::Data).filter(|it| {
        !known.contains_key(&it.file.sha256)
            && !it.file.rows_of().iter().all(|digest| known.contains_key(digest))
    });
    // The same rows may lie in two files of other names.
    let mut digests = BTreeSet::new();
    new.filter(|it| digests.insert(it.file.sha256))
        .map(|it| {
            let rows = it.file.rows;
            Input {
                path: it.file.path.clone(),
                sha256: it.file.sha256,
                size_bytes: it.file.size_bytes,
                counts: Counts { rows, accepted: rows, ..Counts::default() },
            }
        })
        .collect()
}

/// What the rows of a table depend on, apart from silver: another text is another table.
fn settings(metric: Metric, options: &AggregateOptions) -> String {
    let code = env!("CARGO_PKG_VERSION");
    let scope2 = options.gold.scope2;
    match metric {
        Metric::YearOverYear => {
            let like = options.like_for_like.as_ref().map(|(_, silver)| {
                let set = silver.gwp_set.map_or_else(|| "none".to_owned(), |it| it.to_string());
                format!("gwp {set} again {}", silver.weigh_again)
            });
            let like = like.unwrap_or_else(|| "none".to_owned());
            format!("code {code} scope2 {scope2} known_at {} {like}", options.gold.known_at)
        }
        Metric::Benchmark => {
            let digest = options.gold.benchmarks.as_ref().map(|it| it.digest().to_string());
            let digest = digest.unwrap_or_else(|| "none".to_owned());
            format!("code {code} scope2 {scope2} benchmarks {digest}")
        }
        Metric::Summary => format!("code {code} scope2 {scope2}"),
        _ => format!("code {code}"),
    }
}

impl Known {
    /// The months as they are, or calculated once more.
    pub(super) fn of(&mut self, again: bool) -> &mut BTreeMap<Month, Sums> {
        if again { &mut self.like_for_like } else { &mut self.sums }
    }

    /// What the rows of a month add up to.
    async fn sums(&mut self, silver: &Table, month: Month) -> Result<&Sums> {
        let slot = match self.sums.entry(month) {
            Entry::Occupied(known) => return Ok(known.into_mut()),
            Entry::Vacant(slot) => slot,
        };
        let mut sums = Sums::new();
        for kind in [Kind::Data, Kind::Quarantine] {
            let bodies = bodies(silver, month, kind).await?;
            let added = tokio::task::spawn_blocking(move || {
                bodies.into_par_iter().map(|it| add(it, kind, None)).collect::<Result<Vec<_>>>()
            });
            for added in added.await.map_err(|_| Error::Stopped)?? {
                sums.merge(&added);
            }
        }
        Ok(slot.insert(sums))
    }

    /// What they add up to when they are calculated once more.
    async fn like_for_like(
        &mut self,
        silver: &Table,
        month: Month,
        options: &AggregateOptions,
    ) -> Result<&Sums> {
        let slot = match self.like_for_like.entry(month) {
            Entry::Occupied(known) => return Ok(known.into_mut()),
            Entry::Vacant(slot) => slot,
        };
        let mut sums = Sums::new();
        if let Some((factors, again)) = &options.like_for_like {
            let again = once_more(again, options);
            let factors = factors.clone();
            let bodies = bodies(silver, month, Kind::Data).await?;
            let added = tokio::task::spawn_blocking(move || {
                let catalogue = factors.catalogue();
                let again = Some((&*catalogue, &again));
                bodies
                    .into_par_iter()
                    .map(|it| add(it, Kind::Data, again))
                    .collect::<Result<Vec<_>>>()
            });
            for added in added.await.map_err(|_| Error::Stopped)?? {
                sums.merge(&added);
            }
        }
        Ok(slot.insert(sums))
    }
}

/// How rows are calculated once more.
pub(super) fn once_more(again: &silver::Options, options: &AggregateOptions) -> silver::Options {
    let known_at = options.gold.known_at;
    silver::Options { known_at, entities: Vec::new(), ..again.clone() }
}

/// The files of a month.
async fn bodies(silver: &Table, month: Month, kind: Kind) -> Result<Vec<(String, Bytes)>> {
    let mut bodies = Vec::new();
    for live in silver.state().live(kind) {
        if month_of(&live.file.path) == Some(month) {
            bodies.push((live.file.path.clone(), silver.read(&live.file).await?));
        }
    }
    Ok(bodies)
}

/// Adds up the rows of one file, as they are or calculated once more.
pub(super) fn add(
    (path, body): (String, Bytes),
    kind: Kind,
    again: Option<(&Catalogue, &silver::Options)>,
) -> Result<Sums> {
    let gold = |source| Error::Gold { table: path.clone(), source };
    let silver_error = |source| Error::Silver { path: path.clone(), source };
    let failed = Error::parquet(&path);
    let batches = read(body, None).map_err(|error| failed(error.into()))?;
    let mut sums = Sums::new();
    let mut refiner = again.map(|(catalogue, options)| (Refiner::new(options.clone()), catalogue));
    for batch in batches {
        match (&mut refiner, kind) {
            (Some((refiner, catalogue)), _) => {
                let columns = refiner.options().columns.clone();
                let text = format!("{}_text", columns.quantity);
                let named = [
                    &columns.tenant,
                    &columns.factor,
                    &columns.quantity,
                    &text,
                    &columns.unit,
                    &columns.timestamp,
                ];
                let schema = batch.schema();
                let at: Vec<usize> =
                    named.iter().filter_map(|it| schema.index_of(it).ok()).collect();
                let rows = batch.project(&at).map_err(|error| silver_error(error.into()))?;
                let refined = refiner.refine(catalogue, &rows, "").map_err(silver_error)?;
                sums.add(&refined.accepted).map_err(gold)?;
                sums.add_unresolved(&refined.rejects).map_err(gold)?;
            }
            (None, Kind::Quarantine) => sums.add_unresolved(&batch).map_err(gold)?,
            (None, _) => sums.add(&batch).map_err(gold)?,
        }
    }
    Ok(sums)
}
