//! A change of owner is told, because the bill and the questions go with it.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "C210",
    name: "changed-owner",
    group: Group::Change,
    severity: Severity::Advice,
    summary: "Does the bucket keep its owner?",
    page: include_str!("owner.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.owner()) else { return };
    if was.value == is.value {
        return;
    }
    let message = format!("the owner was `{}`, this is `{}`", was.value, is.value);
    let hint = format!("let `{}` say in the request that they take it over", is.value);
    findings.push(is.finding(&RULE, "owner", message).hint(hint));
}
