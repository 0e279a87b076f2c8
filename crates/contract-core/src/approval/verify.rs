//! Whether the labels on a pull request answer a decision.

use serde::Serialize;
use storage_core::Digest;

use super::{Decision, Outcome};

/// How a decision stands. Deliberately exhaustive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "standing")]
pub enum Standing {
    /// Nobody has to agree.
    NotNeeded,
    /// The platform team agreed to exactly this.
    Approved {
        /// The label that says so.
        label: String,
    },
    /// Nobody agreed yet.
    MissingLabel {
        /// The labels that count; any one is enough.
        accepted: Vec<String>,
    },
    /// There is a label, but nothing says what it agreed to: it is no approval.
    MissingDigest {
        /// The label.
        label: String,
        /// What would have to be agreed to.
        now: Digest,
    },
    /// There is a label, but it agreed to something else: something was pushed since.
    StaleApproval {
        /// What was agreed to.
        approved: Digest,
        /// What would have to be agreed to.
        now: Digest,
    },
    /// Labels do not help.
    Refused,
}

impl Standing {
    /// Whether the change may be merged and applied.
    pub fn allows(&self) -> bool {
        matches!(self, Self::NotNeeded | Self::Approved { .. })
    }
}

/// Holds `labels`, and the digest that was recorded when one of them was set, against `decision`.
///
/// A label without a digest, or with another one, is not an approval.
///
/// ```
/// use contract_core::approval::{Decision, Outcome, Standing, verify};
/// use storage_core::Digest;
///
/// let decision = Decision {
///     outcome: Outcome::Required,
///     reasons: Vec::new(),
///     labels: vec!["platform-approved".to_owned()],
///     digest: Digest::of(b"after the push"),
/// };
/// let approved = Digest::of(b"before the push");
/// let standing = verify(&decision, &["platform-approved"], Some(approved));
/// assert_eq!(standing, Standing::StaleApproval { approved, now: decision.digest });
/// ```
pub fn verify(decision: &Decision, labels: &[&str], approved: Option<Digest>) -> Standing {
    match decision.outcome {
        Outcome::Auto => return Standing::NotNeeded,
        Outcome::Refused => return Standing::Refused,
        Outcome::Required => {}
    }
    let Some(label) = decision.labels.iter().find(|label| labels.contains(&label.as_str())) else {
        return Standing::MissingLabel { accepted: decision.labels.clone() };
    };
    match approved {
        None => Standing::MissingDigest { label: label.clone(), now: decision.digest },
        Some(approved) if approved != decision.digest => {
            Standing::StaleApproval { approved, now: decision.digest }
        }
        Some(_) => Standing::Approved { label: label.clone() },
    }
}
