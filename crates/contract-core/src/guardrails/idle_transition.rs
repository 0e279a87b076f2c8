//! Every transition moves objects.

use super::{edits, lifecycles};
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;
use crate::words;

static RULE: Rule = Rule {
    code: "G123",
    name: "idle-transition",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Does every transition move objects?",
    page: include_str!("idle_transition.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let Some(class) = contract.storage_class() else { return };
    for (slot, days, transition) in lifecycles::moves(contract) {
        if !transition.is_idle {
            continue;
        }
        let message = format!(
            "the transition on day {} has no effect: objects in `{}` do not move to `{}`",
            days.value,
            words::storage_class_word(class.value),
            words::storage_class_word(transition.to)
        );
        let finding = Finding::new(&RULE, field(slot), days.span, message)
            .hint("remove the transition, or write `storageClass: standard`");
        // The last line of a section cannot go without the section.
        let has_neighbour = [Slot::ExpireDays, Slot::TransitionToIaDays, Slot::TransitionToGlacierDays]
            .into_iter()
            .any(|other| other != slot && stays(question, other));
        let edit = edits::remove(contract, slot).filter(|_| has_neighbour);
        findings.push(edits::offer(finding, "remove the transition", edit.map(|it| vec![it])));
    }
}

/// Whether the field is given and no remedy of this rule takes it away.
fn stays(question: &Question<'_>, slot: Slot) -> bool {
    question.contract.is_given(slot)
        && !lifecycles::moves(question.contract)
            .any(|(other, _, transition)| other == slot && transition.is_idle)
}

fn field(slot: Slot) -> &'static str {
    match slot {
        Slot::TransitionToIaDays => "spec.lifecycle.transitionToIaDays",
        _ => "spec.lifecycle.transitionToGlacierDays",
    }
}
