//! Access logs have a bucket to go to.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G111",
    name: "missing-log-target",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Do access logs have a bucket to go to?",
    page: include_str!("missing_log_target.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let Some(enabled) = contract.logging_enabled() else { return };
    if !enabled.value || contract.is_given(Slot::TargetBucket) {
        return;
    }
    let message = "access logs need a `targetBucket`, none is given";
    let finding =
        Finding::new(&RULE, "spec.accessLogging.targetBucket", enabled.span, message);
    findings.push(match question.log_bucket() {
        Some(_) if question.is_log_bucket() => {
            let edit = edits::replace(contract, Slot::LoggingEnabled, "false");
            let finding = finding.hint("write `enabled: false`: a log bucket keeps no log of itself");
            edits::offer(finding, "switch access logs off", edit.map(|it| vec![it]))
        }
        Some(target) => {
            let edit = edits::insert(contract, Slot::LoggingEnabled, "targetBucket", &target);
            let finding = finding.hint(format!("add `targetBucket: {target}`"));
            edits::offer(finding, "log to the bucket of the environment", edit.map(|it| vec![it]))
        }
        None => finding.hint("add the log bucket of the environment"),
    });
}
