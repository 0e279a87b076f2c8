//! A contract as code has it: owned values with types.
//!
//! A form, a test or a Python caller builds one, [`S3BucketRequest::check`] gives the verdict that
//! the document would get, and [`S3BucketRequest::to_yaml`] writes the document.

mod convert;
mod emit;
mod limits;

use std::collections::BTreeMap;

use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::contract::{At, Contract, Value};
use crate::fields;
use crate::finding::{Finding, Findings};
use crate::policy::Policy;
use crate::slot::Slot;
use crate::span::Span;
use crate::words::{Encryption, PublicAccess, Purpose, Retention, StorageClass};
use crate::yaml;
use limits::follows;

/// What a tenant asks for: one bucket.
///
/// Values are looked at by [`check`](Self::check); only the types are certain before that.
///
/// ```
/// use contract_core::{Policy, S3BucketRequest};
///
/// let request: S3BucketRequest = serde_json::from_str(r#"{
///     "apiVersion": "goldenpath.io/v1", "kind": "S3BucketRequest", "id": "S3-0001",
///     "environment": "dev", "owner": "app-team", "application": "payments-api",
///     "requester": "daniel-deans",
///     "spec": {
///         "bucketName": "goldenpath-dev-payments-api-uploads",
///         "purpose": {"type": "uploads", "description": "User file uploads"},
///         "retentionPolicy": {"type": "indefinite", "rationale": "Kept for the account"},
///         "costAlertGb": 0,
///         "tags": {"costCenter": "payments-123"}
///     }
/// }"#)?;
/// assert!(request.spec.versioning, "the default");
///
/// let findings = request.check(&Policy::default(), None);
/// assert_eq!(findings[0].message, "`spec.costAlertGb` cannot be 0");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct S3BucketRequest {
    /// The version of the document.
    #[garde(custom(follows(Slot::ApiVersion)))]
    pub api_version: String,
    /// What the document asks for.
    #[garde(custom(follows(Slot::Kind)))]
    pub kind: String,
    /// The number of the request, `S3-` and four digits.
    #[garde(custom(follows(Slot::Id)))]
    pub id: String,
    /// Where the bucket lives.
    #[garde(custom(follows(Slot::Environment)))]
    pub environment: String,
    /// The team that answers for the bucket.
    #[garde(custom(follows(Slot::Owner)))]
    pub owner: String,
    /// The application that uses the bucket.
    #[garde(custom(follows(Slot::Application)))]
    pub application: String,
    /// The person who asks for the bucket.
    #[garde(custom(follows(Slot::Requester)))]
    pub requester: String,
    /// Words about the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub metadata: Option<Metadata>,
    /// What the bucket is to be.
    #[garde(dive)]
    pub spec: Spec,
}

/// Words about a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct Metadata {
    /// A title for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::Title)))]
    pub title: Option<String>,
    /// A few sentences for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::Description)))]
    pub description: Option<String>,
    /// The day of the request, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::Created)))]
    pub created: Option<String>,
}

/// What a bucket is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct Spec {
    /// The name of the bucket.
    #[garde(custom(follows(Slot::BucketName)))]
    pub bucket_name: String,
    /// What the bucket is for.
    #[garde(dive)]
    pub purpose: PurposeSpec,
    /// Where objects are kept.
    #[serde(default = "standard")]
    #[garde(skip)]
    pub storage_class: StorageClass,
    /// How objects are encrypted at rest.
    #[serde(default)]
    #[garde(dive)]
    pub encryption: EncryptionSpec,
    /// Whether overwritten and deleted objects are kept as versions.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub versioning: bool,
    /// Whether the world is kept out.
    #[serde(default = "blocked")]
    #[garde(skip)]
    pub public_access: PublicAccess,
    /// How long objects are kept, and why.
    #[garde(dive)]
    pub retention_policy: RetentionPolicy,
    /// What happens to objects as they age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub lifecycle: Option<Lifecycle>,
    /// Whether S3 writes a log of requests, and where.
    #[serde(default)]
    #[garde(dive)]
    pub access_logging: AccessLogging,
    /// The size in GiB from which the owner is alerted.
    #[garde(custom(follows(Slot::CostAlertGb)))]
    pub cost_alert_gb: u32,
    /// Whether browsers may read objects from the origins that the policy names.
    #[serde(default)]
    #[garde(skip)]
    pub cors_enabled: bool,
    /// Labels for the bill and for people, `costCenter` among them.
    #[garde(custom(follows(Slot::CostCenter)))]
    pub tags: BTreeMap<String, String>,
}

/// What a bucket is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct PurposeSpec {
    /// The kind of data.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub kind: Purpose,
    /// What is stored, in words.
    #[garde(custom(follows(Slot::PurposeDescription)))]
    pub description: String,
}

/// How objects are encrypted at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct EncryptionSpec {
    /// Whether S3 or a key in KMS encrypts.
    #[serde(rename = "type", default = "sse_s3")]
    #[garde(skip)]
    pub kind: Encryption,
    /// The alias of the KMS key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::KmsKeyAlias)))]
    pub kms_key_alias: Option<String>,
}

impl Default for EncryptionSpec {
    fn default() -> Self {
        Self { kind: sse_s3(), kms_key_alias: None }
    }
}

/// How long objects are kept, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct RetentionPolicy {
    /// For good, for a time, or as a rule demands.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub kind: Retention,
    /// Why.
    #[garde(custom(follows(Slot::RetentionRationale)))]
    pub rationale: String,
}

/// What happens to objects as they age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct Lifecycle {
    /// Days after which objects are deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::ExpireDays)))]
    pub expire_days: Option<u32>,
    /// Days after which objects move to Standard-IA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::TransitionToIaDays)))]
    pub transition_to_ia_days: Option<u32>,
    /// Days after which objects move to Glacier Flexible Retrieval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::TransitionToGlacierDays)))]
    pub transition_to_glacier_days: Option<u32>,
}

/// Whether S3 writes a log of requests, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(context(Policy))]
pub struct AccessLogging {
    /// Whether requests are logged.
    #[serde(default)]
    #[garde(skip)]
    pub enabled: bool,
    /// The bucket that receives the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(follows(Slot::TargetBucket)))]
    pub target_bucket: Option<String>,
}

// The defaults of the table of fields; a test compares them with it.

fn standard() -> StorageClass {
    StorageClass::Standard
}

fn sse_s3() -> Encryption {
    Encryption::SseS3
}

fn blocked() -> PublicAccess {
    PublicAccess::Blocked
}

fn yes() -> bool {
    true
}

impl S3BucketRequest {
    /// Asks every question that the document would be asked; `path` is where it lies or is to lie,
    /// relative to the root of the repository. The findings have no places: there is no text.
    pub fn check(&self, policy: &Policy, path: Option<&str>) -> Vec<Finding> {
        let mut contract = self.as_contract();
        let mut findings = Findings::new(policy);
        for text in texts(&contract) {
            if let Some(finding) = yaml::hidden_inside(text, Span::NOWHERE) {
                findings.push(finding);
            }
        }
        if let Err(report) = self.validate_with(policy) {
            for (place, _) in report.iter() {
                let Some(field) = limits::field_at(&place.to_string()) else { continue };
                let value = &mut contract.values[field.slot as usize];
                if let Some(finding) = limits::judge(field, value.map(|at| at.value), policy) {
                    findings.push(finding);
                }
                // As in a document: what is missing is missing, what is wrong is there but unread.
                if value.is_some() {
                    *value = Some(At { value: Value::Wrong, span: Span::NOWHERE });
                }
            }
        }
        check::ask(&contract, policy, path, &mut findings);
        findings.finish("")
    }

    /// The value of a tag, if the request has it.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.spec.tags.get(key).map(String::as_str)
    }

    /// Who pays; empty while the request does not say.
    pub fn cost_center(&self) -> &str {
        self.tag(fields::find(Slot::CostCenter).key).unwrap_or_default()
    }
}

/// Every key and value that is text.
fn texts<'c>(contract: &Contract<'c>) -> Vec<&'c str> {
    let cost_center = Slot::CostCenter as usize; // It is one of the tags.
    let values = contract.values.iter().enumerate().filter(|(slot, _)| *slot != cost_center);
    let texts = values.filter_map(|(_, at)| match at.as_ref()?.value {
        Value::Text(text) => Some(text),
        _ => None,
    });
    texts.chain(contract.tags.iter().flat_map(|tag| [tag.key.value, tag.value.value])).collect()
}
