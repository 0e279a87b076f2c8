//! Changes: what differs between two versions of a contract, and whether it may.
//!
//! A contract is checked alone by the guardrails; a *change* needs the version before as well. A
//! [`Snapshot`] keeps of a version what is compared, [`pair`] finds what belongs together in two
//! trees, [`compare`] asks the change guardrails, and [`plan`] lists every difference with what
//! it does to the bucket.
//!
//! As with guardrails, one file asks a question and the page beside it explains it; the versions
//! on the page are run as its tests.

mod bucket_name;
mod deleted;
mod encryption;
mod environment;
mod id;
mod logging;
mod owner;
mod pairs;
mod plan;
mod public_access;
mod retention;
mod snapshot;
mod versioning;

pub use pairs::{Pair, pair};
pub use plan::{Action, Alarm, Effect, FieldChange, Plan, Shift, plan};
pub use snapshot::{Held, Snapshot};

use crate::finding::{Finding, Severity};
use crate::policy::{Policy, Verdict};
use crate::rule::Rule;

/// The two versions that a change guardrail looks at.
#[derive(Clone, Copy, Debug)]
pub struct Versions<'a> {
    /// The version before.
    pub old: &'a Snapshot,
    /// The version now; `None` if the contract was deleted.
    pub new: Option<&'a Snapshot>,
}

impl<'a> Versions<'a> {
    /// A value in both versions, if both have one that was understood.
    fn both<T>(&self, value: impl Fn(&'a Snapshot) -> Option<T>) -> Option<(T, T)> {
        Some((value(self.old)?, value(self.new?)?))
    }
}

/// A rule about two versions, and the function that asks it.
pub struct ChangeGuardrail {
    /// The rule. Its severity is its verdict: an error is refused, a warning waits for approval,
    /// advice is only told.
    pub rule: &'static Rule,
    /// Asks it.
    pub ask: fn(&Versions<'_>, &mut Vec<Finding>),
}

/// The table of change guardrails, in the order of codes.
pub static CHANGES: &[ChangeGuardrail] = &[
    bucket_name::GUARDRAIL,
    id::GUARDRAIL,
    environment::GUARDRAIL,
    encryption::GUARDRAIL,
    retention::GUARDRAIL,
    versioning::GUARDRAIL,
    logging::GUARDRAIL,
    deleted::GUARDRAIL,
    public_access::GUARDRAIL,
    owner::GUARDRAIL,
];

/// Asks every change guardrail about one contract. The findings are about the new version, each
/// with its place there; for a deleted contract they are about the old one.
///
/// A finding that is an error is refused, one that is a warning waits for approval
/// ([`crate::approval`]); which it is, the policy decides. A contract that was not there before
/// has no findings here: the guardrails ask about it.
///
/// ```
/// use contract_core::{Document, Policy, changes, check};
///
/// let policy = Policy::default();
/// let version = |text: &str| {
///     let document = Document { path: Some("S3-0001.yaml"), bytes: text.as_bytes() };
///     changes::Snapshot::check(document, &policy).1
/// };
/// let old = version("spec:\n  versioning: true\n");
/// let new = version("spec:\n  versioning: false\n");
/// let findings = changes::compare(Some(&old), Some(&new), &policy);
/// assert_eq!(findings[0].rule.name, "switched-off-versioning");
/// assert_eq!(findings[0].place.unwrap().line, 2);
/// ```
pub fn compare(old: Option<&Snapshot>, new: Option<&Snapshot>, policy: &Policy) -> Vec<Finding> {
    let Some(old) = old else { return Vec::new() };
    let versions = Versions { old, new };
    let mut findings = Vec::new();
    for guardrail in CHANGES {
        (guardrail.ask)(&versions, &mut findings);
    }
    for finding in &mut findings {
        finding.severity = policy.severity_of_change(finding.rule);
    }
    findings
        .sort_by(|a, b| (a.span, a.rule.code, &a.message).cmp(&(b.span, b.rule.code, &b.message)));
    findings
}

impl Policy {
    /// What a finding of the change guardrail `rule` weighs: its own severity, unless the policy
    /// gives a verdict.
    pub fn severity_of_change(&self, rule: &Rule) -> Severity {
        match self.verdicts.get(rule.name) {
            None => rule.severity,
            Some(Verdict::Refuse) => Severity::Error,
            Some(Verdict::Approve) => Severity::Warning,
        }
    }
}
