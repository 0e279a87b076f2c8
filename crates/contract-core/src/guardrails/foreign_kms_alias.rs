//! A bucket is not encrypted with the key of another environment.

use super::edits;
use super::{Guardrail, Question};
use crate::finding::{Finding, Findings, Severity};
use crate::naming;
use crate::policy::Policy;
use crate::rule::{Group, Rule};
use crate::slot::Slot;

static RULE: Rule = Rule {
    code: "G108",
    name: "foreign-kms-alias",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Does the key belong to the environment of the bucket?",
    page: include_str!("foreign_kms_alias.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (Some(environment), Some(alias)) = (contract.environment(), contract.kms_key_alias())
    else {
        return;
    };
    let name = alias.value.strip_prefix("alias/").unwrap_or(alias.value);
    let Some(other) = named_instead(question.policy, environment.value, name) else { return };
    let message = format!(
        "`{}` is a key of `{other}`, the bucket is for `{}`",
        alias.value, environment.value
    );
    let own = naming::kms_key_alias(question.policy, environment.value);
    let finding = Finding::new(&RULE, "spec.encryption.kmsKeyAlias", alias.span, message)
        .hint(format!("name a key of `{}`, for example `{own}`", environment.value));
    // The platform's key of one environment becomes that of the other. What corresponds to a
    // team's own key, only the team knows.
    let is_platforms = alias.value == naming::kms_key_alias(question.policy, other);
    let edit = edits::replace(contract, Slot::KmsKeyAlias, &own).filter(|_| is_platforms);
    findings.push(edits::offer(finding, "name the key of the environment", edit.map(|it| vec![it])));
}

/// The environment that `name` names, if it is another one and the own one is not named too.
fn named_instead<'p>(policy: &'p Policy, own: &str, name: &str) -> Option<&'p str> {
    let is_boundary = |byte: Option<&u8>| matches!(byte, None | Some(b'-' | b'/'));
    let bytes = name.as_bytes();
    let mut other = None;
    let mut at = 0;
    while at < bytes.len() {
        // Of `prod` and `prod-eu` the longer one is meant where both begin.
        let here = policy
            .environments
            .iter()
            .map(|environment| environment.name.as_str())
            .filter(|environment| {
                name.get(at..).is_some_and(|rest| rest.starts_with(environment))
                    && is_boundary(bytes.get(at + environment.len()))
            })
            .max_by_key(|environment| environment.len());
        match here {
            Some(environment) if environment == own => return None,
            Some(environment) => {
                other = other.or(Some(environment));
                at += environment.len() + 1;
            }
            None => {
                let token = bytes[at..].iter().position(|byte| is_boundary(Some(byte)));
                at += token.unwrap_or(bytes.len()) + 1;
            }
        }
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Environment;

    #[test]
    fn an_environment_is_named_by_whole_words() {
        let mut policy = Policy::default();
        policy.environments.push(Environment { name: "pre-prod".to_owned(), protected: true });
        for (own, name, expected) in [
            ("prod", "goldenpath-dev-s3", Some("dev")),
            ("prod", "dev", Some("dev")),
            ("prod", "goldenpath-prod-s3", None),
            ("prod", "dev-to-prod", None),
            ("prod", "developers", None),
            ("prod", "my-devices/key", None),
            ("prod", "team/test", Some("test")),
            ("prod", "x-pre-prod-s3", Some("pre-prod")),
            ("pre-prod", "x-pre-prod-s3", None),
            ("pre-prod", "x-prod-s3", Some("prod")),
            ("dev", "", None),
            ("dev", "--//", None),
        ] {
            assert_eq!(named_instead(&policy, own, name), expected, "{own} {name}");
        }
    }
}
