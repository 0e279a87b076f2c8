//! The tags are there that the organisation wants.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G127",
    name: "missing-required-tag",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Are the tags there that the organisation wants?",
    page: include_str!("missing_required_tag.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    if !contract.is_given(Slot::Tags) {
        return; // There is a finding about that.
    }
    for key in &question.policy.required_tags {
        if contract.tags.iter().any(|tag| tag.key.value == key) || is_a_field(key) {
            continue;
        }
        let span = contract.key_span(Slot::Tags);
        let message = format!("the tag `{key}` is missing");
        findings.push(
            Finding::new(&RULE, format!("spec.tags.{key}"), span, message)
                .hint(format!("add `{key}` to `tags`: the organisation wants it on every bucket")),
        );
    }
}

/// `costCenter` is asked for by the table of fields.
fn is_a_field(key: &str) -> bool {
    key == "costCenter"
}
