//! One run: from inputs to a commit.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use storage_core::Digest;
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::documents::keep;
use super::rows::Rows;
use super::{Documents, Error, Input, InputReport, Options, Report, Result, Took};
use crate::bronze::{Gathered, InputCounts, Outcome, encode, gather};
use crate::commits::{
    self, Act, Appended, Commit, Counts, Draft, File, Kind, Lake, Run, State, Table, TableName,
    Zone,
};
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
    let (inputs, mut reports) = unknown(table.state(), inputs).await?;
    let mut report = Report {
        table: name,
        schema: document.digest(),
        commit: None,
        dry_run: options.dry_run,
        inputs: Vec::new(),
        counts: Counts::default(),
        displaced: 0,
        reasons: BTreeMap::new(),
        partitions: 0,
        files: 0,
        bytes: 0,
        races: 0,
        tokens: BTreeMap::new(),
    };
    if inputs.is_empty() {
        report.inputs = reports;
        return Ok(report);
    }
    super::follow(&Documents::of(lake, table.state()).await?, table.state(), document)?;
    let mut work = Work::begin(&table, options).await?;
    let gathered = gathered(document, inputs, &work, options).await?;
    report.tokens = gathered.tokens().clone();
    if !options.dry_run {
        keep(lake, document).await?;
    }
    let committed = loop {
        let attempt = finished(&table, document, &gathered, &work, options).await?;
        if let Some(most) = options.max_quarantined
            && most.is_exceeded_by(&attempt.counts())
        {
            let counts = attempt.counts();
            work.abandon().await?;
            let mut reasons = BTreeMap::new();
            for ((code, _), rows) in attempt.reasons {
                *reasons.entry(code).or_default() += rows;
            }
            let (quarantined, rows) = (counts.quarantined, counts.rows);
            return Err(Error::TooMany { quarantined, rows, reasons });
        }
        let Some(run) = &mut work.run else { break attempt };
        if attempt.taken.is_empty() {
            break attempt;
        }
        let made: Vec<_> = attempt.files.iter().map(|(file, path)| (file, path.clone())).collect();
        run.stage_files(&made).await?;
        let written: Vec<_> =
            attempt.written.iter().map(|(file, body)| (file, body.clone())).collect();
        run.stage(&written).await?;
        match committing(&mut table, run, &attempt, document, &mut report.races).await? {
            Some(commit) => {
                report.commit = Some(commit.number);
                break attempt;
            }
            None => work.again(),
        }
    };
    if report.commit.is_none() {
        work.abandon().await?;
    }
    report.counts = committed.counts();
    report.displaced = committed.displaced;
    let files = committed.files.iter().map(|(file, _)| file);
    report.partitions = files.clone().map(|it| &it.partition).collect::<BTreeSet<_>>().len();
    let files = files.chain(committed.written.iter().map(|(file, _)| file));
    (report.files, report.bytes) = (files.clone().count(), files.map(|it| it.size_bytes).sum());
    report.reasons = committed.reasons;
    reports.extend(committed.reports);
    reports.sort_by(|one, other| one.name.cmp(&other.name));
    report.inputs = reports;
    Ok(report)
}

/// Appends what an attempt made. `None` if rows have to be held against those of somebody else first.
async fn committing(
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
                if !since.iter().all(|it| draft.is_independent_of(it, table.name())) {
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
    let read = || -> io::Result<Digest> {
        let (mut reader, mut hasher) = (input.open()?, Sha256::new());
        let mut buffer = vec![0; 1 << 20];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(Digest::from(<[u8; 32]>::from(hasher.finalize()))),
                length => hasher.update(&buffer[..length]),
            }
        }
    };
    read().map_err(|source| Error::Input { place: input.name().to_owned(), source })
}

/// Where a run works.
struct Work {
    /// `None` if nothing is to be committed.
    run: Option<Run>,
    /// Where finished files go; a folder in it for each attempt.
    output: PathBuf,
    spill: PathBuf,
    attempt: u32,
    /// Removed when it is dropped.
    _folder: Option<TempDir>,
}

impl Work {
    async fn begin(table: &Table, options: &Options) -> Result<Self> {
        let run = match options.dry_run {
            true => None,
            false => Some(table.begin().await?),
        };
        let failed =
            |source| Error::Input { place: "the folder for temporary files".into(), source };
        let make = |path: &Path| std::fs::create_dir_all(path).map_err(failed);
        let own = run.as_ref().and_then(Run::folder);
        let needed = own.is_none() || options.temporary.is_some();
        let folder = match (&options.temporary, needed) {
            (_, false) => None,
            (Some(parent), true) => {
                make(parent)?;
                Some(TempDir::with_prefix_in("strongroom-", parent).map_err(failed)?)
            }
            (None, true) => Some(TempDir::with_prefix("strongroom-").map_err(failed)?),
        };
        let output = own.unwrap_or_else(|| {
            folder.as_ref().expect("there is one or the other").path().join("output")
        });
        let spill =
            folder.as_ref().map_or_else(|| output.join("spill"), |it| it.path().join("spill"));
        make(&output)?;
        make(&spill)?;
        Ok(Self { run, output, spill, attempt: 0, _folder: folder })
    }

    fn folder(&self) -> PathBuf {
        self.output.join(format!("attempt-{}", self.attempt))
    }

    fn again(&mut self) {
        let _ = std::fs::remove_dir_all(self.folder());
        self.attempt += 1;
    }

    async fn abandon(&mut self) -> Result<(), commits::Error> {
        match self.run.take() {
            Some(run) => run.abandon().await,
            None => Ok(()),
        }
    }
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

/// What was made of the rows, held against the state of a table.
struct Attempt {
    reports: Vec<InputReport>,
    taken: Vec<InputCounts>,
    /// Finished files, and where they lie.
    files: Vec<(File, PathBuf)>,
    /// Files of rejects and duplicates.
    written: Vec<(File, Bytes)>,
    removes: Vec<String>,
    displaced: u64,
    reasons: BTreeMap<(String, String), u64>,
}

impl Attempt {
    fn counts(&self) -> Counts {
        self.taken.iter().map(|it| &it.counts).sum()
    }

    fn draft(&self, document: &Document) -> Draft {
        let mut draft = Draft::new(Act::Ingest);
        draft.schema = Some(document.digest());
        let input = |it: &InputCounts| commits::Input {
            path: it.name.clone(),
            sha256: it.digest,
            size_bytes: it.size,
            counts: it.counts,
        };
        draft.inputs = self.taken.iter().map(input).collect();
        draft.displaced = self.displaced;
        let files = self.files.iter().map(|(file, _)| file);
        draft.adds = files.chain(self.written.iter().map(|(file, _)| file)).cloned().collect();
        draft.removes.clone_from(&self.removes);
        draft
    }
}

/// Which inputs are left out, because they are known by now or twice in this run.
fn left_out(state: &State, gathered: &Gathered) -> (BTreeSet<usize>, Vec<InputReport>) {
    let (mut skip, mut reports) = (BTreeSet::new(), Vec::new());
    let mut first: BTreeMap<Digest, String> = BTreeMap::new();
    for (nth, input) in gathered.inputs().into_iter().enumerate() {
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
    let (skip, reports) = left_out(table.state(), gathered);
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

fn attempted(table: &Table, outcome: Outcome, mut reports: Vec<InputReport>) -> Result<Attempt> {
    let name = table.name();
    let file = |it: crate::bronze::File| {
        let mut path = name.folder(Kind::Data);
        let partition = it.partition.path();
        path.push_str(&partition);
        if !partition.is_empty() {
            path.push('/');
        }
        path.push_str(&it.name);
        let file = File {
            path,
            kind: Kind::Data,
            sha256: it.digest,
            size_bytes: it.size,
            rows: it.rows,
            partition: it.partition.0.into_iter().collect(),
            origins: Vec::new(),
            schema: None,
            since: None,
        };
        (file, it.path)
    };
    let files = outcome.files.into_iter().map(file).collect();
    let replaced = outcome.replaced.iter().flat_map(|it| {
        table.state().live_in(&it.path()).map(|live| live.file.path.clone()).collect::<Vec<_>>()
    });
    let removes = replaced.collect();
    let (mut written, mut reasons) = (Vec::new(), BTreeMap::new());
    for batch in outcome.rejects {
        let batch = batch.map_err(engine)?;
        count(&batch, &mut reasons);
        written.push(write(name, Kind::Quarantine, &batch)?);
    }
    for batch in outcome.duplicates {
        written.push(write(name, Kind::Duplicates, &batch.map_err(engine)?)?);
    }
    let taken = |it: &InputCounts| InputReport {
        name: it.name.clone(),
        sha256: it.digest,
        size_bytes: it.size,
        took: Took::Taken { counts: it.counts },
    };
    reports.extend(outcome.inputs.iter().map(taken));
    let (taken, displaced) = (outcome.inputs, outcome.superseded);
    Ok(Attempt { reports, taken, files, written, removes, displaced, reasons })
}

fn write(table: &TableName, kind: Kind, batch: &RecordBatch) -> Result<(File, Bytes)> {
    let body = Bytes::from(encode(batch).map_err(engine)?);
    let nowhere: [(&str, &str); 0] = [];
    Ok((File::of(table, kind, &nowhere, &body, batch.num_rows() as u64), body))
}

/// Counts the reasons of rejects.
fn count(batch: &RecordBatch, reasons: &mut BTreeMap<(String, String), u64>) {
    let text = |name: &str| batch.column_by_name(name).and_then(|it| it.as_string_opt::<i32>());
    let (Some(codes), Some(columns)) = (text("code"), text("column")) else { return };
    for row in 0..batch.num_rows() {
        let column = if columns.is_valid(row) { columns.value(row) } else { "" };
        let reason = (codes.value(row).to_owned(), column.to_owned());
        *reasons.entry(reason).or_default() += 1;
    }
}

fn engine(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Engine { source: source.into() }
}
