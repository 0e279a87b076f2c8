//! The Merkle vectors of transparency-dev (`tests/vectors/audit/merkle`).

use audit_chain::Hash;
use audit_chain::merkle::{self, Range};
use base64::Engine as _;
use serde_json::Value;

fn vectors(file: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/audit/merkle/");
    let text = std::fs::read(format!("{folder}{file}")).expect("a vector file of this repository");
    serde_json::from_slice(&text).expect("it is JSON")
}

fn hash(value: &Value) -> Option<Hash> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str()?).ok()?;
    Some(Hash(bytes.try_into().ok()?))
}

/// A hash that is not 32 bytes long never gets as far as a proof: its type keeps it out.
fn hashes(value: &Value) -> Option<Vec<Hash>> {
    value.as_array().map_or(Some(Vec::new()), |all| all.iter().map(hash).collect())
}

fn inclusion_holds(probe: &Value) -> Option<bool> {
    let (index, size) = (probe["leafIdx"].as_u64()?, probe["treeSize"].as_u64()?);
    let (leaf, root) = (hash(&probe["leafHash"])?, hash(&probe["root"])?);
    let proof = hashes(&probe["proof"])?;
    Some(merkle::verify_inclusion(index, size, leaf, &proof, root).is_ok())
}

fn consistency_holds(probe: &Value) -> Option<bool> {
    let (size1, size2) = (probe["size1"].as_u64()?, probe["size2"].as_u64()?);
    let (root1, root2) = (hash(&probe["root1"])?, hash(&probe["root2"])?);
    let proof = hashes(&probe["proof"])?;
    Some(merkle::verify_consistency(size1, size2, root1, root2, &proof).is_ok())
}

#[test]
fn every_sound_proof_holds_and_every_spoiled_one_is_refused() {
    type Holds = fn(&Value) -> Option<bool>;
    let all = vectors("proofs.json");
    let (mut sound, mut spoiled, mut wrong) = (0, 0, Vec::new());
    for (kind, holds) in
        [("inclusion", inclusion_holds as Holds), ("consistency", consistency_holds)]
    {
        for (name, probe) in all[kind].as_object().expect("an object") {
            let expected = !probe["wantErr"].as_bool().expect("a verdict");
            if expected {
                sound += 1
            } else {
                spoiled += 1
            }
            if holds(probe).unwrap_or(false) != expected {
                wrong.push(format!("{kind}/{name}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!((sound, spoiled), (5, 52), "as many as the vectors have");
}

#[test]
fn leaves_nodes_and_roots_are_those_of_the_reference() {
    let constants = vectors("constants.json");
    let list = |value: &Value| -> Vec<String> {
        let all = value.as_array().expect("a list").iter();
        all.map(|text| text.as_str().expect("hexadecimal").to_owned()).collect()
    };
    let mut row: Vec<Hash> = list(&constants["leaf_inputs_hex"])
        .iter()
        .map(|hex| {
            let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
            merkle::leaf_hash(&(0..hex.len()).step_by(2).map(digit).collect::<Vec<u8>>())
        })
        .collect();
    let roots = list(&constants["root_hashes_hex_by_size"]);
    assert_eq!(roots.len(), 9);
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(&Range::of(0, &row[..size]).root().to_string(), root, "size {size}");
    }
    let rows = constants["node_hashes_hex"].as_array().expect("a list");
    assert_eq!(rows.len(), 4);
    for expected in rows {
        let found: Vec<String> = row.iter().map(Hash::to_string).collect();
        assert_eq!(found, list(expected));
        row = row.chunks_exact(2).map(|pair| merkle::node_hash(pair[0], pair[1])).collect();
    }
}
