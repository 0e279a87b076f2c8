//! Every number was given out by the ledger.

use super::{IdLedger, RequestId};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::rule::{Group, Rule};
use crate::tree::Identity;

/// The rule.
pub static RULE: Rule = Rule {
    code: "T404",
    name: "unledgered-id",
    group: Group::Tree,
    severity: Severity::Error,
    summary: "Was every number given out by the ledger?",
    page: include_str!("unledgered_id.md"),
};

/// Asks it of all contracts of a tree. Each finding comes with the index of its contract.
///
/// The check after a merge: a number at or past the next one of the ledger was taken without it,
/// and would be given out a second time.
pub fn check(identities: &[Identity], ledger: IdLedger, policy: &Policy) -> Vec<(usize, Finding)> {
    let Some(severity) = policy.severity_of(&RULE, RULE.severity) else { return Vec::new() };
    let Some(next) = ledger.next else { return Vec::new() };
    let past = |claim: &str| claim.parse::<RequestId>().is_ok_and(|id| id >= next);
    let contracts = identities.iter().enumerate();
    let taken =
        contracts.filter_map(|(at, it)| Some((at, it.id.as_ref().filter(|id| past(&id.text))?)));
    taken
        .map(|(at, id)| {
            let message =
                format!("`{}` was not given out: the ledger's next number is `{next}`", id.text);
            let finding = Finding::new(&RULE, "id", id.span, message)
                .hint("take a number with `strongroom contract renumber`")
                .severity(severity);
            (at, Finding { place: id.place, ..finding })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use storage_core::Digest;

    use super::*;
    use crate::span::Span;
    use crate::tree::Claim;

    #[test]
    fn numbers_from_the_next_one_on_are_found() {
        let identity = |id: &str| Identity {
            path: id.to_owned(),
            id: Some(Claim { text: id.to_owned(), span: Span::NOWHERE, place: None }),
            bucket: None,
        };
        let contracts = ["S3-0002", "S3-0003", "S3-0004", "S3-4"].map(identity);
        let ledger = IdLedger { next: "S3-0003".parse().ok(), seal: Digest::of(b"") };
        let found = check(&contracts, ledger, &Policy::default());
        assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(check(&contracts, IdLedger { next: None, ..ledger }, &Policy::default()), []);
    }
}
