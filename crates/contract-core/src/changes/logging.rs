//! Access logging is not switched off without a second pair of eyes.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "C207",
    name: "switched-off-logging",
    group: Group::Change,
    severity: Severity::Warning,
    summary: "Does access logging stay on?",
    page: include_str!("logging.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.logging_enabled()) else { return };
    if was.value && !is.value {
        let message = "access logging was on, now it is off".to_owned();
        findings.push(
            is.finding(&RULE, "spec.accessLogging.enabled", message)
                .hint("keep it on; who read what cannot be told afterwards"),
        );
    }
}
