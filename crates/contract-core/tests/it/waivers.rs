//! Waivers: which findings do not count, for how long, and what is wrong with the waiver.

use chrono::{Days, NaiveDate};
use contract_core::changes::{Snapshot, compare};
use contract_core::waivers::{RULES, State, Subject, Summary, Usage, Waivers};
use contract_core::{Document, Finding, Group, Policy, Severity};
use proptest::prelude::*;

use crate::findings::VALID;
use crate::pages::blocks;

const PATH: &str = "docs/20-contracts/s3-requests/prod/S3-0007.yaml";

const ONE: &str = "\
apiVersion: strongroom/v1
kind: Waivers
waivers:
  - id: W-0001
    rule: weak-encryption
    scope: S3-0007
    owner: payments-team
    approver: security-team
    reason: The key is being made
    granted: 2026-05-20
    expires: 2026-06-30
";

fn day(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

/// The contract of the pages: in prod, without a key in KMS. Only that is looked at here.
fn subject() -> (Snapshot, Vec<Finding>) {
    let text = VALID.replace("S3-0001", "S3-0007").replace("environment: dev", "environment: prod");
    let document = Document { path: Some(PATH), bytes: text.as_bytes() };
    let (mut findings, version) = Snapshot::check(document, &Policy::default());
    findings.retain(|finding| finding.rule.name == "weak-encryption");
    assert_eq!(findings.len(), 1);
    (version, findings)
}

struct Seen {
    /// What is wrong with the waivers, by reading and by today.
    findings: Vec<Finding>,
    /// The findings of the contract.
    contract: Vec<Finding>,
    summary: Summary,
}

impl Seen {
    fn is_waived(&self) -> bool {
        self.contract.iter().all(|finding| finding.waived.is_some())
    }

    fn told(&self) -> String {
        let line = |finding: &Finding| {
            let place = finding.place.expect("waivers stand in a text");
            let hint = finding.hint.as_deref().expect("every finding has a way out");
            format!(
                "{}:{} {} {} [{}] {}\n  hint: {hint}\n",
                place.line,
                place.column,
                finding.rule.code,
                finding.rule.name,
                finding.severity.word(),
                finding.message
            )
        };
        self.findings.iter().map(line).collect()
    }
}

fn seen_on(text: &str, today: &str) -> Seen {
    let policy = Policy::default();
    let (version, mut contract) = subject();
    let (waivers, mut findings) = Waivers::parse(text.as_bytes());
    let usage = waivers.apply(&Subject::from(&version), day(today), &policy, &mut contract);
    let account = waivers.account(&usage, day(today), &policy, true);
    findings.extend(account.findings);
    Seen { findings, contract, summary: account.summary }
}

fn seen(text: &str) -> Seen {
    seen_on(text, "2026-06-01")
}

#[test]
fn the_examples_of_every_page_hold() {
    for rule in RULES {
        let heading = format!("# `{}` (`{}`)\n", rule.name, rule.code);
        assert!(rule.page.starts_with(&heading), "{heading}");
        let mut shown = Vec::new();
        for block in blocks(rule.page) {
            let seen = seen(&block.text);
            let caught = seen.findings.iter().any(|finding| finding.rule == *rule);
            match block.info {
                "yaml caught" => assert!(caught, "{heading}{}", block.text),
                "yaml pass" => assert!(!caught && seen.is_waived(), "{heading}{}", block.text),
                info => panic!("{heading}what is `{info}`?"),
            }
            // Only a waiver that is near its end is in trouble and holds all the same.
            let holds = rule.name == "expiring-waiver";
            assert!(!caught || seen.is_waived() == holds, "{heading}{}", block.text);
            shown.push(caught);
        }
        assert!(shown.contains(&true) && shown.contains(&false), "{heading}");
    }
    assert!(RULES.iter().all(|rule| rule.group == Group::Waiver && !rule.is_negotiable()));
}

#[test]
fn a_waived_finding_stays_where_it_is_and_says_who_took_the_risk() {
    let seen = seen(ONE);
    assert_eq!(seen.told(), "");
    let waived = seen.contract[0].waived.as_ref().expect("it is covered");
    insta::assert_debug_snapshot!(waived);
    assert!(!seen.contract[0].blocks());
    let summary = Summary { holding: 1, waived_findings: 1, ..Summary::default() };
    assert_eq!(seen.summary, summary);
}

/// The life of one waiver, granted on 20 May and ending on 30 June 2026.
#[test]
fn a_waiver_holds_until_its_last_day_is_over() {
    let line = |today: &str| {
        let seen = seen_on(ONE, today);
        let waived = if seen.is_waived() { "waived" } else { "counts" };
        format!("{today} {waived}\n{}", seen.told())
    };
    let days = [
        "2026-05-19",
        "2026-05-20",
        "2026-06-15",
        "2026-06-16",
        "2026-06-29",
        "2026-06-30",
        "2026-07-01",
    ];
    insta::assert_snapshot!(days.map(line).join(""));
}

#[test]
fn a_waiver_of_another_rule_or_another_contract_covers_nothing() {
    for (from, to) in [
        ("S3-0007", "S3-0070"),
        ("S3-0007", "docs/**/dev/*.yaml"),
        ("S3-0007", "goldenpath-dev-payments-api"),
        ("weak-encryption", "deleted-contract"),
    ] {
        assert!(!seen(&ONE.replace(from, to)).is_waived(), "{to}");
    }
    for scope in [PATH, "docs/**", "'**/S3-0007.yaml'", "goldenpath-dev-payments-api-uploads"] {
        assert!(seen(&ONE.replace("S3-0007", scope)).is_waived(), "{scope}");
    }
}

/// Whoever profits does not decide, however the name is written.
#[test]
fn nobody_approves_their_own_risk() {
    for name in ["payments-team", "Payments-Team", "\"@payments-team\"", "\" payments-team \""] {
        let seen = seen(&ONE.replace("security-team", name));
        assert!(!seen.is_waived() && seen.told().contains("W305 broken-waiver"), "{name}");
    }
    for name in ["daniel-deans", "Daniel-Deans", "\"@daniel-deans\""] {
        let seen = seen(&ONE.replace("security-team", name));
        assert!(!seen.is_waived() && seen.told().contains("for their own"), "{name}");
    }
    let (version, mut findings) = subject();
    let (waivers, _) = Waivers::parse(ONE.as_bytes());
    let nobody = Subject { requester: None, ..Subject::from(&version) };
    waivers.apply(&nobody, day("2026-06-01"), &Policy::default(), &mut findings);
    assert!(findings[0].waived.is_none(), "nobody knows whether the approver is the requester");
}

#[test]
fn what_is_wrong_with_a_file_of_waivers_is_told_at_once() {
    let text = "\
apiVersion: strongroom/v1
kind: Waiver
since: 2026
waivers:
  - id: W-0001
    rule: weak-encription
    scope: '**'
    owner: payments-team
    aprover: security-team
    reason: short
    expires: 2026-6-30
  - id: W-0001
    rule: Y009
    scope: /etc/*
    owner: payments-team
    approver: \"PAYMENTS-TEAM\"
    reason: [a, b]
    granted: 2026-07-01
    expires: 2026-06-30
  - hello
  - id:
    rule: nothing-of-the-kind
    scope: a\\b/*
    owner: \"a\\u0007b\"
    expires: 2027-02-29
  - id: W-0001
    rule: G106
    scope: S3-0007
    owner: payments-team
    approver: security-team
    reason: The second of this name
    expires: 2026-06-30
";
    let (waivers, _) = Waivers::parse(text.as_bytes());
    assert!(waivers.is_empty(), "a broken waiver covers nothing");
    insta::assert_snapshot!(seen(text).told());
}

#[test]
fn a_file_that_cannot_be_read_waives_nothing() {
    for text in [
        "",
        "- id: W-1\n",
        "waivers: {",
        "apiVersion: strongroom/v1\nkind: Waivers\nwaivers:\n",
        "\u{0}",
    ] {
        let seen = seen(text);
        let errors = seen.findings.iter().filter(|finding| finding.severity == Severity::Error);
        assert!(!seen.is_waived() && errors.count() > 0, "{text:?}");
    }
    let merged = ONE
        .replace("waivers:\n", "base: &base {id: W-1}\nwaivers:\n")
        .replace("- id: W-0001", "- <<: *base");
    assert!(!seen(&merged).is_waived());
    let none = seen("apiVersion: strongroom/v1\nkind: Waivers\nwaivers: []\n");
    assert_eq!(none.told(), "");
}

#[test]
fn of_several_waivers_the_one_that_holds_longest_is_shown_and_none_is_unused() {
    let other = "  - id: W-0002\n    rule: G106\n    scope: docs/**\n    owner: payments-team\n    approver: security-team\n    reason: The whole environment\n    expires: 2026-07-31\n";
    let seen = seen(&format!("{ONE}{other}"));
    assert_eq!(seen.contract[0].waived.as_ref().map(|it| it.id.as_str()), Some("W-0002"));
    assert_eq!(seen.told(), "");
}

/// Looking at one file says nothing about waivers of others.
#[test]
fn a_waiver_is_unused_only_in_a_whole_tree() {
    let (waivers, _) = Waivers::parse(ONE.as_bytes());
    let account = |today: &str, whole: bool| {
        let account = waivers.account(&Usage::default(), day(today), &Policy::default(), whole);
        let found: Vec<_> = account.findings.iter().map(|it| (it.rule.code, it.severity)).collect();
        (found, account.summary.unused, account.lines[0].state)
    };
    assert_eq!(account("2026-06-01", false), (vec![], 0, State::Holds));
    assert_eq!(account("2026-06-01", true), (vec![("W303", Severity::Advice)], 1, State::Holds));
    // Expired waivers are always shown, and stop nobody whom they do not concern.
    let expired = (vec![("W301", Severity::Warning)], 0, State::Expired);
    assert_eq!(account("2026-07-01", false), expired);
    assert_eq!(account("2026-07-01", true), expired);
}

#[test]
fn a_refused_change_can_be_waived_for_one_merge() {
    let policy = Policy::default();
    let version = |text: &str| {
        Snapshot::check(Document { path: Some(PATH), bytes: text.as_bytes() }, &policy).1
    };
    let old = version(VALID);
    let mut findings =
        compare(Some(&old), Some(&version(&VALID.replace("-uploads", "-files"))), &policy);
    let text = ONE.replace("weak-encryption", "C201").replace("S3-0007", "S3-0001");
    let (waivers, broken) = Waivers::parse(text.as_bytes());
    assert_eq!(broken, []);
    let usage = waivers.apply(&Subject::from(&old), day("2026-06-01"), &policy, &mut findings);
    assert!(findings[0].waived.is_some() && !findings[0].blocks());
    assert_eq!(waivers.account(&usage, day("2026-06-01"), &policy, true).findings, []);
    let afterwards = waivers.account(&Usage::default(), day("2026-06-01"), &policy, true);
    assert_eq!(afterwards.findings, [], "it covers nothing after the merge, and that is right");
}

proptest! {
    /// Whatever the days, a waiver covers its finding from the day it was granted to its last,
    /// unless it lasts too long; and never otherwise.
    #[test]
    fn a_waiver_holds_exactly_on_its_days(length in 0u64..200, after in 0u64..300, granted in any::<bool>()) {
        let from = day("2026-01-01");
        let expires = from + Days::new(length);
        let today = from + Days::new(after);
        let mut text = ONE.replace("2026-05-20", "2026-01-01").replace("2026-06-30", &expires.to_string());
        if !granted {
            text = text.replace("    granted: 2026-01-01\n", "");
        }
        let max = u64::from(Policy::default().waiver_max_days);
        let lasts = if granted { length } else { length.saturating_sub(after) };
        let seen = seen_on(&text, &today.to_string());
        prop_assert_eq!(seen.is_waived(), after <= length && lasts <= max);
        let blocks = seen.contract[0].blocks() || seen.findings.iter().any(Finding::blocks);
        prop_assert_eq!(blocks, !seen.is_waived());
    }

    /// In which order contracts were looked at does not matter.
    #[test]
    fn usage_joins_in_any_order(count in 1usize..5) {
        let policy = Policy::default();
        let (version, findings) = subject();
        let (waivers, _) = Waivers::parse(ONE.as_bytes());
        let paths: Vec<_> = (0..count).map(|number| format!("dev/{number}.yaml")).collect();
        let used = |path: &String| {
            let subject = Subject { path, ..Subject::from(&version) };
            waivers.apply(&subject, day("2026-06-01"), &policy, &mut findings.clone())
        };
        let mut forward = Usage::default();
        paths.iter().for_each(|path| forward.join(used(path)));
        let mut backward = Usage::default();
        paths.iter().rev().for_each(|path| backward.join(used(path)));
        prop_assert_eq!(&forward, &backward);
        let account = waivers.account(&forward, day("2026-06-01"), &policy, true);
        prop_assert_eq!(account.lines[0].covers, count);
    }

    /// Nothing that is typed makes the reader panic, and what is no waiver covers nothing.
    #[test]
    fn no_file_is_too_strange(at in 0..ONE.len(), with in "[ -~\n\u{e9}\u{1f600}]{0,6}", cut in 0usize..12) {
        let end = (at + cut).min(ONE.len());
        let text = format!("{}{with}{}", &ONE[..at], &ONE[end..]);
        let seen = seen(&text);
        prop_assert!(seen.is_waived() || !seen.findings.is_empty() || seen.contract[0].blocks());
    }
}
