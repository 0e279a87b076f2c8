//! Runs that others do: planned here, done by tasks anywhere, committed here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ::lake::commits::TableName;
use ::lake::distributed::{self, Options, Place, Step};
use ::lake::zones;
use pyo3::prelude::*;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::store::{Lake, Most, most};
use super::{INPUT, document, mask_keys, vault};
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};
use crate::held::Held;
use crate::json;

/// Per column, which token stands for which text.
type Tokens = BTreeMap<String, BTreeMap<String, String>>;

/// A run under way.
#[pyclass(frozen, module = "strongroom._strongroom.lake")]
pub(crate) struct Session {
    session: Held<Arc<Mutex<distributed::Session>>>,
    #[pyo3(get)]
    run: String,
    #[pyo3(get)]
    table: String,
}

/// How a run is cut.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cuts {
    piece: Option<u64>,
    groups: Option<usize>,
    memory: Option<u64>,
    max_quarantined: Option<Most>,
    tokens: Option<String>,
    application_key: Option<PathBuf>,
}

#[pymethods]
impl Session {
    #[staticmethod]
    fn begin(
        py: Python<'_>,
        lake: &Bound<'_, Lake>,
        schema: &str,
        source: &str,
        options: &str,
        keys: BTreeMap<String, Vec<u8>>,
    ) -> PyResult<Self> {
        let lake = lake.get().lake()?.clone();
        let document = document(schema).map_err(|problem| raise(py, problem))?;
        let cuts: Cuts =
            json::read(INPUT, "options", options).map_err(|problem| raise(py, problem))?;
        let mut options = Options::default();
        (options.piece, options.groups, options.memory) = (cuts.piece, cuts.groups, cuts.memory);
        options.max_quarantined = cuts.max_quarantined.map(most);
        options.keys = mask_keys(keys);
        let place = Place::of(source);
        let beginning = async move {
            options.tokens = vault((cuts.tokens, cuts.application_key)).await?;
            Ok(distributed::Session::begin(&lake, &document, place, options).await?)
        };
        let session = wait(py, beginning, None)?;
        let session = session.map_err(|problem: Problem| raise(py, problem))?;
        let run = session.run().unwrap_or_default().to_owned();
        let table = session.table().to_string();
        Ok(Self { session: Held::new("these runs", Arc::new(Mutex::new(session))), run, table })
    }

    /// The next stage and its tasks, or `None` with the report and the tokens.
    fn next(
        &self,
        py: Python<'_>,
        done: Vec<String>,
    ) -> PyResult<(Option<String>, Vec<String>, Tokens)> {
        let session = Arc::clone(self.session.get()?);
        let step = async move { session.lock().await.next(&done).await };
        match wait(py, step, None)?.map_err(|error| raise(py, error))? {
            Step::Do { stage, tasks } => Ok((Some(stage.to_owned()), tasks, BTreeMap::new())),
            Step::Done(report) => Ok((None, vec![json::write(py, &report)?], report.tokens)),
        }
    }

    /// Removes what was not committed.
    fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        let session = Arc::clone(self.session.get()?);
        let abandoning = async move { session.lock().await.abandon().await };
        wait(py, abandoning, None)?.map_err(|error| raise(py, error))
    }
}

/// Does one task of a run.
#[pyfunction]
pub(super) fn work(
    py: Python<'_>,
    lake: String,
    table: &str,
    run: String,
    task: String,
    keys: BTreeMap<String, Vec<u8>>,
) -> PyResult<String> {
    let table: TableName =
        table.parse().map_err(|error: ::lake::commits::Error| raise(py, Problem::from(error)))?;
    let keys = mask_keys(keys);
    let working = async move {
        match task.starts_with("zones/") {
            true => Ok(zones::distributed::work(&lake, &table, &run, &task).await?),
            false => Ok(distributed::work(&lake, &table, &run, &task, &keys).await?),
        }
    };
    wait(py, working, None)?.map_err(|problem: Problem| raise(py, problem))
}
