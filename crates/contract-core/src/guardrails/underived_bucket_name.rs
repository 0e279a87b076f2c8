//! The name of a bucket is derived: prefix, environment, application, purpose.

use super::bucket_names::{self, Verdict};
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "G103",
    name: "underived-bucket-name",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Is the name of the bucket exactly the one that follows from the other fields?",
    page: include_str!("underived_bucket_name.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let Some(name) = question.contract.bucket_name() else { return };
    if bucket_names::verdict(question) != Verdict::Underived {
        return;
    }
    // Where the derived name would be too long there is another finding, and nothing to advise.
    let Some(derived) = bucket_names::derived(question) else { return };
    let message = format!("`{}` is not the derived name `{derived}`", name.value);
    // No fix: a bucket that exists would be replaced by an empty one.
    findings.push(
        Finding::new(&RULE, "spec.bucketName", name.span, message)
            .hint(format!("write `{derived}` for a new bucket, keep the name of one that exists")),
    );
}
