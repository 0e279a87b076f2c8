//! Renderings: the same value, the same bytes.

mod audit;
mod catalog;
mod legacy;
mod markdown;

use contract_core::render;
use contract_core::{BucketSpec, Policy, S3BucketRequest};

use crate::request::{UPLOADS, read};

/// Contracts that differ in everything a rendering looks at.
pub(crate) const CONTRACTS: [(&str, &str); 5] = [
    ("uploads", UPLOADS),
    ("prod_logs", include_str!("contracts/prod_logs.yaml")),
    ("static_assets", include_str!("contracts/static_assets.yaml")),
    ("glacier_backups", include_str!("contracts/glacier_backups.yaml")),
    ("log_bucket", include_str!("contracts/log_bucket.yaml")),
];

pub(crate) fn policy() -> Policy {
    Policy { cors_origins: vec!["https://shop.example.com".to_owned()], ..Policy::default() }
}

pub(crate) fn request(name: &str) -> S3BucketRequest {
    let (_, text) = CONTRACTS.iter().find(|(known, _)| *known == name).expect("a known contract");
    let (findings, request) = read(text);
    request.unwrap_or_else(|| panic!("{name}: {findings:#?}"))
}

pub(crate) fn spec(name: &str) -> BucketSpec {
    BucketSpec::of(&request(name), &policy())
}

#[test]
fn every_file_of_every_contract() {
    for (name, _) in CONTRACTS {
        let spec = spec(name);
        let files = render::files(&spec, &policy());
        assert_eq!(files, render::files(&spec, &policy()), "the same input, the same bytes");
        assert!(files.is_sorted(), "by path");
        let shown: Vec<String> =
            files.iter().map(|file| format!("== {}\n{}", file.path, file.content)).collect();
        insta::assert_snapshot!(format!("files_{name}"), shown.join("\n"));
    }
}

#[test]
fn what_a_bucket_is_to_be() {
    for (name, _) in CONTRACTS {
        insta::assert_json_snapshot!(format!("spec_{name}"), spec(name));
    }
}

#[test]
fn another_partition_stands_in_every_arn() {
    let policy = Policy { partition: "aws-cn".to_owned(), ..policy() };
    let spec = BucketSpec::of(&request("prod_logs"), &policy);
    for file in render::files(&spec, &policy) {
        assert!(!file.content.contains("arn:aws:"), "{}", file.content);
    }
    let iam = render::iam_policy::text(&spec, &policy);
    assert!(iam.contains("s3.*.amazonaws.com.cn") && iam.contains("arn:aws-cn:kms:*:*:key/*"));
}

#[test]
fn names_and_places_come_from_the_policy() {
    let mut policy = policy();
    policy.paths.output = "live".to_owned();
    policy.alarm_name = "{bucket}-size".to_owned();
    let spec = BucketSpec::of(&request("uploads"), &policy);
    let paths: Vec<String> =
        render::files(&spec, &policy).into_iter().map(|file| file.path).collect();
    assert_eq!(
        paths,
        [
            "live/dev/s3/generated/S3-0001.alarm.json",
            "live/dev/s3/generated/S3-0001.auto.tfvars.json",
            "live/dev/s3/generated/S3-0001.bucket-policy.json",
            "live/generated/iam/S3-0001-s3-policy.json",
        ]
    );
    assert_eq!(spec.alarm.name, "goldenpath-dev-payments-api-uploads-size");
}

#[test]
fn the_tags_of_the_platform_win() {
    let mut request = request("uploads");
    request.spec.tags.insert("Owner".to_owned(), "somebody-else".to_owned());
    request.spec.tags.insert("team".to_owned(), "blue".to_owned());
    let spec = BucketSpec::of(&request, &policy());
    assert_eq!(spec.tags["Owner"], "app-team");
    assert_eq!(spec.tags["team"], "blue");
    assert!(!spec.tags.contains_key("costCenter"), "it is there as `CostCenter`");
}
