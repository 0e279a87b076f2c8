//! The name of a bucket begins with the prefix of the organisation and with its environment.

use super::bucket_names::{self, Verdict};
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::rule::{Group, Rule};

static RULE: Rule = Rule {
    code: "G101",
    name: "wrong-environment-prefix",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does the name of the bucket begin with the prefix and the environment?",
    page: include_str!("wrong_environment_prefix.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(name), Some(environment)) = (contract.bucket_name(), contract.environment()) else {
        return;
    };
    if bucket_names::verdict(question) != Verdict::OtherEnvironment {
        return;
    }
    let wanted = format!("{}-{}-", question.policy.prefix, environment.value);
    let message = format!("`{}` does not begin with `{wanted}`", name.value);
    // Either the name or the environment is wrong, and only the requester knows which.
    let hint = match bucket_names::derived(question) {
        Some(name) => format!("write `{name}`, or correct `environment`"),
        None => format!("begin the name with `{wanted}`, or correct `environment`"),
    };
    findings.push(Finding::new(&RULE, "spec.bucketName", name.span, message).hint(hint));
}
