//! The tags that the platform sets are left to it.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::naming;
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "G126",
    name: "reserved-tag",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Are the tags that the platform sets left to it?",
    page: include_str!("reserved_tag.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    for tag in &question.contract.tags {
        let key = tag.key.value;
        if key == "costCenter" {
            continue;
        }
        // AWS tells `owner` from `Owner`; reports, budgets and people do not.
        let mut generated = naming::GENERATED_TAGS.iter();
        let Some(reserved) = generated.find(|it| it.eq_ignore_ascii_case(key)) else { continue };
        let message =
            format!("the platform sets `{reserved}`, so that a contract cannot set `{key}`");
        let hint = match *reserved {
            "CostCenter" => "write `costCenter`",
            _ => "remove it, or give it another key",
        };
        findings.push(
            Finding::new(&RULE, format!("spec.tags.{key}"), tag.key.span, message).hint(hint),
        );
    }
}
