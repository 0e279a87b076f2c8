//! From zone to zone: here, or planned here and done by tasks anywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::lake::commits::TableName;
use ::lake::gold::{self, Benchmarks, Metric};
use ::lake::silver::{self, EntityRule, Reference, pin};
use ::lake::zones::distributed::{Aggregating, Cuts, Refining, Step};
use ::lake::zones::{self, AggregateOptions, Aggregation, RefineOptions, Refinement};
use platform::factors::FactorStore;
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use storage_core::gwp::GwpSet;
use tokio::sync::Mutex;

use super::INPUT;
use super::store::{Lake, named};
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};
use crate::factors::{Factors, KnownAt, known_at};
use crate::held::Held;
use crate::json;

/// How factors are taken.
#[derive(Deserialize)]
struct How {
    gwp: Option<String>,
    weigh_again: bool,
}

/// How rows are refined.
#[derive(Deserialize)]
struct Modes {
    #[serde(flatten)]
    how: How,
    retry: bool,
    restate: bool,
}

/// How rows are summed up.
#[derive(Deserialize)]
struct Summing {
    #[serde(flatten)]
    how: How,
    metrics: Vec<String>,
    scope2: String,
}

/// A column, the name of its reference table, and the file.
type Table = (String, String, Vec<u8>);

fn silver_options(
    factors: &FactorStore,
    known: Option<KnownAt>,
    how: &How,
) -> Result<silver::Options, Problem> {
    let known_at = pin(&factors.catalogue(), &known_at(known))?;
    let mut options = silver::Options::new(known_at);
    let set = how.gwp.as_ref().map(|it| it.parse::<GwpSet>()).transpose();
    options.gwp_set = set.map_err(|error| {
        Problem::invalid("calculation.set_unknown", error.to_string())
            .hint(Some("`AR4`, `AR5` or `AR6`"))
    })?;
    options.weigh_again = how.weigh_again;
    Ok(options)
}

fn rule((column, name, file): Table) -> Result<EntityRule, Problem> {
    let reference = Reference::csv(&name, &file)
        .map_err(|source| zones::Error::Silver { path: name.clone(), source })?;
    let (into, keep) = (format!("{column}_id"), reference.attributes().to_vec());
    Ok(EntityRule { column, reference: Arc::new(reference), into, keep })
}

fn refining(
    factors: &FactorStore,
    known: Option<KnownAt>,
    options: &str,
    references: Vec<Table>,
) -> Result<RefineOptions, Problem> {
    let modes: Modes = json::read(INPUT, "options", options)?;
    let mut silver = silver_options(factors, known, &modes.how)?;
    silver.entities = references.into_iter().map(rule).collect::<Result<_, _>>()?;
    let mut options = RefineOptions::new(silver);
    (options.retry, options.restate) = (modes.retry, modes.restate);
    Ok(options)
}

fn aggregating(
    silver: &TableName,
    factors: Option<FactorStore>,
    known: Option<KnownAt>,
    options: &str,
    benchmarks: Option<Vec<u8>>,
) -> Result<AggregateOptions, Problem> {
    let asked: Summing = json::read(INPUT, "options", options)?;
    let unknown = |what: &str, it: &str| Problem::invalid(INPUT, format!("`{it}` is no {what}"));
    let scope2 = asked.scope2.parse().map_err(|_| unknown("method of scope 2", &asked.scope2))?;
    let mut gold = gold::Options { scope2, ..gold::Options::default() };
    if let Some(file) = benchmarks {
        let invalid = |source| zones::Error::Gold { table: silver.to_string(), source };
        gold.benchmarks = Some(Benchmarks::csv(&file).map_err(invalid)?);
    }
    let mut like_for_like = None;
    if let Some(factors) = factors {
        let silver = silver_options(&factors, known, &asked.how)?;
        gold.known_at = silver.known_at;
        like_for_like = Some((factors, silver));
    }
    let benchmarked = gold.benchmarks.is_some();
    let mut options = AggregateOptions::new(gold);
    if asked.metrics.is_empty() {
        options.metrics.extend(like_for_like.is_some().then_some(Metric::YearOverYear));
        options.metrics.extend(benchmarked.then_some(Metric::Benchmark));
    } else {
        let metrics = asked.metrics.iter().map(|it| it.parse().map_err(|_| unknown("metric", it)));
        options.metrics = metrics.collect::<Result<BTreeSet<Metric>, _>>()?;
    }
    options.like_for_like = like_for_like;
    Ok(options)
}

fn refined(done: &Refinement, silver: &silver::Options) -> Value {
    let rejected = done.report.rejected.iter().map(|(code, rows)| (code.name(), rows));
    json!({
        "commit": done.commit.as_ref().map(|it| it.number),
        "rows": done.report.rows,
        "accepted": done.report.accepted,
        "rejected": rejected.collect::<std::collections::BTreeMap<_, _>>(),
        "unresolved": done.report.unresolved(silver),
        "files": done.files,
        "already": done.already,
        "resolved": done.resolved,
        "restated": done.restated,
        "dropped": done.dropped,
        "known_at": silver.known_at,
    })
}

fn aggregated(done: &[Aggregation]) -> Value {
    let table = |it: &Aggregation| {
        json!({
            "table": it.table,
            "commit": it.commit.as_ref().map(|it| it.number),
            "months": it.months.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    };
    done.iter().map(table).collect()
}

/// Bronze becomes silver.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "what the Python method takes")]
pub(super) fn refine(
    py: Python<'_>,
    lake: &Bound<'_, Lake>,
    factors: &Bound<'_, Factors>,
    bronze: &str,
    silver: &str,
    known_at: Option<KnownAt>,
    options: &str,
    references: Vec<Table>,
) -> PyResult<String> {
    let lake = lake.get().lake()?.clone();
    let factors = factors.get().factors()?.clone();
    let (bronze, silver) = (named(py, bronze)?, named(py, silver)?);
    let options = refining(&factors, known_at, options, references);
    let options = options.map_err(|problem| raise(py, problem))?;
    let work = async move {
        let done = zones::refine(&lake, &factors, &bronze, &silver, &options).await?;
        Ok::<_, zones::Error>(refined(&done, &options.silver))
    };
    let done = wait(py, work, None)?.map_err(|error| raise(py, Problem::from(error)))?;
    json::write(py, &done)
}

/// Silver becomes gold.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "what the Python method takes")]
pub(super) fn aggregate(
    py: Python<'_>,
    lake: &Bound<'_, Lake>,
    factors: Option<&Bound<'_, Factors>>,
    silver: &str,
    domain: String,
    known_at: Option<KnownAt>,
    options: &str,
    benchmarks: Option<Vec<u8>>,
) -> PyResult<String> {
    let lake = lake.get().lake()?.clone();
    let factors = factors.map(|it| it.get().factors().cloned()).transpose()?;
    let silver = named(py, silver)?;
    let options = aggregating(&silver, factors, known_at, options, benchmarks);
    let options = options.map_err(|problem| raise(py, problem))?;
    let work = async move { zones::aggregate(&lake, &silver, &domain, &options).await };
    let done = wait(py, work, None)?.map_err(|error| raise(py, Problem::from(error)))?;
    json::write(py, &aggregated(&done))
}

enum Going {
    Refining(Refining, silver::Options),
    Aggregating(Aggregating),
}

/// A run from zone to zone that is planned and committed here, and done by tasks anywhere.
#[pyclass(frozen, module = "strongroom._strongroom.lake")]
pub(crate) struct ZoneSession {
    going: Held<Arc<Mutex<Going>>>,
    #[pyo3(get)]
    table: String,
}

impl ZoneSession {
    fn of(table: &TableName, going: Going) -> Self {
        let going = Held::new("these runs", Arc::new(Mutex::new(going)));
        Self { going, table: table.to_string() }
    }
}

fn cuts(together: Option<u64>) -> Cuts {
    let mut cuts = Cuts::default();
    cuts.together = together;
    cuts
}

#[pymethods]
impl ZoneSession {
    #[staticmethod]
    #[expect(clippy::too_many_arguments, reason = "what the Python method takes")]
    fn refine(
        py: Python<'_>,
        lake: &Bound<'_, Lake>,
        factors: &Bound<'_, Factors>,
        bronze: &str,
        silver: &str,
        known_at: Option<KnownAt>,
        options: &str,
        references: Vec<Table>,
        together: Option<u64>,
    ) -> PyResult<Self> {
        let lake = lake.get().lake()?;
        let factors = factors.get().factors()?;
        let tables = (named(py, bronze)?, named(py, silver)?);
        let options = refining(factors, known_at, options, references);
        let options = options.map_err(|problem| raise(py, problem))?;
        let silver = options.silver.clone();
        let going = Refining::new(lake, factors, tables, options, cuts(together));
        Ok(Self::of(&going.table().clone(), Going::Refining(going, silver)))
    }

    #[staticmethod]
    #[expect(clippy::too_many_arguments, reason = "what the Python method takes")]
    fn aggregate(
        py: Python<'_>,
        lake: &Bound<'_, Lake>,
        factors: Option<&Bound<'_, Factors>>,
        silver: &str,
        domain: &str,
        known_at: Option<KnownAt>,
        options: &str,
        benchmarks: Option<Vec<u8>>,
        together: Option<u64>,
    ) -> PyResult<Self> {
        let lake = lake.get().lake()?;
        let factors = factors.map(|it| it.get().factors().cloned()).transpose()?;
        let silver = named(py, silver)?;
        let options = aggregating(&silver, factors, known_at, options, benchmarks);
        let options = options.map_err(|problem| raise(py, problem))?;
        let going = Aggregating::new(lake, &silver, domain, options, cuts(together));
        let going = going.map_err(|error| raise(py, Problem::from(error)))?;
        Ok(Self::of(&going.table().clone(), Going::Aggregating(going)))
    }

    /// The next stage, its tasks and the run that they belong to; or no stage and the answer.
    fn next(
        &self,
        py: Python<'_>,
        done: Vec<String>,
    ) -> PyResult<(Option<String>, Vec<String>, Option<String>)> {
        let going = Arc::clone(self.going.get()?);
        let next = async move {
            let mut going = going.lock().await;
            let step = match &mut *going {
                Going::Refining(session, silver) => match session.next(&done).await? {
                    Step::Do { stage, tasks } => Step::Do { stage, tasks },
                    Step::Done(it) => Step::Done(refined(&it, silver)),
                },
                Going::Aggregating(session) => match session.next(&done).await? {
                    Step::Do { stage, tasks } => Step::Do { stage, tasks },
                    Step::Done(it) => Step::Done(aggregated(&it)),
                },
            };
            let run = match &*going {
                Going::Refining(session, _) => session.run(),
                Going::Aggregating(session) => session.run(),
            };
            Ok::<_, zones::Error>((step, run.map(str::to_owned)))
        };
        let (step, run) = wait(py, next, None)?.map_err(|error| raise(py, Problem::from(error)))?;
        match step {
            Step::Do { stage, tasks } => Ok((Some(stage.to_owned()), tasks, run)),
            Step::Done(answer) => Ok((None, vec![json::write(py, &answer)?], None)),
        }
    }

    /// Removes what was not committed.
    fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        let going = Arc::clone(self.going.get()?);
        let abandoning = async move {
            match &mut *going.lock().await {
                Going::Refining(session, _) => session.abandon().await,
                Going::Aggregating(session) => session.abandon().await,
            }
        };
        wait(py, abandoning, None)?.map_err(|error| raise(py, Problem::from(error)))
    }
}
