//! Bronze to silver: what is new, in one commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use platform::factors::FactorStore;
use storage_core::{Digest, calculation, gwp, units};

use super::plan::{FROM, Item, MONTH_OF, NEXT, Plan, What, next, plan};
use super::work::{Told, Work};
use super::writer::{Shape, Writer};
use super::{Error, Result, layout};
use crate::commits::{Act, Appended, Commit, Counts, Draft, Input, Lake, Run, Table, TableName};
use crate::ingest::Documents;
use crate::silver::{self, Report};

/// How rows are refined.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefineOptions {
    /// What it depends on, apart from rows and factors.
    pub silver: silver::Options,
    /// Whether rows of the quarantine are tried again.
    pub retry: bool,
    /// Whether rows of silver are calculated once more, with what is known now. Those that come out
    /// differently are written with a link to what they said; without this they never change.
    pub restate: bool,
    /// So many rows make a file.
    pub rows_per_file: usize,
}

impl RefineOptions {
    /// Refines what is new.
    pub fn new(silver: silver::Options) -> Self {
        Self { silver, retry: false, restate: false, rows_per_file: 1 << 19 }
    }
}

/// What was refined.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Refinement {
    /// The commit; none if there was nothing to do.
    pub commit: Option<Commit>,
    /// What became of new rows and of rows that were tried again.
    pub report: Report,
    /// How many files of bronze were new.
    pub files: usize,
    /// How many were refined before.
    pub already: usize,
    /// Rows of the quarantine that have an answer now.
    pub resolved: u64,
    /// Rows of silver that came out differently.
    pub restated: u64,
    /// Rows of silver and of its quarantine that went, because their rows of bronze gave way to others.
    pub dropped: u64,
}

/// How often somebody else may remove a file while it is to be read.
pub(super) const OVERTAKEN: u32 = 5;

/// How many bytes of files are worked on together.
const TOGETHER: u64 = 64 << 20;

/// Refines what is in the table `bronze` and not yet in `silver`, in one commit.
///
/// A file of bronze is refined once, whatever it is called and however it is compacted. Doing the same
/// again does nothing; a crash is finished by whoever opens the table next.
///
/// # Errors
///
/// What the logs say; [`Error::Silver`] for rows without the columns that the options name.
pub async fn refine(
    lake: &Lake,
    factors: &FactorStore,
    bronze: &TableName,
    silver: &TableName,
    options: &RefineOptions,
) -> Result<Refinement> {
    let mut overtaken = 0;
    loop {
        let below = lake.reader(bronze).await?;
        let mut table = lake.table(silver).await?;
        match once(lake, factors, &below, &mut table, options).await {
            Ok(Some(refinement)) => return Ok(refinement),
            // Others were faster.
            Ok(None) => {}
            Err(error) if error.is_overtaken() && overtaken < OVERTAKEN => {}
            Err(error) => return Err(error),
        }
        overtaken += 1;
        if overtaken > lake.options().races {
            let table = silver.clone();
            return Err(crate::commits::Error::Contended { table, times: overtaken }.into());
        }
    }
}

async fn once(
    lake: &Lake,
    factors: &FactorStore,
    bronze: &Table,
    table: &mut Table,
    options: &RefineOptions,
) -> Result<Option<Refinement>> {
    let plan = planned(bronze, table, options).await?;
    let mut gain = Gain::of(&plan);
    if plan.items.is_empty() {
        return Ok(Some(gain.refinement));
    }
    let documents = Documents::of(lake, bronze.state()).await?;
    let document = bronze.state().schema().and_then(|it| documents.get(&it).cloned());
    let partitions = partitions(bronze);
    let work =
        Work::new(document, documents, (bronze.name(), &partitions), options, plan.gone.clone())?;
    let work = Arc::new(work);

    let run = table.begin().await?;
    let shape = Shape::new(table.name().clone(), work.layouts());
    let mut writer = Writer::new(shape, options.rows_per_file);
    gain.draft.schema = Some(layout::name(&work.layouts().0));
    let mut rest: &[Item] = &plan.items;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take_while(|it| {
            let before = bytes;
            bytes += it.file.file.size_bytes;
            before < TOGETHER
        });
        let (some, others) = rest.split_at(fits.count());
        rest = others;
        let mut bodies: Vec<(Item, Bytes)> = Vec::new();
        for item in some {
            let from = if item.what == What::New { bronze } else { &*table };
            bodies.push((item.clone(), from.read(&item.file.file).await?));
        }
        let (work, factors) = (work.clone(), factors.clone());
        let done = tokio::task::spawn_blocking(move || work.all(bodies, &factors.catalogue()));
        let mut files = Vec::new();
        for (item, done) in some.iter().zip(done.await.map_err(|_| Error::Stopped)??) {
            let Some(done) = done else { continue };
            gain.take(table, item, &done.told, done.rows());
            files.extend(writer.take(done)?);
        }
        stage(&run, &mut gain.draft, files).await?;
    }
    stage(&run, &mut gain.draft, writer.finish()?).await?;
    commit(bronze, table, run, gain, options).await
}

/// What is to be done.
pub(super) async fn planned(
    bronze: &Table,
    table: &Table,
    options: &RefineOptions,
) -> Result<Plan> {
    let history = bronze.history().await?;
    let own = table.history().await?;
    let modes = (options.retry, options.restate);
    Ok(plan(bronze.state(), &history, table.state(), next(&own), modes))
}

/// The columns that the folders of a table are named after.
pub(super) fn partitions(table: &Table) -> Vec<String> {
    let files = table.state().files().values();
    let names: BTreeSet<&String> = files.flat_map(|it| it.file.partition.keys()).collect();
    names.into_iter().cloned().collect()
}

/// What a run comes to, file by file.
pub(super) struct Gain {
    pub(super) refinement: Refinement,
    pub(super) draft: Draft,
    inside: u64,
    outside: u64,
}

impl Gain {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut refinement = Refinement { already: plan.already, ..Refinement::default() };
        refinement.files = plan.items.iter().filter(|it| it.what == What::New).count();
        Self { refinement, draft: Draft::new(Act::Refine), inside: 0, outside: 0 }
    }

    /// Takes what became of one file, which has come to so many rows.
    pub(super) fn take(&mut self, table: &Table, item: &Item, told: &Told, rows: u64) {
        let file = &item.file.file;
        self.inside += file.rows;
        self.outside += rows + told.dropped;
        self.refinement.report.add(&told.report);
        self.refinement.dropped += told.dropped;
        match item.what {
            What::New => self.draft.inputs.extend(inputs(table, item, told)),
            What::Quarantine => self.refinement.resolved += told.report.accepted,
            What::Silver => self.refinement.restated += told.changed,
        }
        if item.what != What::New {
            self.draft.removes.push(file.path.clone());
        }
    }
}

/// Commits what was gained; nothing if others were faster.
pub(super) async fn commit(
    bronze: &Table,
    table: &mut Table,
    run: Run,
    gain: Gain,
    options: &RefineOptions,
) -> Result<Option<Refinement>> {
    let Gain { mut refinement, mut draft, inside, outside } = gain;
    if inside != outside {
        return Err(Error::Unbalanced { inside, outside });
    }
    if draft.inputs.is_empty() && draft.adds.is_empty() && draft.removes.is_empty() {
        run.abandon().await?;
        return Ok(Some(refinement));
    }
    let taken: BTreeSet<&str> = draft.inputs.iter().map(|it| it.path.as_str()).collect();
    match still_there(bronze, |it| taken.contains(it)).await {
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
    draft.notes = notes(bronze, options);
    match table.append(&run, draft).await? {
        Appended::Committed(commit) => {
            refinement.commit = Some(commit);
            Ok(Some(refinement))
        }
        Appended::Behind(_) => {
            run.abandon().await?;
            Ok(None)
        }
    }
}

/// Whether no rows of the zone below went since it was read, for whoever left a mark at the side of the
/// table above before: then either this sees who removes rows, or they see the mark.
///
/// # Errors
///
/// [`Error::Going`] if a file that is `used` is being removed.
pub(super) async fn still_there(below: &Table, used: impl Fn(&str) -> bool) -> Result<bool> {
    let (under_way, commits) = below.clone().under_way().await?;
    if let Some(path) = under_way.into_iter().flat_map(|it| it.retains).find(|it| used(it)) {
        return Err(Error::Going { path });
    }
    Ok(!commits.iter().any(|it| it.act == Act::Retain))
}

async fn stage(
    run: &Run,
    draft: &mut Draft,
    files: Vec<(crate::commits::File, Bytes)>,
) -> Result<()> {
    let staged: Vec<_> = files.iter().map(|(file, body)| (file, body.clone())).collect();
    run.stage(&staged).await?;
    draft.adds.extend(files.into_iter().map(|(file, _)| file));
    Ok(())
}

/// What a new file of bronze is taken in as. A compacted file stands for its parts too.
fn inputs(table: &Table, item: &Item, told: &Told) -> Vec<Input> {
    let file = &item.file.file;
    let known = table.state().inputs();
    let input = |sha256: Digest, counts: Counts| Input {
        path: file.path.clone(),
        sha256,
        size_bytes: file.size_bytes,
        counts,
    };
    let (accepted, quarantined) = (told.report.accepted, told.report.rejects());
    let counts = Counts { rows: file.rows, accepted, quarantined, ..Counts::default() };
    let mut digests: BTreeSet<Digest> = file.origins.iter().copied().collect();
    digests.remove(&file.sha256);
    let parts = digests.into_iter().filter(|it| !known.contains_key(it));
    let parts = parts.map(|it| input(it, Counts::default()));
    std::iter::once(input(file.sha256, counts)).chain(parts).collect()
}

/// What the rows of this commit are pinned to.
fn notes(bronze: &Table, options: &RefineOptions) -> BTreeMap<String, String> {
    let silver = &options.silver;
    let mut notes: BTreeMap<String, String> = [
        (FROM, bronze.name().to_string()),
        (NEXT, bronze.state().next().to_string()),
        ("factor_known_at", silver.known_at.to_string()),
        ("gwp_set", silver.gwp_set.map_or_else(|| "none".to_owned(), |it| it.to_string())),
        ("weigh_again", silver.weigh_again.to_string()),
        ("gwp_table", gwp::DATA_VERSION.to_owned()),
        ("unit_table", units::TABLE_VERSION.to_owned()),
        ("method", calculation::METHOD.to_owned()),
        (MONTH_OF, silver.columns.timestamp.clone()),
        ("retry", options.retry.to_string()),
        ("restate", options.restate.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for rule in &silver.entities {
        let (table, digest) = (rule.reference.name(), rule.reference.digest());
        notes.insert(format!("reference.{}", rule.into), format!("{table} {digest}"));
    }
    notes
}
