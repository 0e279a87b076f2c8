//! Files: put, handed out, acted upon.

use std::sync::mpsc::Sender;
use std::time::Duration;

use platform::artifacts::{Granted, PutOptions, Source};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::json;
use storage_core::Digest;
use storage_core::artifacts::{ArtifactKey, Expected};

use super::store::{INPUT, Store, named};
use crate::audit::runtime::{wait, work};
use crate::error::{Problem, raise};
use crate::files::{Given, Raised, counting, more, pieces};
use crate::json;

pub(super) fn digest(py: Python<'_>, text: &str) -> PyResult<Digest> {
    text.parse().map_err(|error| {
        raise(py, Problem::invalid(INPUT, format!("the digest cannot be used: {error}")))
    })
}

fn expected(py: Python<'_>, sha256: Option<&str>, size_bytes: Option<u64>) -> PyResult<Expected> {
    let sha256 = sha256.map(|it| digest(py, it)).transpose()?;
    Ok(Expected { sha256, size_bytes })
}

/// Checks a file and keeps it for good; gives what it is, whether it is new, and its place in the log.
#[pyfunction]
#[pyo3(signature = (store, key, content, *, sha256, size_bytes, media_type, progress))]
#[expect(clippy::too_many_arguments, reason = "they have names in Python")]
pub(crate) fn put(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    key: &str,
    content: &Bound<'_, PyAny>,
    sha256: Option<&str>,
    size_bytes: Option<u64>,
    media_type: Option<String>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let artifacts = store.get().artifacts()?.clone();
    let key: ArtifactKey = named(py, key)?;
    let options = PutOptions { expected: expected(py, sha256, size_bytes)?, media_type };
    let raised = Raised::default();
    let given = match Given::of(content)? {
        // So that it is heard how much was read of it, too.
        Given::Path(path) if progress.is_some() => {
            let open = py.import("builtins")?.getattr("open")?;
            Given::File(open.call1((path, "rb"))?.unbind())
        }
        given => given,
    };
    let to_close = match &given {
        Given::File(file) if !content.is(file) => Some(file.clone_ref(py)),
        _ => None,
    };
    let heard = raised.clone();
    let putting = move |tell: Sender<u64>| async move {
        let source = match given {
            Given::Bytes(bytes) => Source::Bytes(bytes),
            Given::Path(path) => Source::File(path),
            Given::File(file) => Source::Stream(pieces(file, heard, counting(tell))),
        };
        artifacts.put(&key, source, &options).await
    };
    let stored = work(py, putting, more(progress));
    if let Some(file) = to_close {
        file.call_method0(py, "close")?;
    }
    let stored = stored?.map_err(|error| raised.or(|| raise(py, error)))?;
    json::write(
        py,
        &json!({
            "entry": stored.entry,
            "fresh": stored.fresh,
            "seq": stored.receipt.map(|it| it.seq),
        }),
    )
}

/// An address: key, method, address, headers, until when.
type Address = (String, &'static str, String, Vec<(String, String)>, String);

fn address(key: &ArtifactKey, granted: Granted) -> Address {
    let headers = granted.url.headers.clone().into_iter().collect();
    let (method, url) = (granted.url.method, granted.url.expose().to_owned());
    let until = granted.expires_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    (key.to_string(), method, url, headers, until)
}

fn time(seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|error| PyValueError::new_err(format!("`valid_for`: {error}")))
}

/// Lets somebody read an artifact for a while.
#[pyfunction]
pub(crate) fn presign_get(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    key: &str,
    seconds: f64,
) -> PyResult<Address> {
    let artifacts = store.get().artifacts()?.clone();
    let (key, time) = (named::<ArtifactKey>(py, key)?, time(seconds)?);
    let signing = async move {
        let granted = artifacts.presign_get(&key, time).await?;
        Ok(address(&key, granted))
    };
    wait(py, signing, None)?.map_err(|error: platform::artifacts::Error| raise(py, error))
}

/// Lets somebody upload a file for a while: under a key, or one that is made up for a tenant.
#[pyfunction]
#[pyo3(signature = (store, key, tenant, seconds, sha256, size_bytes))]
pub(crate) fn presign_put(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    key: &str,
    tenant: Option<&str>,
    seconds: f64,
    sha256: Option<&str>,
    size_bytes: Option<u64>,
) -> PyResult<Address> {
    let artifacts = store.get().artifacts()?.clone();
    let key = match tenant {
        Some(tenant) => artifacts.new_upload(tenant, key).map_err(|error| raise(py, error))?,
        None => named::<ArtifactKey>(py, key)?,
    };
    let (time, expected) = (time(seconds)?, expected(py, sha256, size_bytes)?);
    let signing = async move {
        let granted = artifacts.presign_put(&key, time, &expected).await?;
        Ok(address(&key, granted))
    };
    wait(py, signing, None)?.map_err(|error: platform::artifacts::Error| raise(py, error))
}

/// Acts on a message with notifications of S3; gives what was done about each.
#[pyfunction]
pub(crate) fn on_event(
    store: &Bound<'_, Store>,
    py: Python<'_>,
    message: Vec<u8>,
) -> PyResult<String> {
    let artifacts = store.get().artifacts()?.clone();
    let acting = async move { artifacts.on_event(&message).await };
    let notices = wait(py, acting, None)?.map_err(|error| raise(py, error))?;
    let notices: Vec<_> = notices.iter().map(super::shape::notice).collect();
    json::write(py, &notices)
}

/// Holds every log against the ledger, and the bytes of every artifact against what was accepted.
#[pyfunction]
pub(crate) fn verify(store: &Bound<'_, Store>, py: Python<'_>, content: bool) -> PyResult<String> {
    let artifacts = store.get().artifacts()?.clone();
    let verifying = move |_: Sender<()>| async move { artifacts.verify(content).await };
    let findings = work(py, verifying, |_, ()| Ok(()))?.map_err(|error| raise(py, error))?;
    let told: Vec<_> = findings.iter().map(|it| json!([it, it.to_string()])).collect();
    json::write(py, &told)
}
