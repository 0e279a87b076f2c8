//! A target of access logs is only named where there are any.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "G115",
    name: "idle-log-target",
    group: Group::Guardrail,
    severity: Severity::Advice,
    summary: "Is a target of access logs only named where there are any?",
    page: include_str!("idle_log_target.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(target), Some(enabled)) = (contract.target_bucket(), contract.logging_enabled())
    else {
        return;
    };
    // Protected environments have to log: there is another finding, which wants the target kept.
    if enabled.value || question.is_protected() && !question.is_log_bucket() {
        return;
    }
    let message = format!("nothing is logged to `{}`: access logs are not enabled", target.value);
    findings.push(
        Finding::new(&RULE, "spec.accessLogging.targetBucket", target.span, message)
            .hint("write `enabled: true`, or remove `targetBucket`"),
    );
}
