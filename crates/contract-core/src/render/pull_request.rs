//! The text of the pull request that asks for a bucket.

use std::fmt::Write as _;

use super::markdown::{cell, code, file};
use crate::approval::{Decision, Outcome};
use crate::bucket_spec::{BucketSpec, LifecycleRule};
use crate::policy::Policy;
use crate::words::{Encryption, PublicAccess, Purpose};

/// The record of why there are contracts at all, and where it lies.
const DECISION_RECORD: (&str, &str) =
    ("ADR-0170", "docs/adrs/ADR-0170-s3-self-service-request-system.md");

/// The text, in GitHub Flavored Markdown.
///
/// `repository` is its address, such as `https://github.com/example/platform`; without one, files
/// are named and not linked.
pub fn body(
    spec: &BucketSpec,
    policy: &Policy,
    decision: &Decision,
    repository: Option<&str>,
) -> String {
    let mut out = format!("## Bucket request {}\n\n", code(&spec.id));
    out.push_str("| setting | value |\n| --- | --- |\n");
    for (name, value) in settings(spec) {
        let _ = writeln!(out, "| {name} | {value} |");
    }
    let _ = write!(out, "\n### In {}\n\n", code(&spec.environment));
    for line in environment(spec, policy) {
        let _ = writeln!(out, "- {line}");
    }
    if !spec.dropped.is_empty() {
        out.push_str("\n### Without effect\n\n");
        for dropped in &spec.dropped {
            let (to, days) = (dropped.transition.storage_class.aws_name(), dropped.transition.days);
            let (id, reason) = (dropped.id, &dropped.reason);
            let _ = writeln!(out, "- `{id}` to {to} on day {days}: objects {reason}");
        }
    }
    out.push_str("\n### Approval\n\n");
    out.push_str(&approval(decision));
    out.push_str("\n### Before you agree\n\n");
    for line in checklist(spec, policy) {
        let _ = writeln!(out, "- [ ] {line}");
    }
    let (name, path) = DECISION_RECORD;
    let catalog = file("the catalogue of buckets", &policy.paths.catalog, repository);
    let _ = write!(out, "\nSee {catalog}, and {}.\n", file(name, path, repository));
    out
}

/// What is decided and why, as paragraphs and a list.
pub(super) fn approval(decision: &Decision) -> String {
    let mut out = match decision.outcome {
        Outcome::Auto => "Nobody has to be asked: the request passes by itself.\n".to_owned(),
        Outcome::Required => {
            let labels: Vec<String> = decision.labels.iter().map(|label| code(label)).collect();
            format!(
                "**The platform team has to agree**, with one of the labels {}.\n",
                labels.join(", ")
            )
        }
        Outcome::Refused => "**The request is refused**, whoever agrees.\n".to_owned(),
    };
    if !decision.reasons.is_empty() {
        out.push('\n');
    }
    for reason in &decision.reasons {
        let rule = reason.code.map(|code| format!("{code} {}: ", reason.name)).unwrap_or_default();
        let _ = writeln!(out, "- {rule}{} in {}", code(&reason.message), code(&reason.path));
    }
    let _ = write!(
        out,
        "\nThe decision is about exactly this: {}\n",
        code(&decision.digest.to_string())
    );
    out
}

fn settings(spec: &BucketSpec) -> Vec<(&'static str, String)> {
    let on = |on: bool| if on { "on" } else { "off" }.to_owned();
    let encryption = match (spec.encryption, &spec.kms_key_alias) {
        (Encryption::SseKms, Some(alias)) => format!("`sse-kms` with {}", cell(alias)),
        (encryption, _) => format!("`{encryption}`"),
    };
    let logging = match &spec.log_target {
        Some(target) => format!("to {}", cell(target)),
        None => on(false),
    };
    let lifecycle: Vec<String> = spec.lifecycle.iter().map(lifecycle_rule).collect();
    let cors: Vec<String> = spec
        .cors
        .iter()
        .map(|rule| {
            let origins: Vec<String> = rule.allowed_origins.iter().map(|it| cell(it)).collect();
            format!("{} from {}", rule.allowed_methods.join(", "), origins.join(", "))
        })
        .collect();
    let or_none = |lines: Vec<String>, none: &str| {
        if lines.is_empty() { none.to_owned() } else { lines.join("<br>") }
    };
    let cost_center = spec.tags.get("CostCenter").map(String::as_str).unwrap_or_default();
    vec![
        ("bucket", cell(&spec.bucket)),
        ("environment", cell(&spec.environment)),
        ("application", cell(&spec.application)),
        ("owner", cell(&spec.owner)),
        ("requester", cell(&spec.requester)),
        ("purpose", format!("`{}`: {}", spec.purpose, cell(&spec.description))),
        ("storage class", spec.storage_class.aws_name().to_owned()),
        ("encryption", encryption),
        ("versioning", on(spec.versioning)),
        ("public access", format!("`{}`", spec.public_access)),
        ("retention", format!("`{}`: {}", spec.retention, cell(&spec.rationale))),
        ("lifecycle", or_none(lifecycle, "none")),
        ("access log", logging),
        ("CORS", or_none(cors, "off")),
        ("alarm", format!("{} from {} GiB", cell(&spec.alarm.name), spec.alarm.threshold_gb)),
        ("cost centre", cell(cost_center)),
        ("Terraform state", cell(&spec.state_key)),
    ]
}

fn lifecycle_rule(rule: &LifecycleRule) -> String {
    match (rule.transition, rule.expire_days) {
        (Some(to), _) => format!("to {} on day {}", to.storage_class.aws_name(), to.days),
        (None, Some(days)) => format!("deleted on day {days}"),
        (None, None) => format!("`{}`", rule.id),
    }
}

/// What follows from the environment.
fn environment(spec: &BucketSpec, policy: &Policy) -> Vec<String> {
    if !policy.is_protected(&spec.environment) {
        return vec![
            "encryption with a key in KMS is optional".to_owned(),
            "an access log is optional".to_owned(),
        ];
    }
    let key = match &spec.kms_key_alias {
        Some(alias) => format!("encryption with a key in KMS is required: {}", code(alias)),
        None if spec.receives_logs => {
            "encryption with S3's own keys, because access logs cannot be delivered to a bucket \
             with a key in KMS"
                .to_owned()
        }
        None => "encryption with a key in KMS is required, and is missing".to_owned(),
    };
    let log = match &spec.log_target {
        Some(target) => format!("an access log is required: it goes to {}", code(target)),
        None if spec.receives_logs => {
            "no access log, because this is the bucket that the logs go to".to_owned()
        }
        None => "an access log is required, and is missing".to_owned(),
    };
    vec![key, log, "the platform team has to agree to every change".to_owned()]
}

fn checklist(spec: &BucketSpec, policy: &Policy) -> Vec<&'static str> {
    let mut lines = vec![
        "the owner answers for this bucket, and the cost centre pays for it",
        "the data may be kept for as long as the retention says, and no longer",
        "the rendered files are those of this contract (`strongroom contract render --check`)",
    ];
    if spec.kms_key_alias.is_some() {
        lines.push("the key exists, and the application may use it");
    }
    if spec.public_access == PublicAccess::ExceptionApproved {
        lines.push("everything in this bucket may be seen by everybody");
    }
    if spec.purpose == Purpose::StaticAssets {
        lines.push("a CDN in front of the bucket was considered");
    }
    if policy.is_protected(&spec.environment) {
        lines.push("the name is final: a bucket cannot be renamed");
    }
    lines
}
