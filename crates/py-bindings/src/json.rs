//! Values that cross as JSON, in the shape that the Python package gives them.

use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Problem, raise};

/// Reads what the package spelled.
pub(crate) fn read<T: DeserializeOwned>(
    code: &'static str,
    what: &str,
    json: &str,
) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| {
        let mut text = error.to_string();
        // Where in our own spelling it stands helps nobody.
        if let Some(at) = text.rfind(" at line ") {
            text.truncate(at);
        }
        Problem::invalid(code, format!("the {what} cannot be used: {text}"))
    })
}

/// Writes an answer.
pub(crate) fn write(py: Python<'_>, answer: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(answer).map_err(|error| raise(py, Problem::internal(error.to_string())))
}
