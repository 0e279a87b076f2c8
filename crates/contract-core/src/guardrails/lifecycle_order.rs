//! The days of a lifecycle follow one another as S3 wants them.

use super::{Guardrail, Question};
use crate::contract::{At, Contract};
use crate::finding::{Finding, Findings, Related, Severity};
use crate::rule::{Group, Rule};
use crate::span::Places;

static RULE: Rule = Rule {
    code: "G122",
    name: "lifecycle-order",
    group: Group::Guardrail,
    severity: Severity::Error,
    summary: "Do the days of the lifecycle follow one another as S3 wants them?",
    page: include_str!("lifecycle_order.md"),
};

pub(super) const GUARDRAIL: Guardrail = Guardrail { rule: &RULE, ask };

/// Days between the transitions to Standard-IA and to Glacier; S3 refuses fewer. Source: Amazon S3
/// user guide, "Transitioning objects using Amazon S3 Lifecycle".
const DAYS_IN_STANDARD_IA: u32 = 30;

const EXPIRE: &str = "spec.lifecycle.expireDays";
const TO_IA: &str = "spec.lifecycle.transitionToIaDays";
const TO_GLACIER: &str = "spec.lifecycle.transitionToGlacierDays";

fn ask(question: &Question<'_>, findings: &mut Findings<'_>) {
    let contract = question.contract;
    let (expire, to_ia, to_glacier) = (
        contract.expire_days(),
        contract.transition_to_ia_days(),
        contract.transition_to_glacier_days(),
    );
    if let (Some(to_ia), Some(to_glacier)) = (to_ia, to_glacier)
        && to_glacier.value < to_ia.value + DAYS_IN_STANDARD_IA
    {
        let message = format!(
            "objects move to Glacier on day {}, fewer than {DAYS_IN_STANDARD_IA} days after they move to Standard-IA on day {}",
            to_glacier.value, to_ia.value
        );
        let hint = format!("write at least {}", to_ia.value + DAYS_IN_STANDARD_IA);
        let finding = Finding::new(&RULE, TO_GLACIER, to_glacier.span, message).hint(hint);
        findings.push(finding.related(there(contract, to_ia, TO_IA)));
    }
    let transitions = [(to_ia, TO_IA), (to_glacier, TO_GLACIER)];
    let given = transitions.into_iter().filter_map(|(days, field)| Some((days?, field)));
    let last = given.max_by_key(|(days, _)| days.value);
    if let (Some(expire), Some((last, field))) = (expire, last)
        && expire.value <= last.value
    {
        let message = format!(
            "objects expire on day {}, before or when they move on day {}",
            expire.value, last.value
        );
        let hint = format!("write at least {}, or remove the transition", last.value + 1);
        let finding = Finding::new(&RULE, EXPIRE, expire.span, message).hint(hint);
        findings.push(finding.related(there(contract, last, field)));
    }
}

fn there(contract: &Contract<'_>, days: At<u32>, field: &str) -> Related {
    let place =
        days.span.is_somewhere().then(|| Places::of(contract.text).find(days.span));
    Related { path: None, place, message: format!("`{field}` is here") }
}
