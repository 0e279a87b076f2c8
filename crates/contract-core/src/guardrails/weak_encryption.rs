//! Protected environments encrypt with a key in KMS.

use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::naming;
use crate::rule::{Group, Rule};
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
    let contract = question.contract;
    let (Some(environment), Some(encryption)) = (contract.environment(), contract.encryption())
    else {
        return;
    };
    if !question.is_protected() || encryption.value == Encryption::SseKms {
        return;
    }
    // The target of access logs cannot use SSE-KMS (Amazon S3 user guide, "Enabling Amazon S3
    // server access logging"), so the platform's log bucket is the one exception.
    let log_bucket = naming::log_bucket(question.policy, environment.value);
    if contract.bucket_name().is_some_and(|name| name.value == log_bucket) {
        return;
    }
    let message =
        format!("`{}` needs `sse-kms`, this is `{}`", environment.value, encryption.value);
    let alias = naming::kms_key_alias(question.policy, environment.value);
    findings.push(
        Finding::new(&RULE, "spec.encryption.type", encryption.span, message)
            .hint(format!("write `type: sse-kms` and `kmsKeyAlias: {alias}`")),
    );
}
