//! What can be asked without a log: canonical bytes, hashes, proofs, signed notes.

use audit_chain::note::VerifierKey;
use audit_chain::{Hash, canonical, merkle, note, record};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::value;
use crate::error::raise;

#[pyfunction]
#[pyo3(signature = (obj, *, allow_nan = true))]
pub(crate) fn canonical_json(obj: &Bound<'_, PyAny>, allow_nan: bool) -> PyResult<String> {
    let value = value::from_python(obj, allow_nan)?;
    let canonical = canonical::to_canonical(&value);
    // Canonical bytes are ASCII.
    Ok(String::from_utf8_lossy(&canonical).into_owned())
}

#[pyfunction]
pub(crate) fn record_hash(py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<String> {
    let value = value::from_python(record, true)?;
    let hash = record::record_hash(&value).map_err(|error| raise(py, error))?;
    Ok(hash.to_string())
}

#[pyfunction]
pub(crate) fn verify_inclusion(
    py: Python<'_>,
    leaf_index: u64,
    tree_size: u64,
    leaf_hash: &[u8],
    proof: Vec<Bound<'_, PyBytes>>,
    root: &[u8],
) -> PyResult<()> {
    let (leaf, root) = (hash("leaf_hash", leaf_hash)?, hash("root", root)?);
    merkle::verify_inclusion(leaf_index, tree_size, leaf, &hashes(&proof)?, root)
        .map_err(|error| raise(py, error))
}

#[pyfunction]
pub(crate) fn verify_consistency(
    py: Python<'_>,
    size1: u64,
    size2: u64,
    root1: &[u8],
    root2: &[u8],
    proof: Vec<Bound<'_, PyBytes>>,
) -> PyResult<()> {
    let (root1, root2) = (hash("root1", root1)?, hash("root2", root2)?);
    merkle::verify_consistency(size1, size2, root1, root2, &hashes(&proof)?)
        .map_err(|error| raise(py, error))
}

/// A signed note of which at least one signature was verified.
#[pyclass(frozen, get_all, module = "strongroom.audit")]
pub(crate) struct Note {
    text: String,
    verified: Vec<Py<Signature>>,
    unverified: Vec<Py<Signature>>,
}

#[pymethods]
impl Note {
    fn __repr__(&self) -> String {
        format!("Note({} verified, {} unverified)", self.verified.len(), self.unverified.len())
    }
}

/// Who signed a note.
#[pyclass(frozen, get_all, module = "strongroom.audit")]
pub(crate) struct Signature {
    name: String,
    id: u32,
    timestamp: Option<u64>,
}

#[pymethods]
impl Signature {
    fn __repr__(&self) -> String {
        format!("Signature('{}+{:08x}')", self.name, self.id)
    }
}

#[pyfunction]
pub(crate) fn open_note(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
    verifier_keys: Vec<String>,
) -> PyResult<Note> {
    let keys: Vec<VerifierKey> = verifier_keys
        .iter()
        .map(|key| key.parse())
        .collect::<Result<_, _>>()
        .map_err(|error: audit_chain::Error| raise(py, error))?;
    let opened = match text.extract::<String>() {
        Ok(text) => note::open(text, &keys),
        Err(_) => note::open(text.extract::<&[u8]>()?, &keys),
    };
    let opened = opened.map_err(|error| raise(py, error))?;
    let signatures = |signatures: Vec<note::Signature>| -> PyResult<Vec<Py<Signature>>> {
        signatures
            .into_iter()
            .map(|note::Signature { name, id, timestamp }| {
                Py::new(py, Signature { name, id, timestamp })
            })
            .collect()
    };
    Ok(Note {
        text: opened.text,
        verified: signatures(opened.verified)?,
        unverified: signatures(opened.unverified)?,
    })
}

fn hash(name: &str, bytes: &[u8]) -> PyResult<Hash> {
    let bytes = bytes.try_into().map_err(|_| {
        PyValueError::new_err(format!("`{name}` has 32 bytes, not {}", bytes.len()))
    })?;
    Ok(Hash(bytes))
}

fn hashes(proof: &[Bound<'_, PyBytes>]) -> PyResult<Vec<Hash>> {
    proof.iter().map(|it| hash("proof", it.as_bytes())).collect()
}
