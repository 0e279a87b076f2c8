//! Factors at one place.

use std::path::PathBuf;
use std::sync::Arc;

use platform::factors::{self, FactorStore, Import, Options};
use pyo3::prelude::*;
use serde::Deserialize;
use storage_core::factors::{Candidate, Factor, Reason, Release, Version};

use super::told::{Asked, read, write};
use crate::audit::Ledger;
use crate::audit::runtime::{Threads, wait, work};
use crate::error::{Problem, raise};
use crate::held::Held;

/// Factors that are open, as the Python package wraps them.
#[pyclass(frozen, module = "strongroom._strongroom.factors")]
pub(crate) struct Store {
    factors: Held<FactorStore>,
}

impl Store {
    pub(crate) fn factors(&self) -> PyResult<&FactorStore> {
        self.factors.get()
    }
}

#[pymethods]
impl Store {
    #[staticmethod]
    #[pyo3(signature = (url, *, actor, create, cache, ledger))]
    fn open(
        py: Python<'_>,
        url: String,
        actor: String,
        create: bool,
        cache: Option<PathBuf>,
        ledger: Option<&Bound<'_, Ledger>>,
    ) -> PyResult<Self> {
        let mut options = Options::new(actor);
        options.create = create;
        options.cache = cache;
        options.ledger = ledger.map(|it| it.get().ledger().cloned()).transpose()?;
        let opening = async move {
            let store = platform::store::Store::open(&url).await.map_err(Problem::from)?;
            FactorStore::open(&store, options).await.map_err(Problem::from)
        };
        let factors = wait(py, opening, None)?.map_err(|problem: Problem| raise(py, problem))?;
        Ok(Self { factors: Held::new("these factors", factors) })
    }

    /// Makes changes, all or none.
    fn change(&self, py: Python<'_>, changes: Vec<String>) -> PyResult<String> {
        let factors = self.factors()?.clone();
        let read = |json: &String| read::<Asked>("change", json)?.change();
        let changes: Result<Vec<_>, Problem> = py.detach(|| changes.iter().map(read).collect());
        let changes = changes.map_err(|problem| raise(py, problem))?;
        let changing = async move { factors.put_all(&changes).await };
        let outcomes = wait(py, changing, None)?.map_err(|error| raise(py, error))?;
        write(py, &outcomes)
    }

    /// Takes a release; `candidates` are texts of JSON.
    #[pyo3(signature = (candidates, options, progress))]
    fn take(
        &self,
        py: Python<'_>,
        candidates: Vec<String>,
        options: &str,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<String> {
        let factors = self.factors()?.clone();
        let asked: Taking = read("import", options).map_err(|problem| raise(py, problem))?;
        let read = || candidates.iter().map(|it| candidate(it)).collect();
        let candidates: Result<Vec<Candidate>, Problem> = py.detach(read);
        let candidates = candidates.map_err(|problem| raise(py, problem))?;
        let mut import = Import::default();
        import.release = Release {
            reason: asked.reason,
            withdraw_removed: asked.withdraw_removed,
            revert: asked.revert,
        };
        (import.dry_run, import.tag, import.actor) = (asked.dry_run, asked.tag, asked.actor);
        let taking = move |tell: std::sync::mpsc::Sender<u64>| async move {
            let told = |count| {
                // Nobody listens any more when the waiting was given up.
                let _ = tell.send(count);
            };
            factors.import(candidates, &import, told).await
        };
        let taken = work(py, taking, |py, count: u64| {
            let Some(progress) = &progress else { return Ok(()) };
            progress.call1(py, (count,)).map(drop)
        })?;
        write(py, &taken.map_err(|error| raise(py, error))?)
    }

    /// Reads what others have written since.
    fn refresh(&self, py: Python<'_>) -> PyResult<u64> {
        let factors = self.factors()?.clone();
        wait(py, async move { factors.refresh().await }, None)?.map_err(|error| raise(py, error))
    }

    #[getter]
    fn store_id(&self) -> PyResult<String> {
        Ok(self.factors()?.document().store_id.clone())
    }

    #[getter]
    fn location(&self) -> PyResult<String> {
        Ok(self.factors()?.store().location())
    }

    /// How many factors, versions and events there are.
    #[getter]
    fn counts(&self) -> PyResult<(u32, u32, u64)> {
        let catalogue = self.factors()?.catalogue();
        Ok((catalogue.factors(), catalogue.versions(), catalogue.next_seq()))
    }
}

/// How a release is taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Taking {
    reason: Option<Reason>,
    withdraw_removed: bool,
    revert: bool,
    dry_run: bool,
    tag: Option<String>,
    actor: Option<String>,
}

/// A line of a release.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Brought {
    row: Option<u64>,
    factor: Factor,
    version: Version,
}

fn candidate(json: &str) -> Result<Candidate, Problem> {
    let Brought { row, factor, version } = read("candidate", json)?;
    Ok(Candidate { row, factor: Arc::new(factor), version: Arc::new(version) })
}

/// Reads everything anew and holds it against what it says.
#[pyfunction]
pub(crate) fn verify(py: Python<'_>, url: String) -> PyResult<String> {
    Threads::refuse_child()?;
    let verifying = async move {
        let store = platform::store::Store::open(&url).await.map_err(Problem::from)?;
        factors::verify(&store, Options::new("strongroom")).await.map_err(Problem::from)
    };
    let verified = wait(py, verifying, None)?.map_err(|problem: Problem| raise(py, problem))?;
    write(py, &verified)
}
