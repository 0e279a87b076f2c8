//! Versioning is not switched off without a second pair of eyes.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "C206",
    name: "switched-off-versioning",
    group: Group::Change,
    severity: Severity::Warning,
    summary: "Does versioning stay on?",
    page: include_str!("versioning.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.versioning()) else { return };
    if was.value && !is.value {
        let message = "versioning was on, now it is off".to_owned();
        findings.push(
            is.finding(&RULE, "spec.versioning", message)
                .hint("keep it on, or limit what versions cost with `lifecycle`"),
        );
    }
}
