//! AWS takes every tag.

use storage_core::{TAGS_PER_BUCKET, check_tag};
use super::{Guardrail, Question};
use crate::contract::Contract;
use crate::finding::{Finding, Findings, Severity};
use crate::naming;
use crate::read::judge::shown;
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G125",
    name: "refused-tag",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does AWS take every tag?",
    page: include_str!("refused_tag.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    // What a cost centre may be, the table of fields says.
    for tag in contract.tags.iter().filter(|tag| tag.key.value != "costCenter") {
        let key = tag.key.value;
        let Err(storage_core::Error::TagInvalid { broken }) = check_tag(key, tag.value.value)
        else {
            continue;
        };
        let is_the_key = check_tag(key, "").is_err();
        let span = if is_the_key { tag.key.span } else { tag.value.span };
        let message = format!("the tag `{}` {broken}", shown(key));
        findings.push(
            Finding::new(&RULE, format!("spec.tags.{}", shown(key)), span, message)
                .hint("keep to letters, digits, spaces and `_ . : / = + - @`"),
        );
    }
    too_many(contract, findings);
    given_twice(contract, findings);
}

fn too_many(contract: &Contract<'_>, findings: &mut Findings<'_>) {
    // The cost centre becomes one of the generated tags.
    let own = contract.tags.iter().filter(|tag| tag.key.value != "costCenter");
    let allowed = TAGS_PER_BUCKET - naming::GENERATED_TAGS.len();
    let Some(tag) = own.clone().nth(allowed) else { return };
    let message = format!(
        "{} tags besides `costCenter`, at most {allowed} are allowed: a bucket carries {TAGS_PER_BUCKET}, and {} are generated",
        own.count(),
        naming::GENERATED_TAGS.len()
    );
    findings.push(
        Finding::new(&RULE, "spec.tags", tag.key.span, message)
            .hint("keep the tags that somebody reads"),
    );
}

/// In a text, a key that is given twice is a matter of YAML. A contract made in code can have one
/// too.
fn given_twice(contract: &Contract<'_>, findings: &mut Findings<'_>) {
    if contract.key_span(Slot::Tags).is_somewhere() {
        return;
    }
    for (at, tag) in contract.tags.iter().enumerate() {
        let key = tag.key.value;
        if contract.tags[..at].iter().any(|other| other.key.value == key) {
            let message = format!("the tag `{}` is given twice", shown(key));
            let field = format!("spec.tags.{}", shown(key));
            findings.push(
                Finding::new(&RULE, field, tag.key.span, message).hint("keep one of them"),
            );
        }
    }
}
