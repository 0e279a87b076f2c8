//! Logs that are read: verified, proved from, taken out. Answers leave as JSON; the Python package
//! gives them their shape.

use std::path::PathBuf;

use audit_chain::keyring::{Key, Keyring};
use audit_chain::legacy::LegacyReport;
use audit_chain::note::Signer;
use audit_chain::verify::verify_evidence;
use chrono::{DateTime, Utc};
use platform::clock::{Clock as _, SystemClock};
use platform::ledger::{self, ExportOptions, Filter, Progress, RecordName, VerifyOptions};
use platform::store::Store;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::json;

use super::options::{name_of, read_keys, read_mode};
use super::runtime::{Threads, wait, work};
use crate::error::{Problem, raise};

/// The trusted keys: a document, or keys that are always good.
fn read_keyring(
    py: Python<'_>,
    document: Option<&[u8]>,
    verifier_keys: &[String],
    origin: Option<&str>,
) -> PyResult<Option<Keyring>> {
    let keyring = match document {
        Some(_) if !verifier_keys.is_empty() => {
            return Err(PyValueError::new_err("give `keyring` or `verifier_keys`, not both"));
        }
        Some(document) => Keyring::parse(document),
        None if verifier_keys.is_empty() => return Ok(None),
        None => {
            let keys = read_keys(py, verifier_keys)?.into_iter().map(Key::always).collect();
            Keyring::new(keys, Vec::new(), 0)
        }
    };
    let keyring = keyring.map_err(|error| raise(py, error))?;
    Ok(Some(match origin {
        Some(origin) => keyring.with_origin(origin),
        None => keyring,
    }))
}

#[pyfunction]
#[pyo3(signature = (url, *, keyring, verifier_keys, pin, require_anchor, require_sealed, lock,
    skip_tiles, threads, progress))]
#[expect(clippy::too_many_arguments, reason = "they have names in Python")]
pub(crate) fn verify(
    py: Python<'_>,
    url: String,
    keyring: Option<&[u8]>,
    verifier_keys: Vec<String>,
    pin: Option<PathBuf>,
    require_anchor: bool,
    require_sealed: bool,
    lock: Option<(String, DateTime<Utc>)>,
    skip_tiles: bool,
    threads: Option<std::num::NonZeroUsize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    Threads::refuse_child()?;
    let mut options = VerifyOptions::default();
    options.keyring = read_keyring(py, keyring, &verifier_keys, None)?;
    options.require_anchor = require_anchor;
    options.require_sealed = require_sealed;
    options.skip_tiles = skip_tiles;
    options.threads = threads;
    if let Some((mode, until)) = lock {
        options.demand_lock = Some(ledger::DemandedLock { mode: read_mode(&mode)?, until });
    }
    if let Some(pin) = &pin {
        options.pin = ledger::read_pin(pin).map_err(|error| raise(py, error))?;
    }
    let verifying = move |tell: std::sync::mpsc::Sender<Progress>| async move {
        let store = Store::open(&url).await.map_err(Problem::from)?;
        let report = ledger::verify(&store, &options, move |so_far| {
            // Nobody listens any more when the waiting was given up.
            let _ = tell.send(so_far);
        });
        Ok(report.await)
    };
    let report = work(py, verifying, |py, so_far: Progress| {
        let Some(progress) = &progress else { return Ok(()) };
        progress.call1(py, (so_far.records, so_far.segments, so_far.bytes)).map(drop)
    })?;
    let report = report.map_err(|problem: Problem| raise(py, problem))?;
    if let (Some(path), Some(pin)) = (&pin, report.pin()) {
        ledger::write_pin(path, &pin).map_err(|error| raise(py, error))?;
    }
    let mut told = serde_json::to_value(&report)
        .map_err(|error| raise(py, Problem::internal(error.to_string())))?;
    // How much a finding weighs follows from its kind; who reads Python need not know how.
    for (finding, told) in
        report.findings.iter().zip(told["findings"].as_array_mut().into_iter().flatten())
    {
        told["severity"] = severity(finding.severity()).into();
    }
    to_json(py, &told)
}

#[pyfunction]
pub(crate) fn prove<'py>(
    py: Python<'py>,
    url: String,
    record: &Bound<'py, PyAny>,
) -> PyResult<(String, u64, String, Option<Bound<'py, PyBytes>>)> {
    let record = match record.extract::<u64>() {
        Ok(seq) => RecordName::Seq(seq),
        Err(_) => {
            let hash = record.extract::<String>()?;
            RecordName::Hash(hash.parse().map_err(|error: audit_chain::Error| raise(py, error))?)
        }
    };
    let proving = move |_: std::sync::mpsc::Sender<()>| async move {
        let store = Store::open(&url).await.map_err(Problem::from)?;
        ledger::prove(&store, record).await.map_err(Problem::from)
    };
    let evidence = work(py, proving, |_, ()| Ok(()))?.map_err(|problem| raise(py, problem))?;
    let line = evidence.line.as_deref().map(|it| PyBytes::new(py, it));
    let index = evidence.proof.index;
    Ok((evidence.proof.to_text(), index, evidence.record_hash.to_string(), line))
}

#[pyfunction]
#[pyo3(signature = (proof, line, *, keyring, verifier_keys, origin))]
pub(crate) fn verify_proof(
    py: Python<'_>,
    proof: &[u8],
    line: &[u8],
    keyring: Option<&[u8]>,
    verifier_keys: Vec<String>,
    origin: Option<&str>,
) -> PyResult<String> {
    let keyring = read_keyring(py, keyring, &verifier_keys, origin)?.ok_or_else(|| {
        PyValueError::new_err("nobody is trusted: give `keyring` or `verifier_keys`")
    })?;
    let verified = verify_evidence(proof, line, &keyring).map_err(|error| raise(py, error))?;
    let trusted = verified.trusted;
    to_json(
        py,
        &json!({
            "seq": verified.index,
            "origin": trusted.checkpoint.origin,
            "size": trusted.checkpoint.size,
            "root": trusted.checkpoint.root.to_string(),
            "signed_by": trusted.signed_by,
        }),
    )
}

#[pyfunction]
#[pyo3(signature = (url, to, *, filter, keyring, verifier_keys))]
pub(crate) fn export(
    py: Python<'_>,
    url: String,
    to: PathBuf,
    filter: Option<&Bound<'_, PyDict>>,
    keyring: Option<&[u8]>,
    verifier_keys: Vec<String>,
) -> PyResult<(u64, u64, u64)> {
    Threads::refuse_child()?;
    let mut options = ExportOptions::new(SystemClock.now());
    options.keyring = read_keyring(py, keyring, &verifier_keys, None)?;
    options.filter = filter.map(read_filter).transpose()?;
    let exporting = move |_: std::sync::mpsc::Sender<()>| async move {
        let store = Store::open(&url).await.map_err(Problem::from)?;
        ledger::export(&store, &options, &to).await.map_err(Problem::from)
    };
    let exported = work(py, exporting, |_, ()| Ok(()))?.map_err(|problem| raise(py, problem))?;
    Ok((exported.records, exported.size, exported.legacy_passed_over))
}

fn read_filter(given: &Bound<'_, PyDict>) -> PyResult<Filter> {
    fn member<'py, T>(given: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<T>>
    where
        T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
    {
        given.get_item(name)?.map(|it| it.extract()).transpose()
    }
    Ok(Filter {
        actor: member(given, "actor")?,
        resource: member(given, "resource")?,
        action: member(given, "action")?,
        event_type: member(given, "event_type")?,
        from: member(given, "since")?,
        until: member(given, "until")?,
        first_seq: member(given, "first_seq")?,
        end_seq: member(given, "end_seq")?,
    })
}

#[pyfunction]
#[pyo3(signature = (url, *, below, head, progress))]
pub(crate) fn verify_legacy(
    py: Python<'_>,
    url: String,
    below: Option<String>,
    head: Option<&str>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    Threads::refuse_child()?;
    let head = head.map(str::parse).transpose();
    let head = head.map_err(|error: audit_chain::Error| raise(py, error))?;
    let reading = move |tell: std::sync::mpsc::Sender<u64>| async move {
        let store = Store::open(&url).await.map_err(Problem::from)?;
        let store = below.map_or_else(|| store.clone(), |below| store.at(&below));
        let read = ledger::verify_legacy(&store, head, move |objects| {
            // Nobody listens any more when the waiting was given up.
            let _ = tell.send(objects);
        });
        read.await.map_err(Problem::from)
    };
    let log = work(py, reading, |py, objects: u64| {
        let Some(progress) = &progress else { return Ok(()) };
        progress.call1(py, (objects,)).map(drop)
    })?;
    let log = log.map_err(|problem| raise(py, problem))?;
    legacy_report(py, &log.report, &log.keys)
}

/// What an older log is, as JSON.
pub(super) fn legacy_report(
    py: Python<'_>,
    report: &LegacyReport,
    keys: &[String],
) -> PyResult<String> {
    // The keys are in the order in which the report counts objects.
    let key = |object: u64| usize::try_from(object).ok().and_then(|at| keys.get(at));
    let hashes = |hashes: &[audit_chain::Hash]| -> Vec<String> {
        hashes.iter().map(ToString::to_string).collect()
    };
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|it| {
            json!({
                "kind": it.kind.name(),
                "severity": severity(it.severity()),
                "key": it.key,
                "record_hash": it.record_hash.map(|hash| hash.to_string()),
                "others": hashes(&it.others),
                "message": it.message,
            })
        })
        .collect();
    let order: Vec<_> = report
        .order
        .iter()
        .map(|it| json!([key(it.object), it.hash.to_string(), it.sound]))
        .collect();
    to_json(
        py,
        &json!({
            "objects": report.objects,
            "severity": severity(report.severity()),
            "one_chain": report.is_one_chain(),
            "geneses": hashes(&report.geneses),
            "heads": hashes(&report.heads),
            "order": order,
            "findings": findings,
        }),
    )
}

/// The protection that a bucket gives what is written to it: mode and days.
#[pyfunction]
pub(crate) fn bucket_lock(py: Python<'_>, url: String) -> PyResult<Option<(&'static str, u32)>> {
    Threads::refuse_child()?;
    let asking = async move {
        let store = Store::open(&url).await.map_err(Problem::from)?;
        store.bucket().await.map_err(Problem::from)
    };
    let bucket = wait(py, asking, None)?.map_err(|problem| raise(py, problem))?;
    Ok(bucket.default_lock.map(|(mode, days)| (name_of(mode), days)))
}

/// A new key for signing: the private half and the public one, as text.
#[pyfunction]
pub(crate) fn generate_key(py: Python<'_>, name: &str) -> PyResult<(String, String)> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        raise(py, Problem::internal(format!("the system gave no random bytes: {error}")))
    })?;
    let signer = Signer::from_seed(name, &seed).map_err(|error| raise(py, error))?;
    Ok((signer.to_private_key().to_string(), signer.verifier_key().to_string()))
}

fn severity(severity: audit_chain::verify::Severity) -> &'static str {
    match severity {
        audit_chain::verify::Severity::Tampered => "tampered",
        audit_chain::verify::Severity::CouldNotCheck => "could_not_check",
        audit_chain::verify::Severity::Note => "note",
    }
}

fn to_json(py: Python<'_>, value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| raise(py, Problem::internal(error.to_string())))
}
