//! The organisation knows the owner.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::read::{judge, suggest};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G128",
    name: "unknown-owner",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does the organisation know the owner?",
    page: include_str!("unknown_owner.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let owners = &question.policy.owners;
    let Some(owner) = question.contract.owner() else { return };
    if owners.is_empty() || owners.contains(owner.value) {
        return;
    }
    let message = format!("the organisation has no team `{}`", judge::shown(owner.value));
    let finding = Finding::new(&RULE, "owner", owner.span, message);
    findings.push(match suggest::closest(owner.value, owners.iter().map(String::as_str)) {
        Some(team) => {
            let edit = edits::replace(question.contract, Slot::Owner, team);
            let title = format!("write `{team}`");
            edits::offer(finding.hint(format!("did you mean `{team}`?")), &title, edit.map(|it| vec![it]))
        }
        None => {
            let teams: Vec<String> = owners.iter().map(|team| format!("`{team}`")).collect();
            finding.hint(format!("choose one of {}", teams.join(", ")))
        }
    });
}
