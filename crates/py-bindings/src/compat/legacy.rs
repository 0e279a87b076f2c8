//! Questions and renderings in the terms of the Python parser before.

use std::path::{Path, PathBuf};

use contract_core::approval;
use contract_core::changes::Snapshot;
use contract_core::{BucketSpec, Document, check, render};
use platform::contracts::Repository;
use pyo3::prelude::*;

use crate::contracts::{Finding, Policy, S3BucketRequest};
use crate::error::raise;
use crate::plain::Plain;

/// The policy of the repository that `path` lies in; `path` need not exist.
#[pyfunction]
pub(super) fn policy_at(py: Python<'_>, path: PathBuf) -> PyResult<Policy> {
    let repository = py.detach(|| Repository::open(&path, None));
    repository.map(|it| Policy(it.policy)).map_err(|error| raise(py, error))
}

/// Checks a contract that is a plain value, as if it lay at `path`.
#[pyfunction]
pub(super) fn judge(
    py: Python<'_>,
    contract: &Bound<'_, PyAny>,
    path: PathBuf,
) -> PyResult<Vec<Finding>> {
    let flow = Plain::from_python(contract)?.to_flow();
    let repository = Repository::open(&path, None).map_err(|error| raise(py, error))?;
    let relative = repository.relative(&path);
    let document = Document { path: relative.as_deref(), bytes: flow.as_bytes() };
    let (findings, _) = py.detach(|| check(document, &repository.policy, |_| ()));
    Ok(Finding::all(relative.as_deref(), &findings))
}

/// Why the platform team has to agree to a request, as lines of the approval matrix.
#[pyfunction]
pub(super) fn approval_reasons(
    request: &Bound<'_, S3BucketRequest>,
    policy: &Bound<'_, Policy>,
) -> Vec<(&'static str, String)> {
    let text = request.get().0.to_yaml();
    let policy = &policy.get().0;
    let document = Document { path: None, bytes: text.as_bytes() };
    let (_, snapshot) = Snapshot::check(document, policy);
    let reasons = approval::matrix(&snapshot, policy);
    reasons.into_iter().map(|reason| (reason.name, reason.message)).collect()
}

/// The Terraform input with the keys of before.
#[pyfunction]
pub(super) fn tfvars(request: &Bound<'_, S3BucketRequest>, policy: &Bound<'_, Policy>) -> String {
    render::legacy::tfvars(&spec(request, policy))
}

/// The IAM policy of one request.
#[pyfunction]
pub(super) fn iam_policy(
    py: Python<'_>,
    request: &Bound<'_, S3BucketRequest>,
    policy: &Bound<'_, Policy>,
) -> PyResult<String> {
    let spec = spec(request, policy);
    render::legacy::upsert_iam_policy(None, &spec, &policy.get().0)
        .map_err(|error| raise(py, iam_problem(Path::new(""), &error)))
}

pub(super) fn spec(request: &Bound<'_, S3BucketRequest>, policy: &Bound<'_, Policy>) -> BucketSpec {
    BucketSpec::of(&request.get().0, &policy.get().0)
}

pub(super) fn iam_problem(
    path: &Path,
    error: &render::legacy::IamPolicyError,
) -> crate::error::Problem {
    let message = format!("`{}` cannot be changed: {error}", path.display());
    crate::error::Problem::invalid("contract.iam_policy_invalid", message)
}
