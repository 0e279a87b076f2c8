//! Access logs go to the log bucket of the environment.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G112",
    name: "foreign-log-target",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Do access logs go to the log bucket of the environment?",
    page: include_str!("foreign_log_target.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(target), Some(enabled)) = (contract.target_bucket(), contract.logging_enabled())
    else {
        return;
    };
    // Where nothing is logged, and nothing has to be, the target means nothing.
    if !enabled.value && !question.is_protected() || question.is_the_log_bucket(target.value) {
        return;
    }
    // There is another finding about a bucket that logs to itself.
    if contract.bucket_name().is_some_and(|own| own.value == target.value) {
        return;
    }
    let (Some(environment), Some(wanted)) = (contract.environment(), question.log_bucket()) else {
        return;
    };
    let message = format!(
        "`{}` is not the log bucket of `{}`, that is `{wanted}`",
        target.value, environment.value
    );
    let finding =
        Finding::new(&RULE, "spec.accessLogging.targetBucket", target.span, message);
    findings.push(if question.is_log_bucket() {
        finding.hint("write `enabled: false`: a log bucket keeps no log of itself")
    } else {
        let edit = edits::replace(contract, Slot::TargetBucket, &wanted);
        let finding = finding.hint(format!("write `{wanted}`"));
        edits::offer(finding, "log to the bucket of the environment", edit.map(|it| vec![it]))
    });
}
