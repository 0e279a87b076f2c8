//! Names of AWS resources, and the domains of AWS partitions.

use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;

/// The ARN of the bucket.
pub(super) fn bucket(spec: &BucketSpec, policy: &Policy) -> String {
    format!("arn:{}:s3:::{}", policy.partition, spec.bucket)
}

/// The ARN of every object in the bucket.
pub(super) fn objects(spec: &BucketSpec, policy: &Policy) -> String {
    bucket(spec, policy) + "/*"
}

/// S3 in any region of the partition, as KMS sees a caller.
///
/// Source: AWS KMS developer guide, condition key `kms:ViaService`; the domains are those of
/// `partitions.json` in botocore.
pub(super) fn s3_as_caller(policy: &Policy) -> String {
    let domain = match policy.partition.as_str() {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("s3.*.{domain}")
}

/// The id of a request as a part of a statement id, which has letters and digits alone.
///
/// Source: IAM user guide, "IAM JSON policy elements: Sid".
pub(super) fn sid(prefix: &str, id: &str) -> String {
    let plain: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{prefix}{plain}")
}
