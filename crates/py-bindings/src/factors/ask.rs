//! Questions, answered from memory.

use pyo3::prelude::*;
use serde_json::json;
use storage_core::factors::{Answer, LicenceFilter, Point, VersionId};

use super::store::Store;
use super::told::{Day, Fallback, KnownAt, Selector, known_at, read, write};
use crate::error::raise;

/// A version by its name, and its factor.
#[pyfunction]
pub(crate) fn get(store: &Bound<'_, Store>, py: Python<'_>, version: &str) -> PyResult<String> {
    let id: VersionId = version.parse().map_err(|error| raise_core(py, error))?;
    let factors = store.get().factors()?;
    let version = factors.get(id).map_err(|error| raise(py, error))?;
    let factor = factors.catalogue().factor(version.factor_id.as_str()).cloned();
    write(py, &json!({"factor": factor.as_deref(), "version_id": id, "version": *version}))
}

/// What counts for a factor on a day, as it was known then.
#[pyfunction]
#[pyo3(signature = (store, name, valid_at, known))]
pub(crate) fn get_at(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    name: &str,
    valid_at: Day,
    known: Option<KnownAt>,
) -> PyResult<String> {
    let known = known_at(known);
    let answer = store.get().factors()?.get_at(name, valid_at, &known);
    let answer = answer.map_err(|error| raise(py, error))?;
    write(py, &told(&answer))
}

#[pyfunction]
#[pyo3(signature = (store, selector, valid_at, known, fallback))]
pub(crate) fn resolve(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    selector: &str,
    valid_at: Day,
    known: Option<KnownAt>,
    fallback: &str,
) -> PyResult<String> {
    let selector: Selector = read("selector", selector).map_err(|it| raise(py, it))?;
    let fallback: Fallback = read("fallback", fallback).map_err(|it| raise(py, it))?;
    let (selector, fallback) = (selector.into(), fallback.into());
    let known = known_at(known);
    let found = store.get().factors()?.resolve(&selector, valid_at, &known, &fallback);
    write(py, &found.map_err(|error| raise(py, error))?)
}

#[pyfunction]
pub(crate) fn history(store: &Bound<'_, Store>, py: Python<'_>, name: &str) -> PyResult<String> {
    let history = store.get().factors()?.history(name).map_err(|error| raise(py, error))?;
    write(py, &json!({"factor": *history.factor, "events": history.events}))
}

#[pyfunction]
#[pyo3(signature = (store, name, known))]
pub(crate) fn segments(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    name: &str,
    known: Option<KnownAt>,
) -> PyResult<String> {
    let segments = store.get().factors()?.segments(name, &known_at(known));
    let segments = segments.map_err(|error| raise(py, error))?;
    let segments = segments.iter().map(|it| json!({"valid": it.valid, "answer": told(&it.answer)}));
    write(py, &segments.collect::<Vec<_>>())
}

#[pyfunction]
#[pyo3(signature = (store, from_known, to_known, from_day, to_day))]
pub(crate) fn diff(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    from_known: Option<KnownAt>,
    to_known: Option<KnownAt>,
    from_day: Option<Day>,
    to_day: Option<Day>,
) -> PyResult<String> {
    let from = Point { valid_at: from_day, known_at: known_at(from_known) };
    let to = Point { valid_at: to_day, known_at: known_at(to_known) };
    let factors = store.get().factors()?;
    let diff = py.detach(|| factors.diff(&from, &to)).map_err(|error| raise(py, error))?;
    write(py, &diff)
}

/// Gives each line that licences allow to `each`, and then what was not given.
#[pyfunction]
#[pyo3(signature = (store, known, licences, everything, each))]
pub(crate) fn export(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    known: Option<KnownAt>,
    licences: Vec<String>,
    everything: bool,
    each: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let filter = match (everything, licences.is_empty()) {
        (true, _) => LicenceFilter::All,
        (false, true) => LicenceFilter::Redistributable,
        (false, false) => LicenceFilter::Named(licences.into_iter().collect()),
    };
    let (factors, known) = (store.get().factors()?, known_at(known));
    // The catalogue is locked while it is read, and `each` may ask it: first all, then each.
    let mut lines = Vec::new();
    let export = py.detach(|| {
        factors.export(&known, &filter, |line| {
            lines.push(serde_json::json!(line).to_string());
            Ok::<(), platform::factors::Error>(())
        })
    });
    let export = export.map_err(|error| raise(py, error))?;
    for line in lines {
        each.call1((line,))?;
    }
    write(py, &export)
}

#[pyfunction]
pub(crate) fn tags(store: &Bound<'_, Store>, py: Python<'_>) -> PyResult<String> {
    let factors = store.get().factors()?;
    let tags: Vec<_> = factors.catalogue().tags().cloned().collect();
    write(py, &tags)
}

/// A factor by any of its names.
#[pyfunction]
pub(crate) fn factor(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    name: &str,
) -> PyResult<Option<String>> {
    let factor = store.get().factors()?.catalogue().factor(name).cloned();
    factor.map(|it| write(py, &*it)).transpose()
}

/// The last event that is known then.
#[pyfunction]
#[pyo3(signature = (store, known))]
pub(crate) fn position(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    known: Option<KnownAt>,
) -> PyResult<Option<u64>> {
    let bound = store.get().factors()?.catalogue().bound(&known_at(known));
    Ok(bound.map_err(|error| raise_core(py, error))?.checked_sub(1))
}

fn raise_core(py: Python<'_>, error: storage_core::factors::Error) -> PyErr {
    raise(py, platform::factors::Error::from(error))
}

/// An answer with a name for each kind.
fn told(answer: &Answer) -> serde_json::Value {
    match answer {
        Answer::Version(found) => json!({"answer": "version", "found": found}),
        Answer::NotKnown => json!({"answer": "not_known"}),
        Answer::NotValid { nearest } => json!({"answer": "not_valid", "nearest": nearest}),
        Answer::Withdrawn { since, seq, reason, version } => json!({
            "answer": "withdrawn", "since": since, "seq": seq, "reason": reason, "found": version,
        }),
    }
}
