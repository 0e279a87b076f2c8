//! The decisions of an organisation.

use contract_core as core;
use pyo3::prelude::*;

use crate::error::raise;

/// The decisions of one organisation.
#[pyclass(frozen, eq, module = "strongroom.contracts")]
#[derive(Clone, PartialEq)]
pub(crate) struct Policy(pub(crate) core::Policy);

#[pymethods]
impl Policy {
    #[new]
    fn new() -> Self {
        Self(core::Policy::default())
    }

    #[staticmethod]
    fn from_yaml(py: Python<'_>, text: &str) -> PyResult<Self> {
        core::Policy::parse(text).map(Self).map_err(|error| raise(py, error))
    }

    fn to_yaml(&self) -> String {
        self.0.to_yaml()
    }

    #[getter]
    fn prefix(&self) -> &str {
        &self.0.prefix
    }

    #[getter]
    fn environments(&self) -> Vec<&str> {
        self.0.environments.iter().map(|environment| environment.name.as_str()).collect()
    }

    #[getter]
    fn owners(&self) -> Vec<&str> {
        self.0.owners.iter().map(String::as_str).collect()
    }

    #[getter]
    fn approval_labels(&self) -> Vec<&str> {
        self.0.approval_labels.iter().map(String::as_str).collect()
    }

    fn is_protected(&self, environment: &str) -> bool {
        self.0.is_protected(environment)
    }

    fn __repr__(&self) -> String {
        format!("<Policy {} {}>", self.0.prefix, self.environments().join(" "))
    }
}

/// The policy that was handed in, or the built-in one.
pub(super) fn or_default(policy: Option<&Policy>) -> core::Policy {
    policy.map(|policy| policy.0.clone()).unwrap_or_default()
}
