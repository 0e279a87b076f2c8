//! Contracts: `strongroom.contracts`.

mod change;
mod finding;
mod policy;
mod record;
mod render;
mod report;
mod request;
mod schema;

use contract_core as core;
use contract_core::Document;
use pyo3::prelude::*;

use crate::error::{Class, Problem, raise};
use finding::Rule;
use request::Text;

pub(crate) use finding::Finding;
pub(crate) use policy::Policy;
pub(crate) use request::S3BucketRequest;

/// Contracts: check them, build them, render them.
#[pymodule(submodule, gil_used = false)]
pub(crate) mod contracts {
    #[pymodule_export]
    use super::change::{Decision, Reason, approval, plan};
    #[pymodule_export]
    use super::finding::{Edit, Finding, Fix, Rule, Waived};
    #[pymodule_export]
    use super::policy::Policy;
    #[pymodule_export]
    use super::record::{AuditRow, audit_row, catalog_entry, record};
    #[pymodule_export]
    use super::render::{
        alarm, bucket_policy, bucket_spec, create, files, iam_policy, job_summary, new,
        pull_request_body, state_key, tfvars,
    };
    #[pymodule_export]
    use super::report::{Report, validate};
    #[pymodule_export]
    use super::request::{
        AccessLogging, Encryption, Lifecycle, Metadata, Purpose, RetentionPolicy, S3BucketRequest,
        Spec,
    };
    #[pymodule_export]
    use super::schema::{backstage_template, json_schema, reference, terraform_variables};
    #[pymodule_export]
    use super::{apply_fixes, check, explain, rules};
}

/// Asks every question that one document can answer.
#[pyfunction]
#[pyo3(signature = (text, *, path=None, policy=None))]
fn check(py: Python<'_>, text: Text, path: Option<&str>, policy: Option<&Policy>) -> Vec<Finding> {
    let policy = policy::or_default(policy);
    let document = Document { path, bytes: text.as_bytes() };
    let (findings, _) = py.detach(|| core::check(document, &policy, |_| ()));
    Finding::all(path, &findings)
}

/// Every rule.
#[pyfunction]
fn rules() -> Vec<Rule> {
    core::rules().into_iter().map(Rule::from).collect()
}

/// One rule.
#[pyfunction]
fn explain(py: Python<'_>, rule: &str) -> PyResult<Rule> {
    let named = |it: &&&core::Rule| it.code.eq_ignore_ascii_case(rule) || it.name == rule;
    let rules = core::rules();
    let found = rules.iter().find(named).copied();
    found.map(Rule::from).ok_or_else(|| {
        let problem = Problem {
            class: Class::NotFound,
            code: "contract.unknown_rule",
            message: format!("there is no rule `{rule}`"),
            hint: Some("`rules()` lists all of them".to_owned()),
        };
        raise(py, problem)
    })
}

/// Applies every mechanical remedy.
#[pyfunction]
#[pyo3(signature = (text, *, path=None, policy=None))]
fn apply_fixes(
    py: Python<'_>,
    text: &str,
    path: Option<&str>,
    policy: Option<&Policy>,
) -> (String, usize, Vec<Finding>) {
    let policy = policy::or_default(policy);
    let ask =
        |text: &str| core::check(Document { path, bytes: text.as_bytes() }, &policy, |_| ()).0;
    let (mended, count, left) = py.detach(|| core::fix::until_mended(text, ask));
    (mended, count, Finding::all(path, &left))
}
