//! Originals are kept as versions; what expires anyway is not.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::words::Purpose;

static RULE: Rule = Rule {
    code: "G118",
    name: "unversioned-originals",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Are versions kept where an original could be lost, and only there?",
    page: include_str!("unversioned_originals.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(purpose), Some(versioning)) = (contract.purpose(), contract.versioning()) else {
        return;
    };
    let has_originals = match purpose.value {
        Purpose::Uploads | Purpose::Backups | Purpose::StaticAssets => true,
        Purpose::Logs | Purpose::DataLake => false,
    };
    if has_originals && !versioning.value {
        let message = format!(
            "without versions, an object of `{}` that is overwritten or deleted is lost",
            purpose.value
        );
        findings.push(
            Finding::new(&RULE, "spec.versioning", versioning.span, message)
                .hint("write `versioning: true`"),
        );
    } else if !has_originals
        && versioning.value
        && let Some(days) = contract.expire_days()
    {
        let message = format!(
            "objects of `{}` expire after {} days, and stay on as old versions",
            purpose.value, days.value
        );
        findings.push(
            Finding::new(&RULE, "spec.versioning", versioning.span, message)
                .severity(Severity::Advice)
                .hint("write `versioning: false`, so that expired objects are gone"),
        );
    }
}
