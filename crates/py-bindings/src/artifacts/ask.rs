//! Reading: what there is, and its bytes.

use std::sync::mpsc::Sender;

use platform::artifacts::{Filter, Listed};
use pyo3::prelude::*;
use storage_core::artifacts::{ArtifactKey, ReleaseName};

use super::change::stage as read_stage;
use super::shape;
use super::store::{Store, named};
use crate::audit::runtime::{wait, work};
use crate::error::{Problem, raise};
use crate::files::{Raised, Writer, counting, more};
use crate::json;

/// What an artifact is.
#[pyfunction]
pub(crate) fn entry(store: &Bound<'_, Store>, py: Python<'_>, key: &str) -> PyResult<String> {
    let reader = store.get().reader()?.clone();
    let key: ArtifactKey = named(py, key)?;
    let entry = wait(py, async move { reader.entry(&key).await }, None)?;
    json::write(py, &entry.map_err(|error| raise(py, error))?)
}

/// Counts what goes by.
struct Counting<W>(W, std::sync::Arc<dyn Fn(u64) + Send + Sync>);

impl<W: std::io::Write> std::io::Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.0.write(bytes)?;
        (self.1)(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Writes the bytes of an artifact to an open file; they are right only if this returns.
#[pyfunction]
#[pyo3(signature = (store, key, to, stage, progress))]
pub(crate) fn fetch(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    key: &str,
    to: Py<PyAny>,
    stage: Option<&str>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let reader = store.get().reader()?.clone();
    let key: ArtifactKey = named(py, key)?;
    let stage = stage.map(|it| read_stage(py, it)).transpose()?;
    let raised = Raised::default();
    let writer = Writer::new(to, raised.clone());
    let fetching = move |tell: Sender<u64>| async move {
        if let Some(stage) = stage {
            let there = reader.release(key.release()).await?.stage;
            if there < Some(stage) {
                let where_it_is = there.map_or("nowhere yet".to_owned(), |it| format!("in {it}"));
                let message = format!("`{}` is {where_it_is}, not in {stage}", key.release());
                return Err(Problem::not_found("artifacts.not_in_stage", message));
            }
        }
        let mut writer = Counting(writer, counting(tell));
        Ok(reader.fetch(&key, &mut writer).await?)
    };
    let entry = work(py, fetching, more(progress))?;
    let entry = entry.map_err(|problem: Problem| raised.or(|| raise(py, problem)))?;
    json::write(py, &entry)
}

/// What there is under a name, in a stage.
#[pyfunction]
#[pyo3(signature = (store, under, stage, all))]
pub(crate) fn list(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    under: Option<String>,
    stage: Option<&str>,
    all: bool,
) -> PyResult<String> {
    let reader = store.get().reader()?.clone();
    let stage = stage.map(|it| read_stage(py, it)).transpose()?;
    let filter = Filter { under, stage, all };
    let listed: Result<Vec<Listed>, _> = wait(py, async move { reader.list(&filter).await }, None)?;
    let listed = listed.map_err(|error| raise(py, error))?;
    json::write(py, &listed.iter().map(shape::listed).collect::<Vec<_>>())
}

/// What is true about a release.
#[pyfunction]
pub(crate) fn release(store: &Bound<'_, Store>, py: Python<'_>, name: &str) -> PyResult<String> {
    let reader = store.get().reader()?.clone();
    let name: ReleaseName = named(py, name)?;
    let asked = name.clone();
    let release = wait(py, async move { reader.release(&asked).await }, None)?;
    json::write(py, &shape::release(&name, &release.map_err(|error| raise(py, error))?))
}

/// What was put aside under a name.
#[pyfunction]
pub(crate) fn quarantined(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    under: String,
) -> PyResult<String> {
    let reader = store.get().reader()?.clone();
    let under = under.trim_matches('/').to_owned();
    let within = under.clone();
    let releases = wait(py, async move { reader.releases(&within).await }, None)?;
    let releases = releases.map_err(|error| raise(py, error))?;
    let all = releases.iter().flat_map(|(name, it)| shape::quarantined(name, it));
    // A release may lie above what is asked for, which is one of its files.
    let fits = |it: &serde_json::Value| {
        let rest = it["key"].as_str().and_then(|key| key.strip_prefix(&under));
        under.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    json::write(py, &all.filter(fits).collect::<Vec<_>>())
}

/// The models, or the one of this name.
#[pyfunction]
#[pyo3(signature = (store, name))]
pub(crate) fn models(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    name: Option<String>,
) -> PyResult<String> {
    let reader = store.get().reader()?.clone();
    let reading = async move {
        match name {
            None => Ok(reader.models().await?),
            Some(name) => {
                let model = reader.model(&name).await?;
                match model.versions.is_empty() {
                    true => {
                        let name = name.escape_debug();
                        let message = format!("there is no model `{name}`");
                        Err(Problem::not_found("artifacts.no_model", message))
                    }
                    false => Ok(vec![model]),
                }
            }
        }
    };
    let models = wait(py, reading, None)?.map_err(|problem: Problem| raise(py, problem))?;
    json::write(py, &models.iter().map(shape::model).collect::<Vec<_>>())
}
