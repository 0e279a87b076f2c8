//! A log that is written.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use audit_chain::record::Event;
use audit_chain::seal::Path;
use platform::ledger::{CheckpointEvery, Error, Options, SubjectKeys};
use platform::store::Store;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use super::options::{
    Compress, Limits, open_subject_keys, read_compression, read_conditions, read_keys,
    read_retention, read_signer,
};
use super::runtime::{Threads, wait};
use super::value;
use crate::error::{Problem, raise};

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
    /// The keys of the people that events are sealed for.
    subject_keys: Option<SubjectKeys>,
    process: u32,
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // A lock that a thread of the parent held while it forked is held here for ever.
            std::mem::forget(self.ledger.take());
            std::mem::forget(self.subject_keys.take());
        }
    }
}

type Stored = Result<platform::ledger::Receipt, Error>;

/// An event, as the Python package hands it over.
#[derive(FromPyObject)]
pub(crate) struct Told<'py>(
    String,
    String,
    String,
    String,
    Option<Bound<'py, PyAny>>,
    Option<String>,
    Option<String>,
    Option<Sealing>,
);

/// For whom something is sealed, and where that stands in the details.
type Sealing = (String, Vec<String>);

/// An event that is not sealed yet.
struct Unsealed {
    event: Event,
    sealing: Option<(SubjectKeys, String, Vec<Path>)>,
}

impl Unsealed {
    async fn seal(mut self, log_id: &str) -> platform::ledger::Result<Event> {
        if let Some((keys, subject, places)) = &self.sealing {
            keys.seal(&mut self.event, log_id, subject, places).await?;
        }
        Ok(self.event)
    }
}

#[pymethods]
impl Ledger {
    #[staticmethod]
    #[pyo3(signature = (url, *, signer, verifier_keys, writer, log_id, origin, retention, create,
        checkpoint_every, checkpoint_records, compress, limits, conditions, retries,
        subject_keys))]
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
        compress: Compress,
        limits: Limits,
        conditions: Option<&str>,
        retries: Option<u32>,
        subject_keys: Option<String>,
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
        options.compression = read_compression(compress)?;
        options.conditions = conditions.map(read_conditions).transpose()?;
        if let Some(times) = retries {
            options.retry.times = times;
        }
        limits.change(&mut options.limits);
        let opening = async move {
            // First, so that no log is begun that cannot seal.
            let keys = match subject_keys {
                Some(place) => Some(open_subject_keys(&place, &url).await?),
                None => None,
            };
            let store = Store::open(&url).await.map_err(Problem::from)?;
            let ledger = platform::ledger::Ledger::open(&store, options).await;
            Ok((ledger.map_err(Problem::from)?, keys))
        };
        let opened = wait(py, opening, None)?;
        let (ledger, subject_keys) = opened.map_err(|problem: Problem| raise(py, problem))?;
        Ok(Self { ledger: Some(ledger), subject_keys, process: std::process::id() })
    }

    #[pyo3(signature = (told, timeout))]
    fn append(&self, py: Python<'_>, told: Told<'_>, timeout: Option<f64>) -> PyResult<Receipt> {
        let timeout = timeout.map(Duration::try_from_secs_f64);
        let timeout = timeout
            .transpose()
            .map_err(|error| PyValueError::new_err(format!("`timeout`: {error}")))?;
        let stored = self.queue(py, told)?;
        let receipt = wait(py, stored, timeout)?.map_err(|error| raise(py, error))?;
        Ok(receipt.into())
    }

    fn submit<'py>(&self, py: Python<'py>, told: Told<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stored = self.queue(py, told)?;
        let threads = Threads::get();
        let answers = threads.answers()?;
        let future = FUTURE.import(py, "concurrent.futures", "Future")?.call0()?;
        // An event that is on its way cannot be called back: from here on `cancel()` says no.
        future.call_method0("set_running_or_notify_cancel")?;
        let waiting = future.clone().unbind();
        threads.runtime()?.spawn(async move {
            let receipt = stored.await;
            // Fails only when Python has ended.
            let _ = answers.send(Box::new(move |py| tell(py, &waiting, receipt)));
        });
        Ok(future)
    }

    fn append_all(&self, py: Python<'_>, told: Vec<Told<'_>>) -> PyResult<Vec<Receipt>> {
        let ledger = self.ledger()?.clone();
        let events = told.into_iter().map(|it| self.event(py, it)).collect::<PyResult<Vec<_>>>()?;
        let storing = async move {
            let mut sealed = Vec::with_capacity(events.len());
            for event in events {
                sealed.push(event.seal(&ledger.document().log_id).await?);
            }
            ledger.append_all(sealed).await
        };
        let receipts = wait(py, storing, None)?.map_err(|error| raise(py, error))?;
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
    pub(crate) fn ledger(&self) -> PyResult<&platform::ledger::Ledger> {
        if self.process != std::process::id() {
            return Err(PyRuntimeError::new_err(
                "this ledger was opened before the process was forked, and its threads were not \
                 forked with it: open the ledger in the child process, after the fork",
            ));
        }
        self.ledger.as_ref().ok_or_else(|| PyRuntimeError::new_err("the ledger is being dropped"))
    }

    pub(super) fn subject_keys(&self) -> Option<&SubjectKeys> {
        self.subject_keys.as_ref()
    }

    /// Queues an event at once, or as soon as it is sealed.
    fn queue(
        &self,
        py: Python<'_>,
        told: Told<'_>,
    ) -> PyResult<Pin<Box<dyn Future<Output = Stored> + Send>>> {
        let ledger = self.ledger()?;
        let event = self.event(py, told)?;
        Ok(match event.sealing {
            None => Box::pin(ledger.append(event.event)),
            Some(_) => {
                let ledger = ledger.clone();
                Box::pin(async move {
                    let sealed = event.seal(&ledger.document().log_id).await?;
                    ledger.append(sealed).await
                })
            }
        })
    }

    fn event(&self, py: Python<'_>, told: Told<'_>) -> PyResult<Unsealed> {
        let Told(event_type, actor, resource, action, details, event_id, class, sealing) = told;
        let details = match details {
            Some(details) => value::from_python_at("details", &details, false)?,
            None => audit_chain::json::Value::Object(Vec::new()),
        };
        let mut event = Event::new(event_type, actor, resource, action, details);
        event.event_id = event_id;
        event.class = class;
        let sealing = match sealing {
            None => None,
            Some((subject, places)) => {
                let keys = self.subject_keys.clone().ok_or_else(|| {
                    PyValueError::new_err(
                        "nothing can be sealed: the ledger was opened without `subject_keys`",
                    )
                })?;
                let places: Result<_, _> = places.iter().map(|it| it.parse()).collect();
                let places = places.map_err(|error: audit_chain::Error| raise(py, error))?;
                Some((keys, subject, places))
            }
        };
        Ok(Unsealed { event, sealing })
    }
}

/// Resolves a `concurrent.futures.Future`.
fn tell(py: Python<'_>, future: &Py<PyAny>, receipt: Stored) {
    let told = match receipt {
        Ok(receipt) => future.call_method1(py, "set_result", (Receipt::from(receipt),)),
        Err(error) => future.call_method1(py, "set_exception", (raise(py, error),)),
    };
    if let Err(error) = told {
        // Somebody else has resolved the future; there is nobody to tell.
        error.write_unraisable(py, Some(future.bind(py)));
    }
}
