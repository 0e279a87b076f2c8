//! Findings: a document in, a list out.

use contract_core::{Document, Policy, check};

/// What is found in `text`, a line each.
pub(crate) fn found(text: &str) -> String {
    let document = Document { path: None, bytes: text.as_bytes() };
    let (findings, _) = check(document, &Policy::default(), |_| ());
    findings
        .iter()
        .map(|finding| {
            let place = finding.place.expect("a text has places");
            format!(
                "{}:{} {} {} [{}] {}\n",
                place.line,
                place.column,
                finding.rule.code,
                finding.rule.name,
                finding.severity.word(),
                finding.message
            )
        })
        .collect()
}

pub(crate) const VALID: &str = "\
apiVersion: goldenpath.io/v1
kind: S3BucketRequest
id: S3-0001
environment: dev
owner: app-team
application: payments-api
requester: daniel-deans

spec:
  bucketName: goldenpath-dev-payments-api-uploads

  purpose:
    type: uploads
    description: \"User file uploads for payment receipts\"

  storageClass: standard

  encryption:
    type: sse-s3

  versioning: true
  publicAccess: blocked

  retentionPolicy:
    type: indefinite
    rationale: \"User data retained for account lifetime\"

  accessLogging:
    enabled: false

  costAlertGb: 100
  corsEnabled: false

  tags:
    costCenter: payments-123
";

#[test]
fn the_documented_contract_has_no_findings() {
    assert_eq!(found(VALID), "");
}

#[test]
fn all_findings_come_in_one_pass_in_the_order_of_the_text() {
    let text = VALID
        .replace("S3-0001", "s3-0001")
        .replace("environment: dev", "environment: prod")
        .replace("storageClass", "storageClas")
        .replace("versioning: true", "versioning: \"false\"")
        .replace("costAlertGb: 100", "costAlertGb: 0144")
        .replace("payments-123", "0123");
    insta::assert_snapshot!(found(&text));
}

/// Contracts in use carry their day without quotes, and everybody reads the same day.
#[test]
fn a_day_needs_no_quotes_where_a_day_is_asked_for() {
    let dated =
        |day: &str| VALID.replace("\nspec:", &format!("\nmetadata:\n  created: {day}\nspec:"));
    assert_eq!(found(&dated("2026-01-17")), "");
    assert_eq!(found(&dated("\"2026-01-17\"")), "");
    assert!(found(&dated("2026-1-7")).contains("bad-format"));
    assert!(found(&dated("20260117")).contains("ambiguous-scalar"));
}
