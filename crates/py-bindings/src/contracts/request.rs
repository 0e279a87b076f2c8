//! The typed request.

use contract_core as core;
use contract_core::{Document, check, words};
use pyo3::prelude::*;

use super::finding::Finding;
use super::policy::{self, Policy};
use crate::error::{Problem, raise};
use crate::plain::{Plain, json_to_python};

/// A view of one part of a request: a class that only hands out what Rust holds.
macro_rules! part {
    ($name:ident($of:ty) { $($field:ident: $type:ty = $get:expr;)* }) => {
        #[doc = concat!("`", stringify!($name), "` of a request.")]
        #[pyclass(frozen, eq, module = "strongroom.contracts")]
        #[derive(Clone, PartialEq)]
        pub(super) struct $name($of);

        #[pymethods]
        impl $name {
            $(
                #[getter]
                fn $field(&self) -> $type {
                    let get: fn(&$of) -> $type = $get;
                    get(&self.0)
                }
            )*

            fn __repr__(&self) -> String {
                format!("<{} {}>", stringify!($name), brief(&self.0))
            }
        }
    };
}

/// A part of a request on one line.
fn brief(part: &impl serde::Serialize) -> String {
    serde_json::to_string(part).unwrap_or_default()
}

part!(Metadata(core::request::Metadata) {
    title: Option<String> = |it| it.title.clone();
    description: Option<String> = |it| it.description.clone();
    created: Option<String> = |it| it.created.clone();
});

part!(Purpose(core::request::PurposeSpec) {
    r#type: &'static str = |it| it.kind.word();
    description: String = |it| it.description.clone();
});

part!(Encryption(core::request::EncryptionSpec) {
    r#type: &'static str = |it| it.kind.word();
    kms_key_alias: Option<String> = |it| it.kms_key_alias.clone();
});

part!(RetentionPolicy(core::request::RetentionPolicy) {
    r#type: &'static str = |it| it.kind.word();
    rationale: String = |it| it.rationale.clone();
});

part!(Lifecycle(core::request::Lifecycle) {
    expire_days: Option<u32> = |it| it.expire_days;
    transition_to_ia_days: Option<u32> = |it| it.transition_to_ia_days;
    transition_to_glacier_days: Option<u32> = |it| it.transition_to_glacier_days;
});

part!(AccessLogging(core::request::AccessLogging) {
    enabled: bool = |it| it.enabled;
    target_bucket: Option<String> = |it| it.target_bucket.clone();
});

part!(Spec(core::request::Spec) {
    bucket_name: String = |it| it.bucket_name.clone();
    purpose: Purpose = |it| Purpose(it.purpose.clone());
    storage_class: &'static str = |it| words::storage_class_word(it.storage_class);
    encryption: Encryption = |it| Encryption(it.encryption.clone());
    versioning: bool = |it| it.versioning;
    public_access: &'static str = |it| it.public_access.word();
    retention_policy: RetentionPolicy = |it| RetentionPolicy(it.retention_policy.clone());
    lifecycle: Option<Lifecycle> = |it| it.lifecycle.map(Lifecycle);
    access_logging: AccessLogging = |it| AccessLogging(it.access_logging.clone());
    cost_alert_gb: u32 = |it| it.cost_alert_gb;
    cors_enabled: bool = |it| it.cors_enabled;
    tags: std::collections::BTreeMap<String, String> = |it| it.tags.clone();
});

/// What a tenant asks for: one bucket.
#[pyclass(frozen, eq, module = "strongroom.contracts")]
#[derive(Clone, PartialEq)]
pub(crate) struct S3BucketRequest(pub(crate) core::S3BucketRequest);

#[pymethods]
impl S3BucketRequest {
    #[staticmethod]
    #[pyo3(signature = (text, *, policy=None))]
    fn from_yaml(py: Python<'_>, text: Text, policy: Option<&Policy>) -> PyResult<Self> {
        let policy = policy::or_default(policy);
        read(text.as_bytes(), &policy).map(Self).map_err(|problem| raise(py, problem))
    }

    #[staticmethod]
    #[pyo3(signature = (request, *, policy=None))]
    fn from_dict(
        py: Python<'_>,
        request: &Bound<'_, PyAny>,
        policy: Option<&Policy>,
    ) -> PyResult<Self> {
        let plain = Plain::from_python(request)?;
        let flow = plain.to_flow();
        match serde_json::from_value(plain.into_json()) {
            Ok(request) => Ok(Self(request)),
            // The reader of documents says better what is wrong.
            Err(error) => {
                let (findings, _) = look(flow.as_bytes(), &policy::or_default(policy));
                let shape = |finding: &core::Finding| !finding.rule.is_negotiable();
                let findings: Vec<_> = findings.into_iter().filter(shape).collect();
                let problem = ready(&findings).err().unwrap_or_else(|| {
                    Problem::invalid("contract.request_invalid", error.to_string())
                });
                Err(raise(py, problem))
            }
        }
    }

    fn to_yaml(&self) -> String {
        self.0.to_yaml()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = serde_json::to_value(&self.0)
            .map_err(|error| raise(py, Problem::internal(error.to_string())))?;
        json_to_python(py, &value)
    }

    #[pyo3(signature = (*, policy=None, path=None))]
    fn check(&self, py: Python<'_>, policy: Option<&Policy>, path: Option<&str>) -> Vec<Finding> {
        let policy = policy::or_default(policy);
        let findings = py.detach(|| self.0.check(&policy, path));
        Finding::all(path, &findings)
    }

    #[getter]
    fn api_version(&self) -> &str {
        &self.0.api_version
    }

    #[getter]
    fn kind(&self) -> &str {
        &self.0.kind
    }

    #[getter]
    fn id(&self) -> &str {
        &self.0.id
    }

    #[getter]
    fn environment(&self) -> &str {
        &self.0.environment
    }

    #[getter]
    fn owner(&self) -> &str {
        &self.0.owner
    }

    #[getter]
    fn application(&self) -> &str {
        &self.0.application
    }

    #[getter]
    fn requester(&self) -> &str {
        &self.0.requester
    }

    #[getter]
    fn metadata(&self) -> Option<Metadata> {
        self.0.metadata.clone().map(Metadata)
    }

    #[getter]
    fn spec(&self) -> Spec {
        Spec(self.0.spec.clone())
    }

    fn __repr__(&self) -> String {
        format!("<S3BucketRequest {} {}>", self.0.id, self.0.spec.bucket_name)
    }
}

/// The request in a document, or the first thing that keeps it from being one.
pub(super) fn read(bytes: &[u8], policy: &core::Policy) -> Result<core::S3BucketRequest, Problem> {
    let (findings, request) = look(bytes, policy);
    request.ok_or_else(|| blocked(&findings))
}

/// The request in a document that has no errors, or the first of them.
pub(super) fn read_ready(
    bytes: &[u8],
    policy: &core::Policy,
) -> Result<core::S3BucketRequest, Problem> {
    let (findings, request) = look(bytes, policy);
    ready(&findings)?;
    request.ok_or_else(|| blocked(&findings))
}

/// Whether nothing stands in the way of a contract with these findings.
pub(super) fn ready(findings: &[core::Finding]) -> Result<(), Problem> {
    match findings.iter().any(core::Finding::blocks) {
        true => Err(blocked(findings)),
        false => Ok(()),
    }
}

fn look(
    bytes: &[u8],
    policy: &core::Policy,
) -> (Vec<core::Finding>, Option<core::S3BucketRequest>) {
    let document = Document { path: None, bytes };
    let (findings, request) = check(document, policy, core::S3BucketRequest::from_contract);
    (findings, request.flatten())
}

/// The first error among the findings, and how many there are besides.
pub(super) fn blocked(findings: &[core::Finding]) -> Problem {
    let mut errors = findings.iter().filter(|finding| finding.blocks());
    let (message, hint) = match errors.next() {
        Some(finding) => (placed(finding), finding.hint.clone()),
        None => ("a required field is missing".to_owned(), None),
    };
    let more = errors.count();
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    Problem::invalid("contract.request_invalid", format!("{message}{more}")).hint(hint)
}

/// The message of a finding behind its line and column, if it has them.
fn placed(finding: &core::Finding) -> String {
    match finding.place {
        Some(place) => format!("{}:{}: {}", place.line, place.column, finding.message),
        None => finding.message.clone(),
    }
}

/// A document as Python has it: text, or the bytes of a file.
#[derive(FromPyObject)]
pub(super) enum Text {
    #[pyo3(transparent)]
    Text(String),
    #[pyo3(transparent)]
    Bytes(Vec<u8>),
}

impl Text {
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}
