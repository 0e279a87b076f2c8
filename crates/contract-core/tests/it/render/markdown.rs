//! The texts for people: what others typed stays text.

use contract_core::approval::{self, Change, Decision, Outcome};
use contract_core::changes::{Pair, Snapshot};
use contract_core::render::{pull_request, summary};
use contract_core::report::{FileReport, Report};
use contract_core::{BucketSpec, Document, Environment, Policy, S3BucketRequest, Waived, check};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{CONTRACTS, policy, request, spec};
use crate::request::UPLOADS;

const REPOSITORY: Option<&str> = Some("https://github.com/example/platform");

fn decide(text: &str, path: &str) -> Decision {
    let policy = policy();
    let document = Document { path: Some(path), bytes: text.as_bytes() };
    let (findings, new) = Snapshot::check(document, &policy);
    let change = Change { pair: Pair { old: None, new: Some(&new) }, findings: &findings };
    approval::decide(&[change], &[], &policy, None)
}

/// What a reader of the Markdown gets to see.
#[derive(Default)]
struct Seen {
    /// Text outside of code spans.
    prose: String,
    /// Code spans.
    code: Vec<String>,
    links: Vec<String>,
    /// HTML and images.
    others: Vec<String>,
    /// The number of cells in each row of each table.
    rows: Vec<usize>,
}

fn see(markdown: &str) -> Seen {
    let mut seen = Seen::default();
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(text) => seen.prose.push_str(&text),
            Event::Code(text) => seen.code.push(text.into_string()),
            Event::Start(Tag::Link { dest_url, .. }) => seen.links.push(dest_url.into_string()),
            Event::Start(Tag::Image { dest_url, .. }) => seen.others.push(dest_url.into_string()),
            Event::Html(html) | Event::InlineHtml(html) if &*html != "<br>" => {
                seen.others.push(html.into_string());
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => seen.rows.push(0),
            Event::End(TagEnd::TableCell) => {
                *seen.rows.last_mut().expect("a cell is in a row") += 1;
            }
            _ => {}
        }
    }
    seen
}

#[test]
fn the_pull_request_of_every_contract() {
    for (name, text) in CONTRACTS {
        let spec = spec(name);
        let path = format!("docs/20-contracts/s3-requests/{}/{}.yaml", spec.environment, spec.id);
        let body = pull_request::body(&spec, &policy(), &decide(text, &path), REPOSITORY);
        insta::assert_snapshot!(format!("pull_request_{name}"), body);
        let seen = see(&body);
        assert_eq!(
            seen.links,
            [
                "https://github.com/example/platform/blob/HEAD/docs/20-contracts/resource-catalogs/s3-catalog.yaml",
                "https://github.com/example/platform/blob/HEAD/docs/adrs/ADR-0170-s3-self-service-request-system.md",
            ]
        );
    }
}

#[test]
fn without_a_safe_address_files_are_named() {
    for repository in [None, Some("javascript:alert(1)"), Some("https://x/) [evil](https://y")] {
        let decision = decide(UPLOADS, "S3-0001.yaml");
        let body = pull_request::body(&spec("uploads"), &policy(), &decision, repository);
        let seen = see(&body);
        assert!(seen.links.is_empty(), "{body}");
        assert!(seen.code.iter().any(|code| code.ends_with("s3-catalog.yaml")), "{body}");
    }
}

/// Texts that would be something else than text outside of a code span.
const HOSTILE: [&str; 16] = [
    "evilmark [click](https://evil.example)",
    "evilmark ![x](https://evil.example/p.png)",
    "@octocat evilmark @everyone",
    "evilmark #1 GH-1 octocat/x#1",
    "evilmark | evilmark || \\| x",
    "evilmark\n\n# heading\n\n| a | b |\n| - | - |\n",
    "evilmark ` ` `` ``` x",
    "`evilmark` `",
    "``` \nevilmark\n```",
    "<script>evilmark</script><img src=x onerror=alert(1)>",
    "<!-- evilmark",
    "</td></table>evilmark<br>",
    "evilmark \\",
    "https://evil.example/evilmark www.evil.example",
    "\u{202e}evilmark\u{200b}\u{0}",
    "- [x] evilmark ~~x~~ **x** $x$ :tada:",
];

/// The text as a code span shows it.
fn shown(text: &str) -> String {
    let visible = |c: char| if c.is_whitespace() { ' ' } else { c };
    text.chars().map(visible).collect()
}

fn request_of(text: &str) -> S3BucketRequest {
    let mut request = request("prod_logs");
    let text = text.to_owned();
    request.id.clone_from(&text);
    request.owner.clone_from(&text);
    request.application.clone_from(&text);
    request.requester.clone_from(&text);
    request.environment.clone_from(&text);
    request.spec.bucket_name.clone_from(&text);
    request.spec.purpose.description.clone_from(&text);
    request.spec.retention_policy.rationale.clone_from(&text);
    request.spec.encryption.kms_key_alias = Some(text.clone());
    request.spec.access_logging.target_bucket = Some(text.clone());
    request.spec.tags.insert("costCenter".to_owned(), text);
    request
}

fn only_text(text: &str) -> Result<(), TestCaseError> {
    let mut policy = Policy { cors_origins: vec![text.to_owned()], ..policy() };
    policy.environments.push(Environment { name: text.to_owned(), protected: true });
    let spec = BucketSpec::of(&request_of(text), &policy);
    let mut decision = decide(UPLOADS, "S3-0001.yaml");
    decision.outcome = Outcome::Required;
    decision.labels = vec![text.to_owned()];
    let reason = decide("environment: prod\n", "x").reasons.remove(0);
    decision.reasons =
        vec![approval::Reason { message: text.to_owned(), path: text.to_owned(), ..reason }];
    let body = pull_request::body(&spec, &policy, &decision, None);
    let seen = see(&body);
    prop_assert!(!seen.prose.contains("evilmark"), "{}", body);
    prop_assert!(seen.links.is_empty() && seen.others.is_empty(), "{:?}\n{}", seen.others, body);
    let plain = pull_request::body(&super::spec("prod_logs"), &policy, &decision, None);
    prop_assert_eq!(&seen.rows, &see(&plain).rows, "{}", body);
    prop_assert_eq!(seen.code.len(), see(&plain).code.len(), "{}", body);
    if !text.contains(['\u{202e}', '\\']) {
        let text = shown(text);
        let whole = seen.code.iter().filter(|code| code.trim() == text.trim()).count();
        prop_assert!(whole >= 12, "{} times {:?} in {}", whole, text, body);
    }
    Ok(())
}

#[test]
fn what_others_typed_stays_text_in_a_pull_request() {
    for text in HOSTILE {
        only_text(text).unwrap();
    }
}

proptest! {
    #[test]
    fn nothing_but_text_comes_of_text(text in "[`|\\\\\\[\\]()<>!@#*_~\n a-z:/.-]{0,24}evilmark[`|\\\\ )\\]>]{0,6}") {
        only_text(&text)?;
    }
}

/// A report of a contract that is wrong in three ways, one of them waived.
fn report(owner: &str) -> Report {
    let text = UPLOADS
        .replace("storageClass:", "storageClas:")
        .replace("costAlertGb: 100", "costAlertGb: 0")
        .replace("kind: S3BucketRequest", &format!("kind: {}", contract_core::yaml::quoted(owner)));
    let document = Document { path: None, bytes: text.as_bytes() };
    let (mut findings, _) = check(document, &Policy::default(), |_| ());
    let last = findings.last_mut().expect("three lines are wrong");
    assert_eq!(last.rule.name, "out-of-range");
    last.waived = Some(Waived {
        id: owner.to_owned(),
        approver: owner.to_owned(),
        reason: owner.to_owned(),
        expires: "2026-03-01".to_owned(),
        expiring: true,
    });
    let path = format!("docs/{owner}.yaml");
    Report { checked: 3, files: vec![FileReport { relative: path.clone(), path, text, findings }] }
}

#[test]
fn the_summary_of_a_job() {
    let decision = decide(&UPLOADS.replace("costAlertGb: 100", "costAlertGb: 0"), "S3-0001.yaml");
    insta::assert_snapshot!(summary::text(&report("S3-0001"), Some(&decision)));
    let clean = Report { checked: 3, files: Vec::new() };
    insta::assert_snapshot!("the_summary_of_a_clean_job", summary::text(&clean, None));
}

#[test]
fn what_others_typed_stays_text_in_a_summary() {
    for text in HOSTILE {
        let report = report(text);
        let markdown = summary::text(&report, None);
        let seen = see(&markdown);
        assert!(!seen.prose.contains("evilmark"), "{markdown}");
        assert!(seen.links.is_empty() && seen.others.is_empty(), "{markdown}");
        let rows = 1 + report.files[0].findings.len();
        assert_eq!(seen.rows, vec![4; rows], "{markdown}");
    }
}

#[test]
fn a_long_summary_says_how_much_is_missing() {
    let one = report("x");
    let files = vec![one.files[0].clone(); 500];
    let text = summary::text(&Report { checked: 500, files }, None);
    assert_eq!(see(&text).rows.len(), 401, "a head and 400 rows");
    assert!(text.ends_with("\n1100 more are not shown here.\n"));
    assert!(!text.contains("waived, expiring |"), "the heaviest come first");
}
