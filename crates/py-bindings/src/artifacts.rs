//! Artifacts. Values cross as JSON, files as bytes, paths and open files; the Python package gives
//! answers their shape.

mod ask;
mod change;
mod files;
mod shape;
mod store;

use pyo3::prelude::*;

/// Artifacts.
#[pymodule(gil_used = false)]
pub(crate) mod artifacts {
    #[pymodule_export]
    use super::ask::{entry, fetch, list, models, quarantined, release};
    #[pymodule_export]
    use super::change::{approve, demote, gate, missing, promote, register, set_aside};
    #[pymodule_export]
    use super::files::{on_event, presign_get, presign_put, put, verify};
    #[pymodule_export]
    use super::store::Store;
}
