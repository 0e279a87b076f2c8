//! Approval: who must agree, and to what.

use contract_core::approval::{Change, Decision, Outcome, Standing, decide, verify};
use contract_core::changes::{Pair, Snapshot, compare};
use contract_core::{Finding, Policy, Waived};

use crate::changes::version_at;
use crate::findings::VALID;

fn decided(old: Option<&Snapshot>, new: Option<&Snapshot>) -> Decision {
    let policy = Policy::default();
    let findings = compare(old, new, &policy);
    let change = Change { pair: Pair { old, new }, findings: &findings };
    decide(&[change], &[], &policy, None)
}

fn messages(decision: &Decision) -> Vec<&str> {
    decision.reasons.iter().map(|reason| reason.message.as_str()).collect()
}

fn asked(environment: &str, access: &str, purpose: &str) -> Snapshot {
    let text = VALID
        .replace("environment: dev", &format!("environment: {environment}"))
        .replace("publicAccess: blocked", &format!("publicAccess: {access}"))
        .replace("type: uploads", &format!("type: {purpose}"));
    version_at("S3-0001.yaml", &text)
}

/// The matrix of the request flow, every cell of it.
#[test]
fn the_matrix_is_the_documented_one() {
    let mut table = String::new();
    for environment in ["dev", "test", "staging", "prod"] {
        for access in ["blocked", "exception-approved"] {
            for purpose in ["logs", "uploads", "backups", "data-lake", "static-assets"] {
                let decision = decided(None, Some(&asked(environment, access, purpose)));
                let mut wanted = Vec::new();
                if ["staging", "prod"].contains(&environment) {
                    wanted.push(format!("{environment} environment"));
                }
                if access == "exception-approved" {
                    wanted.push("publicAccess exception-approved".to_owned());
                }
                if purpose == "static-assets" {
                    wanted.push("purpose static-assets".to_owned());
                }
                assert_eq!(messages(&decision), wanted);
                let outcome = if wanted.is_empty() { Outcome::Auto } else { Outcome::Required };
                assert_eq!(decision.outcome, outcome, "{environment} {access} {purpose}");
                table.push_str(&format!("{environment} {access} {purpose}: {wanted:?}\n"));
            }
        }
    }
    assert_eq!(table.lines().filter(|line| line.ends_with(": []")).count(), 2 * 4);
}

#[test]
fn a_field_of_the_matrix_that_is_not_clear_is_refused() {
    let moon = decided(None, Some(&asked("moon", "blocked", "uploads")));
    assert_eq!(moon.outcome, Outcome::Refused);
    assert_eq!(messages(&moon), ["`environment` is missing or not clear, so nobody can decide"]);
    let unreadable = decided(None, Some(&version_at("S3-0001.yaml", "{")));
    assert_eq!((unreadable.outcome, unreadable.reasons.len()), (Outcome::Refused, 3));
}

#[test]
fn a_contract_that_was_never_clear_can_be_deleted_with_approval() {
    let decision = decided(Some(&version_at("S3-0001.yaml", "{")), None);
    assert_eq!(decision.outcome, Outcome::Required);
    insta::assert_debug_snapshot!(messages(&decision));
}

#[test]
fn a_change_in_dev_waits_if_it_weakens_something_and_is_refused_if_it_renames() {
    let old = version_at("S3-0001.yaml", VALID);
    let weaker = VALID.replace("versioning: true", "versioning: false");
    let weaker = decided(Some(&old), Some(&version_at("S3-0001.yaml", &weaker)));
    assert_eq!(
        (weaker.outcome, messages(&weaker)),
        (Outcome::Required, vec!["versioning was on, now it is off"])
    );
    let renamed = VALID.replace("payments-api-uploads", "orders-uploads");
    let renamed = decided(Some(&old), Some(&version_at("S3-0001.yaml", &renamed)));
    assert_eq!((renamed.outcome, renamed.reasons[0].code), (Outcome::Refused, Some("C201")));
    let given_away = VALID.replace("app-team", "database-team");
    let given_away = decided(Some(&old), Some(&version_at("S3-0001.yaml", &given_away)));
    assert_eq!(given_away.outcome, Outcome::Auto, "advice holds nothing up");
}

fn broken(path: &str) -> (Snapshot, Vec<Finding>) {
    let text = VALID.replace("environment: dev", "environment: prod");
    let document = contract_core::Document { path: Some(path), bytes: text.as_bytes() };
    let (findings, version) = Snapshot::check(document, &Policy::default());
    let kept = findings.into_iter().filter(|finding| finding.rule.name == "weak-encryption");
    (version, kept.collect())
}

#[test]
fn an_error_refuses_and_a_waived_one_waits() {
    let (new, mut findings) = broken("prod/S3-0001.yaml");
    let policy = Policy::default();
    let pair = Pair { old: None, new: Some(&new) };
    let refused = decide(&[Change { pair, findings: &findings }], &[], &policy, None);
    assert_eq!(refused.outcome, Outcome::Refused);
    assert_eq!(refused.reasons[0].name, "weak-encryption");
    assert_eq!(refused.reasons[1].message, "prod environment", "the rest is told as well");
    findings[0].waived = Some(Waived {
        id: "w-1".to_owned(),
        approver: "security-lead".to_owned(),
        reason: "the key is being made".to_owned(),
        expires: "2026-12-31".to_owned(),
        expiring: false,
    });
    let waits = decide(&[Change { pair, findings: &findings }], &[], &policy, Some(b"waivers"));
    assert_eq!(waits.outcome, Outcome::Required);
    insta::assert_debug_snapshot!(waits.reasons);
}

#[test]
fn an_error_in_another_file_refuses_too() {
    let (_, findings) = broken("prod/S3-0001.yaml");
    let decision = decide(&[], &[("strongroom.waivers.yaml", &findings)], &Policy::default(), None);
    assert_eq!(decision.outcome, Outcome::Refused);
    assert_eq!(decision.reasons[0].path, "strongroom.waivers.yaml");
}

#[test]
fn a_version_before_that_cannot_be_read_is_no_way_around_the_change_guardrails() {
    let old = version_at("S3-0001.yaml", "versioning: {");
    let new = version_at("S3-0001.yaml", VALID);
    let decision = decided(Some(&old), Some(&new));
    assert_eq!(decision.outcome, Outcome::Required);
    assert_eq!(decision.reasons[0].name, "unreadable-before");
}

#[test]
fn what_did_not_change_needs_nobody() {
    let prod = asked("prod", "blocked", "uploads");
    let decision = decided(Some(&prod), Some(&prod));
    assert_eq!(decision.outcome, Outcome::Auto);
    assert_eq!(decision.digest, decide(&[], &[], &Policy::default(), None).digest);
}

#[test]
fn an_approval_is_bound_to_what_was_approved() {
    let old = asked("prod", "blocked", "uploads");
    let new = version_at("S3-0001.yaml", &VALID.replace("environment: dev", "environment: prod"));
    let approved = decided(None, Some(&new));
    let digest = Some(approved.digest);
    let label = ["ready", "s3-approved"];
    let yes = Standing::Approved { label: "s3-approved".to_owned() };
    assert_eq!(verify(&approved, &label, digest), yes);
    assert!(verify(&approved, &label, digest).allows());

    let pushed =
        format!("{VALID}# one more line\n").replace("environment: dev", "environment: prod");
    let pushed = decided(None, Some(&version_at("S3-0001.yaml", &pushed)));
    let stale = Standing::StaleApproval { approved: approved.digest, now: pushed.digest };
    assert_eq!(verify(&pushed, &label, digest), stale);
    assert!(!stale.allows());

    let accepted = vec!["platform-approved".to_owned(), "s3-approved".to_owned()];
    let missing = Standing::MissingLabel { accepted };
    assert_eq!(verify(&approved, &["ready", "S3-approved"], digest), missing);
    assert_eq!(verify(&approved, &[], digest), missing);
    let unbound = Standing::MissingDigest { label: "s3-approved".to_owned(), now: approved.digest };
    assert_eq!(verify(&approved, &label, None), unbound);
    assert!(!missing.allows() && !unbound.allows());

    let auto = decided(None, Some(&asked("dev", "blocked", "uploads")));
    assert_eq!(verify(&auto, &[], None), Standing::NotNeeded);
    let refused = decided(Some(&version_at("S3-0001.yaml", VALID)), Some(&old));
    assert_eq!(verify(&refused, &label, Some(refused.digest)), Standing::Refused);
}

/// What may not change behind an approver's back: content, version before, path, policy, waivers.
#[test]
fn the_digest_is_about_everything_that_was_looked_at() {
    let policy = Policy::default();
    let digest = |old: Option<&Snapshot>, new: Option<&Snapshot>, policy: &Policy, waivers| {
        decide(&[Change { pair: Pair { old, new }, findings: &[] }], &[], policy, waivers).digest
    };
    let (a, b) = (version_at("a.yaml", VALID), version_at("b.yaml", VALID));
    let other = version_at("a.yaml", "id: S3-0002\n");
    let prefix = Policy { prefix: "acme".to_owned(), ..Policy::default() };
    let mut digests = vec![
        digest(None, Some(&a), &policy, None),
        digest(None, Some(&b), &policy, None),
        digest(Some(&other), Some(&a), &policy, None),
        digest(Some(&a), None, &policy, None),
        digest(Some(&a), Some(&b), &policy, None),
        digest(None, Some(&a), &prefix, None),
        digest(None, Some(&a), &policy, Some(b"".as_slice())),
        digest(None, Some(&a), &policy, Some(b"[]".as_slice())),
    ];
    let count = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

/// The text of the digest, made here by hand as the documentation of the field tells.
#[test]
fn the_digest_is_the_documented_one() {
    use storage_core::Digest;
    let (old, new) = (version_at("a \"b\".yaml", "id: S3-0001\n"), version_at("c.yaml", VALID));
    let policy = Policy::default();
    let pair = Pair { old: Some(&old), new: Some(&new) };
    let decision = decide(&[Change { pair, findings: &[] }], &[], &policy, Some(b"w"));
    let text = format!(
        "strongroom approval v1\npolicy {}\nwaivers {}\n\"a \\\"b\\\".yaml\" {} deleted\n\"c.yaml\" absent {}\n",
        policy.digest(),
        Digest::of(b"w"),
        Digest::of(b"id: S3-0001\n"),
        Digest::of(VALID.as_bytes()),
    );
    assert_eq!(decision.digest, Digest::of(text.as_bytes()));
}

#[test]
fn the_order_of_changes_does_not_matter() {
    let versions: Vec<_> = ["c", "a", "b"]
        .iter()
        .map(|path| version_at(path, &VALID.replace("environment: dev", "environment: staging")))
        .collect();
    let changes: Vec<_> = versions
        .iter()
        .map(|new| Change { pair: Pair { old: None, new: Some(new) }, findings: &[] })
        .collect();
    let mut reversed = changes.clone();
    reversed.reverse();
    let policy = Policy::default();
    let decision = decide(&changes, &[], &policy, None);
    assert_eq!(decision, decide(&reversed, &[], &policy, None));
    let paths: Vec<_> = decision.reasons.iter().map(|reason| reason.path.as_str()).collect();
    assert_eq!(paths, ["a", "b", "c"]);
}
