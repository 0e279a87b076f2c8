//! Artifacts at one place.

use std::sync::Arc;

use platform::artifacts::{ArtifactReader, ArtifactStore, Clamd, Options};
use platform::store;
use pyo3::prelude::*;
use serde::Deserialize;
use storage_core::artifacts::{Error, Gates, Rules};

use crate::audit::read_signer;
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};
use crate::held::Held;
use crate::json;
use crate::log::{Log, Named, Opened};

/// What is said when what the package spelled cannot be read.
pub(super) const INPUT: &str = "artifacts.input_invalid";

/// Artifacts that are open, as the Python package wraps them.
#[pyclass(frozen, module = "strongroom._strongroom.artifacts")]
pub(crate) struct Store {
    artifacts: Held<ArtifactStore>,
    /// Whether their log was opened for them.
    own_log: bool,
}

impl Store {
    pub(super) fn artifacts(&self) -> PyResult<&ArtifactStore> {
        self.artifacts.get()
    }

    pub(super) fn reader(&self) -> PyResult<&ArtifactReader> {
        Ok(self.artifacts()?.reader())
    }
}

/// How artifacts are opened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    actor: String,
    create: bool,
    clamd: Option<String>,
    retries: Option<u32>,
}

impl Opening {
    fn options(
        self,
        rules: Option<&[u8]>,
        gates: Option<&[u8]>,
    ) -> Result<(Options, bool), Problem> {
        let mut options = Options::new(self.actor);
        if let Some(rules) = rules {
            options.rules = Rules::read(rules)?;
        }
        if let Some(gates) = gates {
            options.gates = Gates::read(gates)?;
        }
        if let Some(address) = self.clamd {
            options.scanner = Some(Arc::new(Clamd::at(address)));
        }
        if let Some(times) = self.retries {
            options.retry.times = times;
        }
        Ok((options, self.create))
    }
}

#[pymethods]
impl Store {
    #[staticmethod]
    #[pyo3(signature = (url, options, *, rules, gates, ledger, signer))]
    fn open(
        py: Python<'_>,
        url: String,
        options: &str,
        rules: Option<Vec<u8>>,
        gates: Option<Vec<u8>>,
        ledger: Option<Log<'_>>,
        signer: Option<&str>,
    ) -> PyResult<Self> {
        let read = json::read::<Opening>(INPUT, "options", options);
        let read = read.and_then(|it| it.options(rules.as_deref(), gates.as_deref()));
        let (options, create) = read.map_err(|problem| raise(py, problem))?;
        let signer = signer.map(|it| read_signer(py, it)).transpose()?.map(Arc::new);
        let log = Named::of(ledger)?;
        let opening = async move {
            let store = store::Store::open(&url).await?;
            let retries = Some(options.retry.times);
            let Opened { ledger, own } = log.open(&store, create, signer, retries).await?;
            Ok((ArtifactStore::open(&store, ledger, options).await?, own))
        };
        let opened = wait(py, opening, None)?;
        let (artifacts, own_log) = opened.map_err(|problem: Problem| raise(py, problem))?;
        Ok(Self { artifacts: Held::new("these artifacts", artifacts), own_log })
    }

    /// Finishes what was interrupted; gives what each act was and what it was done to.
    fn heal(&self, py: Python<'_>) -> PyResult<Vec<(String, String)>> {
        let artifacts = self.artifacts()?.clone();
        let healed = wait(py, async move { artifacts.heal().await }, None)?;
        let healed = healed.map_err(|error| raise(py, error))?;
        Ok(healed.into_iter().map(|it| (it.plan.act, it.plan.resource)).collect())
    }

    /// Closes the log, if it was opened for this.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if !self.own_log {
            return Ok(());
        }
        let ledger = self.artifacts()?.ledger().clone();
        wait(py, async move { ledger.close().await }, None)?.map_err(|error| raise(py, error))
    }

    #[getter]
    fn location(&self) -> PyResult<String> {
        Ok(self.reader()?.store().location())
    }
}

/// Reads the name of something, as it is typed.
pub(super) fn named<T: std::str::FromStr<Err = Error>>(py: Python<'_>, text: &str) -> PyResult<T> {
    text.parse().map_err(|error: Error| raise(py, error))
}
