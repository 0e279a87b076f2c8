//! What was made of rows, held against a state of the table: files, and what is said about them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use arrow::array::{Array, AsArray, RecordBatch};
use bytes::Bytes;

use super::{Error, InputReport, Most, Report, Result, Took};
use crate::bronze::{InputCounts, Outcome, encode};
use crate::commits::{self, Act, Counts, Draft, File, Kind, Run, Table, TableName};
use crate::schema::Document;

/// What was made of the rows, held against the state of a table.
pub(crate) struct Attempt {
    pub(crate) reports: Vec<InputReport>,
    pub(crate) taken: Vec<InputCounts>,
    /// Finished files, and where they lie.
    pub(crate) files: Vec<(File, PathBuf)>,
    /// Files of rejects and duplicates.
    pub(crate) written: Vec<(File, Bytes)>,
    pub(crate) removes: Vec<String>,
    pub(crate) displaced: u64,
    pub(crate) reasons: BTreeMap<(String, String), u64>,
}

impl Attempt {
    pub(crate) fn counts(&self) -> Counts {
        self.taken.iter().map(|it| &it.counts).sum()
    }

    /// The error, where more rows were refused than may be.
    pub(crate) fn too_many(&self, most: Option<Most>) -> Option<Error> {
        let counts = self.counts();
        if !most?.is_exceeded_by(&counts) {
            return None;
        }
        let mut reasons = BTreeMap::new();
        for ((code, _), rows) in &self.reasons {
            *reasons.entry(code.clone()).or_default() += rows;
        }
        Some(Error::TooMany { quarantined: counts.quarantined, rows: counts.rows, reasons })
    }

    /// Tells a report what was committed; `others` are inputs that were passed over before.
    pub(crate) fn tell(self, report: &mut Report, others: Vec<InputReport>) {
        report.counts = self.counts();
        report.displaced = self.displaced;
        let files = self.files.iter().map(|(file, _)| file);
        report.partitions = files.clone().map(|it| &it.partition).collect::<BTreeSet<_>>().len();
        let files = files.chain(self.written.iter().map(|(file, _)| file));
        (report.files, report.bytes) = (files.clone().count(), files.map(|it| it.size_bytes).sum());
        report.reasons = self.reasons;
        report.inputs = others;
        report.inputs.extend(self.reports);
        report.inputs.sort_by(|one, other| one.name.cmp(&other.name));
    }

    /// Stages all of its files.
    pub(crate) async fn stage(&self, run: &Run) -> commits::Result<()> {
        let made: Vec<_> = self.files.iter().map(|(file, path)| (file, path.clone())).collect();
        run.stage_files(&made).await?;
        let written: Vec<_> =
            self.written.iter().map(|(file, body)| (file, body.clone())).collect();
        run.stage(&written).await
    }

    pub(crate) fn draft(&self, document: &Document) -> Draft {
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

/// What the log says about a finished file, and where it lies.
pub(crate) fn data_file(table: &TableName, it: crate::bronze::File) -> (File, PathBuf) {
    let mut path = table.folder(Kind::Data);
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
}

pub(crate) fn attempted(
    table: &Table,
    outcome: Outcome,
    mut reports: Vec<InputReport>,
) -> Result<Attempt> {
    let name = table.name();
    let files = outcome.files.into_iter().map(|it| data_file(name, it)).collect();
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

pub(crate) fn write(table: &TableName, kind: Kind, batch: &RecordBatch) -> Result<(File, Bytes)> {
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

pub(crate) fn engine(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Engine { source: source.into() }
}
