//! The archive of reports. Values cross as JSON, files as bytes, paths and open files; the Python
//! package gives answers their shape.

mod act;
mod ask;
mod dispose;
mod request;
mod store;

use pyo3::prelude::*;

/// The archive of reports.
#[pymodule(gil_used = false)]
pub(crate) mod reports {
    #[pymodule_export]
    use super::act::{act, heal, unfinished, verify};
    #[pymodule_export]
    use super::ask::{download, export, find, get, list, metadata, name_for, read};
    #[pymodule_export]
    use super::dispose::{approve, check_certificate, destroy, eligible};
    #[pymodule_export]
    use super::store::{Archive, locks};
}
