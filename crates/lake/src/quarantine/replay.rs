//! Rows of the quarantine are tried again, after the document was mended.
//!
//! Each row is where it was, in its file and line; it goes to bronze, to the duplicates or back into the
//! quarantine, and what it was taken from goes, all in one commit. So it is tried by one replay at a time,
//! and can be accepted once.

mod original;
mod waiting;

use std::collections::BTreeMap;

use bytes::Bytes;
use storage_core::Digest;
use tokio::runtime::Handle;

use crate::bronze::gather_kept;
use crate::commits::{
    self, Act, Appended, Counts, Draft, File, Input, Kind, Lake, Run, Table, TableName, Zone,
};
use crate::ingest::{
    Attempt, Documents, Error, Options, Result, Rows, Work, attempted, follow, keep,
};
use crate::read::kept::KeptInput;
use crate::schema::Document;
use waiting::{Waiting, waiting};

/// What became of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The number of the commit; `None` if there was nothing to be tried, or nothing was to be committed.
    pub commit: Option<u64>,
    /// What became of the rows that were tried.
    pub counts: Counts,
    /// Rows that were not tried: refused for another reason than those that were named, or because of what
    /// stands around them; cut off because of their length; or [`unread`](Self::unread).
    pub left: u64,
    /// Rows among these whose bytes the quarantine does not keep, since the document masked a column, and
    /// whose input was not handed in or has other bytes by now.
    pub unread: u64,
    /// How often which reason was given again, and because of which column (`""` where the whole row was
    /// wrong).
    pub reasons: BTreeMap<(String, String), u64>,
    /// Per masked column which token stands for which text, as in a [`Report`](crate::ingest::Report).
    pub tokens: BTreeMap<String, BTreeMap<String, String>>,
}

/// Tries rows of the quarantine of the table that `document` describes again: those that were refused for
/// one of the reasons `codes`, or all if there is none.
///
/// Rows whose bytes the quarantine does not keep are read where they came from, in the
/// [`originals`](Options::originals), by the name that the input had; an input with other bytes than those that
/// were taken in is not used.
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
    let mut replayed = Replayed {
        commit: None,
        counts: Counts::default(),
        left: 0,
        unread: 0,
        reasons: BTreeMap::new(),
        tokens: BTreeMap::new(),
    };
    let mut work: Option<Work> = None;
    loop {
        // Each time anew: somebody may have gone on to another document.
        let documents = Documents::of(lake, table.state()).await?;
        if let Err(error) = follow(&documents, table.state(), document) {
            return Err(match &mut work {
                Some(work) => work.given_up(error).await,
                None => error,
            });
        }
        let waiting = waiting(&table, codes, options).await?;
        (replayed.left, replayed.unread) = (waiting.left, waiting.unread);
        replayed.counts = Counts::default();
        if waiting.inputs.is_empty() {
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
        let Waiting { inputs, files, kept, .. } = waiting;
        let (mut attempt, tokens) = match tried(&table, document, inputs, work, options).await {
            Ok(tried) => tried,
            Err(error) => return Err(work.given_up(error).await),
        };
        (replayed.counts, replayed.tokens) = (attempt.counts(), tokens);
        replayed.reasons = std::mem::take(&mut attempt.reasons);
        let Some(run) = &mut work.run else { return Ok(replayed) };
        keep(lake, document).await?;
        if let Some(vault) = &options.tokens
            && let Err(error) = vault.add(&replayed.tokens).await
        {
            return Err(work.given_up(error.into()).await);
        }
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
    // The number tells it from a replay before that left a file with the same rows.
    let number = table.state().next().to_be_bytes();
    let digests = files.iter().map(|it| &it.sha256.as_bytes()[..]);
    let digests = std::iter::once(&number[..]).chain(digests);
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

/// Per masked column the texts that tokens stand for.
type Tokens = BTreeMap<String, BTreeMap<String, String>>;

async fn tried(
    table: &Table,
    document: &Document,
    inputs: Vec<KeptInput>,
    work: &Work,
    options: &Options,
) -> Result<(Attempt, Tokens)> {
    let documents = Documents::of(table.lake(), table.state()).await?;
    let (table, document, options) = (table.clone(), document.clone(), options.clone());
    let (spill, folder, runtime) = (work.spill.clone(), work.folder(), Handle::current());
    let attempt = tokio::task::spawn_blocking(move || {
        let mut how = crate::bronze::Options::new(spill);
        how.threads = options.threads.unwrap_or(how.threads);
        how.memory = options.memory.unwrap_or(how.memory);
        how.keys = options.keys;
        let gathered = gather_kept(&document, &inputs, &how)?;
        let tokens = gathered.tokens().clone();
        std::fs::create_dir_all(&folder)
            .map_err(|source| Error::Input { place: folder.display().to_string(), source })?;
        let rows = Rows { table: &table, document: &document, documents: &documents, runtime };
        let outcome = gathered.finish(&rows, &Default::default(), &folder, None)?;
        Ok((attempted(&table, outcome, Vec::new())?, tokens))
    });
    attempt.await.map_err(|_| Error::Stopped)?
}
