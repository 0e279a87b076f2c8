//! What was to be kept is kept as long as before.

use super::{ChangeGuardrail, Versions};
use crate::finding::{Finding, Severity};
use crate::rule::{Group, Rule};
use crate::words::Retention;

static RULE: Rule = Rule {
    code: "C205",
    name: "shortened-retention",
    group: Group::Change,
    severity: Severity::Warning,
    summary: "Are objects kept as long as before?",
    page: include_str!("retention.md"),
};

pub(super) const GUARDRAIL: ChangeGuardrail = ChangeGuardrail { rule: &RULE, ask };

fn ask(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    days(versions, findings);
    kind(versions, findings);
}

fn days(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.expire_days()) else { return };
    let message = match (was.value, is.value) {
        (None, Some(days)) => format!("objects were kept, now they are deleted after {days} days"),
        (Some(was), Some(is)) if is < was => {
            format!("objects were kept for {was} days, now for {is}")
        }
        _ => return,
    };
    findings.push(is.finding(&RULE, "spec.lifecycle.expireDays", message).hint(
        "S3 deletes what is older within about a day of the change, and nothing brings it back",
    ));
}

fn kind(versions: &Versions<'_>, findings: &mut Vec<Finding>) {
    let Some((was, is)) = versions.both(|version| version.retention()) else { return };
    if strength(is.value) >= strength(was.value) {
        return;
    }
    let message = format!("the retention was `{}`, this is `{}`", was.value, is.value);
    findings.push(
        is.finding(&RULE, "spec.retentionPolicy.type", message).hint(
            "keep the stronger promise, or say in the rationale who released the data from it",
        ),
    );
}

/// How much a promise to keep is worth: a rule of law, for good, for a time.
fn strength(retention: Retention) -> u8 {
    match retention {
        Retention::ComplianceDriven => 2,
        Retention::Indefinite => 1,
        Retention::TimeBounded => 0,
    }
}
