//! What the drop-in modules of `strongroom.compat` need and nobody else should: reading YAML as
//! the scripts before did, renderings in the old shape, and shared files that are changed whole.

mod files;
mod legacy;
mod objects;
mod yaml_1_1;

use pyo3::prelude::*;

/// Private helpers of `strongroom.compat`.
#[pymodule(submodule, gil_used = false)]
pub(crate) mod compat {
    #[pymodule_export]
    use super::files::{
        append_audit, replace_file, update_catalog, update_iam_policy, write_documents,
    };
    #[pymodule_export]
    use super::legacy::{approval_reasons, iam_policy, judge, policy_at, tfvars};
    #[pymodule_export]
    use super::objects::Objects;
    #[pymodule_export]
    use super::yaml_1_1::{read_documents, read_yaml};
}
