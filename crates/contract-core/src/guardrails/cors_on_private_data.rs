//! Logs and backups are kept away from browsers.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::words::Purpose;

static RULE: Rule = Rule {
    code: "G130",
    name: "cors-on-private-data",
    group: Group::Guardrail,
    severity: Severity::Warning,
    summary: "Are logs and backups kept away from browsers?",
    page: include_str!("cors_on_private_data.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(enabled), Some(purpose)) = (contract.cors_enabled(), contract.purpose()) else {
        return;
    };
    let is_private = match purpose.value {
        Purpose::Logs | Purpose::Backups => true,
        Purpose::Uploads | Purpose::DataLake | Purpose::StaticAssets => false,
    };
    if !enabled.value || !is_private {
        return;
    }
    let message = format!("`corsEnabled` lets browsers read `{}`", purpose.value);
    findings.push(
        Finding::new(&RULE, "spec.corsEnabled", enabled.span, message)
            .hint("write `corsEnabled: false`: no website reads these"),
    );
}
