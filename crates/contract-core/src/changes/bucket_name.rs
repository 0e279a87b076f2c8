//! A bucket keeps its name: under another name it is a new, empty bucket.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "C201",
    name: "changed-bucket-name",
    group: Group::Change,
    severity: Severity::Error,
    summary: "Does the bucket keep its name?",
    page: include_str!("bucket_name.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.bucket_name()) else { return };
    if was.value == is.value {
        return;
    }
    let message = format!("the bucket was `{}`, this is `{}`", was.value, is.value);
    findings.push(is.finding(&RULE, "spec.bucketName", message).hint(
        "a bucket cannot be renamed: keep the name, or ask for a new bucket, copy and retire this one",
    ));
}
