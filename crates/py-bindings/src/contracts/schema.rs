//! What the table of fields is for others: a schema, a form, variables, a page.

use contract_core::render;
use pyo3::prelude::*;

use super::policy::{self, Policy};
use crate::plain::json_to_python;

/// The JSON Schema of a contract.
#[pyfunction]
#[pyo3(signature = (*, policy=None))]
pub(super) fn json_schema<'py>(
    py: Python<'py>,
    policy: Option<&Policy>,
) -> PyResult<Bound<'py, PyAny>> {
    json_to_python(py, &render::json_schema::schema(&policy::or_default(policy)))
}

/// The template of a Backstage form.
#[pyfunction]
#[pyo3(signature = (*, policy=None))]
pub(super) fn backstage_template(policy: Option<&Policy>) -> String {
    render::backstage::file(&policy::or_default(policy), &render::backstage::Repository::default())
}

/// The variables of the Terraform module.
#[pyfunction]
pub(super) fn terraform_variables() -> String {
    render::terraform_variables::file()
}

/// The fields and rules as Markdown.
#[pyfunction]
#[pyo3(signature = (*, policy=None))]
pub(super) fn reference(policy: Option<&Policy>) -> String {
    render::reference::whole(&policy::or_default(policy))
}
