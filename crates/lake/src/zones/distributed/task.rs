//! Tasks: what is handed out, what comes back, and doing one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use platform::factors::FactorStore;
use serde::{Deserialize, Serialize};
use storage_core::factors::Catalogue;
use storage_core::factors::batch::{Body, Opened};
use storage_core::gwp::GwpSet;

use super::{aggregate, refine};
use crate::commits::{self, File, Lake, Run, TableName};
use crate::distributed::side::{self, Span, other_bytes, stored};
use crate::ingest::{Documents, engine};
use crate::schema::Document;
use crate::silver::{Columns, EntityRule, Options, Reference};
use crate::zones::refine::OVERTAKEN;
use crate::zones::work::Work;
use crate::zones::writer::Shape;
use crate::zones::{Error, RefineOptions, Result};

/// What all tasks of a run share.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// The table that files are read from.
    pub(super) below: TableName,
    /// What rows are calculated with; none where they are summed up as they are.
    pub(super) silver: Option<Recipe>,
    /// How files of bronze are refined; none where silver is summed up.
    pub(super) refine: Option<Refine>,
}

/// Options that name their tables by objects at the side.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Recipe {
    columns: Columns,
    known_at: u64,
    gwp_set: Option<GwpSet>,
    weigh_again: bool,
    entities: Vec<Rule>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Rule {
    column: String,
    into: String,
    keep: Vec<String>,
    reference: String,
    object: String,
}

/// How files of bronze are refined.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refine {
    pub(super) document: Option<String>,
    pub(super) documents: Vec<String>,
    pub(super) partitions: Vec<String>,
    pub(super) retry: bool,
    pub(super) restate: bool,
    pub(super) gone: BTreeSet<String>,
}

/// What is to be done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Task {
    Refine(refine::Files),
    Write(refine::Parts),
    Sum(aggregate::Files),
}

/// What was done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub(super) enum Done {
    Refine(refine::Refined),
    Write(refine::Written),
    Sum(aggregate::Summed),
    /// Somebody removed a file while it was to be read: it has to be planned anew.
    Overtaken {
        table: TableName,
        path: String,
        reason: String,
    },
}

/// Something that was kept at the side, or a part of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) object: String,
    span: Span,
}

impl Kept {
    /// `bytes` at `offset` of an object.
    pub(super) fn of(object: &str, offset: usize, bytes: &[u8]) -> Self {
        Self { object: object.to_owned(), span: Span::of(offset, bytes) }
    }

    /// How many bytes there are.
    pub(super) fn length(&self) -> u64 {
        self.span.length
    }

    pub(super) async fn read(&self, run: &Run) -> Result<Bytes> {
        let range = self.span.offset..self.span.end();
        let body = run.kept(&self.object, Some(range)).await?;
        match self.span.holds(&body) {
            true => Ok(body),
            false => Err(engine(other_bytes(&self.object)).into()),
        }
    }
}

const JOB: &str = "zones/job.json";
const FACTORS: &str = "zones/factors";

/// The name of a task: its number stands at the end.
pub(super) fn task_name(stage: &str, number: usize) -> String {
    format!("zones/{stage}-{number}.json")
}

/// Reads what tasks have told. A file that one of them did not find lets it be planned anew: nothing is
/// given then, until that has happened too often.
pub(super) fn heard(done: &[String], lost: &mut u32) -> Result<Option<Vec<Done>>> {
    let mut heard = Vec::with_capacity(done.len());
    for text in done {
        match serde_json::from_str(text).map_err(engine)? {
            Done::Overtaken { table, path, reason } => {
                *lost += 1;
                if *lost > OVERTAKEN {
                    return Err(commits::Error::FileLost { table, path, reason }.into());
                }
                return Ok(None);
            }
            done => heard.push(done),
        }
    }
    Ok(Some(heard))
}

impl Recipe {
    /// The recipe, and what has to lie at the side for it.
    pub(super) fn of(options: &Options) -> (Self, Vec<(String, Bytes)>) {
        let mut objects = Vec::new();
        let rule = |(nth, it): (usize, &EntityRule)| {
            let object = format!("zones/reference-{nth}.csv");
            objects.push((object.clone(), it.reference.file().clone()));
            Rule {
                column: it.column.clone(),
                into: it.into.clone(),
                keep: it.keep.clone(),
                reference: it.reference.name().to_owned(),
                object,
            }
        };
        let entities = options.entities.iter().enumerate().map(rule).collect();
        let recipe = Self {
            columns: options.columns.clone(),
            known_at: options.known_at,
            gwp_set: options.gwp_set,
            weigh_again: options.weigh_again,
            entities,
        };
        (recipe, objects)
    }

    async fn options(&self, run: &Run) -> Result<Options> {
        let mut options = Options::new(self.known_at);
        options.columns = self.columns.clone();
        (options.gwp_set, options.weigh_again) = (self.gwp_set, self.weigh_again);
        for rule in &self.entities {
            let file = run.kept(&rule.object, None).await?;
            let reference = Reference::csv(&rule.reference, &file)
                .map_err(|source| Error::Silver { path: rule.object.clone(), source })?;
            options.entities.push(EntityRule {
                column: rule.column.clone(),
                reference: Arc::new(reference),
                into: rule.into.clone(),
                keep: rule.keep.clone(),
            });
        }
        Ok(options)
    }
}

/// Keeps what all tasks need at the side.
pub(super) async fn keep(
    run: &Run,
    job: &Job,
    factors: Option<&FactorStore>,
    mut objects: Vec<(String, Bytes)>,
) -> Result<()> {
    if let Some(factors) = factors {
        let failed = |source| engine(Box::new(source) as Box<dyn std::error::Error + Send + Sync>);
        let bodies = factors.bodies().await.map_err(failed)?;
        // Number and length of each body, and the body.
        let mut all = Vec::with_capacity(bodies.iter().map(|it| it.1.len() + 16).sum());
        for (number, body) in bodies {
            all.extend_from_slice(&number.to_le_bytes());
            all.extend_from_slice(&(body.len() as u64).to_le_bytes());
            all.extend_from_slice(&body);
        }
        objects.push((FACTORS.to_owned(), Bytes::from(all)));
    }
    objects.push(stored(JOB.to_owned(), job)?);
    Ok(run.keep(&objects).await?)
}

/// The factors that were kept.
fn catalogue(mut all: Bytes) -> Result<Catalogue> {
    let short = || Error::from(engine("the factors at the side of the table are cut off"));
    let mut catalogue = Catalogue::default();
    while !all.is_empty() {
        let number = |from: usize| {
            let bytes = all.get(from..from + 8).and_then(|it| <[u8; 8]>::try_from(it).ok());
            bytes.map(u64::from_le_bytes).ok_or_else(short)
        };
        let (seq, length) = (number(0)?, number(8)?);
        let end = usize::try_from(length).ok().and_then(|it| it.checked_add(16));
        let end = end.filter(|it| *it <= all.len()).ok_or_else(short)?;
        let body = all.split_to(end).slice(16..);
        let failed = |source| Error::Silver {
            path: FACTORS.to_owned(),
            source: crate::silver::Error::Factors(source),
        };
        catalogue.append(Opened::read(seq, Body::new(body)).map_err(failed)?).map_err(failed)?;
    }
    Ok(catalogue)
}

/// What a process holds to do the tasks of a run.
pub(super) struct Held {
    pub(super) job: Job,
    pub(super) options: Option<Options>,
    pub(super) catalogue: Catalogue,
    pub(super) refine: Option<(Work, Shape)>,
}

/// What the process held last, and for which run: tasks of a run come one after the other.
static LAST: Mutex<Option<(String, Arc<Held>)>> = Mutex::new(None);

async fn held(run: &Run, table: &TableName) -> Result<Arc<Held>> {
    let last = || LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, held)) = last().as_ref().filter(|it| it.0 == run.id()) {
        return Ok(held.clone());
    }
    let job: Job = side::load::<_, Error>(run, JOB).await?;
    let (mut options, mut known) = (None, Catalogue::default());
    if let Some(recipe) = &job.silver {
        options = Some(recipe.options(run).await?);
        let body = run.kept(FACTORS, None).await?;
        let reading = tokio::task::spawn_blocking(move || catalogue(body));
        known = reading.await.map_err(|_| Error::Stopped)??;
    }
    let refine = match (&job.refine, &options) {
        (Some(refine), Some(silver)) => {
            let mut options = RefineOptions::new(silver.clone());
            (options.retry, options.restate) = (refine.retry, refine.restate);
            let parse = |text: &String| Documents::parse(std::slice::from_ref(text));
            let document = refine.document.as_ref().map(parse).transpose()?;
            let document: Option<Document> = document.and_then(Documents::into_one);
            let documents = Documents::parse(&refine.documents)?;
            let from = (&job.below, &*refine.partitions);
            let work = Work::new(document, documents, from, &options, refine.gone.clone())?;
            let shape = Shape::new(table.clone(), work.layouts());
            Some((work, shape))
        }
        _ => None,
    };
    let held = Arc::new(Held { job, options, catalogue: known, refine });
    *last() = Some((run.id().to_owned(), held.clone()));
    Ok(held)
}

/// Does one task of a session in the lake at `lake`, and says what came of it: a text that the session
/// wants to hear. `table`, `run` and `task` are what the session said.
///
/// # Errors
///
/// Where the lake fails: whoever runs tasks tries again.
pub async fn work(lake: &str, table: &TableName, run: &str, task: &str) -> Result<String> {
    let lake = side::open(lake).await?;
    let run = Run::joined(&lake, table, run, lake.options().clock.now());
    let held = held(&run, table).await?;
    let done = match side::load::<_, Error>(&run, task).await? {
        Task::Refine(files) => refine::refine(&lake, table, &run, held, files).await,
        Task::Write(parts) => refine::write(&run, held, parts).await,
        Task::Sum(files) => aggregate::sum(&lake, &run, held, files).await,
    };
    let done = match done {
        Err(Error::Commit(commits::Error::FileLost { table, path, reason })) => {
            Done::Overtaken { table, path, reason }
        }
        done => done?,
    };
    Ok(serde_json::to_string(&done).map_err(engine)?)
}

/// Reads a file of a table.
pub(super) async fn read(lake: &Lake, table: &TableName, file: &File) -> Result<Bytes> {
    match lake.read(table, file).await {
        // It may still be on its way to where it belongs: that is known from the log.
        Err(commits::Error::FileLost { .. }) => {
            Ok(lake.table_as_it_is(table).await?.read(file).await?)
        }
        read => Ok(read?),
    }
}
