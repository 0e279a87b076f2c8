//! Bronze to silver in tasks.

use std::sync::Arc;

use platform::factors::FactorStore;
use serde::{Deserialize, Serialize};

use super::task::{Done, Held, Job, Kept, Recipe, Refine, Task, heard, keep, read, task_name};
use super::{Cuts, Step, size};
use crate::commits::{self, File, Lake, Run, Table, TableName};
use crate::distributed::side::{by_number, stored};
use crate::distributed::{Stream, batches};
use crate::ingest::{Documents, engine};
use crate::schema::Document;
use crate::silver::Refiner;
use crate::zones::plan::{Item, Plan, What};
use crate::zones::refine::{Gain, commit, partitions, planned};
use crate::zones::work::{Told, Work};
use crate::zones::writer::{Gather, Gathered, Place};
use crate::zones::{Error, RefineOptions, Refinement, Result, layout};

/// Files whose rows are to be refined, by their numbers in the plan.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Files {
    number: usize,
    items: Vec<(usize, Item)>,
}

/// What came of them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refined {
    number: usize,
    /// Nothing for a file that stays as it is.
    items: Vec<(usize, Option<Came>)>,
}

/// What came of one file.
#[derive(Debug, Serialize, Deserialize)]
struct Came {
    told: Told,
    parts: Vec<Part>,
}

/// Rows of one file that go to one place.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Part {
    place: Place,
    rows: u64,
    kept: Kept,
}

/// Files that are to be written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Parts {
    number: usize,
    files: Vec<(Place, Vec<Kept>)>,
}

/// What was written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Written {
    number: usize,
    files: Vec<File>,
}

/// Refines files, and keeps their rows at the side.
pub(super) async fn refine(
    lake: &Lake,
    table: &TableName,
    run: &Run,
    held: Arc<Held>,
    files: Files,
) -> Result<Done> {
    let mut refined = Refined { number: files.number, items: Vec::new() };
    let (work, _) = held.refine.as_ref().ok_or_else(no_job)?;
    let mut refiner = Some(Refiner::new(work.silver_options().clone()));
    for (nth, item) in files.items {
        let from = if item.what == What::New { &held.job.below } else { table };
        let body = read(lake, from, &item.file.file).await?;
        let Some(mut own) = refiner.take() else { return Err(Error::Stopped) };
        let object = format!("zones/rows/{nth}");
        let (held, called) = (held.clone(), object.clone());
        let working = tokio::task::spawn_blocking(move || {
            let (work, shape) = held.refine.as_ref().ok_or_else(no_job)?;
            let done = work.one(&mut own, &held.catalogue, &item, body)?;
            let Some(done) = done else { return Ok((own, None)) };
            let told = done.told.clone();
            let mut gather = Gather::new(usize::MAX);
            gather.take(shape.parts(done)?);
            let (mut parts, mut all) = (Vec::new(), Vec::new());
            for (place, rows) in gather.rest() {
                let rows = shape.joined(place.1, &rows)?;
                let mut stream = Stream::new(&rows.schema())?;
                stream.add(&rows)?;
                let bytes = stream.finish()?;
                let kept = Kept::of(&called, all.len(), &bytes);
                all.extend_from_slice(&bytes);
                parts.push(Part { place, rows: rows.num_rows() as u64, kept });
            }
            Ok::<_, Error>((own, Some((Came { told, parts }, all))))
        });
        let (own, came) = working.await.map_err(|_| Error::Stopped)??;
        refiner = Some(own);
        let came = match came {
            None => None,
            Some((came, all)) => {
                if !all.is_empty() {
                    run.keep(&[(object, all.into())]).await?;
                }
                Some(came)
            }
        };
        refined.items.push((nth, came));
    }
    Ok(Done::Refine(refined))
}

/// Puts rows together that make a file, and stages it.
pub(super) async fn write(run: &Run, held: Arc<Held>, parts: Parts) -> Result<Done> {
    let mut written = Written { number: parts.number, files: Vec::new() };
    for (place, kept) in parts.files {
        let mut bodies = Vec::new();
        for it in &kept {
            bodies.push(it.read(run).await?);
        }
        let held = held.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let (_, shape) = held.refine.as_ref().ok_or_else(no_job)?;
            let mut rows = Vec::new();
            for body in bodies {
                rows.extend(batches(&body)?);
            }
            shape.file(place, &rows)
        });
        let (file, body) = writing.await.map_err(|_| Error::Stopped)??;
        run.stage(&[(&file, body)]).await?;
        written.files.push(file);
    }
    Ok(Done::Write(written))
}

fn no_job() -> Error {
    engine("this run does not refine").into()
}

/// Bronze to silver, planned and committed here and done elsewhere.
pub struct Refining {
    lake: Lake,
    factors: FactorStore,
    bronze: TableName,
    silver: TableName,
    options: RefineOptions,
    cuts: Cuts,
    overtaken: u32,
    /// How often a file was not found.
    lost: u32,
    run: Option<Run>,
    stage: Stage,
}

enum Stage {
    Begun,
    Refining(Box<Going>, usize),
    Writing(Box<Going>, usize),
    Over(Box<Refinement>),
}

/// A plan that is being carried out.
struct Going {
    below: Table,
    table: Table,
    plan: Plan,
    gain: Gain,
}

impl std::fmt::Debug for Refining {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut session = f.debug_struct("Refining");
        session.field("bronze", &self.bronze).field("silver", &self.silver).finish_non_exhaustive()
    }
}

impl Refining {
    /// A session that does what [`refine`](crate::zones::refine) does. Nothing is looked at yet.
    pub fn new(
        lake: &Lake,
        factors: &FactorStore,
        (bronze, silver): (TableName, TableName),
        options: RefineOptions,
        cuts: Cuts,
    ) -> Self {
        let (lake, factors) = (lake.clone(), factors.clone());
        let (run, stage) = (None, Stage::Begun);
        Self { lake, factors, bronze, silver, options, cuts, overtaken: 0, lost: 0, run, stage }
    }

    /// The name of the run under way, for [`work`](super::work).
    pub fn run(&self) -> Option<&str> {
        self.run.as_ref().map(Run::id)
    }

    /// The table, for [`work`](super::work).
    pub fn table(&self) -> &TableName {
        &self.silver
    }

    /// Says what to do next; `done` is what came of the tasks before, in any order. Where others were
    /// faster it begins anew.
    ///
    /// # Errors
    ///
    /// As [`refine`](crate::zones::refine); where a task is missing. Nothing is committed then, and
    /// [`abandon`](Self::abandon) cleans up.
    pub async fn next(&mut self, done: &[String]) -> Result<Step<Refinement>> {
        match std::mem::replace(&mut self.stage, Stage::Begun) {
            Stage::Begun => self.begin().await,
            Stage::Over(refinement) => {
                self.stage = Stage::Over(refinement.clone());
                Ok(Step::Done(*refinement))
            }
            Stage::Refining(going, tasks) => match heard(done, &mut self.lost)? {
                Some(done) => self.write(going, done, tasks).await,
                None => self.again().await,
            },
            Stage::Writing(mut going, tasks) => {
                let Some(done) = heard(done, &mut self.lost)? else { return self.again().await };
                let of = |it| match it {
                    Done::Write(it) => Some((it.number, it.files)),
                    _ => None,
                };
                let files = by_number(done.into_iter().filter_map(of), tasks)?;
                going.gain.draft.adds = files.into_iter().flatten().collect();
                self.commit(*going).await
            }
        }
    }

    /// Removes everything that was not committed.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn abandon(&mut self) -> Result<()> {
        self.stage = Stage::Begun;
        match self.run.take() {
            Some(run) => Ok(run.abandon().await?),
            None => Ok(()),
        }
    }

    fn over(&mut self, refinement: Refinement) -> Step<Refinement> {
        self.stage = Stage::Over(Box::new(refinement.clone()));
        Step::Done(refinement)
    }

    /// Others were faster.
    async fn again(&mut self) -> Result<Step<Refinement>> {
        self.abandon().await?;
        self.overtaken += 1;
        if self.overtaken > self.lake.options().races {
            let (table, times) = (self.silver.clone(), self.overtaken);
            return Err(commits::Error::Contended { table, times }.into());
        }
        self.begin().await
    }

    fn at_the_side(&self) -> Result<&Run> {
        self.run.as_ref().ok_or(Error::Stopped)
    }

    async fn begin(&mut self) -> Result<Step<Refinement>> {
        let below = self.lake.reader(&self.bronze).await?;
        let table = self.lake.table(&self.silver).await?;
        let plan = planned(&below, &table, &self.options).await?;
        let mut gain = Gain::of(&plan);
        if plan.items.is_empty() {
            return Ok(self.over(gain.refinement));
        }
        let documents = Documents::of(&self.lake, below.state()).await?;
        let document = below.state().schema().and_then(|it| documents.get(&it).cloned());
        let text = |it: &Document| String::from_utf8(it.canonical()).map_err(engine);
        let (recipe, objects) = Recipe::of(&self.options.silver);
        let refine = Refine {
            document: document.as_ref().map(text).transpose()?,
            documents: documents.texts()?,
            partitions: partitions(&below),
            retry: self.options.retry,
            restate: self.options.restate,
            gone: plan.gone.clone(),
        };
        let from = (below.name(), &*refine.partitions);
        let work = Work::new(document, documents, from, &self.options, plan.gone.clone())?;
        gain.draft.schema = Some(layout::name(&work.layouts().0));
        let job = Job { below: below.name().clone(), silver: Some(recipe), refine: Some(refine) };
        let run = self.run.insert(table.begin().await?);
        keep(run, &job, Some(&self.factors), objects).await?;
        let items: Vec<(usize, Item)> = plan.items.iter().cloned().enumerate().collect();
        let cuts = self.cuts.cut(items, |it| size(&it.1.file.file));
        let task = |(number, items)| Task::Refine(Files { number, items });
        let tasks = cuts.into_iter().enumerate().map(task);
        let tasks = hand_out(run, "refine", tasks.collect()).await?;
        let going = Going { below, table, plan, gain };
        self.stage = Stage::Refining(Box::new(going), tasks.len());
        Ok(Step::Do { stage: "refine", tasks })
    }

    async fn write(
        &mut self,
        mut going: Box<Going>,
        done: Vec<Done>,
        tasks: usize,
    ) -> Result<Step<Refinement>> {
        let of = |it| match it {
            Done::Refine(it) => Some((it.number, it.items)),
            _ => None,
        };
        let items = by_number(done.into_iter().filter_map(of), tasks)?;
        let items = by_number(items.into_iter().flatten(), going.plan.items.len())?;
        let mut gather = Gather::new(self.options.rows_per_file);
        let mut files: Vec<Gathered<Kept>> = Vec::new();
        for (item, came) in going.plan.items.iter().zip(items) {
            let Some(Came { told, parts }) = came else { continue };
            let rows = parts.iter().map(|it| it.rows).sum();
            going.gain.take(&going.table, item, &told, rows);
            files.extend(gather.take(parts.into_iter().map(|it| (it.place, it.rows, it.kept))));
        }
        files.extend(gather.rest());
        if files.is_empty() {
            return self.commit(*going).await;
        }
        let bytes = |it: &Gathered<Kept>| it.1.iter().map(Kept::length).sum();
        let cuts = self.cuts.cut(files, bytes);
        let task = |(number, files)| Task::Write(Parts { number, files });
        let tasks = cuts.into_iter().enumerate().map(task);
        let tasks = hand_out(self.at_the_side()?, "write", tasks.collect()).await?;
        self.stage = Stage::Writing(going, tasks.len());
        Ok(Step::Do { stage: "write", tasks })
    }

    async fn commit(&mut self, going: Going) -> Result<Step<Refinement>> {
        let Going { below, mut table, gain, .. } = going;
        let run = self.run.take().ok_or(Error::Stopped)?;
        match commit(&below, &mut table, run, gain, &self.options).await? {
            Some(refinement) => Ok(self.over(refinement)),
            None => self.again().await,
        }
    }
}

pub(super) async fn hand_out(
    run: &Run,
    stage: &'static str,
    tasks: Vec<Task>,
) -> Result<Vec<String>> {
    let objects = tasks.iter().enumerate().map(|(nth, it)| stored(task_name(stage, nth), it));
    let objects: Vec<_> = objects.collect::<crate::ingest::Result<_>>()?;
    run.keep(&objects).await?;
    Ok(objects.into_iter().map(|it| it.0).collect())
}
