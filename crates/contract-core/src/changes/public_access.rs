//! A bucket with data in it is not opened to the world unseen.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};
use crate::words::PublicAccess;

static RULE: Rule = Rule {
    code: "C209",
    name: "opened-public-access",
    group: Group::Change,
    severity: Severity::Warning,
    summary: "Does the bucket stay closed to the world?",
    page: include_str!("public_access.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.public_access()) else { return };
    if was.value == PublicAccess::Blocked && is.value != PublicAccess::Blocked {
        let message = format!("public access was `{}`, this is `{}`", was.value, is.value);
        findings.push(is.finding(&RULE, "spec.publicAccess", message).hint(
            "what is in the bucket already becomes public too: look at it first, or use a new bucket",
        ));
    }
}
