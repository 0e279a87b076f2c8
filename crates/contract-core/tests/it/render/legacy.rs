//! The shapes of the files so far, as they are documented.

use contract_core::render::legacy::{self, IamPolicyError};
use contract_core::{BucketSpec, Encryption};
use serde_json::{Value, json};

use super::{policy, request, spec};

fn json_of(text: &str) -> Value {
    assert!(text.ends_with("}\n"), "a line break at the end");
    serde_json::from_str(text).expect("JSON")
}

/// Key by key in order, which `Value`'s equality does not look at.
fn same_bytes(text: &str, expected: &Value) {
    assert_eq!(text, format!("{expected:#}\n"));
}

#[test]
fn the_documented_tfvars() {
    same_bytes(
        &legacy::tfvars(&spec("prod_logs")),
        &json!({
            "s3_bucket": {
                "bucket_name": "goldenpath-prod-ledger-logs",
                "versioning_enabled": true,
                "encryption": { "type": "SSE_KMS", "kms_key_alias": "alias/goldenpath-prod-s3" },
                "public_access_block": {
                    "block_public_acls": true,
                    "block_public_policy": true,
                    "ignore_public_acls": true,
                    "restrict_public_buckets": true,
                },
                "lifecycle_rules": [
                    { "id": "expire-objects", "enabled": true, "expiration": { "days": 3650 } },
                    {
                        "id": "transition-to-glacier",
                        "enabled": true,
                        "transition": [{ "days": 180, "storage_class": "GLACIER" }],
                    },
                    {
                        "id": "default-storage-class",
                        "enabled": true,
                        "transition": [{ "days": 30, "storage_class": "STANDARD_IA" }],
                    },
                ],
                "logging": { "enabled": true, "target_bucket": "goldenpath-prod-logs" },
                "tags": {
                    "Environment": "prod",
                    "Owner": "platform-team",
                    "Application": "ledger",
                    "Purpose": "logs",
                    "CostCenter": "ledger-7",
                    "ManagedBy": "terraform",
                    "RequestId": "S3-0142",
                },
            },
            "cost_alert": {
                "threshold_gb": 2048,
                "alarm_name": "goldenpath-prod-ledger-logs-storage-alert",
            },
        }),
    );
    let plain = json_of(&legacy::tfvars(&spec("uploads")));
    assert_eq!(plain["s3_bucket"]["logging"], Value::Null);
    let encryption = json!({ "type": "SSE_S3", "kms_key_alias": null });
    assert_eq!(plain["s3_bucket"]["encryption"], encryption);
}

fn statement_s3(id: &str, bucket: &str) -> Value {
    json!({
        "Sid": format!("S3Access{id}"),
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
    })
}

fn statement_kms(id: &str, bucket: &str) -> Value {
    json!({
        "Sid": format!("KmsAccess{id}"),
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringLike": {
                "kms:EncryptionContext:aws:s3:arn":
                    [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
            },
        },
    })
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn upsert(existing: Option<&str>, spec: &BucketSpec) -> Result<String, IamPolicyError> {
    legacy::upsert_iam_policy(existing, spec, &policy())
}

#[test]
fn the_documented_iam_policy() {
    let bucket = "goldenpath-prod-ledger-logs";
    let text = upsert(None, &spec("prod_logs")).unwrap();
    let (s3, kms) = (statement_s3("S30142", bucket), statement_kms("S30142", bucket));
    same_bytes(&text, &document(&[s3, kms]));
    let path = legacy::iam_policy_path("envs", &spec("prod_logs"));
    assert_eq!(path, "envs/generated/iam/ledger-s3-policy.json");
}

#[test]
fn statements_are_replaced_by_sid_and_nobody_elses_are_lost() {
    let foreign = json!({ "Sid": "ByHand", "Effect": "Allow", "Action": "sqs:*", "Resource": "*" });
    let other = statement_s3("S30001", "goldenpath-dev-payments-api-uploads");
    let mut old = statement_s3("S30142", "goldenpath-prod-ledger-old");
    old["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    let existing = document(&[foreign.clone(), old, other.clone()]).to_string();

    let bucket = "goldenpath-prod-ledger-logs";
    let once = upsert(Some(&existing), &spec("prod_logs")).unwrap();
    let (s3, kms) = (statement_s3("S30142", bucket), statement_kms("S30142", bucket));
    same_bytes(&once, &document(&[foreign.clone(), s3.clone(), other.clone(), kms]));
    assert_eq!(upsert(Some(&once), &spec("prod_logs")).unwrap(), once, "again changes nothing");

    // Without KMS its statement goes; the others stay where they are.
    let mut request = request("prod_logs");
    request.spec.encryption.kind = Encryption::SseS3;
    let plain = upsert(Some(&once), &BucketSpec::of(&request, &policy())).unwrap();
    same_bytes(&plain, &document(&[foreign, s3, other]));
}

#[test]
fn one_statement_may_stand_without_a_list() {
    let existing = json!({ "Version": "2012-10-17", "Id": "kept", "Statement": { "Sid": "A" } });
    let text = upsert(Some(&existing.to_string()), &spec("uploads")).unwrap();
    let policy = json_of(&text);
    assert_eq!(policy["Id"], "kept");
    assert_eq!(policy["Statement"][0], json!({ "Sid": "A" }));
    assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(2));
}

#[test]
fn something_else_is_refused() {
    for (text, not_json) in [
        ("{", true),
        ("[]", false),
        ("{}", false),
        (r#"{"Statement": "x"}"#, false),
        (r#"{"Statement": ["x"]}"#, false),
    ] {
        let error = upsert(Some(text), &spec("uploads")).unwrap_err();
        assert_eq!(matches!(error, IamPolicyError::NotJson(_)), not_json, "{text}: {error}");
    }
}
