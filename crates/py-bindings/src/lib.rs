//! The Python extension module: converts, calls, converts back.
#![expect(clippy::disallowed_methods, reason = "an edge may touch the world")]
//!
//! One file per room, as in `platform`. You will not find a rule here, nor a default that Rust
//! does not have. The documentation for Python's readers is in the stubs beside the module, in
//! `python/strongroom/_strongroom`; what stands here is for whoever reads Rust.

mod artifacts;
mod audit;
mod compat;
mod contracts;
mod error;
mod factors;
mod files;
mod held;
mod json;
mod lake;
mod log;
mod plain;
mod reports;

use pyo3::prelude::*;

/// The extension module behind `strongroom`; import the modules of the package instead.
#[pymodule(gil_used = false)]
mod _strongroom {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::artifacts::artifacts;
    #[pymodule_export]
    use crate::audit::audit;
    #[pymodule_export]
    use crate::compat::compat;
    #[pymodule_export]
    use crate::contracts::contracts;
    #[pymodule_export]
    use crate::error::{
        ConflictError, InternalError, InvalidError, NotFoundError, ProtectedError, StrongroomError,
        TamperedError, UnavailableError, UnverifiedError,
    };
    #[pymodule_export]
    use crate::factors::factors;
    #[pymodule_export]
    use crate::lake::lake;
    #[pymodule_export]
    use crate::reports::reports;

    /// The version of the package.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python expects")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::register(module)
    }
}

/// Makes the rooms importable by name: an extension module is no package, so the import system
/// would not find them by itself.
fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let loaded = module.py().import("sys")?.getattr("modules")?;
    for room in ["artifacts", "audit", "compat", "contracts", "factors", "lake", "reports"] {
        let room_module = module.getattr(room)?;
        let name = format!("strongroom._strongroom.{room}");
        room_module.setattr("__name__", &name)?;
        loaded.set_item(name, room_module)?;
    }
    Ok(())
}
