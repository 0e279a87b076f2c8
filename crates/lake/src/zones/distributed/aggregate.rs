//! Silver to gold: the sums in tasks.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::refine::hand_out;
use super::task::{Done, Held, Job, Kept, Recipe, Task, heard, keep, read};
use super::{Cuts, Step, size};
use crate::commits::{self, File, Kind, Lake, Run, Table, TableName, Zone};
use crate::distributed::side::by_number;
use crate::gold::{Metric, Month, Sums};
use crate::ingest::engine;
use crate::zones::aggregate::{
    AggregateOptions, Aggregation, Known, add, compared, looked, month_of, once, once_more,
};
use crate::zones::{Error, Result};

/// Files of silver of one month that are to be summed up.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Files {
    number: usize,
    /// Whether their rows are calculated once more before.
    again: bool,
    files: Vec<File>,
}

/// What they come to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Summed {
    number: usize,
    sums: Kept,
}

/// Sums files up, and keeps the sums at the side.
pub(super) async fn sum(lake: &Lake, run: &Run, held: Arc<Held>, files: Files) -> Result<Done> {
    let mut sums = Sums::new();
    let again = files.again;
    for file in files.files {
        let body = read(lake, &held.job.below, &file).await?;
        let held = held.clone();
        let adding = tokio::task::spawn_blocking(move || {
            let again = held.options.as_ref().filter(|_| again).map(|it| (&held.catalogue, it));
            add((file.path, body), file.kind, again)
        });
        sums.merge(&adding.await.map_err(|_| Error::Stopped)??);
    }
    let object = format!("zones/sums/{}", files.number);
    let body = sums.to_bytes().map_err(engine)?;
    let kept = Kept::of(&object, 0, &body);
    run.keep(&[(object, body.into())]).await?;
    Ok(Done::Sum(Summed { number: files.number, sums: kept }))
}

/// Silver to gold, planned and committed here, and summed up elsewhere.
pub struct Aggregating {
    lake: Lake,
    silver: TableName,
    domain: String,
    options: AggregateOptions,
    cuts: Cuts,
    /// The tables that are still to be made, the first one last.
    left: Vec<Metric>,
    done: Vec<Aggregation>,
    overtaken: u32,
    /// How often a file was not found.
    lost: u32,
    run: Option<Run>,
    stage: Stage,
    table: TableName,
}

enum Stage {
    Begun,
    Summing(Box<Going>),
    Over,
}

/// A plan that is being carried out.
struct Going {
    below: Table,
    /// The month of each task, and whether it is calculated once more.
    tasks: Vec<(Month, bool)>,
    known: Known,
}

impl std::fmt::Debug for Aggregating {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut session = f.debug_struct("Aggregating");
        session.field("silver", &self.silver).field("left", &self.left).finish_non_exhaustive()
    }
}

impl Aggregating {
    /// A session that does what [`aggregate`](crate::zones::aggregate) does. Nothing is looked at yet.
    ///
    /// # Errors
    ///
    /// A domain that no table can have.
    pub fn new(
        lake: &Lake,
        silver: &TableName,
        domain: &str,
        options: AggregateOptions,
        cuts: Cuts,
    ) -> Result<Self> {
        let mut left: Vec<Metric> = options.metrics.iter().copied().collect();
        left.reverse();
        let first = left.last().copied().unwrap_or(Metric::Summary);
        Ok(Self {
            lake: lake.clone(),
            silver: silver.clone(),
            domain: domain.to_owned(),
            options,
            cuts,
            left,
            done: Vec::new(),
            overtaken: 0,
            lost: 0,
            run: None,
            stage: Stage::Begun,
            table: named(domain, first)?,
        })
    }

    /// The name of the run under way, for [`work`](super::work).
    pub fn run(&self) -> Option<&str> {
        self.run.as_ref().map(Run::id)
    }

    /// The table at whose side the tasks meet, for [`work`](super::work).
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// Says what to do next; `done` is what came of the tasks before, in any order. Where others were
    /// faster it begins anew with the tables that are left.
    ///
    /// # Errors
    ///
    /// As [`aggregate`](crate::zones::aggregate); where a task is missing. Tables before stay committed,
    /// and [`abandon`](Self::abandon) cleans up.
    pub async fn next(&mut self, done: &[String]) -> Result<Step<Vec<Aggregation>>> {
        match std::mem::replace(&mut self.stage, Stage::Begun) {
            Stage::Over => {
                self.stage = Stage::Over;
                Ok(Step::Done(self.done.clone()))
            }
            Stage::Begun => self.begin().await,
            Stage::Summing(mut going) => {
                let Some(done) = heard(done, &mut self.lost)? else {
                    self.abandon().await?;
                    self.count_again()?;
                    return self.begin().await;
                };
                let of = |it| match it {
                    Done::Sum(it) => Some((it.number, it.sums)),
                    _ => None,
                };
                let sums = by_number(done.into_iter().filter_map(of), going.tasks.len())?;
                for ((month, again), kept) in going.tasks.iter().zip(sums) {
                    let run = self.run.as_ref().ok_or(Error::Stopped)?;
                    let body = kept.read(run).await?;
                    let sums = Sums::from_bytes(&body).map_err(engine)?;
                    going.known.of(*again).entry(*month).or_default().merge(&sums);
                }
                self.abandon().await?;
                let Going { below, mut known, .. } = *going;
                self.write(&below, &mut known).await
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

    fn count_again(&mut self) -> Result<()> {
        self.overtaken += 1;
        if self.overtaken > self.lake.options().races {
            let (table, times) = (self.table.clone(), self.overtaken);
            return Err(commits::Error::Contended { table, times }.into());
        }
        Ok(())
    }

    async fn begin(&mut self) -> Result<Step<Vec<Aggregation>>> {
        let below = self.lake.reader(&self.silver).await?;
        let again = self.options.like_for_like.is_some();
        let mut wanted: BTreeSet<(Month, bool)> = BTreeSet::new();
        for metric in self.left.iter().copied() {
            let table = self.lake.table_as_it_is(&named(&self.domain, metric)?).await?;
            for month in looked(&below, &table, metric, &self.options).await?.months {
                for month in compared(metric, month) {
                    wanted.insert((month, false));
                    if again && metric == Metric::YearOverYear {
                        wanted.insert((month, true));
                    }
                }
            }
        }
        let mut known = Known::default();
        let (mut months, mut tasks) = (Vec::new(), Vec::new());
        for (month, again) in wanted {
            // A month without files is known: nothing.
            known.of(again).entry(month).or_default();
            let kinds = [Kind::Data, Kind::Quarantine].into_iter().filter(|it| {
                // What has no answer has none once more either: it is counted as it is.
                !again || *it == Kind::Data
            });
            let files = kinds.flat_map(|kind| below.state().live(kind));
            let files = files.filter(|it| month_of(&it.file.path) == Some(month));
            for files in self.cuts.cut(files.map(|it| it.file.clone()).collect(), size) {
                let number = tasks.len();
                tasks.push(Task::Sum(Files { number, again, files }));
                months.push((month, again));
            }
        }
        if tasks.is_empty() {
            return self.write(&below, &mut known).await;
        }
        let mut job = Job { below: self.silver.clone(), silver: None, refine: None };
        let mut factors = None;
        if let Some((store, silver)) = &self.options.like_for_like
            && months.iter().any(|it| it.1)
        {
            job.silver = Some(Recipe::of(&once_more(silver, &self.options)).0);
            factors = Some(store);
        }
        let table = self.lake.table(&self.table).await?;
        let run = self.run.insert(table.begin().await?);
        keep(run, &job, factors, Vec::new()).await?;
        let tasks = hand_out(run, "sum", tasks).await?;
        self.stage = Stage::Summing(Box::new(Going { below, tasks: months, known }));
        Ok(Step::Do { stage: "sum", tasks })
    }

    /// Writes the tables that are left.
    async fn write(&mut self, below: &Table, known: &mut Known) -> Result<Step<Vec<Aggregation>>> {
        while let Some(metric) = self.left.last().copied() {
            let mut table = self.lake.table(&named(&self.domain, metric)?).await?;
            match once(below, &mut table, metric, &self.options, known).await {
                Ok(Some(aggregation)) => {
                    self.done.push(aggregation);
                    self.left.pop();
                    continue;
                }
                Ok(None) => {}
                Err(error) if error.is_overtaken() => {}
                Err(error) => return Err(error),
            }
            self.count_again()?;
            return Box::pin(self.begin()).await;
        }
        self.stage = Stage::Over;
        Ok(Step::Done(self.done.clone()))
    }
}

fn named(domain: &str, metric: Metric) -> Result<TableName> {
    Ok(TableName::new(Zone::Gold, &format!("{domain}/{metric}"))?)
}
