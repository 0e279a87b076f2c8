//! The ledger, and the pure functions beneath it.

mod pure;
mod value;

use pyo3::prelude::*;

/// Tamper-evident audit logs.
#[pymodule(gil_used = false)]
pub(crate) mod audit {
    #[pymodule_export]
    use super::pure::{
        Note, Signature, canonical_json, open_note, record_hash, verify_consistency,
        verify_inclusion,
    };
}
