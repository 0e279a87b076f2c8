//! The table itself.
//!
//! Limits come from the schema and the parser that the platform has used so far, unless a line
//! names another source.

use Need::{Default, Optional, Required};

use super::patterns::{ALIAS, APPLICATION, BUCKET, DATE, ID, NAME, Pattern};
use super::{Field, Need, Shape};
use crate::slot::Slot;

const fn text(min: usize, max: usize) -> Shape {
    Shape::Text { min, max, pattern: None }
}

const fn format(min: usize, max: usize, pattern: &'static Pattern) -> Shape {
    Shape::Text { min, max, pattern: Some(pattern) }
}

const fn days(min: u32) -> Shape {
    Shape::Integer { min, max: 3650 }
}

macro_rules! fields {
    ($($slot:ident $path:literal / $key:literal, $need:expr, $shape:expr, $example:literal, $meaning:literal;)*) => {
        &[$(Field {
            slot: Slot::$slot,
            key: $key,
            path: $path,
            need: $need,
            shape: $shape,
            meaning: $meaning,
            example: $example,
        }),*]
    };
}

/// The fields at the top of a contract.
pub static ROOT: &[Field] = fields![
    ApiVersion "apiVersion" / "apiVersion", Required, Shape::Choice(&["goldenpath.io/v1"]), "goldenpath.io/v1",
        "The version of the document.";
    Kind "kind" / "kind", Required, Shape::Choice(&["S3BucketRequest"]), "S3BucketRequest",
        "What the document asks for.";
    Id "id" / "id", Required, format(7, 7, &ID), "S3-0001",
        "The number of the request, which also names its file and its Terraform state.";
    Environment "environment" / "environment", Required, Shape::Environment, "dev",
        "Where the bucket lives; it also names the folder of the contract.";
    Owner "owner" / "owner", Required, text(1, 64), "app-team",
        "The team that answers for the bucket.";
    Application "application" / "application", Required, format(3, 31, &APPLICATION), "payments-api",
        "The application that uses the bucket.";
    Requester "requester" / "requester", Required, format(1, 64, &NAME), "daniel-deans",
        "The person who asks for the bucket.";
    Metadata "metadata" / "metadata", Optional, Shape::Section(METADATA), "",
        "Words about the request; `id`, `environment`, `owner`, `application` and `requester` may also stand here.";
    Spec "spec" / "spec", Required, Shape::Section(SPEC), "",
        "What the bucket is to be.";
];

static METADATA: &[Field] = fields![
    Title "metadata.title" / "title", Optional, text(1, 200), "Receipts of the payments API",
        "A title for lists.";
    Description "metadata.description" / "description", Optional, text(1, 1000), "Receipts that users upload",
        "A few sentences for readers.";
    Created "metadata.created" / "created", Optional, format(10, 10, &DATE), "2026-01-17",
        "The day of the request.";
];

/// The fields of the top that older contracts keep under `metadata`.
pub static KEYS_UNDER_METADATA: &[&str] =
    &["id", "environment", "owner", "application", "requester"];

static SPEC: &[Field] = fields![
    BucketName "spec.bucketName" / "bucketName", Required, format(3, 63, &BUCKET), "goldenpath-dev-payments-api-uploads",
        "The name of the bucket: prefix, environment, application and purpose, joined by hyphens.";
    Purpose "spec.purpose" / "purpose", Required, Shape::Section(PURPOSE), "",
        "What the bucket is for.";
    StorageClass "spec.storageClass" / "storageClass", Default("standard"),
        Shape::Choice(&["standard", "intelligent-tiering", "standard-ia", "glacier"]), "standard",
        "Where objects are kept; S3 has no such setting on a bucket, so it becomes a lifecycle rule.";
    Encryption "spec.encryption" / "encryption", Optional, Shape::Section(ENCRYPTION), "",
        "How objects are encrypted at rest.";
    Versioning "spec.versioning" / "versioning", Default("true"), Shape::Boolean, "true",
        "Whether overwritten and deleted objects are kept as versions.";
    PublicAccess "spec.publicAccess" / "publicAccess", Default("blocked"),
        Shape::Choice(&["blocked", "exception-approved"]), "blocked",
        "Whether the world is kept out; an exception needs the platform team.";
    RetentionPolicy "spec.retentionPolicy" / "retentionPolicy", Required, Shape::Section(RETENTION), "",
        "How long objects are kept, and why.";
    Lifecycle "spec.lifecycle" / "lifecycle", Optional, Shape::Section(LIFECYCLE), "",
        "What happens to objects as they age.";
    AccessLogging "spec.accessLogging" / "accessLogging", Optional, Shape::Section(LOGGING), "",
        "Whether S3 writes a log of requests, and where.";
    CostAlertGb "spec.costAlertGb" / "costAlertGb", Required, Shape::Integer { min: 1, max: 10_000 }, "100",
        "The size, in GiB (2^30 bytes, as S3 bills), from which the owner is alerted.";
    CorsEnabled "spec.corsEnabled" / "corsEnabled", Default("false"), Shape::Boolean, "false",
        "Whether browsers may read objects from the origins that the policy names.";
    Tags "spec.tags" / "tags", Required, Shape::Tags(TAGS), "",
        "Labels for the bill and for people; any further key may be added.";
];

static PURPOSE: &[Field] = fields![
    PurposeType "spec.purpose.type" / "type", Required,
        Shape::Choice(&["logs", "uploads", "backups", "data-lake", "static-assets"]), "uploads",
        "The kind of data.";
    PurposeDescription "spec.purpose.description" / "description", Required, text(10, 200), "User file uploads for payment receipts",
        "What is stored, in words.";
];

static ENCRYPTION: &[Field] = fields![
    EncryptionType "spec.encryption.type" / "type", Default("sse-s3"), Shape::Choice(&["sse-s3", "sse-kms"]), "sse-s3",
        "Whether S3 or a key in KMS encrypts.";
    KmsKeyAlias "spec.encryption.kmsKeyAlias" / "kmsKeyAlias", Optional, format(7, 256, &ALIAS), "alias/goldenpath-prod-s3",
        "The alias of the KMS key, for `sse-kms`.";
];

static RETENTION: &[Field] = fields![
    RetentionType "spec.retentionPolicy.type" / "type", Required,
        Shape::Choice(&["indefinite", "time-bounded", "compliance-driven"]), "indefinite",
        "Whether objects are kept for good, for a time, or as a rule of law demands.";
    RetentionRationale "spec.retentionPolicy.rationale" / "rationale", Required, text(10, 500), "User data retained for account lifetime",
        "Why.";
];

static LIFECYCLE: &[Field] = fields![
    ExpireDays "spec.lifecycle.expireDays" / "expireDays", Optional, days(1), "365",
        "Days after which objects are deleted.";
    TransitionToIaDays "spec.lifecycle.transitionToIaDays" / "transitionToIaDays", Optional, days(30), "30",
        "Days after which objects move to Standard-IA; S3 takes no fewer than 30.";
    TransitionToGlacierDays "spec.lifecycle.transitionToGlacierDays" / "transitionToGlacierDays", Optional, days(90), "90",
        "Days after which objects move to Glacier Flexible Retrieval.";
];

static LOGGING: &[Field] = fields![
    LoggingEnabled "spec.accessLogging.enabled" / "enabled", Default("false"), Shape::Boolean, "false",
        "Whether requests are logged.";
    TargetBucket "spec.accessLogging.targetBucket" / "targetBucket", Optional, format(3, 63, &BUCKET), "goldenpath-prod-logs",
        "The bucket that receives the log.";
];

static TAGS: &[Field] = fields![
    CostCenter "spec.tags.costCenter" / "costCenter", Required, format(1, 64, &NAME), "payments-123",
        "Who pays.";
];

/// The field in `slot`.
pub fn find(slot: Slot) -> &'static Field {
    fn search(fields: &'static [Field], slot: Slot) -> Option<&'static Field> {
        fields.iter().find_map(|field| match field.shape {
            _ if field.slot == slot => Some(field),
            Shape::Section(inner) | Shape::Tags(inner) => search(inner, slot),
            _ => None,
        })
    }
    search(ROOT, slot).expect("every slot has a row, as a test shows")
}

/// The field whose full name is `path`, for example `spec.encryption.type`.
pub fn at(path: &str) -> Option<&'static Field> {
    fn search(fields: &'static [Field], path: &str) -> Option<&'static Field> {
        fields.iter().find_map(|field| match field.shape {
            _ if field.path == path => Some(field),
            Shape::Section(inner) | Shape::Tags(inner) => search(inner, path),
            _ => None,
        })
    }
    search(ROOT, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_one_row_whose_path_ends_in_its_key() {
        fn walk(fields: &'static [Field], parent: &str, seen: &mut Vec<Slot>) {
            for field in fields {
                let dot = if parent.is_empty() { "" } else { "." };
                assert_eq!(field.path, format!("{parent}{dot}{}", field.key));
                assert_eq!(find(field.slot), field);
                seen.push(field.slot);
                if let Shape::Section(inner) | Shape::Tags(inner) = field.shape {
                    walk(inner, field.path, seen);
                }
            }
        }
        let mut seen = Vec::new();
        walk(ROOT, "", &mut seen);
        seen.sort();
        let count = seen.len();
        seen.dedup();
        assert_eq!((count, seen.len()), (Slot::COUNT, Slot::COUNT));
    }
}
