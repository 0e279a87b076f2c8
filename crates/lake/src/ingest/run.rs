//! One run: from inputs to a commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use storage_core::Digest;
use tokio::runtime::Handle;

use super::{
    Attempt, Documents, Error, Input, InputReport, Options, Report, Result, Rows, Took, Work,
    attempted, follow, keep,
};
use crate::bronze::{Gathered, InputCounts, gather};
use crate::commits::{Appended, Commit, Lake, Run, State, Table, TableName, Zone};
use crate::read::sealed;
use crate::schema::Document;

/// Takes `inputs` into the table of bronze that `document` describes, in one commit.
///
/// An input whose bytes were taken in before is passed over, whatever it is called now. Where somebody else
/// commits meanwhile, the rows are held against theirs and committed behind them.
///
/// # Errors
///
/// Whatever it is, nothing was committed, unless it comes from behind the commit: see
/// [`Table::append`]. [`Error::TooMany`] where more rows were refused than the options allow.
pub async fn ingest(
    lake: &Lake,
    document: &Document,
    inputs: Vec<Input>,
    options: &Options,
) -> Result<Report> {
    let name = TableName::new(Zone::Bronze, document.entity())?;
    let mut names = BTreeSet::new();
    if let Some(twice) = inputs.iter().find(|it| !names.insert(it.name())) {
        return Err(Error::NameTwice { name: twice.name().to_owned() });
    }
    let mut table = match options.dry_run {
        true => lake.table_as_it_is(&name).await?,
        false => lake.table(&name).await?,
    };
    let (inputs, reports) = unknown(table.state(), inputs).await?;
    let mut report = Report::new(name, document.digest(), options.dry_run);
    if inputs.is_empty() {
        report.inputs = reports;
        return Ok(report);
    }
    follow(&Documents::of(lake, table.state()).await?, table.state(), document)?;
    let mut work = Work::begin(&table, options).await?;
    let gathered = match gathered(document, inputs, &work, options).await {
        Ok(gathered) => gathered,
        Err(error) => return Err(work.given_up(error).await),
    };
    report.tokens = gathered.tokens().clone();
    if !options.dry_run {
        keep(lake, document).await?;
        // Before the commit: what a token of the table stands for can always be found.
        if let Some(vault) = &options.tokens
            && let Err(error) = vault.add(&report.tokens).await
        {
            return Err(work.given_up(error.into()).await);
        }
    }
    let committed = loop {
        let attempt = match finished(&table, document, &gathered, &work, options).await {
            Ok(attempt) => attempt,
            // Rows that were to be read may lie in another file by now.
            Err(error) => {
                let overtaken = error.is_overtaken() && !table.refresh().await?.is_empty();
                match &mut work.run {
                    Some(run) if overtaken => run.lost().await?,
                    _ => return Err(work.given_up(error).await),
                }
                work.again();
                continue;
            }
        };
        if let Some(error) = attempt.too_many(options.max_quarantined) {
            return Err(work.given_up(error).await);
        }
        let Some(run) = &mut work.run else { break attempt };
        if attempt.taken.is_empty() {
            break attempt;
        }
        attempt.stage(run).await?;
        match committing(&mut table, run, &attempt, document, &mut report.races).await? {
            Some(commit) => {
                report.commit = Some(commit.number);
                break attempt;
            }
            None => {
                // Somebody may have gone on to another document.
                let documents = Documents::of(lake, table.state()).await?;
                if let Err(error) = follow(&documents, table.state(), document) {
                    return Err(work.given_up(error).await);
                }
                work.again();
            }
        }
    };
    if report.commit.is_none() {
        work.abandon().await?;
    }
    committed.tell(&mut report, reports);
    Ok(report)
}

/// Appends what an attempt made. `None` if rows have to be held against those of somebody else first.
pub(crate) async fn committing(
    table: &mut Table,
    run: &mut Run,
    attempt: &Attempt,
    document: &Document,
    races: &mut u32,
) -> Result<Option<Commit>> {
    loop {
        let draft = attempt.draft(document);
        match table.append(run, draft).await? {
            Appended::Committed(commit) => return Ok(Some(commit)),
            Appended::Behind(since) => {
                *races += 1;
                run.lost().await?;
                let draft = attempt.draft(document);
                let same_document =
                    |it: &Commit| it.schema.is_none_or(|it| it == document.digest());
                let independent =
                    |it: &Commit| same_document(it) && draft.is_independent_of(it, table.name());
                if !since.iter().all(independent) {
                    return Ok(None);
                }
            }
        }
    }
}

/// Passes over inputs whose bytes are known. Only one that is as long as a known one can be known, so the
/// others are read once, later.
async fn unknown(state: &State, inputs: Vec<Input>) -> Result<(Vec<Input>, Vec<InputReport>)> {
    let sizes: BTreeSet<u64> = state.inputs().values().map(|it| it.size_bytes).collect();
    let hashed = tokio::task::spawn_blocking(move || {
        let hash = |input: Input| {
            let digest = match input.size() {
                Some(size) if !sizes.contains(&size) => None,
                _ => Some(digest(&input)?),
            };
            Ok((input, digest))
        };
        inputs.into_iter().map(hash).collect::<Result<Vec<_>>>()
    });
    let hashed = hashed.await.map_err(|_| Error::Stopped)??;
    let (mut left, mut reports) = (Vec::new(), Vec::new());
    for (input, hashed) in hashed {
        match hashed.and_then(|it| Some((it, state.inputs().get(&it)?))) {
            None => left.push(input),
            Some((sha256, known)) => reports.push(InputReport {
                name: input.name().to_owned(),
                sha256,
                size_bytes: known.size_bytes,
                took: Took::Known { commit: known.commit, path: known.path.clone() },
            }),
        }
    }
    Ok((left, reports))
}

fn digest(input: &Input) -> Result<Digest> {
    let sealed = sealed(&**input);
    let sealed =
        sealed.map_err(|source| Error::Input { place: input.name().to_owned(), source })?;
    Ok(sealed.digest)
}

/// Reads all inputs.
async fn gathered(
    document: &Document,
    inputs: Vec<Input>,
    work: &Work,
    options: &Options,
) -> Result<Arc<Gathered>> {
    let (document, options, spill) = (document.clone(), options.clone(), work.spill.clone());
    let gathered = tokio::task::spawn_blocking(move || {
        let mut how = crate::bronze::Options::new(spill);
        how.threads = options.threads.unwrap_or(how.threads);
        how.memory = options.memory.unwrap_or(how.memory);
        how.format = options.format;
        how.keys = options.keys;
        let progress = options.progress;
        let tell = |it| progress.iter().for_each(|progress| progress(it));
        how.progress = progress.is_some().then_some(&tell);
        let gathered = gather(&document, &inputs, &how)?;
        for (input, read) in inputs.iter().zip(gathered.inputs()) {
            if input.size().is_some_and(|size| size != read.size) {
                return Err(Error::Changed { name: read.name });
            }
        }
        Ok(Arc::new(gathered))
    });
    gathered.await.map_err(|_| Error::Stopped)?
}

/// Which inputs are left out, because they are known by now or twice in this run.
pub(crate) fn left_out(
    state: &State,
    inputs: Vec<InputCounts>,
) -> (BTreeSet<usize>, Vec<InputReport>) {
    let (mut skip, mut reports) = (BTreeSet::new(), Vec::new());
    let mut first: BTreeMap<Digest, String> = BTreeMap::new();
    for (nth, input) in inputs.into_iter().enumerate() {
        let took = match (state.inputs().get(&input.digest), first.get(&input.digest)) {
            (Some(known), _) => Took::Known { commit: known.commit, path: known.path.clone() },
            (None, Some(name)) => Took::Same { name: name.clone() },
            (None, None) => {
                first.insert(input.digest, input.name);
                continue;
            }
        };
        skip.insert(nth);
        let (name, sha256, size_bytes) = (input.name, input.digest, input.size);
        reports.push(InputReport { name, sha256, size_bytes, took });
    }
    (skip, reports)
}

/// Holds the rows against those of the table, and writes files.
async fn finished(
    table: &Table,
    document: &Document,
    gathered: &Arc<Gathered>,
    work: &Work,
    options: &Options,
) -> Result<Attempt> {
    let documents = Documents::of(table.lake(), table.state()).await?;
    let (skip, reports) = left_out(table.state(), gathered.inputs());
    let (table, document, gathered) = (table.clone(), document.clone(), gathered.clone());
    let (folder, progress, runtime) = (work.folder(), options.progress.clone(), Handle::current());
    let attempt = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder)
            .map_err(|source| Error::Input { place: folder.display().to_string(), source })?;
        let rows = Rows { table: &table, document: &document, documents: &documents, runtime };
        let tell = |it| progress.iter().for_each(|progress| progress(it));
        let tell: Option<&(dyn Fn(_) + Sync)> = progress.is_some().then_some(&tell);
        let outcome = gathered.finish(&rows, &skip, &folder, tell)?;
        attempted(&table, outcome, reports)
    });
    attempt.await.map_err(|_| Error::Stopped)?
}
