//! The IAM policy for the application that uses the bucket: what it needs and no more.

use serde_json::{Value, json};

use super::{arn, json_text};
use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;

/// Where the file lies: `{output}/generated/iam/{id}-s3-policy.json`, a file per request, so that
/// no request can overwrite another's.
pub fn path(spec: &BucketSpec, policy: &Policy) -> String {
    format!("{}/generated/iam/{}-s3-policy.json", policy.paths.output, spec.id)
}

/// The file.
pub fn text(spec: &BucketSpec, policy: &Policy) -> String {
    json_text(&json!({ "Version": "2012-10-17", "Statement": statements(spec, policy) }))
}

fn statements(spec: &BucketSpec, policy: &Policy) -> Vec<Value> {
    let mut statements = vec![
        json!({
            "Sid": arn::sid("S3List", &spec.id),
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
            "Resource": arn::bucket(spec, policy),
        }),
        json!({
            "Sid": arn::sid("S3Access", &spec.id),
            "Effect": "Allow",
            "Action": [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:PutObject",
            ],
            "Resource": arn::objects(spec, policy),
        }),
    ];
    statements.extend(spec.kms_key_alias.as_deref().map(|alias| kms(spec, policy, alias)));
    statements
}

/// The use of the key, through S3, for this bucket.
///
/// An alias in `Resource` would stand for the alias and not for its key, so the keys are narrowed
/// down by a condition. Source: AWS KMS developer guide, "Use aliases to control access to KMS
/// keys". (A linter that knows only the condition keys of an action may not know this one: the
/// service authorization reference lists it with the resource, the key.) With an S3 Bucket Key the encryption context is the ARN of the bucket, without one that
/// of the object. Source: Amazon S3 user guide, "Reducing the cost of SSE-KMS with Amazon S3
/// Bucket Keys".
fn kms(spec: &BucketSpec, policy: &Policy, alias: &str) -> Value {
    json!({
        "Sid": arn::sid("KmsAccess", &spec.id),
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": format!("arn:{}:kms:*:*:key/*", policy.partition),
        "Condition": {
            "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
            "StringLike": {
                "kms:ViaService": arn::s3_as_caller(policy),
                "kms:EncryptionContext:aws:s3:arn":
                    [arn::bucket(spec, policy), arn::objects(spec, policy)],
            },
        },
    })
}
