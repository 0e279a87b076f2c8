//! An archive at one place.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use platform::body_keys::{BodyKeys, LocalKey};
use platform::reports::{Options, Protection, Reports};
use platform::store::{LockMode, Store};
use pyo3::prelude::*;
use serde::Deserialize;

use super::ask::told;
use super::request::{Asked, Content};
use crate::audit::read_signer;
use crate::audit::runtime::{Threads, wait, work};
use crate::error::{Problem, raise};
use crate::files::{Raised, counting, more};
use crate::held::Held;
use crate::json;
use crate::log::{Log, Named, Opened};

/// What is said when what the package spelled cannot be read.
pub(super) const INPUT: &str = "reports.input_invalid";

/// An archive that is open, as the Python package wraps it.
#[pyclass(frozen, module = "strongroom._strongroom.reports")]
pub(crate) struct Archive {
    reports: Held<Reports>,
    /// Whether its log was opened for it.
    own_log: bool,
}

impl Archive {
    pub(super) fn reports(&self) -> PyResult<&Reports> {
        self.reports.get()
    }
}

/// How an archive is opened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    actor: String,
    create: bool,
    protection: Protected,
    zone: Option<String>,
    retries: Option<u32>,
    body_keys: Option<String>,
    application_key: Option<PathBuf>,
}

/// Where the keys of sealed reports are, and the file with the key that wraps them.
type Keys = Option<(String, PathBuf)>;

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Protected {
    Compliance,
    Governance,
    RulesAlone,
}

impl From<Protected> for Protection {
    fn from(it: Protected) -> Self {
        match it {
            Protected::Compliance => Self::Locked(LockMode::Compliance),
            Protected::Governance => Self::Locked(LockMode::Governance),
            Protected::RulesAlone => Self::RulesAlone,
        }
    }
}

impl Opening {
    fn keys(&mut self) -> Result<Keys, Problem> {
        match (self.body_keys.take(), self.application_key.take()) {
            (None, None) => Ok(None),
            (Some(url), Some(path)) => Ok(Some((url, path))),
            _ => Err(Problem::invalid(INPUT, "`body_keys` and `application_key` go together")),
        }
    }

    /// The options, and what somebody should look at in the rules.
    fn options(self, rules: Option<&[u8]>) -> Result<(Options, Vec<String>), Problem> {
        let mut options = Options::new(self.actor);
        options.protection = self.protection.into();
        if let Some(zone) = &self.zone {
            options.zone = zone.parse().map_err(retention)?;
        }
        if let Some(times) = self.retries {
            options.retry.times = times;
        }
        let mut findings = Vec::new();
        if let Some(rules) = rules {
            let (table, found) = options.rules.with(rules).map_err(retention)?;
            options.rules = table;
            findings = found.iter().map(|it| format!("{} at `{}`", it.message, it.at)).collect();
        }
        Ok((options, findings))
    }
}

/// What the rules refuse.
pub(super) fn retention(error: storage_core::retention::Error) -> Problem {
    storage_core::reports::Error::from(error).into()
}

#[pymethods]
impl Archive {
    #[staticmethod]
    #[pyo3(signature = (url, options, *, rules, ledger, signer))]
    fn open(
        py: Python<'_>,
        url: String,
        options: &str,
        rules: Option<Vec<u8>>,
        ledger: Option<Log<'_>>,
        signer: Option<&str>,
    ) -> PyResult<(Self, Vec<String>)> {
        let read = || {
            let mut opening: Opening = json::read(INPUT, "options", options)?;
            let keys = opening.keys()?;
            Ok((opening.create, keys, opening.options(rules.as_deref())?))
        };
        let read = read().map_err(|it: Problem| raise(py, it))?;
        let (create, keys, (mut options, findings)) = read;
        options.signer = signer.map(|it| read_signer(py, it)).transpose()?.map(Arc::new);
        let log = Named::of(ledger)?;
        let opening = async move {
            let store = Store::open(&url).await?;
            if let Some((url, path)) = keys {
                let application = Arc::new(LocalKey::read(&path)?);
                options.body_keys =
                    Some(BodyKeys::open(&Store::open(&url).await?, application).await?);
            }
            // Before a log is begun that nobody needs.
            Reports::look(&store, &options).await?;
            let (signer, retries) = (options.signer.clone(), Some(options.retry.times));
            let Opened { ledger, own } = log.open(&store, create, signer, retries).await?;
            Ok((Reports::open(&store, ledger, options).await?, own))
        };
        let opened = wait(py, opening, None)?;
        let (reports, own_log) = opened.map_err(|problem: Problem| raise(py, problem))?;
        Ok((Self { reports: Held::new("these reports", reports), own_log }, findings))
    }

    /// Archives a report; gives what is known of it then, and whether it had been archived before.
    #[pyo3(signature = (request, files, progress))]
    fn archive(
        &self,
        py: Python<'_>,
        request: &str,
        files: Vec<Content<'_>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(String, bool)> {
        let reports = self.reports()?.clone();
        let raised = Raised::default();
        let asked: Asked = json::read(INPUT, "report", request).map_err(|it| raise(py, it))?;
        let mut request = asked.request().map_err(|it| raise(py, it))?;
        for file in files {
            request.files.push(file.read(py, &raised)?);
        }
        let archiving = move |tell: Sender<u64>| async move {
            request.on_progress = Some(counting(tell));
            let archived = reports.archive(request).await?;
            Ok((told(&reports, &archived.state), archived.repeated))
        };
        let archived = work(py, archiving, more(progress))?;
        archived.map_err(|problem: Problem| raised.or(|| raise(py, problem)))
    }

    /// Closes the log, if it was opened for this.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if !self.own_log {
            return Ok(());
        }
        let ledger = self.reports()?.ledger().clone();
        wait(py, async move { ledger.close().await }, None)?.map_err(|error| raise(py, error))
    }

    #[getter]
    fn location(&self) -> PyResult<String> {
        Ok(self.reports()?.store().location())
    }
}

/// Whether the bucket of a store can lock what is archived there.
#[pyfunction]
pub(crate) fn locks(py: Python<'_>, url: String) -> PyResult<bool> {
    Threads::refuse_child()?;
    let asking = async move {
        let bucket = Store::open(&url).await?.bucket().await?;
        Ok(bucket.object_lock)
    };
    wait(py, asking, None)?.map_err(|problem: Problem| raise(py, problem))
}
