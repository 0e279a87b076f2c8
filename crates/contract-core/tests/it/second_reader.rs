//! A second implementation of YAML: where nothing is found, it sees the same values.

use contract_core::{Group, S3BucketRequest};
use serde::Deserialize;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

use crate::findings::VALID;
use crate::request::read;

/// The document as serde-saphyr reads it, as strictly as it can.
fn second(text: &str) -> Result<S3BucketRequest, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 16,
            max_nodes: 2_000,
            max_anchors: 0,
            max_aliases: 0,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        no_schema: true,
        reject_unsupported_tags: true,
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// Whether both readers see the same in `text`; `None` if something is found in it.
fn agree(text: &str) -> Option<bool> {
    let (findings, request) = read(text);
    if findings.iter().any(|it| matches!(it.rule.group, Group::Yaml | Group::Field)) {
        return None;
    }
    let request = request.expect("nothing stands in the way");
    Some(second(text).is_ok_and(|second| second == request))
}

#[test]
fn valid_contracts_have_the_same_values_for_a_second_reader() {
    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }
    #[derive(Deserialize)]
    struct Vector {
        contract: String,
        valid: bool,
    }
    let text = include_str!("../../../../tests/vectors/contracts/parser_vectors.json");
    let Vectors { vectors } = serde_json::from_str(text).expect("the vectors are JSON");
    let valid: Vec<_> = vectors.iter().filter(|vector| vector.valid).collect();
    // Contracts that keep `id` and the like under `metadata` have no typed form.
    let agreed: Vec<_> = valid.iter().filter_map(|vector| agree(&vector.contract)).collect();
    assert!(agreed.len() > 60 && agreed.iter().all(|agreed| *agreed), "{agreed:?}");
    assert_eq!(agree(VALID), Some(true));
}

/// Each plain scalar in a field of each type: what passes unremarked is what it looks like.
#[test]
fn values_that_pass_unremarked_are_the_same_for_a_second_reader() {
    let text = include_str!("../../../../tests/vectors/yaml/plain_scalars.json");
    let vectors: Vec<serde_json::Value> = serde_json::from_str(text).expect("the vectors are JSON");
    let mut agreed = [0; 4];
    let mut quarrels = Vec::new();
    for vector in &vectors {
        let scalar = vector["text"].as_str().expect("a text");
        let fields = [
            ("owner: app-team", format!("owner: {scalar}")),
            ("costCenter: payments-123", format!("costCenter: x\n    t: {scalar}")),
            ("costAlertGb: 100", format!("costAlertGb: {scalar}")),
            ("versioning: true", format!("versioning: {scalar}")),
        ];
        for (count, (from, to)) in agreed.iter_mut().zip(fields) {
            match agree(&VALID.replace(from, &to)) {
                Some(true) => *count += 1,
                Some(false) => quarrels.push(to),
                None => {}
            }
        }
    }
    assert!(quarrels.is_empty(), "{quarrels:#?}");
    let [owners, tags, numbers, booleans] = agreed;
    assert!(owners > 1000 && tags > 1000, "{agreed:?}");
    assert!(numbers > 20 && booleans == 6, "{agreed:?}");
}
