//! Approval: who must agree to a change before it is applied, and to what exactly they agreed.
//!
//! [`decide`] says whether a change passes by itself, waits for the platform team or is refused,
//! with every reason. [`verify`] says whether the labels on a pull request answer it. An approval
//! is bound to a digest: a label that was set before the last push agreed to something else.
//!
//! # What waits for the platform team
//!
//! | reason | when |
//! | --- | --- |
//! | `staging environment`, `prod environment` | the environment is protected |
//! | `publicAccess exception-approved` | the bucket is open to the world |
//! | `purpose static-assets` | the bucket serves a website |
//! | a change guardrail (`C2…`) | it weighs a warning: see [`crate::changes`] |
//! | a waiver | a finding counts no longer because of it |
//! | the version before cannot be read | nothing could be compared |
//!
//! Everything else passes by itself. An error that nobody waived refuses the change.
//!
//! # What is trusted
//!
//! The policy is trusted: take it from the branch that is merged *into*, or from outside the
//! repository, not from the pull request. Labels are trusted as far as only the platform team can
//! set them.

mod digest;
mod matrix;
mod verify;

use serde::Serialize;
use storage_core::Digest;

pub use matrix::matrix;
pub use verify::{Standing, verify};

use crate::changes::Pair;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::rule::Group;

/// One contract that changes, and all that was found about it.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The contract before and now.
    pub pair: Pair<'a>,
    /// What was found in the new version and in the comparison, waivers applied.
    pub findings: &'a [Finding],
}

/// What is decided. Deliberately exhaustive; ordered from light to heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The change passes by itself.
    Auto,
    /// The change waits for the platform team.
    Required,
    /// The change is refused, whoever agrees.
    Refused,
}

/// One reason for an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What it asks for: [`Outcome::Required`] or [`Outcome::Refused`].
    pub outcome: Outcome,
    /// The code of the rule; `None` for a line of the matrix.
    pub code: Option<&'static str>,
    /// The name of the rule, or of the line of the matrix.
    pub name: &'static str,
    /// The file it is about.
    pub path: String,
    /// The reason, for people.
    pub message: String,
}

/// Whether a change may pass, why, and what exactly would be agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What is decided.
    pub outcome: Outcome,
    /// Why: refusals first, then by path. Empty for [`Outcome::Auto`].
    pub reasons: Vec<Reason>,
    /// The labels that count as approval; any one is enough.
    pub labels: Vec<String>,
    /// What an approval has to name.
    ///
    /// SHA-256 over a text of these lines, each ended by a line feed:
    ///
    /// ```text
    /// strongroom approval v1
    /// policy {digest of the policy's meaning}
    /// waivers {digest of the bytes, or `none`}
    /// {path as a JSON string} {digest of the bytes before, or `absent`} {digest of the bytes now, or `deleted`}
    /// ```
    ///
    /// with one last line per changed contract, by path. A contract that was moved has two lines.
    pub digest: Digest,
}

/// Decides about a change.
///
/// `others` are findings in files that did not change or are no contracts, for example in the
/// waivers: their errors refuse the change too. `waivers` are the bytes of the waivers, if there
/// are any. The order of `changes` and `others` makes no difference.
///
/// ```
/// use contract_core::approval::{self, Change, Outcome};
/// use contract_core::changes::{Pair, Snapshot};
/// use contract_core::{Document, Policy};
///
/// let policy = Policy::default();
/// let text = b"environment: prod\nspec: {purpose: {type: uploads}}\n";
/// let document = Document { path: Some("prod/S3-0001.yaml"), bytes: text };
/// let (_, new) = Snapshot::check(document, &policy);
/// let change = Change { pair: Pair { old: None, new: Some(&new) }, findings: &[] };
/// let decision = approval::decide(&[change], &[], &policy, None);
/// assert_eq!(decision.outcome, Outcome::Required);
/// assert_eq!(decision.reasons[0].message, "prod environment");
/// ```
pub fn decide(
    changes: &[Change<'_>],
    others: &[(&str, &[Finding])],
    policy: &Policy,
    waivers: Option<&[u8]>,
) -> Decision {
    let mut reasons = Vec::new();
    for change in changes {
        let path = change.pair.path();
        if change.pair.is_unchanged() {
            // What was wrong with it before is no reason against this change, unless the change
            // took from it what only one contract can have.
            let taken = change.findings.iter().filter(|it| it.rule.group == Group::Tree);
            refusals(path, taken, &mut reasons);
        } else {
            refusals(path, change.findings, &mut reasons);
            approvals(change, policy, &mut reasons);
        }
    }
    for (path, findings) in others {
        refusals(path, *findings, &mut reasons);
    }
    // Among the reasons of one file the order in which they were asked is kept.
    reasons.sort_by(|a, b| (b.outcome, &a.path).cmp(&(a.outcome, &b.path)));
    Decision {
        outcome: reasons.first().map_or(Outcome::Auto, |reason| reason.outcome),
        reasons,
        labels: policy.approval_labels.clone(),
        digest: digest::of(changes, policy, waivers),
    }
}

fn refusals<'f>(
    path: &str,
    findings: impl IntoIterator<Item = &'f Finding>,
    reasons: &mut Vec<Reason>,
) {
    let blocking = findings.into_iter().filter(|finding| finding.blocks());
    reasons.extend(blocking.map(|finding| by_rule(Outcome::Refused, path, finding)));
}

fn approvals(change: &Change<'_>, policy: &Policy, reasons: &mut Vec<Reason>) {
    let Pair { old, new } = change.pair;
    let path = change.pair.path();
    let matrix = new.or(old).map(|version| matrix(version, policy)).unwrap_or_default();
    // A contract that was never clear may still be deleted.
    let counts = |reason: &Reason| new.is_some() || reason.outcome == Outcome::Required;
    reasons.extend(matrix.into_iter().filter(counts));
    if old.is_some_and(|old| !old.is_readable()) {
        reasons.push(Reason {
            outcome: Outcome::Required,
            code: None,
            name: "unreadable-before",
            path: path.to_owned(),
            message: "the version before cannot be read, so nothing could be compared".to_owned(),
        });
    }
    for finding in change.findings {
        if let Some(waived) = &finding.waived {
            let rule = finding.rule.name;
            let message = format!("waiver `{}` for `{rule}`: {}", waived.id, finding.message);
            reasons.push(Reason { message, ..by_rule(Outcome::Required, path, finding) });
        } else if finding.rule.group == Group::Change && finding.severity == Severity::Warning {
            reasons.push(by_rule(Outcome::Required, path, finding));
        }
    }
}

fn by_rule(outcome: Outcome, path: &str, finding: &Finding) -> Reason {
    Reason {
        outcome,
        code: Some(finding.rule.code),
        name: finding.rule.name,
        path: path.to_owned(),
        message: finding.message.clone(),
    }
}
