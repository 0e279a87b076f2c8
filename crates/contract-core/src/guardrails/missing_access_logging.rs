//! Protected environments keep access logs.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Edit, Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G110",
    name: "missing-access-logging",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does a protected environment keep access logs?",
    page: include_str!("missing_access_logging.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(environment), Some(enabled)) = (contract.environment(), contract.logging_enabled())
    else {
        return;
    };
    // A log bucket that logged to itself would log its own log.
    if enabled.value || !question.is_protected() || question.is_log_bucket() {
        return;
    }
    let Some(target) = question.log_bucket() else { return };
    let message = format!("`{}` needs access logs, they are not enabled", environment.value);
    let finding = Finding::new(&RULE, "spec.accessLogging.enabled", enabled.span, message)
        .hint(format!("write `enabled: true` and `targetBucket: {target}`"));
    findings.push(edits::offer(finding, "enable access logs", remedy(question, &target)));
}

fn remedy(question: &Question<'_>, target: &str) -> Option<Vec<Edit>> {
    let contract = question.contract;
    if contract.is_given(Slot::LoggingEnabled) {
        let mut edits = vec![edits::replace(contract, Slot::LoggingEnabled, "true")?];
        if !contract.is_given(Slot::TargetBucket) {
            edits.push(edits::insert(contract, Slot::LoggingEnabled, "targetBucket", target)?);
        }
        Some(edits)
    } else if contract.is_given(Slot::TargetBucket) {
        Some(vec![edits::insert(contract, Slot::TargetBucket, "enabled", "true")?])
    } else if contract.is_given(Slot::AccessLogging) {
        None
    } else {
        let entries = [("enabled", "true"), ("targetBucket", target)];
        Some(vec![edits::insert_section(contract, "accessLogging", &entries)?])
    }
}
