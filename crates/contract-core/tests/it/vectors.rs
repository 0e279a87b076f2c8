//! Vectors made by another parser: the verdict on every contract, and why the platform team is
//! asked. See `tests/vectors/contracts/README.md`.

use std::collections::BTreeMap;

use contract_core::approval::{Outcome, matrix};
use contract_core::changes::Snapshot;
use contract_core::{Document, Policy};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    case: String,
    contract: String,
    valid: bool,
    #[serde(default)]
    approval: Vec<String>,
}

/// Where we answer differently on purpose: the case, what we find instead, and why.
const DEVIATIONS: &[(&str, &[&str], &str)] = &[
    (
        "id newline",
        &["bad-format"],
        "`$` matched before a line break at the end; the id names a file and a state",
    ),
    (
        "costAlertGb = 0144",
        &["ambiguous-scalar"],
        "100 to YAML 1.1, 144 to YAML 1.2; nobody knows what was meant",
    ),
    (
        "duplicate key publicAccess",
        &["duplicate-key"],
        "the last one won silently, so a line at the end opened the bucket",
    ),
    (
        "anchor and alias",
        &["anchor-or-alias", "anchor-or-alias", "anchor-or-alias"],
        "a reviewer has to see what is applied where it stands",
    ),
    ("merge key", &["merge-key"], "newer tools take `<<` for an ordinary key"),
];

fn vectors() -> Vec<Vector> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/contracts/parser_vectors.json");
    let text = std::fs::read_to_string(path).expect("the vectors are there");
    let whole: Vectors = serde_json::from_str(&text).expect("the vectors are JSON");
    whole.vectors
}

/// The names of the errors in a contract, and the reasons to ask the platform team.
fn answer(contract: &str) -> (Vec<&'static str>, Vec<String>) {
    let policy = Policy::default();
    let document = Document { path: None, bytes: contract.as_bytes() };
    let (findings, snapshot) = Snapshot::check(document, &policy);
    let errors = findings.iter().filter(|finding| finding.blocks());
    let reasons = matrix(&snapshot, &policy).into_iter();
    let reasons = reasons.filter(|reason| reason.outcome == Outcome::Required);
    (errors.map(|finding| finding.rule.name).collect(), reasons.map(|it| it.message).collect())
}

#[test]
fn every_verdict_is_that_of_the_other_parser_or_differs_for_a_reason() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 149, "no vector was lost");
    let mut deviations = BTreeMap::new();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let (errors, reasons) = answer(&vector.contract);
        let (valid, approval) =
            (errors.is_empty(), if errors.is_empty() { reasons } else { Vec::new() });
        let expected = if vector.valid { &vector.approval[..] } else { &[] };
        if valid == vector.valid && approval == expected {
            continue;
        }
        match DEVIATIONS.iter().find(|(case, found, _)| *case == vector.case && *found == errors) {
            Some((case, ..)) => *deviations.entry(*case).or_insert(0) += 1,
            None => wrong.push(format!("{} {}: {errors:?} {approval:?}", vector.id, vector.case)),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let listed: BTreeMap<_, _> = DEVIATIONS.iter().map(|(case, ..)| (*case, 1)).collect();
    assert_eq!(deviations, listed, "a deviation that is listed and does not happen");
}
