//! Calculating, and results that are kept.

use chrono::{DateTime, Utc};
use platform::factors::FactorStore;
use pyo3::prelude::*;
use serde::Deserialize;
use storage_core::calculation::{self, Bridge, Calculation, Request, Terms};
use storage_core::factors::{Version, VersionId};
use storage_core::gwp::GwpSet;
use storage_core::{Decimal, Digest};

use super::store::Store;
use super::told::{read, write};
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};

/// What is to be calculated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    quantity: Decimal,
    unit: String,
    version_id: VersionId,
    bridges: Vec<Bridge>,
    gwp_set: Option<String>,
    places: u32,
    known_at: Option<String>,
    computed_at: DateTime<Utc>,
}

impl Asked {
    fn read(json: &str) -> Result<(Request, VersionId), Problem> {
        let asked: Self = read("calculation", json)?;
        let mut request = Request::new(asked.quantity, &asked.unit, asked.computed_at);
        request.bridges = asked.bridges;
        request.places = asked.places;
        request.known_at = asked.known_at;
        let set = asked.gwp_set.map(|it| it.parse::<GwpSet>()).transpose();
        request.gwp_set = set.map_err(|error| {
            Problem::invalid("calculation.set_unknown", error.to_string())
                .hint(Some("`AR4`, `AR5` or `AR6`"))
        })?;
        Ok((request, asked.version_id))
    }
}

/// What a version says to a calculation.
fn terms(factors: &FactorStore, id: VersionId) -> Result<Terms, Problem> {
    let version = factors.get(id)?;
    let factor = factors.catalogue().factor(version.factor_id.as_str()).cloned();
    let factor =
        factor.ok_or_else(|| Problem::internal("a version is there without its factor"))?;
    Ok(Terms::of(&factor, &version))
}

/// What a result is pinned to.
fn pinned(result: &Calculation) -> Result<VersionId, Problem> {
    match result.pins.version_ids[..] {
        [id] => Ok(VersionId(id)),
        _ => {
            let message = "the result is not pinned to one version";
            Err(Problem::invalid("factors.input_invalid", message))
        }
    }
}

#[pyfunction]
pub(crate) fn compute(store: &Bound<'_, Store>, py: Python<'_>, request: &str) -> PyResult<String> {
    let factors = store.get().factors()?;
    let result = Asked::read(request)
        .and_then(|(request, id)| Ok(calculation::compute(&request, &terms(factors, id)?)?));
    write(py, &result.map_err(|problem| raise(py, problem))?)
}

#[pyfunction]
pub(crate) fn recompute(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    result: &str,
) -> PyResult<String> {
    let factors = store.get().factors()?;
    let again = read::<Calculation>("result", result).and_then(|result| {
        Ok(calculation::recompute(&result, &terms(factors, pinned(&result)?)?)?)
    });
    write(py, &again.map_err(|problem| raise(py, problem))?)
}

#[pyfunction]
pub(crate) fn restate(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    old: &str,
    request: &str,
) -> PyResult<String> {
    let factors = store.get().factors()?;
    let restated = read::<Calculation>("result", old).and_then(|old| {
        let (request, id) = Asked::read(request)?;
        Ok(calculation::restate(&old, &request, &terms(factors, id)?)?)
    });
    write(py, &restated.map_err(|problem| raise(py, problem))?)
}

/// Keeps a result that holds.
#[pyfunction]
pub(crate) fn keep(store: &Bound<'_, Store>, py: Python<'_>, result: &str) -> PyResult<bool> {
    let factors = store.get().factors()?.clone();
    let read = read::<Calculation>("result", result).and_then(|result| {
        if !result.is_sealed() {
            let field = "result_hash".to_owned();
            return Err(calculation::Error::NotReproduced { field }.into());
        }
        let id = pinned(&result)?;
        let body = serde_json::to_vec(&result).map_err(|it| Problem::internal(it.to_string()))?;
        Ok((result.result_hash, id, body))
    });
    let (hash, id, body) = read.map_err(|problem| raise(py, problem))?;
    let keeping = async move { factors.keep(hash, &[id], body).await };
    wait(py, keeping, None)?.map_err(|error| raise(py, error))
}

#[pyfunction]
pub(crate) fn kept(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    result: &str,
) -> PyResult<Option<String>> {
    let factors = store.get().factors()?.clone();
    let named = result.parse::<Digest>();
    let named = named
        .map_err(|error| raise(py, Problem::invalid("factors.input_invalid", error.to_string())))?;
    let kept = wait(py, async move { factors.kept(named).await }, None)?;
    let kept = kept.map_err(|error| raise(py, error))?;
    Ok(kept.map(|it| String::from_utf8_lossy(&it).into_owned()))
}

#[pyfunction]
pub(crate) fn impact(store: &Bound<'_, Store>, py: Python<'_>, version: &str) -> PyResult<String> {
    let factors = store.get().factors()?.clone();
    let id: VersionId = version
        .parse()
        .map_err(|error: storage_core::factors::Error| raise(py, Problem::from(error)))?;
    let impact = wait(py, async move { factors.impact(id).await }, None)?;
    write(py, &impact.map_err(|error| raise(py, error))?)
}

/// The name of a version: the digest of everything that it says.
#[pyfunction]
pub(crate) fn version_id(py: Python<'_>, version: &str) -> PyResult<String> {
    let version: Version = read("version", version).map_err(|problem| raise(py, problem))?;
    Ok(version.id().to_string())
}
