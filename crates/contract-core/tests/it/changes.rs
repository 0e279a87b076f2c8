//! Changes: two versions in, findings and a plan out.

use contract_core::changes::{CHANGES, Effect, Pair, Snapshot, compare, pair, plan};
use contract_core::{Document, Finding, Group, Policy, Severity};
use proptest::prelude::*;

use crate::findings::VALID;
use crate::pages::blocks;

const PATH: &str = "docs/20-contracts/s3-requests/dev/S3-0001.yaml";

pub(crate) fn version_at(path: &str, text: &str) -> Snapshot {
    let document = Document { path: Some(path), bytes: text.as_bytes() };
    Snapshot::check(document, &Policy::default()).1
}

fn version(text: &str) -> Snapshot {
    version_at(PATH, text)
}

/// What is noticed between two versions, a line each.
fn noticed(old: &str, new: &str) -> String {
    told(&compare(Some(&version(old)), Some(&version(new)), &Policy::default()))
}

fn told(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let place = finding.place.expect("versions of text have places");
        let (code, name, severity) =
            (finding.rule.code, finding.rule.name, finding.severity.word());
        let hint = finding.hint.as_deref().expect("every finding has a way out");
        format!(
            "{}:{} {code} {name} [{severity}] {}\n  hint: {hint}\n",
            place.line, place.column, finding.message
        )
    };
    findings.iter().map(line).collect()
}

/// The pages hold what they promise: the version after is caught by the rule of the page, or it
/// passes, and each page shows both.
#[test]
fn the_examples_of_every_page_hold() {
    for guardrail in CHANGES {
        let rule = guardrail.rule;
        let heading = format!("# `{}` (`{}`)\n", rule.name, rule.code);
        assert!(rule.page.starts_with(&heading), "{heading}");
        let mut shown = Vec::new();
        let blocks = blocks(rule.page);
        assert_eq!(blocks.len() % 2, 0, "{heading}: each version before has one after");
        for versions in blocks.chunks(2) {
            assert_eq!(versions[0].info, "yaml before", "{heading}");
            let old = version(&versions[0].text);
            let new = Some(&versions[1].text).filter(|text| !text.is_empty());
            let new = new.map(|text| version(text));
            let found = compare(Some(&old), new.as_ref(), &Policy::default());
            let caught = found.iter().any(|finding| finding.rule == rule);
            match versions[1].info {
                "yaml after caught" => assert!(caught, "{heading}{versions:?}"),
                "yaml after pass" => assert!(!caught, "{heading}{versions:?}"),
                info => panic!("{heading}what is `{info}`?"),
            }
            shown.push(caught);
        }
        assert!(shown.contains(&true) && shown.contains(&false), "{heading}");
    }
}

#[test]
fn the_table_is_in_the_order_of_codes_and_every_rule_is_a_change() {
    let codes: Vec<_> = CHANGES.iter().map(|guardrail| guardrail.rule.code).collect();
    assert!(codes.is_sorted() && codes.len() == 10, "{codes:?}");
    assert!(CHANGES.iter().all(|guardrail| guardrail.rule.group == Group::Change));
    let all = contract_core::rules();
    assert!(CHANGES.iter().all(|guardrail| all.contains(&guardrail.rule)));
}

#[test]
fn everything_that_got_worse_is_told_at_once() {
    let old = VALID
        .replace("type: sse-s3", "type: sse-kms\n    kmsKeyAlias: alias/goldenpath-dev-s3")
        .replace("indefinite", "compliance-driven")
        .replace("enabled: false", "enabled: true\n    targetBucket: goldenpath-dev-logs");
    let new = VALID
        .replace("id: S3-0001", "id: S3-0002")
        .replace("environment: dev", "environment: test")
        .replace("owner: app-team", "owner: database-team")
        .replace("goldenpath-dev-payments-api-uploads", "goldenpath-test-payments-api-uploads")
        .replace("versioning: true", "versioning: false")
        .replace("publicAccess: blocked", "publicAccess: exception-approved")
        .replace("  accessLogging", "  lifecycle:\n    expireDays: 30\n  accessLogging");
    insta::assert_snapshot!(noticed(&old, &new));
}

#[test]
fn an_unchanged_or_new_contract_is_not_noticed() {
    assert_eq!(noticed(VALID, VALID), "");
    assert_eq!(noticed(VALID, &VALID.replace("  versioning: true\n", "")), "", "it is the default");
    assert_eq!(compare(None, Some(&version(VALID)), &Policy::default()), []);
}

#[test]
fn a_deleted_contract_is_noticed_at_its_id_in_the_file_before() {
    let found = compare(Some(&version(VALID)), None, &Policy::default());
    insta::assert_snapshot!(told(&found));
}

/// There is a finding about such a field already, and what it would say nobody knows.
#[test]
fn a_field_that_is_wrong_is_not_compared() {
    for wrong in ["versioning: \"false\"", "versioning: 0", "versioning: [false]"] {
        assert_eq!(noticed(VALID, &VALID.replace("versioning: true", wrong)), "", "{wrong}");
    }
    // The default is `blocked`, so an alias that was taken for nothing would close the bucket.
    let open = VALID.replace("publicAccess: blocked", "publicAccess: exception-approved");
    let alias = VALID
        .replace("owner: app-team", "owner: &team app-team")
        .replace("publicAccess: blocked", "publicAccess: *team");
    assert_eq!(noticed(&alias, &open), "", "an alias says nothing before");
    assert_eq!(noticed(&open, &alias), "", "an alias says nothing now");
    assert_eq!(noticed(VALID, "{"), "", "an unreadable version");
    assert_eq!(noticed("{", VALID), "", "an unreadable version before");
}

#[test]
fn the_policy_has_the_last_word() {
    let old = version(VALID);
    let new = version(&VALID.replace("app-team", "x-team").replace("S3-0001", "S3-0002"));
    let policy = Policy::parse(
        "apiVersion: strongroom/v1\nkind: Policy\nchanges: {C210: refuse, changed-id: approve}\n",
    )
    .expect("a policy");
    let found = compare(Some(&old), Some(&new), &policy);
    let found: Vec<_> = found.iter().map(|it| (it.rule.name, it.severity)).collect();
    assert_eq!(found, [("changed-id", Severity::Warning), ("changed-owner", Severity::Error)]);
}

/// The paths of what belongs together.
fn paired<'a>(old: &'a [Snapshot], new: &'a [Snapshot]) -> Vec<(&'a str, &'a str)> {
    let path = |version: Option<&'a Snapshot>| version.map_or("-", |version| &version.path);
    pair(old, new).iter().map(|pair| (path(pair.old), path(pair.new))).collect()
}

#[test]
fn contracts_are_found_again_by_path_then_by_id_then_by_bucket() {
    let contract = |path: &str, id: &str, bucket: &str| {
        version_at(path, &format!("id: {id}\nspec:\n  bucketName: {bucket}\n"))
    };
    let old = [
        contract("dev/S3-0001.yaml", "S3-0001", "bucket-one"),
        contract("dev/S3-0002.yaml", "S3-0002", "bucket-two"),
        contract("dev/S3-0003.yaml", "S3-0003", "bucket-three"),
        contract("dev/S3-0004.yaml", "S3-0004", "bucket-four"),
    ];
    let new = [
        contract("dev/S3-0001.yaml", "S3-0009", "bucket-nine"),
        contract("old/two.yaml", "S3-0002", "bucket-two"),
        contract("dev/S3-0007.yaml", "S3-0007", "bucket-three"),
        contract("dev/S3-0008.yaml", "S3-0008", "bucket-eight"),
    ];
    let expected = [
        ("dev/S3-0001.yaml", "dev/S3-0001.yaml"),
        ("dev/S3-0004.yaml", "-"),
        ("dev/S3-0003.yaml", "dev/S3-0007.yaml"),
        ("-", "dev/S3-0008.yaml"),
        ("dev/S3-0002.yaml", "old/two.yaml"),
    ];
    assert_eq!(paired(&old, &new), expected);
}

#[test]
fn two_contracts_that_trade_places_are_noticed() {
    let text = |id: &str| VALID.replace("S3-0001", id);
    let old = [version_at("a", &text("S3-0001")), version_at("b", &text("S3-0002"))];
    let new = [version_at("a", &text("S3-0002")), version_at("b", &text("S3-0001"))];
    let pairs = pair(&old, &new);
    let found = pairs.iter().flat_map(|pair| compare(pair.old, pair.new, &Policy::default()));
    let found: Vec<_> = found.map(|finding| finding.rule.name).collect();
    assert_eq!(found, ["changed-id", "changed-id"]);
}

fn planned(old: Option<&Snapshot>, new: Option<&Snapshot>) -> String {
    let plan = plan(old, new, &Policy::default());
    serde_json::to_string_pretty(&plan).expect("a plan is JSON")
}

#[test]
fn a_plan_lists_every_difference_with_what_it_does() {
    let old = version(VALID);
    let new = version(
        &VALID
            .replace("costAlertGb: 100", "costAlertGb: 50")
            .replace("versioning: true", "versioning: false")
            .replace("User file uploads", "Uploads")
            .replace("sse-s3", "sse-kms\n    kmsKeyAlias: alias/goldenpath-dev-s3")
            .replace("  accessLogging", "  lifecycle:\n    expireDays: 30\n  accessLogging")
            .replace("payments-123", "payments-123\n    team: blue"),
    );
    insta::assert_snapshot!("plan_of_an_update", planned(Some(&old), Some(&new)));
    insta::assert_snapshot!("plan_of_a_new_contract", planned(None, Some(&old)));
    insta::assert_snapshot!("plan_of_a_deleted_contract", planned(Some(&old), None));
    let prod = version_at(
        "prod/S3-0001.yaml",
        &VALID.replace("environment: dev", "environment: prod").replace("-dev-", "-prod-"),
    );
    insta::assert_snapshot!("plan_of_a_replacement", planned(Some(&old), Some(&prod)));
}

fn effect_of(old: &str, new: &str) -> Option<Effect> {
    let (old, new) = (version(old), version(new));
    let plan = plan(Some(&old), Some(&new), &Policy::default());
    plan.fields.iter().map(|field| field.effect).max()
}

#[test]
fn words_do_not_touch_the_bucket() {
    assert_eq!(effect_of(VALID, VALID), None);
    let words = VALID.replace("account lifetime", "the lifetime of the account");
    assert_eq!(effect_of(VALID, &words), Some(Effect::Record));
}

fn with_retention(days: Option<u32>, kind: &str) -> String {
    let days = days.map(|days| format!("  lifecycle:\n    expireDays: {days}\n"));
    VALID
        .replace("type: indefinite", &format!("type: {kind}"))
        .replace("  accessLogging", &format!("{}  accessLogging", days.unwrap_or_default()))
}

const KINDS: [&str; 3] = ["time-bounded", "indefinite", "compliance-driven"];

proptest! {
    /// A retention is shorter if objects go earlier or the promise is weaker; and that, and only
    /// that, is noticed.
    #[test]
    fn shortening_is_always_noticed(
        old in proptest::option::of(prop_oneof![1u32..=3, 1u32..=3650]),
        new in proptest::option::of(prop_oneof![1u32..=3, 1u32..=3650]),
        was in 0..KINDS.len(), is in 0..KINDS.len(),
    ) {
        let end = |days: Option<u32>| days.unwrap_or(u32::MAX);
        let shorter = usize::from(end(new) < end(old)) + usize::from(is < was);
        let noticed = noticed(&with_retention(old, KINDS[was]), &with_retention(new, KINDS[is]));
        prop_assert_eq!(noticed.matches("shortened-retention").count(), shorter, "{}", noticed);
        let destroys = effect_of(&with_retention(old, "indefinite"), &with_retention(new, "indefinite"));
        prop_assert_eq!(destroys == Some(Effect::Destroy), end(new) < end(old));
    }

    /// In which order a tree was walked does not matter.
    #[test]
    fn pairing_does_not_depend_on_order(
        old in proptest::collection::vec((0u8..4, 0u8..4, 0u8..4), 0..6),
        new in proptest::collection::vec((0u8..4, 0u8..4, 0u8..4), 0..6),
        turn in 0usize..6,
    ) {
        let build = |(path, id, bucket): &(u8, u8, u8)| version_at(
            &format!("p{path}"),
            &format!("id: S3-000{id}\nspec:\n  bucketName: bucket-{bucket}\n"),
        );
        let (old, new): (Vec<_>, Vec<_>) = (old.iter().map(build).collect(), new.iter().map(build).collect());
        let (mut other_old, mut other_new) = (old.clone(), new.clone());
        other_old.reverse();
        if !other_new.is_empty() {
            let middle = turn % other_new.len();
            other_new.rotate_left(middle);
        }
        let show = |pairs: Vec<Pair<'_>>| -> Vec<_> {
            pairs.iter().map(|pair| (pair.old.cloned(), pair.new.cloned())).collect()
        };
        let pairs = show(pair(&old, &new));
        prop_assert_eq!(pairs.iter().filter(|(it, _)| it.is_some()).count(), old.len());
        prop_assert_eq!(pairs.iter().filter(|(_, it)| it.is_some()).count(), new.len());
        prop_assert_eq!(pairs, show(pair(&other_old, &other_new)));
    }
}
