//! Retention for a time comes to an end.

use super::lifecycles;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;
use crate::words::Retention;

static RULE: Rule = Rule {
    code: "G120",
    name: "endless-time-bound",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Does retention for a time come to an end?",
    page: include_str!("endless_time_bound.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let Some(retention) = contract.retention() else { return };
    // Without any lifecycle there is another finding.
    if retention.value != Retention::TimeBounded
        || contract.is_given(Slot::ExpireDays)
        || !lifecycles::is_given(contract)
    {
        return;
    }
    let message = format!("objects are kept `{}`, and never expire", retention.value);
    findings.push(
        Finding::new(&RULE, "spec.retentionPolicy.type", retention.span, message)
            .hint("add `expireDays` to the lifecycle, or write `indefinite`"),
    );
}
