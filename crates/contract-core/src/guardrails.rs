//! Guardrails: questions that are asked of every contract before a person is asked to approve it.
//!
//! One file asks a question, the page beside it explains it, and the examples of the page are run
//! as its tests; `guardrails/README.md` tells how a page is written. To add one, write the two
//! files and a row in the table.

mod bucket_names;
mod edits;
mod lifecycles;

use crate::contract::Contract;
use crate::finding::Findings;
use crate::naming;
use crate::policy::Policy;
use crate::rule::Rule;

/// What a guardrail may look at.
pub struct Question<'a> {
    /// The contract.
    pub contract: &'a Contract<'a>,
    /// The decisions of the organisation.
    pub policy: &'a Policy,
    /// The path of the document relative to the root of the repository, with `/` between its
    /// parts; `None` for a contract that is no file.
    pub path: Option<&'a str>,
}

impl Question<'_> {
    /// Whether the contract is for an environment with the stricter rules.
    pub fn is_protected(&self) -> bool {
        self.contract.environment().is_some_and(|it| self.policy.is_protected(it.value))
    }

    /// Whether the contract is for the bucket that receives the access logs of its environment.
    pub fn is_log_bucket(&self) -> bool {
        let name = self.contract.bucket_name();
        name.is_some_and(|name| self.is_the_log_bucket(name.value))
    }

    /// Whether `name` is that of the bucket that receives the access logs of the environment of
    /// the contract.
    pub fn is_the_log_bucket(&self, name: &str) -> bool {
        let environment = self.contract.environment();
        // The same as comparing with `naming::log_bucket`, without making the name.
        environment.is_some_and(|environment| {
            bucket_names::after_environment(self.policy, environment.value, name) == Some("logs")
        })
    }

    /// The bucket that receives the access logs of the environment of the contract.
    fn log_bucket(&self) -> Option<String> {
        self.contract.environment().map(|it| naming::log_bucket(self.policy, it.value))
    }
}

/// A rule and the function that asks it.
pub struct Guardrail {
    /// The rule.
    pub rule: &'static Rule,
    /// Asks it.
    pub ask: fn(&Question<'_>, &mut Findings<'_>),
}

macro_rules! guardrails {
    ($($room:ident)*) => {
        $(mod $room;)*
        /// The table of guardrails, in the order of codes.
        pub static GUARDRAILS: &[Guardrail] = &[$($room::GUARDRAIL),*];
    };
}

guardrails! {
    wrong_environment_prefix
    foreign_bucket_name
    underived_bucket_name
    reserved_bucket_name
    misfiled_contract
    weak_encryption
    missing_kms_alias
    foreign_kms_alias
    unused_kms_alias
    missing_access_logging
    missing_log_target
    foreign_log_target
    self_logging
    encrypted_log_target
    idle_log_target
    public_access
    blocked_static_assets
    unversioned_originals
    retention_without_lifecycle
    endless_time_bound
    expiring_indefinite_retention
    lifecycle_order
    idle_transition
    early_expiry
    refused_tag
    reserved_tag
    missing_required_tag
    unknown_owner
    cors_without_origins
    cors_on_private_data
    hollow_words
}

pub(crate) fn ask_all(question: &Question<'_>, findings: &mut Findings<'_>) {
    for guardrail in GUARDRAILS {
        (guardrail.ask)(question, findings);
    }
}
