//! Retention that ends has a lifecycle that ends it.

use super::lifecycles;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::words::Retention;

static RULE: Rule = Rule {
    code: "G119",
    name: "retention-without-lifecycle",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does something happen to objects that are not kept for good?",
    page: include_str!("retention_without_lifecycle.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let Some(retention) = contract.retention() else { return };
    let needs_lifecycle = match retention.value {
        Retention::TimeBounded | Retention::ComplianceDriven => true,
        Retention::Indefinite => false,
    };
    if !needs_lifecycle || lifecycles::is_given(contract) {
        return;
    }
    let message = format!("`{}` needs a lifecycle, none is given", retention.value);
    findings.push(
        Finding::new(&RULE, "spec.retentionPolicy.type", retention.span, message).hint(
            "add `lifecycle` with `expireDays`, `transitionToIaDays` or `transitionToGlacierDays`",
        ),
    );
}
