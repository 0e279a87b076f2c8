//! Rows of the quarantine are tried again, after the document was mended.
//!
//! Each row is where it was, in its file and line; it goes to bronze, to the duplicates or back into the
//! quarantine, and what it was taken from goes, all in one commit. So it is tried by one replay at a time,
//! and can be accepted once.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use bytes::Bytes;
use storage_core::Digest;
use tokio::runtime::Handle;

use crate::bronze::{Code, Reject, gather};
use crate::commits::{
    self, Act, Appended, Counts, Draft, File, Input, Kind, Lake, Run, Table, TableName, Zone,
};
use crate::ingest::{
    Attempt, Documents, Error, Options, Result, Rows, Work, attempted, follow, keep, read, write,
};
use crate::read::{Format, Source};
use crate::schema::Document;

/// What became of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The number of the commit; `None` if there was nothing to be tried, or nothing was to be committed.
    pub commit: Option<u64>,
    /// What became of the rows that were tried.
    pub counts: Counts,
    /// Rows that were not tried: refused for another reason than those that were named, cut off because of
    /// their length, or not from lines of JSON.
    pub left: u64,
    /// How often which reason was given again, and because of which column (`""` where the whole row was
    /// wrong).
    pub reasons: BTreeMap<(String, String), u64>,
}

/// Tries rows of the quarantine of the table that `document` describes again: those that were refused for
/// one of the reasons `codes`, or all if there is none.
///
/// # Errors
///
/// As [`ingest`](crate::ingest::ingest).
pub async fn replay(
    lake: &Lake,
    document: &Document,
    codes: &[String],
    options: &Options,
) -> Result<Replayed> {
    let name = TableName::new(Zone::Bronze, document.entity())?;
    let mut table = match options.dry_run {
        true => lake.table_as_it_is(&name).await?,
        false => lake.table(&name).await?,
    };
    if table.state().next() == 0 {
        return Err(commits::Error::NoTable { table: name }.into());
    }
    follow(&Documents::of(lake, table.state()).await?, table.state(), document)?;
    let mut replayed =
        Replayed { commit: None, counts: Counts::default(), left: 0, reasons: BTreeMap::new() };
    let mut work: Option<Work> = None;
    loop {
        let waiting = waiting(&table, codes).await?;
        (replayed.left, replayed.counts) = (waiting.left, Counts::default());
        if waiting.sources.is_empty() {
            if let Some(mut work) = work {
                work.abandon().await?;
            }
            return Ok(replayed);
        }
        let work = match &mut work {
            Some(work) => {
                work.again();
                work
            }
            None => work.insert(Work::begin(&table, options).await?),
        };
        let Waiting { sources, files, kept, .. } = waiting;
        let mut attempt = tried(&table, document, sources, work, options).await?;
        replayed.counts = attempt.counts();
        replayed.reasons = std::mem::take(&mut attempt.reasons);
        let Some(run) = &mut work.run else { return Ok(replayed) };
        keep(lake, document).await?;
        attempt.stage(run).await?;
        let kept_files: Vec<_> = kept.iter().map(|(file, body)| (file, body.clone())).collect();
        run.stage(&kept_files).await?;
        let draft = draft(&table, &attempt, &files, kept, document);
        match table.append(run, draft).await? {
            Appended::Committed(commit) => {
                replayed.commit = Some(commit.number);
                return Ok(replayed);
            }
            Appended::Behind(_) => Run::lost(run).await?,
        }
    }
}

/// The commit of an attempt: the files that the rows were in go.
fn draft(
    table: &Table,
    attempt: &Attempt,
    files: &[File],
    kept: Vec<(File, Bytes)>,
    document: &Document,
) -> Draft {
    let mut draft: Draft = attempt.draft(document);
    draft.act = Act::Replay;
    let digests = files.iter().map(|it| &it.sha256.as_bytes()[..]);
    draft.inputs = vec![Input {
        path: table.name().folder(Kind::Quarantine),
        sha256: Digest::of_parts(digests),
        size_bytes: files.iter().map(|it| it.size_bytes).sum(),
        counts: attempt.counts(),
    }];
    draft.removes.extend(files.iter().map(|it| it.path.clone()));
    draft.adds.extend(kept.into_iter().map(|(file, _)| file));
    draft
}

/// What is to be tried.
struct Waiting {
    sources: Vec<Box<dyn Source>>,
    /// The files of the quarantine that hold a row to be tried.
    files: Vec<File>,
    /// The rows of these files that stay as they are.
    kept: Vec<(File, Bytes)>,
    left: u64,
}

async fn waiting(table: &Table, codes: &[String]) -> Result<Waiting> {
    let mut live: Vec<_> = table.state().live(Kind::Quarantine).collect();
    live.sort_by_key(|it| it.commit);
    let mut waiting = Waiting { sources: Vec::new(), files: Vec::new(), kept: Vec::new(), left: 0 };
    for live in live {
        let body = table.read(&live.file).await?;
        let batches = read(body, None).map_err(engine)?;
        let mut stay = Vec::new();
        let mut by_input: BTreeMap<String, BTreeMap<u64, Vec<u8>>> = BTreeMap::new();
        for batch in &batches {
            let rows = Reject::rows(batch).ok_or_else(|| {
                engine(format!("`{}` has no columns of a quarantine", live.file.path))
            })?;
            let mut stays = Vec::with_capacity(rows.len());
            for row in rows {
                let free = |line: &BTreeMap<u64, Vec<u8>>| !line.contains_key(&row.line);
                let tried = can_be_tried(&row, codes) && by_input.get(&row.file).is_none_or(free);
                if tried {
                    by_input.entry(row.file).or_default().insert(row.line, row.raw);
                }
                stays.push(!tried);
            }
            let rest = filter_record_batch(batch, &BooleanArray::from(stays)).map_err(engine)?;
            waiting.left += rest.num_rows() as u64;
            stay.push(rest);
        }
        if by_input.is_empty() {
            continue;
        }
        if let Some(schema) = stay.first().map(RecordBatch::schema) {
            let rest = concat_batches(&schema, &stay).map_err(engine)?;
            if rest.num_rows() > 0 {
                let mut kept = write(table.name(), Kind::Quarantine, &rest)?;
                kept.0.schema = live.schema;
                waiting.kept.push(kept);
            }
        }
        waiting.files.push(live.file.clone());
        let sources = by_input.into_iter().map(|(name, lines)| {
            Box::new(Lines { name, lines: Arc::new(lines) }) as Box<dyn Source>
        });
        waiting.sources.extend(sources);
    }
    Ok(waiting)
}

/// Whether a row is as it came, and stood on a line of its own.
fn can_be_tried(row: &Reject, codes: &[String]) -> bool {
    let wanted = codes.is_empty() || codes.iter().any(|it| it == row.code.as_str());
    wanted
        && row.code != Code::LineTooLong
        && Format::of(&row.file, &row.raw) == Some(Format::JsonLines)
        && !row.raw.contains(&b'\n')
        && row.line > 0
}

/// Rows on the lines that they stood on; nothing is on the others.
struct Lines {
    name: String,
    lines: Arc<BTreeMap<u64, Vec<u8>>>,
}

impl Source for Lines {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Reading { lines: self.lines.clone(), line: 1, at: 0 }))
    }
}

struct Reading {
    lines: Arc<BTreeMap<u64, Vec<u8>>>,
    /// The line that is read, and how much of it was.
    line: u64,
    at: usize,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() {
            let room = buffer.len() - written;
            let Some((&next, raw)) = self.lines.range(self.line..).next() else { break };
            if next > self.line {
                let blank = usize::try_from(next - self.line).unwrap_or(usize::MAX).min(room);
                buffer[written..written + blank].fill(b'\n');
                self.line += blank as u64;
                written += blank;
                continue;
            }
            let left = &raw[self.at..];
            if left.is_empty() {
                buffer[written] = b'\n';
                written += 1;
                (self.line, self.at) = (self.line + 1, 0);
                continue;
            }
            let some = left.len().min(room);
            buffer[written..written + some].copy_from_slice(&left[..some]);
            self.at += some;
            written += some;
        }
        Ok(written)
    }
}

async fn tried(
    table: &Table,
    document: &Document,
    sources: Vec<Box<dyn Source>>,
    work: &Work,
    options: &Options,
) -> Result<Attempt> {
    let documents = Documents::of(table.lake(), table.state()).await?;
    let (table, document, options) = (table.clone(), document.clone(), options.clone());
    let (spill, folder, runtime) = (work.spill.clone(), work.folder(), Handle::current());
    let attempt = tokio::task::spawn_blocking(move || {
        let mut how = crate::bronze::Options::new(spill);
        how.threads = options.threads.unwrap_or(how.threads);
        how.memory = options.memory.unwrap_or(how.memory);
        how.format = Some(Format::JsonLines);
        how.keys = options.keys;
        let gathered = gather(&document, &sources, &how)?;
        std::fs::create_dir_all(&folder)
            .map_err(|source| Error::Input { place: folder.display().to_string(), source })?;
        let rows = Rows { table: &table, document: &document, documents: &documents, runtime };
        let outcome = gathered.finish(&rows, &Default::default(), &folder, None)?;
        attempted(&table, outcome, Vec::new())
    });
    attempt.await.map_err(|_| Error::Stopped)?
}

fn engine(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Engine { source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_on_the_lines_that_they_stood_on() {
        let lines = [(2, "two"), (3, ""), (70_000, "last")];
        let lines = lines.map(|(line, raw)| (line, raw.as_bytes().to_vec()));
        let source = Lines { name: "x".to_owned(), lines: Arc::new(lines.into()) };
        let mut text = String::new();
        source.open().unwrap().read_to_string(&mut text).unwrap();
        let all: Vec<_> = text.split('\n').collect();
        assert_eq!((all.len(), all[1], all[69_999], all[70_000]), (70_001, "two", "last", ""));
        // However little is asked for at once.
        let mut slowly = Vec::new();
        let mut reader = source.open().unwrap();
        let mut one = [0; 3];
        loop {
            match reader.read(&mut one).unwrap() {
                0 => break,
                length => slowly.extend_from_slice(&one[..length]),
            }
        }
        assert_eq!(slowly, text.as_bytes());
    }
}
