//! Protected environments encrypt with a key in KMS.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Edit, Finding, Findings, Severity};
use crate::naming;
use crate::rule::{Group, Rule};
use crate::slot::Slot;
use crate::words::Encryption;

static RULE: Rule = Rule {
    code: "G106",
    name: "weak-encryption",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does a protected environment encrypt with a key in KMS?",
    page: include_str!("weak_encryption.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    if !applies(question) {
        return;
    }
    let contract = question.contract;
    let (Some(environment), Some(encryption)) = (contract.environment(), contract.encryption())
    else {
        return;
    };
    let message =
        format!("`{}` needs `sse-kms`, this is `{}`", environment.value, encryption.value);
    let alias = naming::kms_key_alias(question.policy, environment.value);
    let finding = Finding::new(&RULE, "spec.encryption.type", encryption.span, message);
    let finding = if contract.is_given(Slot::KmsKeyAlias) {
        finding.hint("write `type: sse-kms`")
    } else {
        finding.hint(format!("write `type: sse-kms` and `kmsKeyAlias: {alias}`"))
    };
    findings.push(edits::offer(finding, "encrypt with the key in KMS", remedy(question, &alias)));
}

/// Whether the contract has to encrypt with a key in KMS and does not.
pub(super) fn applies(question: &Question<'_>) -> bool {
    // The target of access logs cannot use SSE-KMS (Amazon S3 user guide, "Enabling Amazon S3
    // server access logging"), so the platform's log bucket is the one exception.
    let encryption = question.contract.encryption();
    encryption.is_some_and(|encryption| encryption.value == Encryption::SseS3)
        && question.is_protected()
        && !question.is_log_bucket()
}

fn remedy(question: &Question<'_>, alias: &str) -> Option<Vec<Edit>> {
    let contract = question.contract;
    let kms = Encryption::SseKms.word();
    if contract.is_given(Slot::EncryptionType) {
        let mut edits = vec![edits::replace(contract, Slot::EncryptionType, kms)?];
        if !contract.is_given(Slot::KmsKeyAlias) {
            edits.push(edits::insert(contract, Slot::EncryptionType, "kmsKeyAlias", alias)?);
        }
        Some(edits)
    } else if contract.is_given(Slot::KmsKeyAlias) {
        Some(vec![edits::insert(contract, Slot::KmsKeyAlias, "type", kms)?])
    } else if contract.is_given(Slot::Encryption) {
        None
    } else {
        let entries = [("type", kms), ("kmsKeyAlias", alias)];
        Some(vec![edits::insert_section(contract, "encryption", &entries)?])
    }
}
