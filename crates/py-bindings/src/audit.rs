//! The ledger, and the pure functions beneath it.

mod ledger;
mod options;
mod pure;
mod read;
pub(crate) mod runtime;
mod upkeep;
mod value;

use pyo3::prelude::*;

pub(crate) use ledger::Ledger;
pub(crate) use options::{read_keys, read_signer};

/// Tamper-evident audit logs.
#[pymodule(gil_used = false)]
pub(crate) mod audit {
    #[pymodule_export]
    use super::ledger::{Ledger, Receipt};
    #[pymodule_export]
    use super::pure::{
        Note, Signature, canonical_json, open_note, record_hash, verify_consistency,
        verify_inclusion,
    };
    #[pymodule_export]
    use super::read::{
        bucket_lock, export, generate_key, prove, verify, verify_legacy, verify_proof,
    };
    #[pymodule_export]
    use super::upkeep::{erase_subject, import_legacy, prune, unseal};
}
