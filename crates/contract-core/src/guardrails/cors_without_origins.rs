//! Where browsers may read, an origin is named.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "G129",
    name: "cors-without-origins",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Is there an origin that browsers may read from?",
    page: include_str!("cors_without_origins.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let Some(enabled) = question.contract.cors_enabled() else { return };
    if !enabled.value || !question.policy.cors_origins.is_empty() {
        return;
    }
    let message = "`corsEnabled` has no effect: the policy names no origin";
    findings.push(
        Finding::new(&RULE, "spec.corsEnabled", enabled.span, message)
            .hint("ask the platform team for the origin, or write `corsEnabled: false`"),
    );
}
