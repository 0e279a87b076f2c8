//! From a contract to files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use contract_core as core;
use contract_core::{BucketSpec, Draft, render};
use platform::contracts::{LedgerFile, Repository};
use pyo3::prelude::*;

use super::change::Decision;
use super::policy::{self, Policy};
use super::report::Report;
use super::request::{S3BucketRequest, Text, blocked, ready};
use crate::error::{Problem, raise};
use crate::plain::{Plain, json_to_python};

/// A contract as Python has it: a request, or the text of its document.
#[derive(FromPyObject)]
pub(super) enum Source<'py> {
    #[pyo3(transparent)]
    Request(Bound<'py, S3BucketRequest>),
    #[pyo3(transparent)]
    Text(Text),
}

impl Source<'_> {
    /// The desired state, if nothing stands in the way.
    pub(super) fn spec(&self, py: Python<'_>, policy: &core::Policy) -> PyResult<BucketSpec> {
        let request = match self {
            Self::Request(request) => {
                let request = &request.get().0;
                ready(&request.check(policy, None)).map(|()| request.clone())
            }
            Self::Text(text) => super::request::read_ready(text.as_bytes(), policy),
        };
        match request {
            Ok(request) => Ok(BucketSpec::of(&request, policy)),
            Err(problem) => Err(raise(py, problem)),
        }
    }
}

/// Every file that belongs to one request, by path.
#[pyfunction]
#[pyo3(name = "render", signature = (contract, *, policy=None))]
pub(super) fn files(
    py: Python<'_>,
    contract: Source<'_>,
    policy: Option<&Policy>,
) -> PyResult<BTreeMap<String, String>> {
    let policy = policy::or_default(policy);
    let spec = contract.spec(py, &policy)?;
    let files = py.detach(|| render::files(&spec, &policy));
    Ok(files.into_iter().map(|file| (file.path, file.content)).collect())
}

macro_rules! renderings {
    ($($name:ident = $render:expr;)*) => {
        $(
            #[doc = concat!("One rendering: `", stringify!($name), "`.")]
            #[pyfunction]
            #[pyo3(signature = (contract, *, policy=None))]
            pub(super) fn $name(
                py: Python<'_>,
                contract: Source<'_>,
                policy: Option<&Policy>,
            ) -> PyResult<String> {
                let policy = policy::or_default(policy);
                let spec = contract.spec(py, &policy)?;
                let render: fn(&BucketSpec, &core::Policy) -> String = $render;
                Ok(render(&spec, &policy))
            }
        )*
    };
}

renderings! {
    tfvars = |spec, _| render::tfvars::text(spec);
    iam_policy = render::iam_policy::text;
    bucket_policy = render::bucket_policy::text;
    alarm = |spec, _| render::alarm::text(spec);
    state_key = |spec, _| spec.state_key.clone();
}

/// The text of the pull request that asks for a bucket.
#[pyfunction]
#[pyo3(signature = (contract, decision, *, policy=None, repository_url=None))]
pub(super) fn pull_request_body(
    py: Python<'_>,
    contract: Source<'_>,
    decision: &Decision,
    policy: Option<&Policy>,
    repository_url: Option<&str>,
) -> PyResult<String> {
    let policy = policy::or_default(policy);
    let spec = contract.spec(py, &policy)?;
    Ok(render::pull_request::body(&spec, &policy, &decision.decision, repository_url))
}

/// The summary of a job.
#[pyfunction]
#[pyo3(signature = (report, decision=None))]
pub(super) fn job_summary(py: Python<'_>, report: &Report, decision: Option<&Decision>) -> String {
    let decision = decision.map(|it| &it.decision);
    py.detach(|| render::summary::text(&report.report, decision))
}

/// The desired state of one bucket.
#[pyfunction]
#[pyo3(signature = (contract, *, policy=None))]
pub(super) fn bucket_spec<'py>(
    py: Python<'py>,
    contract: Source<'_>,
    policy: Option<&Policy>,
) -> PyResult<Bound<'py, PyAny>> {
    let policy = policy::or_default(policy);
    let spec = contract.spec(py, &policy)?;
    let value = serde_json::to_value(&spec)
        .map_err(|error| raise(py, Problem::internal(error.to_string())))?;
    json_to_python(py, &value)
}

/// The contract that a form becomes.
#[pyfunction]
#[pyo3(signature = (draft, *, id, policy=None))]
pub(super) fn new(
    py: Python<'_>,
    draft: &Bound<'_, PyAny>,
    id: &str,
    policy: Option<&Policy>,
) -> PyResult<S3BucketRequest> {
    let draft = read_draft(draft)?;
    let id = id.parse().map_err(|error: core::ids::IdError| {
        raise(py, Problem::invalid("contract.id_invalid", error.to_string()))
    })?;
    Ok(S3BucketRequest(draft.into_request(id, &policy::or_default(policy))))
}

/// Writes the contract that a form becomes, with the number that is next.
#[pyfunction]
#[pyo3(signature = (draft, *, root=None))]
pub(super) fn create(
    py: Python<'_>,
    draft: &Bound<'_, PyAny>,
    root: Option<PathBuf>,
) -> PyResult<(String, S3BucketRequest)> {
    let draft = read_draft(draft)?;
    let here = Path::new(".");
    let create = || {
        let repository = Repository::open(root.as_deref().unwrap_or(here), None)?;
        let prepared = repository.prepare(draft.clone())?;
        // The first error says more than their number.
        if !prepared.is_ready() {
            return Ok(Err(blocked(&prepared.findings)));
        }
        let created = repository.create(draft, &LedgerFile::of(&repository))?;
        Ok(Ok((created.path, S3BucketRequest(created.request))))
    };
    let created = py.detach(create).map_err(|error: platform::Error| raise(py, error))?;
    created.map_err(|problem| raise(py, problem))
}

fn read_draft(draft: &Bound<'_, PyAny>) -> PyResult<Draft> {
    let plain = Plain::from_python(draft)?;
    serde_json::from_value(plain.into_json()).map_err(|error| {
        let message = format!("the draft cannot be read: {error}");
        raise(draft.py(), Problem::invalid("contract.draft_invalid", message))
    })
}
