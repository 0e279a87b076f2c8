//! Encryption does not get weaker, and the key stays the key.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};
use crate::words::Encryption;

static RULE: Rule = Rule {
    code: "C204",
    name: "weakened-encryption",
    group: Group::Change,
    severity: Severity::Warning,
    summary: "Is the bucket encrypted as strongly as before, with the same key?",
    page: include_str!("encryption.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.encryption()) else { return };
    if was.value == Encryption::SseKms && is.value != Encryption::SseKms {
        let message = format!("the encryption was `{}`, this is `{}`", was.value, is.value);
        findings.push(is.finding(&RULE, "spec.encryption.type", message).hint(HINT));
        return;
    }
    let aliases = versions.both(|version| version.kms_key_alias());
    let Some((was, is)) = aliases.filter(|(was, is)| was.value != is.value) else { return };
    let message = match (was.value, is.value) {
        (None, _) => return,
        (Some(was), None) => format!("the key was `{was}`, now there is none"),
        (Some(was), Some(is)) => format!("the key was `{was}`, this is `{is}`"),
    };
    findings.push(is.finding(&RULE, "spec.encryption.kmsKeyAlias", message).hint(
        "objects that are there keep the old key: keep it alive, and say in the request why",
    ));
}

const HINT: &str = "keep `sse-kms`, or say in the request why S3 keys are enough";
