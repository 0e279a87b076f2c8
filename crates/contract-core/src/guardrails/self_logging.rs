//! The access logs of a bucket go to another bucket.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G113",
    name: "self-logging",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Do the access logs of a bucket go to another bucket?",
    page: include_str!("self_logging.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(target), Some(name)) = (contract.target_bucket(), contract.bucket_name()) else {
        return;
    };
    if target.value != name.value {
        return;
    }
    let message = format!("`{}` logs to itself: each log it stores makes another", name.value);
    let finding =
        Finding::new(&RULE, "spec.accessLogging.targetBucket", target.span, message);
    findings.push(match question.log_bucket() {
        Some(log_bucket) if log_bucket != name.value => {
            let edit = edits::replace(contract, Slot::TargetBucket, &log_bucket);
            let finding = finding.hint(format!("write `{log_bucket}`"));
            edits::offer(finding, "log to the bucket of the environment", edit.map(|it| vec![it]))
        }
        _ => {
            let has_neighbour = contract.is_given(Slot::LoggingEnabled);
            let off = edits::replace(contract, Slot::LoggingEnabled, "false");
            let gone = edits::remove(contract, Slot::TargetBucket).filter(|_| has_neighbour);
            let edits = off.zip(gone).map(|(off, gone)| vec![off, gone]);
            let finding = finding.hint("write `enabled: false` and remove `targetBucket`");
            edits::offer(finding, "switch access logs off", edits)
        }
    });
}
