//! S3 can write access logs to the log bucket.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Edit, Finding, Findings, Severity};
use crate::rule::{Group, Rule};
use crate::slot::Slot;
use crate::words::Encryption;

static RULE: Rule = Rule {
    code: "G114",
    name: "encrypted-log-target",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Can S3 write access logs to the log bucket?",
    page: include_str!("encrypted_log_target.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let Some(encryption) = question.contract.encryption() else { return };
    if encryption.value != Encryption::SseKms || !question.is_log_bucket() {
        return;
    }
    let message = "a bucket that receives access logs cannot use `sse-kms`";
    let finding = Finding::new(&RULE, "spec.encryption.type", encryption.span, message)
        .hint("write `type: sse-s3`, and no `kmsKeyAlias`");
    findings.push(edits::offer(finding, "encrypt with the keys of S3", remedy(question)));
}

fn remedy(question: &Question<'_>) -> Option<Vec<Edit>> {
    let contract = question.contract;
    let word = Encryption::SseS3.word();
    let mut edits = vec![edits::replace(contract, Slot::EncryptionType, word)?];
    if contract.is_given(Slot::KmsKeyAlias) {
        edits.push(edits::remove(contract, Slot::KmsKeyAlias)?);
    }
    Some(edits)
}
