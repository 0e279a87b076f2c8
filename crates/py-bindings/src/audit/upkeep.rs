//! What is done to a log besides appending: older logs are taken over, old bodies removed, keys of
//! people destroyed.

use audit_chain::Hash;
use audit_chain::canonical::to_canonical;
use chrono::{DateTime, Utc};
use platform::clock::{Clock as _, SystemClock};
use platform::ledger::{self, ImportOptions, PruneOptions, SubjectKeys};
use platform::store::Store;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::ledger::Ledger;
use super::read::legacy_report;
use super::runtime::{Threads, wait, work};
use super::value;
use crate::error::{Class, Problem, raise};

#[pyfunction]
#[pyo3(signature = (ledger, old_url, *, below, head, even_if_damaged, progress))]
pub(crate) fn import_legacy(
    py: Python<'_>,
    ledger: &Bound<'_, Ledger>,
    old_url: String,
    below: Option<String>,
    head: Option<&str>,
    even_if_damaged: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Vec<(u64, u64)>)> {
    Threads::refuse_child()?;
    let head: Option<Hash> =
        head.map(str::parse).transpose().map_err(|error: audit_chain::Error| raise(py, error))?;
    let mut options = ImportOptions::default();
    options.remembered = head;
    options.even_if_damaged = even_if_damaged;
    let ledger = ledger.get().ledger()?.clone();
    let importing = move |tell: std::sync::mpsc::Sender<u64>| async move {
        let old = Store::open(&old_url).await.map_err(Problem::from)?;
        let old = below.map_or_else(|| old.clone(), |below| old.at(&below));
        let imported = ledger::import_legacy(&old, &ledger, &options, move |records| {
            // Nobody listens any more when the waiting was given up.
            let _ = tell.send(records);
        });
        imported.await.map_err(Problem::from)
    };
    let imported = work(py, importing, |py, records: u64| {
        let Some(progress) = &progress else { return Ok(()) };
        progress.call1(py, (records,)).map(drop)
    })?;
    let imported = imported.map_err(|problem: Problem| raise(py, problem))?;
    Ok((legacy_report(py, &imported.report, &imported.keys)?, imported.runs))
}

#[pyfunction]
#[pyo3(signature = (ledger, *, before, before_seq, expired_only, dry_run))]
pub(crate) fn prune(
    py: Python<'_>,
    ledger: &Bound<'_, Ledger>,
    before: Option<DateTime<Utc>>,
    before_seq: Option<u64>,
    expired_only: bool,
    dry_run: bool,
) -> PyResult<(u64, u64, u64, Option<u64>)> {
    let options =
        PruneOptions { before_seq, before, expired_only, now: SystemClock.now(), dry_run };
    let ledger = ledger.get().ledger()?.clone();
    let pruning =
        move |_: std::sync::mpsc::Sender<()>| async move { ledger::prune(&ledger, &options).await };
    let pruned = work(py, pruning, |_, ()| Ok(()))?;
    let pruned = pruned.map_err(|error| raise(py, error))?;
    Ok((pruned.first_seq, pruned.records, pruned.segments, pruned.recorded_at))
}

#[pyfunction]
pub(crate) fn erase_subject(
    py: Python<'_>,
    ledger: &Bound<'_, Ledger>,
    subject: String,
) -> PyResult<Vec<String>> {
    let ledger = ledger.get();
    let keys = ledger.subject_keys().ok_or_else(|| {
        PyValueError::new_err(
            "no key can be destroyed: the ledger was opened without `subject_keys`",
        )
    })?;
    let (ledger, keys) = (ledger.ledger()?.clone(), keys.clone());
    let erasing = async move { ledger::erase_subject(&ledger, &keys, &subject).await };
    let erased = wait(py, erasing, None)?.map_err(|error| raise(py, error))?;
    if erased.is_empty() {
        let problem = Problem {
            class: Class::NotFound,
            code: "ledger.no_subject_key",
            message: "the store has no key for this subject; nothing was recorded".to_owned(),
            hint: None,
        };
        return Err(raise(py, problem));
    }
    Ok(erased.iter().map(ToString::to_string).collect())
}

/// The details as JSON; the places that stay closed, each with the reason.
type Opened<'py> = (Bound<'py, PyBytes>, Vec<(String, String)>);

/// What is sealed in the details of a record, opened; and what stays closed, with the reason.
#[pyfunction]
pub(crate) fn unseal<'py>(
    py: Python<'py>,
    subject_keys: String,
    log_id: String,
    details: &Bound<'py, PyAny>,
) -> PyResult<Opened<'py>> {
    Threads::refuse_child()?;
    let mut details = value::from_python_at("details", details, true)?;
    let opening = async move {
        let store = Store::open(&subject_keys).await.map_err(Problem::from)?;
        let keys = SubjectKeys::open(&store).await.map_err(Problem::from)?;
        let closed = keys.unseal(&mut details, &log_id).await.map_err(Problem::from)?;
        Ok((details, closed))
    };
    let opened = wait(py, opening, None)?;
    let (details, closed) = opened.map_err(|problem: Problem| raise(py, problem))?;
    let closed = closed.iter().map(|(place, why)| (place.to_string(), why.to_string())).collect();
    Ok((PyBytes::new(py, &to_canonical(&details)), closed))
}
