//! Rules about many contracts: ids and bucket names are given once.

use std::collections::HashMap;

use crate::contract::{At, Contract};
use crate::finding::Severity::Error;
use crate::finding::{Finding, Findings, Related};
use crate::policy::Policy;
use crate::rule::{Group, Rule};
use crate::span::{Place, Places, Span};
use crate::yaml::shown_path;

macro_rules! rules {
    ($($konst:ident = $code:literal, $name:literal, $summary:literal;)*) => {
        $(static $konst: Rule = Rule {
            code: $code,
            name: $name,
            group: Group::Tree,
            severity: Error,
            summary: $summary,
            page: include_str!("tree/rules.md"),
        };)*
        /// Every rule about many contracts, in the order of codes.
        pub static RULES: &[&Rule] = &[$(&$konst),*];
    };
}

rules! {
    TAKEN_ID = "T401", "taken-id", "Is every id given once?";
    TAKEN_BUCKET_NAME = "T402", "taken-bucket-name", "Is every bucket asked for once?";
}

/// A value that no other contract may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The value.
    pub text: String,
    /// Its bytes.
    pub span: Span,
    /// The same as line and column; `None` for a contract that stands in no text.
    pub place: Option<Place>,
}

impl Claim {
    fn of(value: At<&str>, places: &mut Places<'_>) -> Self {
        let place = value.span.is_somewhere().then(|| places.find(value.span));
        Self { text: value.value.to_owned(), span: value.span, place }
    }
}

/// What is remembered of one contract while the others are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The path of the document relative to the root of the repository.
    pub path: String,
    /// Its id, if it was understood.
    pub id: Option<Claim>,
    /// Its bucket, if the name was understood.
    pub bucket: Option<Claim>,
}

impl Identity {
    /// What to remember of `contract`, which lies at `path`.
    pub fn of(path: impl Into<String>, contract: &Contract<'_>) -> Self {
        let mut places = Places::of(contract.text);
        let id = contract.id().map(|id| Claim::of(id, &mut places));
        let bucket = contract.bucket_name().map(|name| Claim::of(name, &mut places));
        Self { path: path.into(), id, bucket }
    }
}

/// Asks every question about many contracts. Each finding comes with the index of its contract, in
/// the order of `identities`.
///
/// Of contracts that want the same, the one whose path sorts first has it, whatever the order in
/// which they are handed in. A path that is there twice is one contract, read twice.
pub fn check(identities: &[Identity], policy: &Policy) -> Vec<(usize, Finding)> {
    let mut order: Vec<usize> = (0..identities.len()).collect();
    order.sort_by(|a, b| identities[*a].path.cmp(&identities[*b].path));
    let mut found = Vec::new();
    taken(identities, &order, policy, &mut found, &TAKEN_ID, "id", |it| it.id.as_ref());
    let (rule, field) = (&TAKEN_BUCKET_NAME, "spec.bucketName");
    taken(identities, &order, policy, &mut found, rule, field, |it| it.bucket.as_ref());
    found.sort_by_key(|(at, finding)| (*at, finding.span));
    found
}

fn taken(
    identities: &[Identity],
    order: &[usize],
    policy: &Policy,
    found: &mut Vec<(usize, Finding)>,
    rule: &'static Rule,
    field: &'static str,
    claim: fn(&Identity) -> Option<&Claim>,
) {
    let mut holders: HashMap<&str, (&Identity, &Claim)> = HashMap::with_capacity(order.len());
    for &at in order {
        let identity = &identities[at];
        let Some(own) = claim(identity) else { continue };
        let (holder, first) = *holders.entry(&own.text).or_insert((identity, own));
        if holder.path == identity.path {
            continue;
        }
        let message = format!("`{}` is taken by `{}`", own.text, shown_path(&holder.path));
        let hint = match field {
            "id" => "give this contract the next free id: `strongroom contract renumber`",
            _ => "one bucket has one contract: remove this one, or name another bucket",
        };
        let related = Related {
            path: Some(holder.path.clone()),
            place: first.place,
            message: format!("`{}` is here", own.text),
        };
        let finding = Finding::new(rule, field, own.span, message).hint(hint).related(related);
        let mut findings = Findings::new(policy);
        findings.push(finding);
        // The text is gone by now; the place was found while it was there.
        for mut finding in findings.into_unplaced() {
            finding.place = own.place;
            found.push((at, finding));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::policy::Level;

    fn identity(path: &str, id: &str, bucket: &str) -> Identity {
        let claim = |text: &str, line| {
            let place = Place { line, column: 5, end_line: line, end_column: 12 };
            Claim { text: text.to_owned(), span: Span::new(4, 11), place: Some(place) }
        };
        Identity { path: path.to_owned(), id: Some(claim(id, 3)), bucket: Some(claim(bucket, 10)) }
    }

    fn found(identities: &[Identity], policy: &Policy) -> Vec<(usize, &'static str, String)> {
        let found = check(identities, policy);
        found.into_iter().map(|(at, it)| (at, it.rule.code, it.message)).collect()
    }

    #[test]
    fn the_first_path_has_it_whatever_the_order() {
        let identities = [
            identity("prod/S3-0002.yaml", "S3-0001", "a"),
            identity("dev/S3-0001.yaml", "S3-0001", "b"),
            identity("test/S3-0003.yaml", "S3-0003", "a"),
        ];
        let expected = [
            (0, "T401", "`S3-0001` is taken by `dev/S3-0001.yaml`".to_owned()),
            (2, "T402", "`a` is taken by `prod/S3-0002.yaml`".to_owned()),
        ];
        assert_eq!(found(&identities, &Policy::default()), expected);
        let first = &check(&identities, &Policy::default())[0].1;
        assert_eq!(first.place.map(|place| place.line), Some(3));
        let related = &first.related[0];
        assert_eq!(related.path.as_deref(), Some("dev/S3-0001.yaml"));
        assert_eq!(related.place.map(|place| (place.line, place.column)), Some((3, 5)));
    }

    #[test]
    fn the_second_and_every_later_one_is_told() {
        let identities: Vec<Identity> =
            ["c", "a", "b"].map(|path| identity(path, "S3-0001", path)).into();
        let told = found(&identities, &Policy::default());
        assert_eq!(told.iter().map(|(at, ..)| *at).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn a_contract_is_not_in_its_own_way() {
        let twice = [identity("a", "S3-0001", "x"), identity("a", "S3-0001", "x")];
        assert_eq!(found(&twice, &Policy::default()), []);
        let none = Identity { path: "b".to_owned(), id: None, bucket: None };
        assert_eq!(found(&[none.clone(), none], &Policy::default()), []);
    }

    #[test]
    fn the_policy_decides_what_they_weigh() {
        let mut policy = Policy::default();
        policy.levels.insert("taken-id".to_owned(), Level::Off);
        policy.levels.insert("taken-bucket-name".to_owned(), Level::At(Severity::Warning));
        let both = [identity("a", "S3-0001", "x"), identity("b", "S3-0001", "x")];
        let findings = check(&both, &policy);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].1.severity, Severity::Warning);
    }
}
