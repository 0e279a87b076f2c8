//! A bucket policy that keeps a ledger from being shadowed.

use serde_json::{Value, json};

use super::super::Store;

/// The policy for the prefix of `store`; `None` if it is no bucket.
///
/// Object Lock protects versions: a plain delete still adds a marker and a plain write still adds a
/// version on top (AWS: "Locking objects with Object Lock"). The policy takes both from everybody,
/// and the right to lift governance and to change how the bucket is set up from everybody but one.
/// `s3:if-none-match` is a condition key of AWS (AWS: "Enforce conditional writes on Amazon S3
/// buckets"); Ceph and others do not know it.
pub(super) fn of(store: &Store) -> Option<Value> {
    let bucket = store.backend().location();
    let bucket = bucket.strip_prefix("s3://")?;
    let prefix = store.prefix();
    let bucket_arn = format!("arn:aws:s3:::{bucket}");
    let objects = |part: &str| format!("arn:aws:s3:::{bucket}/{prefix}{part}");
    let administrator = "arn:aws:iam::<ACCOUNT>:role/<ADMINISTRATOR-OF-THE-BUCKET>";
    Some(json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "LedgerIsNeverDeleted",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
                "Resource": [objects("log"), objects("seg/*"), objects("ckpt/*"), objects("cosig/*")],
            },
            {
                "Sid": "LedgerIsNeverOverwritten",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": [objects("log"), objects("seg/*"), objects("ckpt/*")],
                "Condition": { "Null": { "s3:if-none-match": "true" } },
            },
            {
                "Sid": "BucketStaysAsItIs",
                "Effect": "Deny",
                "Principal": "*",
                "Action": [
                    "s3:DeleteBucket",
                    "s3:DeleteBucketPolicy",
                    "s3:PutBucketObjectLockConfiguration",
                    "s3:PutBucketPolicy",
                    "s3:PutBucketVersioning",
                    "s3:PutLifecycleConfiguration",
                    "s3:PutReplicationConfiguration",
                ],
                "Resource": bucket_arn,
                "Condition": { "ArnNotEquals": { "aws:PrincipalArn": administrator } },
            },
            {
                "Sid": "WritersWrite",
                "Effect": "Allow",
                "Principal": { "AWS": "arn:aws:iam::<ACCOUNT>:role/<WRITER-OF-THE-LEDGER>" },
                "Action": [
                    "s3:GetObject",
                    "s3:GetObjectVersion",
                    "s3:GetObjectRetention",
                    "s3:PutObject",
                    "s3:PutObjectRetention",
                ],
                "Resource": objects("*"),
            },
            {
                "Sid": "ReadersList",
                "Effect": "Allow",
                "Principal": { "AWS": "arn:aws:iam::<ACCOUNT>:role/<WRITER-OF-THE-LEDGER>" },
                "Action": [
                    "s3:GetBucketObjectLockConfiguration",
                    "s3:GetBucketVersioning",
                    "s3:ListBucket",
                    "s3:ListBucketVersions",
                ],
                "Resource": bucket_arn,
            },
        ],
    }))
}
