//! A key is only named where it is used.

use super::{edits, weak_encryption};
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;
use crate::words::Encryption;

static RULE: Rule = Rule {
    code: "G109",
    name: "unused-kms-alias",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Is a key only named where it is used?",
    page: include_str!("unused_kms_alias.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(alias), Some(encryption)) = (contract.kms_key_alias(), contract.encryption()) else {
        return;
    };
    if encryption.value != Encryption::SseS3 {
        return;
    }
    let message = format!("`{}` is not used: the type is `{}`", alias.value, encryption.value);
    let finding = Finding::new(&RULE, "spec.encryption.kmsKeyAlias", alias.span, message);
    if weak_encryption::applies(question) {
        // The alias stays, the type is what has to change.
        findings.push(finding.hint("write `type: sse-kms`"));
        return;
    }
    let finding = finding.hint("remove `kmsKeyAlias`, or write `type: sse-kms`");
    let has_neighbour = contract.is_given(Slot::EncryptionType);
    let edit = edits::remove(contract, Slot::KmsKeyAlias).filter(|_| has_neighbour);
    findings.push(edits::offer(finding, "remove the alias", edit.map(|it| vec![it])));
}
