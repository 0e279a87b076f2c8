//! The signed notes of Go's `sumdb/note` (`tests/vectors/audit/note`).

use audit_chain::Error;
use audit_chain::note::{self, Signer, VerifierKey};
use base64::Engine as _;
use serde_json::Value;

fn vectors() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/audit/note/note.json");
    let text = std::fs::read(file).expect("a vector file of this repository");
    serde_json::from_slice(&text).expect("it is JSON")
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("`{name}` is text"))
}

#[test]
fn every_note_of_go_is_opened_or_refused_as_go_does() {
    let all = vectors();
    let (mut opened, mut refused) = (0, 0);
    for probe in all["open"].as_array().expect("a list") {
        let encoded = probe.get("exact_msg_base64").or(probe.get("msg_base64"));
        let message = match encoded.and_then(Value::as_str) {
            Some(encoded) => {
                base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64")
            }
            None => text(probe, "msg").as_bytes().to_vec(),
        };
        let known = probe["known"].as_array().expect("a list").iter();
        let keys: Vec<VerifierKey> = known
            .map(|name| text(&all["vkeys"], name.as_str().expect("a name")).parse().expect("a key"))
            .collect();
        match note::open(&message, &keys) {
            Ok(note) => {
                let names = |signatures: &[note::Signature]| -> Value {
                    signatures.iter().map(|signature| signature.name.clone()).collect()
                };
                assert_eq!(probe["ok"], true, "{probe}");
                assert_eq!(note.text, text(&all, "text"));
                assert_eq!(names(&note.verified), probe["verified"]);
                assert_eq!(names(&note.unverified), probe["unverified"]);
                opened += 1;
            }
            Err(error) => {
                assert_eq!(probe["ok"], false, "{error}: {probe}");
                let theirs = text(probe, "err");
                let same = match &error {
                    Error::NoteUnsigned => theirs == "note has no verifiable signatures",
                    Error::KeyAmbiguous { key } => theirs == format!("ambiguous key {key}"),
                    Error::SignatureInvalid { .. } => theirs == "invalid signature",
                    Error::NoteMalformed { .. } => theirs.starts_with("malformed note"),
                    _ => false,
                };
                assert!(same, "{error} for {theirs}");
                refused += 1;
            }
        }
    }
    assert_eq!((opened, refused), (3, 11), "as many as the vectors have");
}

#[test]
fn a_note_is_signed_to_the_same_bytes() {
    let all = vectors();
    let peter: Signer = text(&all, "skey_peter").parse().expect("a key");
    assert_eq!(*peter.to_private_key(), text(&all, "skey_peter"));
    assert_eq!(peter.verifier_key().to_string(), text(&all["vkeys"], "peter"));
    let signed = note::sign(text(&all["sign"], "text"), &[&peter]).expect("it can be signed");
    assert_eq!(signed, text(&all["sign"], "note"));
}

#[test]
fn no_part_and_no_neighbour_of_a_key_is_a_key() {
    let all = vectors();
    for bad in all["bad_vkeys"].as_array().expect("a list") {
        assert!(bad.as_str().expect("text").parse::<VerifierKey>().is_err(), "{bad}");
    }
    let (verifier, signer) = (text(&all["vkeys"], "peter"), text(&all, "skey_peter"));
    let (mut tried, mut read) = (0, Vec::new());
    for (key, is_key) in [
        (verifier, (|text| text.parse::<VerifierKey>().is_ok()) as fn(&str) -> bool),
        (signer, |text| text.parse::<Signer>().is_ok()),
    ] {
        assert!(is_key(key));
        let parts =
            (0..key.len()).flat_map(|from| (from..=key.len()).map(move |to| &key[from..to]));
        let neighbours = (0..key.len()).map(|at| {
            let mut bytes = key.as_bytes().to_vec();
            bytes[at] += 1;
            String::from_utf8(bytes).expect("ASCII")
        });
        for other in parts.map(str::to_owned).chain(neighbours).filter(|other| other != key) {
            tried += 1;
            if is_key(&other) {
                read.push(other);
            }
        }
    }
    assert_eq!(read, Vec::<String>::new());
    assert!(tried > 5_000, "{tried}");
}
