//! The files of a website need an exception that lets the world read them.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::words::{PublicAccess, Purpose};

static RULE: Rule = Rule {
    code: "G117",
    name: "blocked-static-assets",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Can the world read the files of a website?",
    page: include_str!("blocked_static_assets.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(purpose), Some(access)) = (contract.purpose(), contract.public_access()) else {
        return;
    };
    if purpose.value != Purpose::StaticAssets || access.value != PublicAccess::Blocked {
        return;
    }
    let message = format!("`{}` needs an exception, this is `{}`", purpose.value, access.value);
    // No fix: nobody opens a bucket to the world by a key stroke.
    findings.push(Finding::new(&RULE, "spec.publicAccess", access.span, message).hint(
        "write `publicAccess: exception-approved` and ask the platform team, or choose another purpose",
    ));
}
