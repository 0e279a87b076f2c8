//! The input of the Terraform module, as a `.auto.tfvars.json` file.
//!
//! The keys of the files so far come first and in their order, so that a module that knows only
//! those goes on working.

use serde_json::{Map, Value, json};

use super::json_text;
use crate::bucket_spec::{BucketSpec, LifecycleRule};
use crate::policy::Policy;
use crate::words::Encryption;

/// Tags in the order of the files so far; others follow by name.
pub(super) const TAGS_FIRST: [&str; 7] =
    ["Environment", "Owner", "Application", "Purpose", "CostCenter", "ManagedBy", "RequestId"];

/// Where the file lies: `{output}/{environment}/s3/generated/{id}.auto.tfvars.json`.
pub fn path(spec: &BucketSpec, policy: &Policy) -> String {
    super::beside_state(spec, policy, "auto.tfvars.json")
}

/// The file.
pub fn text(spec: &BucketSpec) -> String {
    let mut bucket = bucket(spec);
    let others = spec.tags.keys().filter(|key| !TAGS_FIRST.contains(&key.as_str()));
    let names = TAGS_FIRST.into_iter().chain(others.map(String::as_str));
    bucket.insert("tags".to_owned(), tags(spec, names));
    bucket.insert("storage_class".to_owned(), json!(spec.storage_class.aws_name()));
    let cors = spec.cors.iter().map(|rule| {
        json!({
            "allowed_methods": rule.allowed_methods,
            "allowed_origins": rule.allowed_origins,
        })
    });
    bucket.insert("cors_rules".to_owned(), cors.collect());
    json_text(&json!({
        "s3_bucket": bucket,
        "cost_alert": {
            "threshold_gb": spec.alarm.threshold_gb,
            "alarm_name": spec.alarm.name,
            "threshold_bytes": spec.alarm.threshold_bytes,
        },
    }))
}

/// All about the bucket that files so far said before its tags.
pub(super) fn bucket(spec: &BucketSpec) -> Map<String, Value> {
    let encryption = match spec.encryption {
        Encryption::SseS3 => "SSE_S3",
        Encryption::SseKms => "SSE_KMS",
    };
    let block = spec.public_access_block;
    let logging = match &spec.log_target {
        Some(target) => json!({ "enabled": true, "target_bucket": target }),
        None => Value::Null,
    };
    let rules: Vec<Value> = spec.lifecycle.iter().map(lifecycle_rule).collect();
    let pairs = [
        ("bucket_name", json!(spec.bucket)),
        ("versioning_enabled", json!(spec.versioning)),
        ("encryption", json!({ "type": encryption, "kms_key_alias": spec.kms_key_alias })),
        (
            "public_access_block",
            json!({
                "block_public_acls": block.block_public_acls,
                "block_public_policy": block.block_public_policy,
                "ignore_public_acls": block.ignore_public_acls,
                "restrict_public_buckets": block.restrict_public_buckets,
            }),
        ),
        ("lifecycle_rules", Value::from(rules)),
        ("logging", logging),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

pub(super) fn tags<'a>(spec: &BucketSpec, names: impl Iterator<Item = &'a str>) -> Value {
    names.map(|name| (name.to_owned(), json!(spec.tags.get(name)))).collect()
}

fn lifecycle_rule(rule: &LifecycleRule) -> Value {
    let mut value = json!({ "id": rule.id, "enabled": true });
    if let Some(days) = rule.expire_days {
        value["expiration"] = json!({ "days": days });
    }
    if let Some(to) = rule.transition {
        value["transition"] =
            json!([{ "days": to.days, "storage_class": to.storage_class.aws_name() }]);
    }
    value
}
