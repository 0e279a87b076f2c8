//! A log that is written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use audit_chain::note::{Signer, VerifierKey};
use audit_chain::record::Event;
use audit_chain::segment::Compression;
use platform::ledger::{CheckpointEvery, Error, Options, Retention};
use platform::store::{LockMode, Store};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use super::runtime::{Threads, wait};
use super::value;
use crate::error::{Problem, raise};

/// What stands before the text of a private key (C2SP signed notes).
const PRIVATE_KEY: &str = "PRIVATE+KEY+";

/// Level of zstd: the one that costs little and finds most of what repeats.
const ZSTD_LEVEL: i32 = 3;

static FUTURE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// What a caller keeps of an event.
#[pyclass(frozen, get_all, eq, hash, module = "strongroom.audit")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Receipt {
    seq: u64,
    record_hash: String,
    previous_hash: Option<String>,
    timestamp: String,
}

impl From<platform::ledger::Receipt> for Receipt {
    fn from(receipt: platform::ledger::Receipt) -> Self {
        Self {
            seq: receipt.seq,
            record_hash: receipt.record_hash.to_string(),
            previous_hash: receipt.previous_hash.map(|it| it.to_string()),
            timestamp: receipt.timestamp,
        }
    }
}

#[pymethods]
impl Receipt {
    fn __repr__(&self) -> String {
        format!("Receipt(seq={}, record_hash='{}')", self.seq, self.record_hash)
    }
}

/// An open log, as the Python package wraps it.
#[pyclass(frozen, module = "strongroom._strongroom.audit")]
pub(crate) struct Ledger {
    /// `None` only while it is dropped.
    ledger: Option<platform::ledger::Ledger>,
    process: u32,
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // A lock that a thread of the parent held while it forked is held here for ever.
            std::mem::forget(self.ledger.take());
        }
    }
}

/// Who vouches for an event, and what happened.
type Told<'py> =
    (String, String, String, String, Option<Bound<'py, PyAny>>, Option<String>, Option<String>);

#[pymethods]
impl Ledger {
    #[staticmethod]
    #[pyo3(signature = (url, *, signer, verifier_keys, writer, log_id, origin, retention, create,
        checkpoint_every, checkpoint_records, compress))]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    fn open(
        py: Python<'_>,
        url: String,
        signer: Option<&str>,
        verifier_keys: Vec<String>,
        writer: Option<String>,
        log_id: Option<String>,
        origin: Option<String>,
        retention: Option<(String, u32, BTreeMap<String, u32>)>,
        create: bool,
        checkpoint_every: f64,
        checkpoint_records: u64,
        compress: bool,
    ) -> PyResult<Self> {
        let time = Duration::try_from_secs_f64(checkpoint_every)
            .map_err(|error| PyValueError::new_err(format!("`checkpoint_every`: {error}")))?;
        let mut options = Options::default();
        options.signer = signer.map(|it| read_signer(py, it)).transpose()?.map(Arc::new);
        options.verifier_keys = read_keys(py, &verifier_keys)?;
        options.writer = writer;
        options.log_id = log_id;
        options.origin = origin;
        options.retention = retention.map(read_retention).transpose()?;
        options.create = create;
        options.checkpoint_every = CheckpointEvery { time, records: checkpoint_records };
        options.compression =
            if compress { Compression::Zstd(ZSTD_LEVEL) } else { Compression::None };
        let opening = async move {
            let store = Store::open(&url).await.map_err(Problem::from)?;
            platform::ledger::Ledger::open(&store, options).await.map_err(Problem::from)
        };
        let ledger = wait(py, opening, None)?.map_err(|problem| raise(py, problem))?;
        Ok(Self { ledger: Some(ledger), process: std::process::id() })
    }

    #[pyo3(signature = (told, timeout))]
    fn append(&self, py: Python<'_>, told: Told<'_>, timeout: Option<f64>) -> PyResult<Receipt> {
        let timeout = timeout.map(Duration::try_from_secs_f64);
        let timeout = timeout
            .transpose()
            .map_err(|error| PyValueError::new_err(format!("`timeout`: {error}")))?;
        let stored = self.ledger()?.append(event(told)?);
        let receipt = wait(py, stored, timeout)?.map_err(|error| raise(py, error))?;
        Ok(receipt.into())
    }

    fn submit<'py>(&self, py: Python<'py>, told: Told<'py>) -> PyResult<Bound<'py, PyAny>> {
        let event = event(told)?;
        let ledger = self.ledger()?;
        let threads = Threads::get();
        let answers = threads.answers()?;
        let future = FUTURE.import(py, "concurrent.futures", "Future")?.call0()?;
        // An event that is on its way cannot be called back: from here on `cancel()` says no.
        future.call_method0("set_running_or_notify_cancel")?;
        let waiting = future.clone().unbind();
        let stored = ledger.append(event);
        threads.runtime()?.spawn(async move {
            let receipt = stored.await;
            // Fails only when Python has ended.
            let _ = answers.send(Box::new(move |py| tell(py, &waiting, receipt)));
        });
        Ok(future)
    }

    fn append_all(&self, py: Python<'_>, told: Vec<Told<'_>>) -> PyResult<Vec<Receipt>> {
        let events = told.into_iter().map(event).collect::<PyResult<_>>()?;
        let ledger = self.ledger()?.clone();
        let receipts = wait(py, async move { ledger.append_all(events).await }, None)?;
        let receipts = receipts.map_err(|error| raise(py, error))?;
        Ok(receipts.into_iter().map(Receipt::from).collect())
    }

    fn checkpoint(&self, py: Python<'_>) -> PyResult<Option<(u64, String)>> {
        let ledger = self.ledger()?.clone();
        let sealed = wait(py, async move { ledger.checkpoint().await }, None)?;
        let sealed = sealed.map_err(|error| raise(py, error))?;
        Ok(sealed.map(|it| (it.size, it.root.to_string())))
    }

    fn rotate_key(&self, py: Python<'_>, signer: &str) -> PyResult<Receipt> {
        let ledger = self.ledger()?.clone();
        let signer = read_signer(py, signer)?;
        let rotated = wait(py, async move { ledger.rotate_key(signer).await }, None)?;
        Ok(rotated.map_err(|error| raise(py, error))?.into())
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let ledger = self.ledger()?.clone();
        wait(py, async move { ledger.close().await }, None)?.map_err(|error| raise(py, error))
    }

    #[getter]
    fn head(&self) -> PyResult<(u64, Option<String>)> {
        let head = self.ledger()?.head();
        Ok((head.size, head.last_hash.map(|it| it.to_string())))
    }

    #[getter]
    fn log_id(&self) -> PyResult<String> {
        Ok(self.ledger()?.document().log_id.clone())
    }

    #[getter]
    fn origin(&self) -> PyResult<String> {
        Ok(self.ledger()?.document().origin.clone())
    }
}

impl Ledger {
    fn ledger(&self) -> PyResult<&platform::ledger::Ledger> {
        if self.process != std::process::id() {
            return Err(PyRuntimeError::new_err(
                "this ledger was opened before the process was forked, and its threads were not \
                 forked with it: open the ledger in the child process, after the fork",
            ));
        }
        self.ledger.as_ref().ok_or_else(|| PyRuntimeError::new_err("the ledger is being dropped"))
    }
}

fn event(
    (event_type, actor, resource, action, details, event_id, class): Told<'_>,
) -> PyResult<Event> {
    let details = match details {
        Some(details) => value::from_python_at("details", &details, false)?,
        None => audit_chain::json::Value::Object(Vec::new()),
    };
    let mut event = Event::new(event_type, actor, resource, action, details);
    event.event_id = event_id;
    event.class = class;
    Ok(event)
}

/// Resolves a `concurrent.futures.Future`.
fn tell(py: Python<'_>, future: &Py<PyAny>, receipt: Result<platform::ledger::Receipt, Error>) {
    let told = match receipt {
        Ok(receipt) => future.call_method1(py, "set_result", (Receipt::from(receipt),)),
        Err(error) => future.call_method1(py, "set_exception", (raise(py, error),)),
    };
    if let Err(error) = told {
        // Somebody else has resolved the future; there is nobody to tell.
        error.write_unraisable(py, Some(future.bind(py)));
    }
}

/// The key itself, or the file that holds it.
fn read_signer(py: Python<'_>, signer: &str) -> PyResult<Signer> {
    let text = if signer.starts_with(PRIVATE_KEY) {
        signer.to_owned()
    } else {
        std::fs::read_to_string(Path::new(signer)).map_err(|error| {
            PyErr::from(std::io::Error::new(
                error.kind(),
                format!("the signing key `{signer}` cannot be read: {error}"),
            ))
        })?
    };
    text.trim().parse().map_err(|error: audit_chain::Error| raise(py, error))
}

pub(super) fn read_keys(py: Python<'_>, keys: &[String]) -> PyResult<Vec<VerifierKey>> {
    let keys: Result<_, _> = keys.iter().map(|it| it.trim().parse()).collect();
    keys.map_err(|error: audit_chain::Error| raise(py, error))
}

fn read_retention(
    (mode, days, class_days): (String, u32, BTreeMap<String, u32>),
) -> PyResult<Retention> {
    let mode = read_mode(&mode)?;
    Ok(Retention { mode, days, class_days })
}

pub(super) fn read_mode(mode: &str) -> PyResult<LockMode> {
    match mode {
        "governance" => Ok(LockMode::Governance),
        "compliance" => Ok(LockMode::Compliance),
        other => Err(PyValueError::new_err(format!(
            "`{other}` is no mode of retention: `governance` or `compliance`"
        ))),
    }
}
