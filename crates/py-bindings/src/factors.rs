//! Emission factors. Values cross as JSON, in which every figure is a text; the Python package gives
//! them their shape.

mod ask;
mod calculate;
mod store;
mod told;

use pyo3::prelude::*;
pub(crate) use store::Store as Factors;
pub(crate) use told::{KnownAt, known_at};

/// Emission factors.
#[pymodule(gil_used = false)]
pub(crate) mod factors {
    #[pymodule_export]
    use super::ask::{
        diff, export, factor, get, get_at, history, position, resolve, segments, tags,
    };
    #[pymodule_export]
    use super::calculate::{compute, impact, keep, kept, recompute, restate, version_id};
    #[pymodule_export]
    use super::store::{Store, verify};
}
