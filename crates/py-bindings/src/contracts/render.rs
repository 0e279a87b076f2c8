//! From a contract to files.

use std::collections::BTreeMap;

use contract_core as core;
use contract_core::{BucketSpec, Draft, render};
use pyo3::prelude::*;

use super::policy::{self, Policy};
use super::request::{S3BucketRequest, Text, ready};
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
    fn spec(&self, py: Python<'_>, policy: &core::Policy) -> PyResult<BucketSpec> {
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
}

/// The desired state of one bucket.
#[pyfunction]
#[pyo3(signature = (contract, *, policy=None))]
pub(super) fn plan<'py>(
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
    let plain = Plain::from_python(draft)?;
    let made = || -> Result<core::S3BucketRequest, Problem> {
        let draft: Draft = serde_json::from_value(plain.into_json()).map_err(|error| {
            Problem::invalid("contract.draft_invalid", format!("this is no draft: {error}"))
        })?;
        let id = id.parse().map_err(|error: core::ids::IdError| {
            Problem::invalid("contract.id_invalid", error.to_string())
        })?;
        Ok(draft.into_request(id, &policy::or_default(policy)))
    };
    made().map(S3BucketRequest).map_err(|problem| raise(py, problem))
}
