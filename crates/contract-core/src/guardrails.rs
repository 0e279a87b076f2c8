//! Guardrails: questions that are asked of every contract before a person is asked to approve it.
//!
//! One file asks a question, the page beside it explains it, and the examples of the page are run
//! as its tests. To add one, write the two files and a row in the table.

mod weak_encryption;

use crate::contract::Contract;
use crate::finding::Findings;
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
}

/// A rule and the function that asks it.
pub struct Guardrail {
    /// The rule.
    pub rule: &'static Rule,
    /// Asks it.
    pub ask: fn(&Question<'_>, &mut Findings<'_>),
}

/// The table of guardrails, in the order of codes.
pub static GUARDRAILS: &[Guardrail] = &[weak_encryption::GUARDRAIL];

pub(crate) fn ask_all(question: &Question<'_>, findings: &mut Findings<'_>) {
    for guardrail in GUARDRAILS {
        (guardrail.ask)(question, findings);
    }
}
