//! Changing releases.

use platform::artifacts::Outcome;
use pyo3::prelude::*;
use serde_json::json;
use storage_core::artifacts::{ArtifactKey, GateReport, Registration, ReleaseName, Stage};

use super::files::digest;
use super::store::{INPUT, Store, named};
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};
use crate::json;

/// Reads a stage.
pub(super) fn stage(py: Python<'_>, text: &str) -> PyResult<Stage> {
    text.parse().map_err(|_| {
        let message = format!("`{}` is no stage", text.escape_debug());
        let problem = Problem::invalid(INPUT, message);
        raise(py, problem.hint(Some("say `dev`, `staging` or `prod`")))
    })
}

/// The place of a change in the log; nothing, if it was so before.
fn seq(
    py: Python<'_>,
    outcome: PyResult<Result<Outcome, platform::artifacts::Error>>,
) -> PyResult<Option<u64>> {
    match outcome?.map_err(|error| raise(py, error))? {
        Outcome::Done(performed) => Ok(Some(performed.receipt.seq)),
        Outcome::Already => Ok(None),
    }
}

/// Writes down what a gate said; about what the release holds now, if nothing else is named.
#[pyfunction]
#[pyo3(signature = (store, release, gate, passed, contents, evidence))]
pub(crate) fn gate(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    release: &str,
    gate: String,
    passed: bool,
    contents: Option<&str>,
    evidence: Option<String>,
) -> PyResult<Option<u64>> {
    let artifacts = store.get().artifacts()?.clone();
    let name: ReleaseName = named(py, release)?;
    let contents = contents.map(|it| digest(py, it)).transpose()?;
    let reporting = async move {
        let contents = match contents {
            Some(contents) => contents,
            None => artifacts.reader().release(&name).await?.contents(&name),
        };
        artifacts.report_gate(&name, GateReport { gate, contents, passed, evidence }).await
    };
    seq(py, wait(py, reporting, None))
}

/// The actor agrees that a release moves on with exactly these contents.
#[pyfunction]
#[pyo3(signature = (store, release, to, contents, comment))]
pub(crate) fn approve(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    release: &str,
    to: &str,
    contents: &str,
    comment: Option<String>,
) -> PyResult<Option<u64>> {
    let artifacts = store.get().artifacts()?.clone();
    let name: ReleaseName = named(py, release)?;
    let (to, contents) = (stage(py, to)?, digest(py, contents)?);
    let approving = async move { artifacts.approve(&name, to, contents, comment.as_deref()).await };
    seq(py, wait(py, approving, None))
}

/// What a release holds, and what is missing before it can move on.
#[pyfunction]
pub(crate) fn missing(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    release: &str,
    to: &str,
) -> PyResult<String> {
    let artifacts = store.get().artifacts()?.clone();
    let (name, to): (ReleaseName, _) = (named(py, release)?, stage(py, to)?);
    let looked = wait(py, async move { artifacts.missing(&name, to).await }, None)?;
    let (contents, missing) = looked.map_err(|error| raise(py, error))?;
    let missing: Vec<_> = missing.iter().map(|it| json!([it, it.to_string()])).collect();
    json::write(py, &json!({"contents": contents, "missing": missing}))
}

#[pyfunction]
#[pyo3(signature = (store, release, to, contents))]
pub(crate) fn promote(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    release: &str,
    to: &str,
    contents: Option<&str>,
) -> PyResult<Option<u64>> {
    let artifacts = store.get().artifacts()?.clone();
    let (name, to): (ReleaseName, _) = (named(py, release)?, stage(py, to)?);
    let contents = contents.map(|it| digest(py, it)).transpose()?;
    let promoting = async move { artifacts.promote(&name, to, contents).await };
    seq(py, wait(py, promoting, None))
}

#[pyfunction]
pub(crate) fn demote(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    release: &str,
    to: &str,
    reason: String,
) -> PyResult<Option<u64>> {
    let artifacts = store.get().artifacts()?.clone();
    let (name, to): (ReleaseName, _) = (named(py, release)?, stage(py, to)?);
    let demoting = async move { artifacts.demote(&name, to, &reason).await };
    seq(py, wait(py, demoting, None))
}

/// Says something about a version of a model.
#[pyfunction]
pub(crate) fn register(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    release: &str,
    registration: &str,
) -> PyResult<Option<u64>> {
    let artifacts = store.get().artifacts()?.clone();
    let name: ReleaseName = named(py, release)?;
    let registration: Registration =
        json::read(INPUT, "registration", registration).map_err(|problem| raise(py, problem))?;
    let registering = async move { artifacts.register(&name, registration).await };
    seq(py, wait(py, registering, None))
}

/// Makes an artifact of what was put aside, or destroys it.
#[pyfunction]
#[pyo3(signature = (store, key, accept, sha256, reason))]
pub(crate) fn set_aside(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    key: &str,
    accept: bool,
    sha256: Option<&str>,
    reason: String,
) -> PyResult<Option<u64>> {
    let artifacts = store.get().artifacts()?.clone();
    let key: ArtifactKey = named(py, key)?;
    let sha256 = sha256.map(|it| digest(py, it)).transpose()?;
    let deciding = async move {
        match accept {
            true => artifacts.release_aside(&key, sha256, &reason).await,
            false => artifacts.discard_aside(&key, sha256, &reason).await,
        }
    };
    seq(py, wait(py, deciding, None))
}
