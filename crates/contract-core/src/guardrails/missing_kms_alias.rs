//! `sse-kms` names its key.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::naming;
use crate::rule::{Group, Rule};
use crate::slot::Slot;
use crate::words::Encryption;

static RULE: Rule = Rule {
    code: "G107",
    name: "missing-kms-alias",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Is the key named that `sse-kms` encrypts with?",
    page: include_str!("missing_kms_alias.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let Some(encryption) = contract.encryption() else { return };
    if encryption.value != Encryption::SseKms
        || contract.is_given(Slot::KmsKeyAlias)
        || question.is_log_bucket()
    {
        return;
    }
    let message = "`sse-kms` needs a `kmsKeyAlias`, none is given";
    let finding = Finding::new(&RULE, "spec.encryption.kmsKeyAlias", encryption.span, message);
    let Some(environment) = contract.environment() else {
        findings.push(finding.hint("add the alias of the key of the environment"));
        return;
    };
    let alias = naming::kms_key_alias(question.policy, environment.value);
    let finding = finding.hint(format!("add `kmsKeyAlias: {alias}`, the key of the platform"));
    let edit = edits::insert(contract, Slot::EncryptionType, "kmsKeyAlias", &alias);
    findings.push(edits::offer(finding, "name the key of the platform", edit.map(|it| vec![it])));
}
