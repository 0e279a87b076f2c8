//! A run as the machine sees it that plans and commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use storage_core::Digest;
use tempfile::TempDir;

use super::Place;
use super::pieces::batches;
use super::place::Found;
use super::regroup::{AllRead, regroup};
use super::side::{by_number, stored};
use super::survey::Surveyed;
use super::task::{Done, Finished, Job, Reading, Task, finished_object, read_rejects};
use crate::bronze::{Duplicate, Held, InputCounts, MaskKeys, Outcome, PartitionKey, Reject};
use crate::commits::{Lake, Run, Table, TableName, Zone};
use crate::ingest::{
    Documents, Error, Most, Report, Result, attempted, committing, engine, follow, keep, left_out,
};
use crate::schema::Document;
use crate::tokens::Vault;

/// So much of an input one task reads, if nothing is said.
const PIECE: u64 = 32 << 20;
/// No more than about so many tasks read, however much there is; pieces grow instead.
const MOST_PIECES: u64 = 4096;
/// So much memory one task uses for rows, if nothing is said.
const MEMORY: u64 = 256 << 20;

/// How a run is cut and what it may refuse. The cuts do not show in what comes out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// About how many bytes of an input one task reads.
    pub piece: Option<u64>,
    /// Into how many groups the partitions are cut; eight if nothing is said.
    pub groups: Option<usize>,
    /// About how many bytes of memory one task uses for rows.
    pub memory: Option<u64>,
    /// How many rows may be refused.
    pub max_quarantined: Option<Most>,
    /// The keys of masks.
    pub keys: MaskKeys,
    /// Where the session keeps what tokens stand for, before the commit; nowhere if nothing is said, and
    /// whoever ran it has it from the report alone.
    pub tokens: Option<Vault>,
}

/// What is to be done next.
#[derive(Clone, Debug)]
pub enum Step {
    /// These tasks, in any order, by anybody ([`work`](super::work)); then the session is told what
    /// came of them.
    Do {
        /// What they are for: `survey`, `read` or `finish`.
        stage: &'static str,
        /// What they are called.
        tasks: Vec<String>,
    },
    /// Nothing: the run is over.
    Done(Report),
}

/// A run that is planned and committed here and done elsewhere.
pub struct Session {
    lake: Lake,
    table: Table,
    run: Option<Run>,
    document: Document,
    options: Options,
    job: Job,
    report: Report,
    inputs: Vec<InputCounts>,
    surveyed: Vec<Surveyed>,
    reading: BTreeMap<usize, Reading>,
    read: AllRead,
    skip: BTreeSet<usize>,
    attempt: u32,
    tasks: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begun,
    Surveying,
    Reading,
    Finishing,
    Over,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut session = f.debug_struct("Session");
        session.field("table", self.table.name()).field("stage", &self.stage);
        session.finish_non_exhaustive()
    }
}

impl Session {
    /// Begins a run that takes what lies at `place` into the table that `document` describes.
    ///
    /// # Errors
    ///
    /// Where the lake or the inputs cannot be read, and where the document cannot follow the one
    /// before it.
    pub async fn begin(
        lake: &Lake,
        document: &Document,
        place: Place,
        options: Options,
    ) -> Result<Self> {
        let name = TableName::new(Zone::Bronze, document.entity())?;
        let inputs = place.list().await?;
        let table = lake.table(&name).await?;
        follow(&Documents::of(lake, table.state()).await?, table.state(), document)?;
        let run = table.begin().await?;
        let all: u64 = inputs.iter().map(|it| it.size).sum();
        let canonical = document.canonical();
        let job = Job {
            document: String::from_utf8(canonical).map_err(engine)?,
            place,
            piece: options.piece.unwrap_or(PIECE).max(all / MOST_PIECES).max(1),
            memory: options.memory.unwrap_or(MEMORY),
            inputs,
        };
        run.keep(&[stored(Job::NAME.to_owned(), &job)?]).await?;
        Ok(Self {
            lake: lake.clone(),
            table,
            run: Some(run),
            document: document.clone(),
            report: Report::new(name, document.digest(), false),
            inputs: Vec::new(),
            surveyed: Vec::new(),
            reading: BTreeMap::new(),
            read: AllRead::new(),
            skip: BTreeSet::new(),
            attempt: 0,
            tasks: 0,
            stage: Stage::Begun,
            options,
            job,
        })
    }

    /// The name of the run, for [`work`](super::work).
    pub fn run(&self) -> Option<&str> {
        self.run.as_ref().map(Run::id)
    }

    /// The table, for [`work`](super::work).
    pub fn table(&self) -> &TableName {
        self.table.name()
    }

    /// Says what to do next; `done` is what came of the tasks before, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`]; [`Error::Engine`] where a task is missing; what the lake says. Nothing is
    /// committed then, and [`abandon`](Self::abandon) cleans up.
    pub async fn next(&mut self, done: &[String]) -> Result<Step> {
        let done: Vec<Done> = done
            .iter()
            .map(|it| serde_json::from_str(it))
            .collect::<Result<_, _>>()
            .map_err(engine)?;
        match self.stage {
            Stage::Begun => {
                let tasks = (0..self.job.inputs.len()).map(|input| Task::Survey { input });
                self.hand_out(Stage::Surveying, tasks.collect()).await
            }
            Stage::Surveying => self.surveyed(done).await,
            Stage::Reading => self.read(done).await,
            Stage::Finishing => self.finished(done).await,
            Stage::Over => Ok(Step::Done(self.report.clone())),
        }
    }

    /// Removes everything that was not committed.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn abandon(&mut self) -> Result<()> {
        self.stage = Stage::Over;
        match self.run.take() {
            Some(run) => Ok(run.abandon().await?),
            None => Ok(()),
        }
    }

    fn at_the_side(&self) -> Result<&Run> {
        self.run.as_ref().ok_or(Error::Stopped)
    }

    async fn hand_out(&mut self, stage: Stage, tasks: Vec<Task>) -> Result<Step> {
        let called = match stage {
            Stage::Surveying => "survey",
            Stage::Reading => "read",
            _ => "finish",
        };
        let name = |number| format!("tasks/{called}-{}-{number}.json", self.attempt);
        let objects = tasks.iter().enumerate().map(|(number, task)| stored(name(number), task));
        let objects: Vec<_> = objects.collect::<Result<_>>()?;
        self.at_the_side()?.keep(&objects).await?;
        let tasks: Vec<_> = objects.into_iter().map(|(name, _)| name).collect();
        (self.stage, self.tasks) = (stage, tasks.len());
        Ok(Step::Do { stage: called, tasks })
    }

    async fn surveyed(&mut self, done: Vec<Done>) -> Result<Step> {
        let of = |it| match it {
            Done::Survey { input, surveyed } => Some((input, surveyed)),
            _ => None,
        };
        self.surveyed = by_number(done.into_iter().filter_map(of), self.tasks)?;
        let count = |(found, it): (&Found, &Surveyed)| InputCounts {
            name: found.name.clone(),
            digest: it.sha256,
            size: it.size,
            counts: crate::commits::Counts::default(),
        };
        self.inputs = self.job.inputs.iter().zip(&self.surveyed).map(count).collect();
        let (skip, reports) = left_out(self.table.state(), self.inputs.clone());
        self.skip = skip;
        if self.skip.len() == self.inputs.len() {
            self.report.inputs = reports;
            self.abandon().await?;
            return Ok(Step::Done(self.report.clone()));
        }
        let mut tasks = Vec::new();
        for (input, surveyed) in self.surveyed.iter().enumerate() {
            if self.skip.contains(&input) {
                continue;
            }
            let cuts = match &surveyed.cuts {
                None => vec![None],
                Some(cuts) => cuts.iter().cloned().map(Some).collect(),
            };
            for cut in cuts {
                let (number, sha256) = (tasks.len(), surveyed.sha256);
                tasks.push(Reading { number, input, cut, sha256 });
            }
        }
        self.reading = tasks.iter().map(|it| (it.number, it.clone())).collect();
        self.hand_out(Stage::Reading, tasks.into_iter().map(Task::Read).collect()).await
    }

    async fn read(&mut self, done: Vec<Done>) -> Result<Step> {
        let of = |it| match it {
            Done::Read(read) => Some((read.number, read)),
            _ => None,
        };
        let done = by_number(done.into_iter().filter_map(of), self.tasks)?;
        for (number, read) in done.into_iter().enumerate() {
            let reading = self.reading[&number].clone();
            let counts = &mut self.inputs[reading.input].counts;
            counts.rows += read.rows;
            counts.quarantined += read.refused;
            for (column, tokens) in &read.tokens {
                let all = self.report.tokens.entry(column.clone()).or_default();
                all.extend(tokens.iter().map(|(token, text)| (token.clone(), text.clone())));
            }
            self.read.insert(number, (reading, read));
        }
        keep(&self.lake, &self.document).await?;
        // Before the commit: what a token of the table stands for can always be found.
        if let Some(vault) = &self.options.tokens {
            vault.add(&self.report.tokens).await?;
        }
        self.begin_finishing().await
    }

    async fn begin_finishing(&mut self) -> Result<Step> {
        let inputs: Vec<(String, Digest, u64)> =
            self.inputs.iter().map(|it| (it.name.clone(), it.digest, it.size)).collect();
        let groups = self.options.groups.unwrap_or(8);
        let tasks = regroup(&self.read, &self.skip, &inputs, groups, self.attempt);
        self.hand_out(Stage::Finishing, tasks.into_iter().map(Task::Finish).collect()).await
    }

    async fn finished(&mut self, done: Vec<Done>) -> Result<Step> {
        let of = |it| match it {
            Done::Finish(finished) => Some((finished.number, finished)),
            _ => None,
        };
        let done = by_number(done.into_iter().filter_map(of), self.tasks)?;
        let (_, reports) = left_out(self.table.state(), self.inputs.clone());
        let folder = TempDir::with_prefix("strongroom-").map_err(|source| Error::Input {
            place: "the folder for temporary files".into(),
            source,
        })?;
        let outcome = self.outcome(done, &folder).await?;
        let attempt = attempted(&self.table, outcome, reports)?;
        if let Some(error) = attempt.too_many(self.options.max_quarantined) {
            self.abandon().await?;
            return Err(error);
        }
        if attempt.taken.is_empty() {
            attempt.tell(&mut self.report, Vec::new());
            self.abandon().await?;
            return Ok(Step::Done(self.report.clone()));
        }
        let run = self.run.as_mut().ok_or(Error::Stopped)?;
        let written: Vec<_> = attempt.written.iter().map(|(file, it)| (file, it.clone())).collect();
        run.stage(&written).await?;
        let races = &mut self.report.races;
        match committing(&mut self.table, run, &attempt, &self.document, races).await? {
            Some(commit) => {
                self.report.commit = Some(commit.number);
                attempt.tell(&mut self.report, Vec::new());
                (self.stage, self.run) = (Stage::Over, None);
                Ok(Step::Done(self.report.clone()))
            }
            None => {
                // Others were faster: their rows count as earlier ones, if these may follow them.
                let documents = Documents::of(&self.lake, self.table.state()).await?;
                follow(&documents, self.table.state(), &self.document)?;
                self.attempt += 1;
                self.skip = left_out(self.table.state(), self.inputs.clone()).0;
                self.begin_finishing().await
            }
        }
    }

    /// What all tasks did, as if it had been done here.
    async fn outcome(&self, done: Vec<Finished>, folder: &TempDir) -> Result<Outcome> {
        let most = usize::try_from(self.job.memory).unwrap_or(usize::MAX);
        let held = |schema| Held::new(schema, most, folder.path().to_owned());
        let (mut rejects, mut duplicates) = (held(Reject::schema()), held(Duplicate::schema()));
        let run = self.at_the_side()?;
        for (number, (reading, read)) in &self.read {
            if read.refused == 0 || self.skip.contains(&reading.input) {
                continue;
            }
            let body = run.kept(&read_rejects(*number), None).await?;
            for (nth, batch) in batches(&body)?.into_iter().enumerate() {
                rejects.add((*number as u64, nth as u64), batch).map_err(engine)?;
            }
        }
        let mut inputs = self.inputs.clone();
        let (mut files, mut replaced, mut superseded) = (Vec::new(), BTreeSet::new(), 0);
        for finished in done {
            let number = finished.number;
            for (input, counts) in inputs.iter_mut().zip(&finished.counts) {
                // The rows themselves were counted when they were read.
                input.counts.add(&crate::commits::Counts { rows: 0, ..*counts });
            }
            files.extend(finished.files.iter().map(super::task::Made::file));
            replaced.extend(finished.replaced.into_iter().map(PartitionKey));
            superseded += finished.superseded;
            if finished.duplicates {
                let name = finished_object("duplicates", self.attempt, number);
                for (nth, batch) in batches(&run.kept(&name, None).await?)?.into_iter().enumerate()
                {
                    duplicates.add((number as u64, nth as u64), batch).map_err(engine)?;
                }
            }
            if finished.rejects {
                let name = finished_object("rejects", self.attempt, number);
                for (nth, batch) in batches(&run.kept(&name, None).await?)?.into_iter().enumerate()
                {
                    // Behind all that were refused as they were read.
                    let place = (u64::MAX, ((number as u64) << 32) + nth as u64);
                    rejects.add(place, batch).map_err(engine)?;
                }
            }
        }
        let inputs = inputs.into_iter().enumerate();
        let inputs: Vec<_> =
            inputs.filter(|(at, _)| !self.skip.contains(at)).map(|(_, it)| it).collect();
        if let Some(lost) = inputs.iter().find(|it| !it.counts.add_up()) {
            let counts = format!("{:?}", lost.counts);
            return Err(crate::bronze::Error::Lost { name: lost.name.clone(), counts }.into());
        }
        Ok(Outcome {
            files,
            replaced,
            superseded,
            inputs,
            rejects: rejects.finish(),
            duplicates: duplicates.finish(),
        })
    }
}
