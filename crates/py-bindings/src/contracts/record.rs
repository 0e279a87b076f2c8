//! Applied contracts, recorded: in the files of a repository, or in a text that is handed back.

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Utc};
use contract_core::render::audit::{self, Record};
use contract_core::render::catalog::{self, Entry};
use platform::contracts::Application;
use pyo3::prelude::*;

use super::policy::{self, Policy};
use super::render::Source;
use super::report::{Paths, PolicySource, open};
use crate::error::{Problem, raise};

/// A row of the audit file, besides what the contract says.
#[pyclass(frozen, eq, get_all, module = "strongroom.contracts")]
#[derive(Clone, PartialEq)]
pub(super) struct AuditRow {
    action: String,
    outcome: String,
    approver: String,
    /// In UTC, as RFC 3339 to the second: what the file holds.
    timestamp: String,
    run_id: Option<String>,
}

#[pymethods]
impl AuditRow {
    #[new]
    #[pyo3(signature = (*, approver, timestamp, action="apply", outcome="success", run_id=None))]
    fn new(
        approver: String,
        timestamp: DateTime<FixedOffset>,
        action: &str,
        outcome: &str,
        run_id: Option<String>,
    ) -> Self {
        let timestamp = timestamp.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true);
        Self { action: action.to_owned(), outcome: outcome.to_owned(), approver, timestamp, run_id }
    }

    fn __repr__(&self) -> String {
        let Self { action, outcome, approver, timestamp, .. } = self;
        format!("<AuditRow {action} {outcome} by {approver:?} at {timestamp}>")
    }
}

/// Records applied contracts in the catalogue and, if asked, the audit file.
#[pyfunction]
#[pyo3(signature = (paths, *, region, date, status="active", audit=None, policy=None))]
pub(super) fn record(
    py: Python<'_>,
    paths: Paths,
    region: &str,
    date: NaiveDate,
    status: &str,
    audit: Option<&AuditRow>,
    policy: Option<PolicySource<'_>>,
) -> PyResult<(bool, usize)> {
    let (paths, policy) = (paths.into_vec(), policy.map(PolicySource::take));
    let (day, date) = (date, date.to_string());
    let record = || -> platform::Result<_> {
        let repository = open(&paths, policy)?;
        let ready = repository.ready(&paths, day, None)?;
        let application = Application { region, status, date: &date };
        let changed = repository.catalogue(&ready, &application)?;
        let added = match audit {
            None => 0,
            Some(row) => repository.audit(
                &ready,
                &platform::contracts::AuditRow {
                    action: &row.action,
                    outcome: &row.outcome,
                    approver: &row.approver,
                    timestamp_utc: &row.timestamp,
                    run_id: row.run_id.as_deref(),
                },
            )?,
        };
        Ok((changed, added))
    };
    py.detach(record).map_err(|error| raise(py, error))
}

/// The text of the catalogue with an entry for a contract.
#[pyfunction]
#[pyo3(signature = (existing, contract, *, region, date, status="active", policy=None))]
pub(super) fn catalog_entry(
    py: Python<'_>,
    existing: Option<&str>,
    contract: Source<'_>,
    region: &str,
    date: NaiveDate,
    status: &str,
    policy: Option<&Policy>,
) -> PyResult<String> {
    let spec = contract.spec(py, &policy::or_default(policy))?;
    let date = date.to_string();
    let entry = Entry { region, status, date: &date };
    catalog::upsert(existing, &spec, &entry)
        .map_err(|error| raise(py, Problem::invalid("contract.catalog_invalid", error.to_string())))
}

/// The text of the audit file with a row for a contract.
#[pyfunction]
#[pyo3(signature = (existing, contract, row, *, policy=None))]
pub(super) fn audit_row(
    py: Python<'_>,
    existing: Option<&str>,
    contract: Source<'_>,
    row: &AuditRow,
    policy: Option<&Policy>,
) -> PyResult<String> {
    let spec = contract.spec(py, &policy::or_default(policy))?;
    let record = Record::of(&spec, &row.action, &row.outcome, &row.approver, &row.timestamp);
    let appended = audit::append(existing.unwrap_or_default(), &record, row.run_id.as_deref());
    let appended = appended.map_err(|error| {
        raise(py, Problem::invalid("contract.audit_invalid", error.to_string()))
    })?;
    Ok(appended.text)
}
