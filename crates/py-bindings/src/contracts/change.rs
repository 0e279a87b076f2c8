//! From one version of a tree to the next: what it does, and who has to agree.

use std::path::PathBuf;

use chrono::NaiveDate;
use contract_core::approval::{self as decisions, Outcome};
use pyo3::prelude::*;
use serde_json::Value;

use super::report::{Paths, PolicySource, Question};
use crate::error::{Problem, raise};
use crate::plain::json_to_python;

/// One reason for a decision.
#[pyclass(frozen, eq, get_all, module = "strongroom.contracts")]
#[derive(Clone, PartialEq)]
pub(super) struct Reason {
    outcome: &'static str,
    code: Option<&'static str>,
    name: &'static str,
    path: String,
    message: String,
}

#[pymethods]
impl Reason {
    fn __repr__(&self) -> String {
        format!("<Reason {} {} {:?}>", self.outcome, self.path, self.message)
    }
}

/// Whether a change may pass, why, and how it stands.
#[pyclass(frozen, eq, module = "strongroom.contracts")]
#[derive(Clone, PartialEq)]
pub(super) struct Decision {
    pub(super) decision: decisions::Decision,
    #[pyo3(get)]
    standing: String,
    #[pyo3(get)]
    allowed: bool,
}

#[pymethods]
impl Decision {
    #[getter]
    fn outcome(&self) -> &'static str {
        word(self.decision.outcome)
    }

    #[getter]
    fn reasons(&self) -> Vec<Reason> {
        self.decision.reasons.iter().cloned().map(reason).collect()
    }

    #[getter]
    fn labels(&self) -> Vec<String> {
        self.decision.labels.clone()
    }

    #[getter]
    fn digest(&self) -> String {
        self.decision.digest.to_string()
    }

    fn __repr__(&self) -> String {
        let reasons = self.decision.reasons.len();
        format!("<Decision {} {} reasons={reasons}>", self.outcome(), self.standing)
    }
}

/// Who has to agree to a change, and whether they did.
#[pyfunction]
#[pyo3(signature = (
    paths, *, base=None, labels=Vec::new(), digest=None, policy=None, waivers=None, today=None
))]
#[expect(clippy::too_many_arguments, reason = "Python hands each over by itself")]
pub(super) fn approval(
    py: Python<'_>,
    paths: Paths,
    base: Option<PathBuf>,
    labels: Vec<String>,
    digest: Option<&str>,
    policy: Option<PolicySource<'_>>,
    waivers: Option<PathBuf>,
    today: Option<NaiveDate>,
) -> PyResult<Decision> {
    let approved = digest.map(str::parse).transpose().map_err(|error| {
        raise(py, Problem::invalid("contract.digest_invalid", format!("{error}")))
    })?;
    let question = Question { paths: paths.into_vec(), waivers, today, base, compare: true };
    let (examined, policy) = question.examine(py, policy)?;
    let decision = examined.decide(&policy.0);
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let standing = decisions::verify(&decision, &labels, approved);
    let value = to_json(py, &standing)?;
    Ok(Decision {
        standing: value["standing"].as_str().unwrap_or_default().to_owned(),
        allowed: standing.allows(),
        decision,
    })
}

/// What a change does, contract by contract.
#[pyfunction]
#[pyo3(signature = (paths, *, base=None, policy=None))]
pub(super) fn plan<'py>(
    py: Python<'py>,
    paths: Paths,
    base: Option<PathBuf>,
    policy: Option<PolicySource<'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let paths = paths.into_vec();
    let question = Question { paths, waivers: None, today: None, base, compare: true };
    let (examined, policy) = question.examine(py, policy)?;
    json_to_python(py, &to_json(py, &examined.plans(&policy.0))?)
}

fn reason(reason: decisions::Reason) -> Reason {
    Reason {
        outcome: word(reason.outcome),
        code: reason.code,
        name: reason.name,
        path: reason.path,
        message: reason.message,
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Auto => "auto",
        Outcome::Required => "required",
        Outcome::Refused => "refused",
    }
}

fn to_json(py: Python<'_>, value: &impl serde::Serialize) -> PyResult<Value> {
    serde_json::to_value(value).map_err(|error| raise(py, Problem::internal(error.to_string())))
}
