//! Tasks: what is handed out, what comes back, and doing one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use storage_core::Digest;

use super::place::Found;
use super::side::{self, Span};
use super::survey::{Cut, Surveyed, survey};
use super::{Place, finish, read};
use crate::bronze::{MaskKeys, PartitionKey};
use crate::commits::{Counts, Lake, Run, TableName};
use crate::ingest::{Error, Result, engine};
use crate::schema::Document;

/// What all tasks of a run share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) document: String,
    pub(super) place: Place,
    pub(super) inputs: Vec<Found>,
    /// About how many bytes of an input one task reads.
    pub(super) piece: u64,
    /// About how many bytes of memory one task uses for rows.
    pub(super) memory: u64,
}

impl Job {
    pub(super) const NAME: &str = "job.json";

    pub(super) fn document(&self) -> Result<Document> {
        Document::parse(&self.document).map_err(|findings| {
            engine(findings.first().map_or_else(String::new, ToString::to_string))
        })
    }
}

/// The values of a partition.
pub(super) type Values = Vec<(String, String)>;

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Task {
    Survey { input: usize },
    Read(Reading),
    Finish(Finishing),
}

/// An input, or a piece of it, that is to be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reading {
    pub(super) number: usize,
    pub(super) input: usize,
    /// The piece; none for the whole input.
    pub(super) cut: Option<Cut>,
    /// The digest of the whole input.
    pub(super) sha256: Digest,
}

/// Partitions that are to be finished.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Finishing {
    pub(super) number: usize,
    pub(super) attempt: u32,
    /// Name, digest and size of every input of the run.
    pub(super) inputs: Vec<(String, Digest, u64)>,
    pub(super) partitions: Vec<Values>,
    /// The objects that pieces lie in.
    pub(super) objects: Vec<String>,
    pub(super) pieces: Vec<Wanted>,
}

/// Rows of one partition and one split, and where they lie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wanted {
    /// The number of the split among all of the run, from 1.
    pub(super) order: u64,
    pub(super) input: usize,
    /// The line before the split.
    pub(super) base: u64,
    pub(super) partition: usize,
    pub(super) object: usize,
    pub(super) span: Span,
}

/// What was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub(super) enum Done {
    Survey { input: usize, surveyed: Surveyed },
    Read(Read),
    Finish(Finished),
}

/// What was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Read {
    pub(super) number: usize,
    pub(super) rows: u64,
    pub(super) refused: u64,
    /// The line before each split.
    pub(super) bases: Vec<u64>,
    pub(super) partitions: Vec<Values>,
    pub(super) pieces: Vec<Written>,
    pub(super) tokens: BTreeMap<String, BTreeMap<String, String>>,
}

/// Rows of one partition and one split, as they were written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Written {
    /// The number of the split within its task.
    pub(super) split: usize,
    pub(super) partition: usize,
    /// The number of the object within its task.
    pub(super) object: usize,
    pub(super) span: Span,
}

/// What was finished.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Finished {
    pub(super) number: usize,
    pub(super) files: Vec<Made>,
    pub(super) replaced: Vec<Values>,
    pub(super) superseded: u64,
    /// What became of the rows of each input.
    pub(super) counts: Vec<Counts>,
    /// Whether there are any.
    pub(super) duplicates: bool,
    pub(super) rejects: bool,
}

/// A finished file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Made {
    pub(super) partition: Values,
    pub(super) name: String,
    pub(super) sha256: Digest,
    pub(super) size: u64,
    pub(super) rows: u64,
}

impl Made {
    pub(super) fn file(&self) -> crate::bronze::File {
        crate::bronze::File {
            partition: PartitionKey(self.partition.clone()),
            name: self.name.clone(),
            path: std::path::PathBuf::new(),
            digest: self.sha256,
            size: self.size,
            rows: self.rows,
            ranges: BTreeMap::new(),
        }
    }
}

/// What is called `name` at the side.
pub(super) fn rows_object(number: usize, object: usize) -> String {
    format!("rows/{number}-{object}")
}

pub(super) fn read_rejects(number: usize) -> String {
    format!("rejects/{number}")
}

pub(super) fn finished_object(what: &str, attempt: u32, number: usize) -> String {
    format!("{what}/finished-{attempt}-{number}")
}

/// Does one task of a [`Session`](super::Session) in the lake at `lake`, and says what came of it: a text
/// that the session wants to hear. `run` and `task` are what the session said; `keys` are those of masks.
///
/// # Errors
///
/// Where the inputs, the lake or the disk of this machine fail: whoever runs tasks tries again.
pub async fn work(
    lake: &str,
    table: &TableName,
    run: &str,
    task: &str,
    keys: &MaskKeys,
) -> Result<String> {
    work_in(&side::open(lake).await?, table, run, task, keys).await
}

/// The same in a lake that is open.
///
/// # Errors
///
/// As [`work`].
pub(super) async fn work_in(
    lake: &Lake,
    table: &TableName,
    run: &str,
    task: &str,
    keys: &MaskKeys,
) -> Result<String> {
    let run = Run::joined(lake, table, run, lake.options().clock.now());
    let job: Job = side::load::<_, Error>(&run, Job::NAME).await?;
    let done = match side::load::<_, Error>(&run, task).await? {
        Task::Survey { input } => {
            let source = job.place.input(&job.inputs[input]).await?;
            let surveying = tokio::task::spawn_blocking(move || survey(source, job.piece));
            let surveyed = surveying.await.map_err(|_| Error::Stopped)??;
            Done::Survey { input, surveyed }
        }
        Task::Read(reading) => Done::Read(read::read(&run, &job, reading, keys).await?),
        Task::Finish(finishing) => {
            Done::Finish(finish::finish(lake, table, run, &job, finishing, keys).await?)
        }
    };
    serde_json::to_string(&done).map_err(engine)
}
