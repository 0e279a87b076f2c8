//! A request keeps its id, because the id names its Terraform state.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "C202",
    name: "changed-id",
    group: Group::Change,
    severity: Severity::Error,
    summary: "Does the request keep its id?",
    page: include_str!("id.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.id()) else { return };
    if was.value == is.value {
        return;
    }
    let message = format!("the request was `{}`, this is `{}`", was.value, is.value);
    findings.push(is.finding(&RULE, "id", message).hint(
        "keep the id, which names the Terraform state; a further request gets a file of its own",
    ));
}
