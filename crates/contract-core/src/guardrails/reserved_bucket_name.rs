//! S3 takes the name of the bucket, and the one that is derived fits into 63 characters.

use storage_core::BucketName;
use super::bucket_names;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "G104",
    name: "reserved-bucket-name",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does S3 take the name of the bucket, and the one that is derived?",
    page: include_str!("reserved_bucket_name.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    if let Some(name) = question.contract.bucket_name()
        && let Err(storage_core::Error::BucketNameInvalid { broken }) =
            BucketName::check(name.value)
    {
        let message = format!("`{}` {broken}", name.value);
        findings.push(
            Finding::new(&RULE, "spec.bucketName", name.span, message)
                .hint("choose another name for the application"),
        );
    }
    if let Some((application, room)) = bucket_names::too_long(question) {
        let message = format!(
            "`{}` has {} characters, the name of the bucket leaves room for {room}",
            application.value,
            application.value.len()
        );
        let hint = format!(
            "shorten the application to {room} characters: the name of a bucket has at most {}",
            BucketName::MAX_LENGTH
        );
        findings.push(Finding::new(&RULE, "application", application.span, message).hint(hint));
    }
}
