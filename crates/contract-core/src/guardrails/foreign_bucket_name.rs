//! The name of a bucket goes on with its application.

use super::bucket_names::{self, Verdict};
use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G102",
    name: "foreign-bucket-name",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does the name of the bucket go on with the application?",
    page: include_str!("foreign_bucket_name.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(name), Some(application)) = (contract.bucket_name(), contract.application()) else {
        return;
    };
    if bucket_names::verdict(question) != Verdict::OtherApplication {
        return;
    }
    let message =
        format!("`{}` does not name the application `{}`", name.value, application.value);
    let finding = Finding::new(&RULE, "spec.bucketName", name.span, message);
    findings.push(match bucket_names::derived(question) {
        Some(derived) => {
            let edits = edits::replace(contract, Slot::BucketName, &derived).map(|it| vec![it]);
            let finding = finding.hint(format!("write `{derived}`, or correct `application`"));
            edits::offer(finding, "write the derived name", edits)
        }
        None => finding.hint("name the bucket after its application, or correct `application`"),
    });
}
