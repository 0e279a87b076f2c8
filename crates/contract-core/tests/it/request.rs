//! The typed model: the verdicts of the document, and a document that says the same.

use std::collections::BTreeMap;

use contract_core::fields::{self, Need, Shape};
use contract_core::request::{
    AccessLogging, EncryptionSpec, Lifecycle, Metadata, PurposeSpec, RetentionPolicy, Spec,
};
use contract_core::{
    Document, Encryption, Finding, Policy, PublicAccess, Purpose, Retention, S3BucketRequest,
    StorageClass, check,
};
use proptest::option::of;
use proptest::prelude::*;

pub(crate) const UPLOADS: &str = include_str!("contracts/uploads.yaml");

/// What a document asks for, with what is found in it.
pub(crate) fn read(text: &str) -> (Vec<Finding>, Option<S3BucketRequest>) {
    let document = Document { path: None, bytes: text.as_bytes() };
    let (findings, request) = check(document, &Policy::default(), S3BucketRequest::from_contract);
    (findings, request.flatten())
}

/// Code, field and severity of each finding, whatever their order.
fn verdicts(findings: &[Finding]) -> Vec<(&'static str, String, &'static str)> {
    let mut verdicts: Vec<_> = findings
        .iter()
        .map(|it| (it.rule.code, it.field.to_string(), it.severity.word()))
        .collect();
    verdicts.sort();
    verdicts
}

#[test]
fn the_documented_contract_is_written_as_it_was_read() {
    let (_, request) = read(UPLOADS);
    assert_eq!(request.expect("a whole contract").to_yaml(), UPLOADS);
}

#[test]
fn every_default_is_that_of_the_table() {
    let minimal = r#"{"bucketName": "b", "purpose": {"type": "logs", "description": ""},
        "retentionPolicy": {"type": "indefinite", "rationale": ""}, "costAlertGb": 1, "tags": {}}"#;
    let spec: Spec = serde_json::from_str(minimal).expect("all that is required");
    let spec = serde_json::to_value(&spec).expect("a model is JSON");
    let mut defaults = 0;
    fn walk(fields: &[fields::Field], seen: &mut impl FnMut(&str, &str)) {
        for field in fields {
            if let Need::Default(default) = field.need {
                seen(field.path, default);
            }
            if let Shape::Section(inner) | Shape::Tags(inner) = field.shape {
                walk(inner, seen);
            }
        }
    }
    walk(fields::ROOT, &mut |path, default| {
        defaults += 1;
        let pointer = path.strip_prefix("spec").expect("defaults stand under spec");
        let value = spec.pointer(&pointer.replace('.', "/")).expect(path);
        assert_eq!(value.to_string().trim_matches('"'), default, "{path}");
    });
    assert_eq!(defaults, 6);
}

#[test]
fn an_incomplete_or_wrong_contract_is_no_request() {
    for (from, to) in [
        ("owner: app-team\n", ""),
        ("costAlertGb: 100", "costAlertGb: 0"),
        ("versioning: true", "versioning: \"true\""),
        ("  tags:\n    costCenter: payments-123\n", "  tags: {}\n"),
        ("  accessLogging:\n    enabled: false\n", "  accessLogging: none\n"),
        ("corsEnabled: false\n", "corsEnabled: false\n  lifecycle:\n    expireDays: -1\n"),
    ] {
        let text = UPLOADS.replace(from, to);
        assert_ne!(text, UPLOADS, "{from:?} is there");
        let (findings, request) = read(&text);
        assert!(!findings.is_empty() && request.is_none(), "{to:?}: {request:?}");
    }
}

#[test]
fn each_limit_of_the_table_is_asked_of_the_model() {
    let mut request = read(UPLOADS).1.expect("a whole contract");
    request.kind = "S3BucketReqest".to_owned();
    request.id = "S3-1".to_owned();
    request.environment = "production".to_owned();
    request.owner = String::new();
    request.spec.purpose.description = "too short".to_owned();
    request.spec.cost_alert_gb = 10_001;
    request.spec.access_logging.target_bucket = Some("-".to_owned());
    request.spec.tags.clear();
    let findings = request.check(&Policy::default(), None);
    let fields: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule.code.starts_with('F'))
        .map(|it| format!("{} {} | {}", it.rule.code, it.message, it.hint.as_deref().unwrap_or("")))
        .collect();
    insta::assert_snapshot!(fields.join("\n"));
}

/// Names and texts, good and hostile.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9-]{2,20}[a-z0-9]",
        "[ -~]{0,30}",
        "\\PC{0,40}",
        any::<String>().prop_map(|text| text.chars().take(60).collect()),
        Just("no".to_owned()),
        Just("2026-01-17".to_owned()),
        Just("0123".to_owned()),
        Just("a: b # c".to_owned()),
        Just("\"; rm -rf / #\n${{ github.token }}\r\n---\n- &a !!x *a".to_owned()),
        Just("\u{200b}\u{202e}\u{feff}\u{85}\u{0}".to_owned()),
    ]
}

fn choice<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn or_text(right: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(right.to_owned()), 1 => texts()]
}

prop_compose! {
    fn specs()(
        bucket_name in or_text("goldenpath-dev-payments-api-uploads"),
        (purpose, description) in (choice(Purpose::ALL), or_text("User file uploads")),
        storage_class in choice(&[
            StorageClass::Standard, StorageClass::IntelligentTiering,
            StorageClass::StandardIa, StorageClass::Glacier,
        ]),
        (encryption, kms_key_alias) in (choice(Encryption::ALL), of(or_text("alias/goldenpath-dev-s3"))),
        (versioning, cors_enabled, enabled) in any::<(bool, bool, bool)>(),
        public_access in choice(PublicAccess::ALL),
        (retention, rationale) in (choice(Retention::ALL), or_text("Kept for the account")),
        lifecycle in of((of(0u32..5000), of(0u32..5000), of(0u32..5000))),
        target_bucket in of(or_text("goldenpath-dev-logs")),
        cost_alert_gb in 0u32..11_000,
        cost_center in of(or_text("payments-123")),
        others in proptest::collection::btree_map("[a-zA-Z: '\"#{}-]{1,12}", texts(), 0..4),
    ) -> Spec {
        let mut tags: BTreeMap<String, String> = others;
        tags.extend(cost_center.map(|it| ("costCenter".to_owned(), it)));
        Spec {
            bucket_name,
            purpose: PurposeSpec { kind: purpose, description },
            storage_class,
            encryption: EncryptionSpec { kind: encryption, kms_key_alias },
            versioning,
            public_access,
            retention_policy: RetentionPolicy { kind: retention, rationale },
            lifecycle: lifecycle.map(|(expire, ia, glacier)| Lifecycle {
                expire_days: expire,
                transition_to_ia_days: ia,
                transition_to_glacier_days: glacier,
            }),
            access_logging: AccessLogging { enabled, target_bucket },
            cost_alert_gb,
            cors_enabled,
            tags,
        }
    }
}

prop_compose! {
    fn requests()(
        id in or_text("S3-0001"),
        environment in prop_oneof![Just("dev".to_owned()), Just("prod".to_owned()), texts()],
        owner in or_text("app-team"),
        application in or_text("payments-api"),
        requester in or_text("daniel-deans"),
        metadata in of((of(texts()), of(texts()), or_text("2026-01-17"))),
        spec in specs(),
    ) -> S3BucketRequest {
        S3BucketRequest {
            api_version: "goldenpath.io/v1".to_owned(),
            kind: "S3BucketRequest".to_owned(),
            id, environment, owner, application, requester,
            metadata: metadata.map(|(title, description, created)| {
                Metadata { title, description, created: Some(created) }
            }),
            spec,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn model_and_document_get_the_same_verdicts(request in requests()) {
        let text = request.to_yaml();
        let (findings, again) = read(&text);
        let expected = verdicts(&request.check(&Policy::default(), None));
        prop_assert_eq!(verdicts(&findings), expected, "{}", text);
        if let Some(again) = again {
            prop_assert_eq!(again, request, "{}", text);
        } else {
            let broken = findings.iter().any(|it| !it.rule.is_negotiable());
            prop_assert!(broken, "a request that follows the table is read: {}", text);
        }
    }
}
