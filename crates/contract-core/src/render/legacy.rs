//! The files in the shape of the Python parser that the platform has used so far.
//!
//! What it got wrong on the way to these files is right here; the shape is the same.

use serde_json::{Map, Value, json};

use super::{arn, json_text, tfvars};
use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;
use crate::words::Encryption;

/// The Terraform input with exactly the keys of before.
///
/// Settings that had no key take the way that there is: the storage class is a lifecycle rule.
pub fn tfvars(spec: &BucketSpec) -> String {
    let mut bucket = tfvars::bucket(spec);
    bucket.insert("tags".to_owned(), tfvars::tags(spec, tfvars::TAGS_FIRST.into_iter()));
    json_text(&json!({
        "s3_bucket": bucket,
        "cost_alert": {
            "threshold_gb": spec.alarm.threshold_gb,
            "alarm_name": format!("{}-storage-alert", spec.bucket),
        },
    }))
}

/// Where the IAM policy lies: `{root}/generated/iam/{application}-s3-policy.json`, a file per
/// application, to which every request adds its statements.
pub fn iam_policy_path(root: &str, spec: &BucketSpec) -> String {
    format!("{root}/generated/iam/{}-s3-policy.json", spec.application)
}

/// Why an IAM policy was not touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IamPolicyError {
    /// It is not JSON.
    #[error("the policy is not json: {0}")]
    NotJson(String),
    /// It is JSON, but no policy.
    #[error("the policy has no list of statements")]
    NotAPolicy,
}

/// The policy `existing` with the statements of this request, and with all others as they were.
///
/// A statement is this request's if its `Sid` says so; it is replaced where it stands.
///
/// # Errors
///
/// [`IamPolicyError`] if `existing` is something else than a policy.
pub fn upsert_iam_policy(
    existing: Option<&str>,
    spec: &BucketSpec,
    policy: &Policy,
) -> Result<String, IamPolicyError> {
    let mut document = read(existing)?;
    let statements = statements_of(&mut document)?;
    let sids = [arn::sid("S3Access", &spec.id), arn::sid("KmsAccess", &spec.id)];
    let mut new: Vec<Value> = own_statements(spec, policy, &sids);
    statements.retain_mut(|statement| {
        let sid = statement["Sid"].as_str().unwrap_or_default();
        if !sids.iter().any(|own| own == sid) {
            return true;
        }
        let replacement = new.iter().position(|it| it["Sid"] == statement["Sid"]);
        replacement.map(|at| *statement = new.remove(at)).is_some()
    });
    statements.extend(new);
    Ok(json_text(&Value::Object(document)))
}

fn read(existing: Option<&str>) -> Result<Map<String, Value>, IamPolicyError> {
    let Some(text) = existing.filter(|text| !text.trim().is_empty()) else {
        let empty = json!({ "Version": "2012-10-17", "Statement": [] });
        return empty.as_object().cloned().ok_or(IamPolicyError::NotAPolicy);
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(IamPolicyError::NotAPolicy),
        Err(error) => Err(IamPolicyError::NotJson(error.to_string())),
    }
}

/// The list of statements; a single one may stand without a list.
fn statements_of(document: &mut Map<String, Value>) -> Result<&mut Vec<Value>, IamPolicyError> {
    let statements = document.get_mut("Statement").ok_or(IamPolicyError::NotAPolicy)?;
    if statements.is_object() {
        *statements = json!([statements.take()]);
    }
    let statements = statements.as_array_mut().ok_or(IamPolicyError::NotAPolicy)?;
    let all_are_statements = statements.iter().all(Value::is_object);
    all_are_statements.then_some(statements).ok_or(IamPolicyError::NotAPolicy)
}

fn own_statements(spec: &BucketSpec, policy: &Policy, [s3, kms]: &[String; 2]) -> Vec<Value> {
    let resources = json!([arn::bucket(spec, policy), arn::objects(spec, policy)]);
    let mut statements = vec![json!({
        "Sid": s3,
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
        "Resource": resources,
    })];
    if spec.encryption == Encryption::SseKms {
        statements.push(json!({
            "Sid": kms,
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {
                "StringLike": { "kms:EncryptionContext:aws:s3:arn": resources },
            },
        }));
    }
    statements
}
