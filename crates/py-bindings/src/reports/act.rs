//! Changing what protects a report, and looking after it.

use std::sync::mpsc::Sender;

use chrono::SecondsFormat;
use pyo3::prelude::*;
use storage_core::reports::Fixity;
use storage_core::retention::Change;

use super::ask::told;
use super::request::{Done, named};
use super::store::{Archive, INPUT};
use crate::audit::runtime::{wait, work};
use crate::error::{Problem, raise};
use crate::json;

/// Changes what protects a report; gives what is known of it then.
#[pyfunction]
pub(crate) fn act(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report: String,
    reason: String,
    act: &str,
    bypass: bool,
) -> PyResult<String> {
    let reports = archive.get().reports()?.clone();
    let act = json::read::<Done>(INPUT, "change", act);
    let act = act.and_then(|it| it.act(&reports.options().rules));
    let act = act.map_err(|problem| raise(py, problem))?;
    let acting = async move {
        let report = named(&reports, &report).await?;
        let options = reports.options();
        let mut change = Change::new(&options.actor, &reason, options.clock.now(), act);
        change.bypass = bypass;
        let state = reports.change(&report, &change).await?;
        Ok(told(&reports, &state))
    };
    wait(py, acting, None)?.map_err(|problem: Problem| raise(py, problem))
}

/// Reads all content of a report, compares it and records the outcome.
#[pyfunction]
pub(crate) fn verify(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report: String,
) -> PyResult<String> {
    let reports = archive.get().reports()?.clone();
    let verifying = move |_: Sender<()>| async move {
        let report = named(&reports, &report).await?;
        Ok(reports.verify(&report).await?)
    };
    let fixity: Result<Fixity, Problem> = work(py, verifying, |_, ()| Ok(()))?;
    json::write(py, &fixity.map_err(|problem| raise(py, problem))?)
}

/// Finishes what was interrupted; gives what each act was and what it was done to.
#[pyfunction]
pub(crate) fn heal(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
) -> PyResult<Vec<(String, String)>> {
    let reports = archive.get().reports()?.clone();
    let healed = wait(py, async move { reports.heal().await }, None)?;
    let healed = healed.map_err(|error| raise(py, error))?;
    Ok(healed.into_iter().map(|it| (it.plan.act, it.plan.resource)).collect())
}

/// Reports that began to be archived and were not completed, each with the moment.
#[pyfunction]
pub(crate) fn unfinished(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report_type: &str,
    tenant: &str,
) -> PyResult<Vec<(String, String)>> {
    let reports = archive.get().reports()?.clone();
    let refused = |error: storage_core::reports::Error| raise(py, error);
    let report_type = report_type.parse().map_err(refused)?;
    let tenant = tenant.parse().map_err(refused)?;
    let asking = async move { reports.unfinished(report_type, &tenant).await };
    let found = wait(py, asking, None)?.map_err(|error| raise(py, error))?;
    let stamp = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    Ok(found.into_iter().map(|(report, at)| (report.to_string(), stamp(at))).collect())
}
