//! A contract is not deleted without a second pair of eyes.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};
use crate::span::Span;

static RULE: Rule = Rule {
    code: "C208",
    name: "deleted-contract",
    group: Group::Change,
    severity: Severity::Warning,
    summary: "Does the contract stay?",
    page: include_str!("deleted.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Versions { old, new: None } = versions else { return };
    let bucket = old.bucket_name().map(|bucket| format!(" of the bucket `{}`", bucket.value));
    let message = format!("the contract{} is deleted", bucket.unwrap_or_default());
    let finding = match old.id() {
        Some(id) => id.finding(&RULE, "", message),
        None => Finding::new(&RULE, "", Span::NOWHERE, message),
    };
    findings.push(
        finding.hint(
            "retire the bucket first: without its contract nobody owns it, and it still costs",
        ),
    );
}
