//! From a document to findings.

use crate::contract::Contract;
use crate::finding::{Finding, Findings};
use crate::guardrails::{self, Question};
use crate::policy::Policy;
use crate::{read, yaml};

/// A document: bytes, and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct Document<'d> {
    /// The path relative to the root of the repository, with `/` between its parts.
    pub path: Option<&'d str>,
    /// The bytes.
    pub bytes: &'d [u8],
}

/// Asks every question that one document can answer, and hands the contract as far as it was
/// understood to `then`.
///
/// ```
/// use contract_core::{Document, Policy, check};
///
/// let document = Document { path: None, bytes: b"apiVersion: goldenpath.io/v2\n" };
/// let (findings, id) =
///     check(document, &Policy::default(), |contract| contract.id().map(|id| id.value.to_owned()));
/// let wrong = findings.iter().find(|finding| finding.rule.name == "unknown-value").unwrap();
/// assert_eq!(wrong.field, "apiVersion");
/// assert_eq!(wrong.place.unwrap().column, 13);
/// assert_eq!(id, Some(None));
/// ```
pub fn check<T>(
    document: Document<'_>,
    policy: &Policy,
    then: impl FnOnce(&Contract<'_>) -> T,
) -> (Vec<Finding>, Option<T>) {
    let mut findings = Findings::new(policy);
    let Some(tree) = yaml::read(document.bytes, &mut findings) else {
        return (findings.finish(readable(document.bytes)), None);
    };
    let contract = read::contract(&tree, policy, &mut findings);
    ask(&contract, policy, document.path, &mut findings);
    let result = then(&contract);
    (findings.finish(tree.text), Some(result))
}

/// Asks the questions that do not care whether the contract is a document or was made in code.
pub(crate) fn ask(
    contract: &Contract<'_>,
    policy: &Policy,
    path: Option<&str>,
    findings: &mut Findings<'_>,
) {
    guardrails::ask_all(&Question { contract, policy, path }, findings);
}

/// The part of the bytes that is text, to count lines in.
pub(crate) fn readable(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}
