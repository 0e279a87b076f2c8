//! The world is kept out, unless the platform team agrees.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::words::PublicAccess;

static RULE: Rule = Rule {
    code: "G116",
    name: "public-access",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Is the world kept out?",
    page: include_str!("public_access.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let Some(access) = question.contract.public_access() else { return };
    if access.value != PublicAccess::ExceptionApproved {
        return;
    }
    let message = format!("`{}` lets a bucket policy open the bucket to the world", access.value);
    findings.push(
        Finding::new(&RULE, "spec.publicAccess", access.span, message).hint(
            "write `blocked` if only your own services read it; otherwise the platform team decides",
        ),
    );
}
