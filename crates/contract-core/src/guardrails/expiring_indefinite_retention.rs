//! Objects that are kept for good do not expire.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::words::Retention;

static RULE: Rule = Rule {
    code: "G121",
    name: "expiring-indefinite-retention",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Are objects that are kept for good left alone?",
    page: include_str!("expiring_indefinite_retention.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(retention), Some(days)) = (contract.retention(), contract.expire_days()) else {
        return;
    };
    if retention.value != Retention::Indefinite {
        return;
    }
    let message =
        format!("objects are kept `{}`, and expire after {} days", retention.value, days.value);
    findings.push(
        Finding::new(&RULE, "spec.lifecycle.expireDays", days.span, message)
            .hint("remove `expireDays`, or write `time-bounded`"),
    );
}
