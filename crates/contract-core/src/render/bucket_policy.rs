//! The policy of the bucket itself: what nobody may do, whatever their own policies say.

use serde_json::{Value, json};

use super::{arn, json_text};
use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;
use crate::words::Encryption;

/// Where the file lies: `{output}/{environment}/s3/generated/{id}.bucket-policy.json`.
pub fn path(spec: &BucketSpec, policy: &Policy) -> String {
    super::beside_state(spec, policy, "bucket-policy.json")
}

/// The file.
pub fn text(spec: &BucketSpec, policy: &Policy) -> String {
    let mut statements = vec![deny_insecure_transport(spec, policy)];
    if spec.encryption == Encryption::SseKms {
        statements.push(deny_chosen_encryption(spec, policy));
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

/// An upload leaves encryption to the bucket, which has the one right key. One that asks for an
/// algorithm or a key itself is refused, since it could ask for another: the condition on the key
/// compares ARNs, and a contract knows an alias. Asking for KMS without a key would be no better,
/// because S3 takes the account's own key (`aws/s3`) then and not that of the bucket.
///
/// Source: Amazon S3 user guide, "Specifying server-side encryption with AWS KMS", and the
/// condition keys in "Actions, resources, and condition keys for Amazon S3". The header is what
/// the condition sees; the default of the bucket is applied later.
fn deny_chosen_encryption(spec: &BucketSpec, policy: &Policy) -> Value {
    json!({
        "Sid": "DenyChosenEncryption",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": arn::objects(spec, policy),
        "Condition": { "Null": { "s3:x-amz-server-side-encryption": "false" } },
    })
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
