//! The alarm on the size of a bucket, as `aws cloudwatch put-metric-alarm --cli-input-json` reads it.

use serde_json::{Value, json};

use super::json_text;
use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;

/// The series of `BucketSizeBytes` that are added up. An alarm on one of them would never go off
/// for a bucket whose objects lie in another class.
///
/// An alarm on metric math takes ten series (Amazon CloudWatch user guide, "Create a CloudWatch
/// alarm based on a metric math expression"), so the list is full: every class that can be
/// written to, without the archive tiers of Intelligent-Tiering, which nothing here switches on,
/// and without overheads per object. Names: Amazon S3 user guide, "Metrics and dimensions",
/// storage type filters.
const STORAGE_TYPES: [&str; 10] = [
    "StandardStorage",
    "IntelligentTieringFAStorage",
    "IntelligentTieringIAStorage",
    "IntelligentTieringAIAStorage",
    "StandardIAStorage",
    "OneZoneIAStorage",
    "GlacierInstantRetrievalStorage",
    "GlacierStorage",
    "GlacierStagingStorage",
    "DeepArchiveStorage",
];

/// S3 reports sizes once a day.
const PERIOD_SECONDS: u32 = 86_400;

/// Where the file lies: `{output}/{environment}/s3/generated/{id}.alarm.json`.
pub fn path(spec: &BucketSpec, policy: &Policy) -> String {
    super::beside_state(spec, policy, "alarm.json")
}

/// The file.
pub fn text(spec: &BucketSpec) -> String {
    let total = json!({
        "Id": "total",
        "Expression": "SUM(METRICS())",
        "Label": "bytes in all storage classes",
        "ReturnData": true,
    });
    let series = STORAGE_TYPES.iter().enumerate().map(|(number, storage_type)| {
        json!({
            "Id": format!("m{number}"),
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/S3",
                    "MetricName": "BucketSizeBytes",
                    "Dimensions": [
                        { "Name": "BucketName", "Value": spec.bucket },
                        { "Name": "StorageType", "Value": storage_type },
                    ],
                },
                "Period": PERIOD_SECONDS,
                "Stat": "Average",
            },
            "ReturnData": false,
        })
    });
    let metrics: Vec<Value> = std::iter::once(total).chain(series).collect();
    let tags: Vec<Value> =
        spec.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    json_text(&json!({
        "AlarmName": spec.alarm.name,
        "AlarmDescription":
            format!("{} holds more than {} GiB", spec.bucket, spec.alarm.threshold_gb),
        "EvaluationPeriods": 1,
        "Threshold": spec.alarm.threshold_bytes,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Metrics": metrics,
        "Tags": tags,
    }))
}
