//! Reading: what there is, and its bytes.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

use futures_util::TryStreamExt as _;
use platform::reports::{Query, Reported, Reports};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Deserialize;
use serde_json::json;
use storage_core::reports::{FileName, MediaType, State, Status};

use super::request::named;
use super::store::{Archive, INPUT};
use crate::audit::runtime::{wait, work};
use crate::error::{Problem, raise};
use crate::files::{Raised, Writer, counting, more};
use crate::json;

/// Who writes bags.
const AGENT: &str = concat!("strongroom ", env!("CARGO_PKG_VERSION"));

/// What is known of a report, as text.
pub(super) fn told(reports: &Reports, state: &State) -> String {
    reports.describe(state).to_string()
}

/// What is known of a report.
#[pyfunction]
pub(crate) fn get(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report: String,
) -> PyResult<String> {
    let reports = archive.get().reports()?.clone();
    let getting = async move {
        let state = reports.state(&named(&reports, &report).await?).await?;
        Ok(told(&reports, &state))
    };
    wait(py, getting, None)?.map_err(|problem: Problem| raise(py, problem))
}

/// Which reports are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(rename = "type")]
    report_type: Option<String>,
    tenant: Option<String>,
    period: Option<String>,
    status: Option<String>,
}

impl Wanted {
    pub(super) fn query(json: &str) -> Result<Query, Problem> {
        let wanted: Self = json::read(INPUT, "question", json)?;
        let refused = |error: storage_core::reports::Error| Problem::from(error);
        let mut query = Query::default();
        query.report_type = wanted.report_type.map(|it| it.parse()).transpose().map_err(refused)?;
        query.tenant = wanted.tenant.map(|it| it.parse()).transpose().map_err(refused)?;
        query.period = wanted.period.map(|it| it.parse()).transpose().map_err(refused)?;
        if let Some(text) = wanted.status {
            let status = Status::ALL.into_iter().find(|it| it.as_str() == text);
            query.status = Some(status.ok_or_else(|| {
                Problem::invalid(INPUT, format!("`{}` is no status", text.escape_debug()))
                    .hint(Some("say `held`, `retained`, `expired` or `disposed`"))
            })?);
        }
        Ok(query)
    }
}

/// One page of names of reports, and where the next begins.
#[pyfunction]
pub(crate) fn list(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    query: &str,
    cursor: Option<String>,
    limit: usize,
) -> PyResult<(Vec<String>, Option<String>)> {
    let reports = archive.get().reports()?.clone();
    let query = Wanted::query(query).map_err(|it| raise(py, it))?;
    let listing = async move { reports.list(&query, cursor.as_deref(), limit).await };
    let page = wait(py, listing, None)?.map_err(|error| raise(py, error))?;
    Ok((page.entries.iter().map(ToString::to_string).collect(), page.next))
}

/// The name of a report, and what is known of it or why that cannot be said.
type Found = (String, Option<String>, Option<Py<PyAny>>);

/// One page of reports, and where the next begins.
#[pyfunction]
pub(crate) fn find(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    query: &str,
    cursor: Option<String>,
    limit: usize,
) -> PyResult<(Vec<Found>, Option<String>)> {
    let reports = archive.get().reports()?.clone();
    let query = Wanted::query(query).map_err(|it| raise(py, it))?;
    let finding = {
        let reports = reports.clone();
        async move { reports.find(&query, cursor.as_deref(), limit).await }
    };
    let page = wait(py, finding, None)?.map_err(|error| raise(py, error))?;
    let entries = page.entries.into_iter().map(|Reported { report, state, .. }| match state {
        Ok(state) => (report.to_string(), Some(told(&reports, &state)), None),
        Err(error) => {
            let error = raise(py, Problem::from(&*error)).into_value(py).into_any();
            (report.to_string(), None, Some(error))
        }
    });
    Ok((entries.collect(), page.next))
}

/// The metadata of a report, letter by letter.
#[pyfunction]
pub(crate) fn metadata(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report: String,
) -> PyResult<Option<String>> {
    let reports = archive.get().reports()?.clone();
    let reading = async move {
        let state = reports.state(&named(&reports, &report).await?).await?;
        state.there()?;
        Ok(reports.metadata(&state).await?)
    };
    wait(py, reading, None)?.map_err(|problem: Problem| raise(py, problem))
}

/// A file of a report, whole.
#[pyfunction]
pub(crate) fn read<'py>(
    archive: &Bound<'_, Archive>,
    py: Python<'py>,
    report: String,
    file: String,
) -> PyResult<Bound<'py, PyBytes>> {
    let reports = archive.get().reports()?.clone();
    let reading = move |_: Sender<()>| async move {
        let state = reports.state(&named(&reports, &report).await?).await?;
        Ok(reports.read(&state, &file).await?)
    };
    let read = work(py, reading, |_, ()| Ok(()))?;
    let read = read.map_err(|problem: Problem| raise(py, problem))?;
    Ok(PyBytes::new(py, &read))
}

/// Writes a file of a report to an open file, piece by piece.
#[pyfunction]
#[pyo3(signature = (archive, report, file, to, progress))]
pub(crate) fn download(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report: String,
    file: String,
    to: Py<PyAny>,
    progress: Option<Py<PyAny>>,
) -> PyResult<()> {
    let reports = archive.get().reports()?.clone();
    let raised = Raised::default();
    let mut writer = Writer::new(to, raised.clone());
    let downloading = move |tell: Sender<u64>| async move {
        let told = counting(tell);
        let state = reports.state(&named(&reports, &report).await?).await?;
        let mut pieces = reports.open_file(&state, &file)?;
        while let Some(piece) = pieces.try_next().await? {
            let written = writer.write_all(&piece);
            written.map_err(|error| {
                Problem::invalid(
                    "reports.not_written",
                    format!("failed to write `{file}`: {error}"),
                )
            })?;
            told(piece.len() as u64);
        }
        Ok(())
    };
    let downloaded = work(py, downloading, more(progress))?;
    downloaded.map_err(|problem: Problem| raised.or(|| raise(py, problem)))
}

/// Writes a report as a bag.
#[pyfunction]
#[pyo3(signature = (archive, report, folder, progress))]
pub(crate) fn export(
    archive: &Bound<'_, Archive>,
    py: Python<'_>,
    report: String,
    folder: PathBuf,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let reports = archive.get().reports()?.clone();
    let exporting = move |tell: Sender<u64>| async move {
        let told = counting(tell);
        let state = reports.state(&named(&reports, &report).await?).await?;
        Ok(reports.export(&state, &folder, AGENT, |bytes| told(bytes)).await?)
    };
    let receipt = work(py, exporting, more(progress))?;
    let receipt = receipt.map_err(|problem: Problem| raise(py, problem))?;
    let (files, bytes) = (receipt.oxum.files, receipt.oxum.bytes);
    let told = json!({"files": files, "bytes": bytes, "tag_manifest": receipt.tag_manifest});
    Ok(told.to_string())
}

/// What the only file of a report of this media type is called.
#[pyfunction]
pub(crate) fn name_for(py: Python<'_>, media_type: &str) -> PyResult<String> {
    let read: Result<MediaType, storage_core::reports::Error> = media_type.parse();
    let media_type = read.map_err(|error| raise(py, error))?;
    Ok(FileName::report(&media_type).to_string())
}
