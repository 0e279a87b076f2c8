//! A bucket stays in its environment.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "C203",
    name: "changed-environment",
    group: Group::Change,
    severity: Severity::Error,
    summary: "Does the bucket stay in its environment?",
    page: include_str!("environment.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.environment()) else { return };
    if was.value == is.value {
        return;
    }
    let message = format!("the environment was `{}`, this is `{}`", was.value, is.value);
    findings.push(is.finding(&RULE, "environment", message).hint(format!(
        "keep `{}`, and ask for the bucket in `{}` with a request of its own",
        was.value, is.value
    )));
}
