//! Objects live long enough for the class that they are billed in.

use super::lifecycles;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::words;

static RULE: Rule = Rule {
    code: "G124",
    name: "early-expiry",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Do objects live long enough for the class that they are billed in?",
    page: include_str!("early_expiry.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(expire), Some((first, entered))) =
        (contract.expire_days(), lifecycles::first_class(contract))
    else {
        return;
    };
    if contract.transition_to_ia_days().is_some_and(|it| it.value >= expire.value)
        || contract.transition_to_glacier_days().is_some_and(|it| it.value >= expire.value)
    {
        return; // S3 refuses that, and there is a finding about it.
    }
    let message = if entered >= expire.value {
        format!(
            "objects expire on day {}, and could move to `{}` on day {entered} at the earliest",
            expire.value,
            words::storage_class_word(first)
        )
    } else {
        let (class, entered) = lifecycles::moves(contract)
            .filter(|(_, _, transition)| !transition.is_idle)
            .last()
            .map_or((first, entered), |(_, _, last)| (last.to, last.day));
        let billed = entered + class.minimum_storage_days();
        if expire.value >= billed {
            return;
        }
        format!(
            "objects expire on day {} and are billed in `{}` until day {billed}",
            expire.value,
            words::storage_class_word(class)
        )
    };
    findings.push(
        Finding::new(&RULE, "spec.lifecycle.expireDays", expire.span, message)
            .hint("let them expire later, or keep them in `standard`"),
    );
}
