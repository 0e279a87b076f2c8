//! The policy of the bucket itself: what nobody may do, whatever their own policies say.

use serde_json::{Value, json};

use super::{arn, json_text};
use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;

/// Where the file lies: `{output}/{environment}/s3/generated/{id}.bucket-policy.json`.
pub fn path(spec: &BucketSpec, policy: &Policy) -> String {
    super::beside_state(spec, policy, "bucket-policy.json")
}

/// The file.
pub fn text(spec: &BucketSpec, policy: &Policy) -> String {
    let mut statements = vec![deny_insecure_transport(spec, policy)];
    if let Some(alias) = &spec.kms_key_alias {
        statements.extend(deny_other_keys(spec, policy, alias));
    }
    if spec.receives_logs {
        statements.push(allow_log_delivery(spec, policy));
    }
    json_text(&json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn deny_insecure_transport(spec: &BucketSpec, policy: &Policy) -> Value {
    json!({
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn::bucket(spec, policy), arn::objects(spec, policy)],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    })
}

/// An upload that says nothing about encryption gets the key of the bucket. One that asks for
/// another way is refused, and one that names a key otherwise than by the alias, because the
/// contract knows no other name; so is one that asks for KMS without a key, because S3 takes the
/// account's own key (`aws/s3`) then and not that of the bucket.
///
/// Source: Amazon S3 user guide, "Specifying server-side encryption with AWS KMS", and the
/// condition keys in "Actions, resources, and condition keys for Amazon S3".
fn deny_other_keys(spec: &BucketSpec, policy: &Policy, alias: &str) -> [Value; 3] {
    const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
    const KEY: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    let deny = |sid: &str, condition: Value| {
        json!({
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": arn::objects(spec, policy),
            "Condition": condition,
        })
    };
    let named = [alias.to_owned(), format!("arn:{}:kms:*:*:{alias}", policy.partition)];
    [
        deny(
            "DenyOtherEncryption",
            json!({ "Null": { ALGORITHM: "false" }, "StringNotEquals": { ALGORITHM: "aws:kms" } }),
        ),
        deny(
            "DenyUnnamedKey",
            json!({ "Null": { KEY: "true" }, "StringEquals": { ALGORITHM: "aws:kms" } }),
        ),
        deny("DenyOtherKey", json!({ "Null": { KEY: "false" }, "StringNotLike": { KEY: named } })),
    ]
}

/// S3 writes access logs as a service. It may do so for the buckets of this environment and of
/// the bucket's own account.
///
/// Source: Amazon S3 user guide, "Permissions for log delivery".
fn allow_log_delivery(spec: &BucketSpec, policy: &Policy) -> Value {
    let sources = format!("arn:{}:s3:::{}-{}-*", policy.partition, policy.prefix, spec.environment);
    json!({
        "Sid": "AllowLogDelivery",
        "Effect": "Allow",
        "Principal": { "Service": "logging.s3.amazonaws.com" },
        "Action": "s3:PutObject",
        "Resource": arn::objects(spec, policy),
        "Condition": {
            "ArnLike": { "aws:SourceArn": sources },
            "StringEquals": { "aws:SourceAccount": "${aws:ResourceAccount}" },
        },
    })
}
