//! Destroying what may go.

use platform::reports::Destroyed;
use pyo3::prelude::*;
use serde_json::json;
use storage_core::Digest;
use storage_core::reports::DisposalList;

use super::ask::Wanted;
use super::request::named;
use super::store::{Archive, INPUT};
use crate::audit::read_keys;
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};
use crate::json;

/// Reports of which nothing can be said, and why.
type Unreadable = Vec<(String, Py<PyAny>)>;

/// What may be destroyed now: the digest of the list, the list, and what could not be read.
#[pyfunction]
pub(crate) fn eligible(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    query: &str,
) -> PyResult<(String, String, Unreadable)> {
    let reports = archive.get().reports()?.clone();
    let query = Wanted::query(query).map_err(|it| raise(py, it))?;
    let reviewed = wait(py, async move { reports.review(&query).await }, None)?;
    let reviewed = reviewed.map_err(|error| raise(py, error))?;
    let list = reviewed.list;
    let unreadable = reviewed.unreadable.into_iter();
    let unreadable = unreadable
        .map(|(report, error)| (report.to_string(), raise(py, error).into_value(py).into_any()));
    let unreadable = unreadable.collect();
    let digest = list.digest().map_err(|error| raise(py, error))?;
    Ok((digest.to_string(), json::write(py, &list)?, unreadable))
}

/// The actor of the archive agrees to a list that has this digest.
#[pyfunction]
pub(crate) fn approve(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    list: &str,
    digest: &str,
) -> PyResult<()> {
    let reports = archive.get().reports()?.clone();
    let read = || {
        let list: DisposalList = json::read(INPUT, "list", list)?;
        if list.digest()?.to_string() != digest {
            let broken = "the list is not the one with this digest".to_owned();
            return Err(storage_core::reports::Error::ApprovalInvalid { broken }.into());
        }
        Ok(list)
    };
    let list = read().map_err(|problem: Problem| raise(py, problem))?;
    let approving = async move {
        let by = reports.options().actor.clone();
        reports.approve(&list, &by).await
    };
    wait(py, approving, None)?.map(drop).map_err(|error| raise(py, error))
}

/// A report, and its certificate or why it stayed.
type Outcome = (String, Option<String>, Option<Py<PyAny>>);

/// Destroys what is on an approved list.
#[pyfunction]
pub(crate) fn destroy(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    digest: &str,
) -> PyResult<Vec<Outcome>> {
    let reports = archive.get().reports()?.clone();
    let list: Digest = digest
        .parse()
        .map_err(|error| raise(py, Problem::invalid(INPUT, format!("the digest: {error}"))))?;
    let destroyed = wait(py, async move { reports.destroy(&list).await }, None)?;
    let destroyed = destroyed.map_err(|error| raise(py, error))?;
    let outcome = |Destroyed { report, outcome, .. }| match outcome {
        Ok(certificate) => Ok((report.to_string(), Some(json::write(py, &certificate)?), None)),
        Err(error) => {
            let error = raise(py, error).into_value(py).into_any();
            Ok((report.to_string(), None, Some(error)))
        }
    };
    destroyed.into_iter().map(outcome).collect()
}

/// Checks the certificate of a report that was destroyed.
#[pyfunction]
pub(crate) fn check_certificate(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report: String,
    keys: Vec<String>,
) -> PyResult<String> {
    let reports = archive.get().reports()?.clone();
    let keys = read_keys(py, &keys)?;
    let checking = async move {
        let report = named(&reports, &report).await?;
        Ok(reports.check_certificate(&report, &keys).await?)
    };
    let checked = wait(py, checking, None)?;
    let checked = checked.map_err(|problem: Problem| raise(py, problem))?;
    let told = json!({
        "certificate": checked.certificate,
        "signed_by": checked.signed_by,
        "recorded_at": checked.recorded_at,
        "key_is_gone": checked.key_is_gone,
    });
    Ok(told.to_string())
}
