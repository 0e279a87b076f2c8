//! What a note promises beyond the vectors in `tests/it/note.rs`.

use super::*;

const TEXT: &str = "example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, &[seed; 32]).unwrap()
}

#[test]
fn the_secret_is_never_printed() {
    let (signer, witness) = (signer("a", 9), Cosigner::from_seed("w", &[9; 32]).unwrap());
    let key = signer.to_private_key();
    let secret = key.rsplit('+').next().unwrap();
    let shown = format!("{signer:?} {witness:?}");
    assert_eq!(
        shown,
        format!("Signer(a+{:08x}, secret) Cosigner(w+{:08x}, secret)", signer.id(), witness.id())
    );
    assert!(!shown.contains(secret) && key.contains(secret));
    let wrong = key.replace("+a+", "+b+");
    assert!(!format!("{:?}", wrong.parse::<Signer>()).contains(secret));
}

#[test]
fn a_key_is_read_back_as_it_was_written_and_only_for_its_purpose() {
    let (log, witness) = (signer("a", 1), Cosigner::from_seed("a", &[1; 32]).unwrap());
    assert_ne!(log.id(), witness.id(), "the algorithm is part of the id");
    let again: Signer = log.to_private_key().parse().unwrap();
    assert_eq!(again.verifier_key(), log.verifier_key());
    let again: Cosigner = witness.to_private_key().parse().unwrap();
    assert_eq!(again.verifier_key(), witness.verifier_key());
    let error = log.to_private_key().parse::<Cosigner>().unwrap_err().to_string();
    assert!(error.contains("the key of a log, not of a witness"), "{error}");
    let error = witness.to_private_key().parse::<Signer>().unwrap_err().to_string();
    assert!(error.contains("the key of a witness, not of a log"), "{error}");
    let key = witness.verifier_key();
    assert_eq!(key.to_string().parse(), Ok(key));
    for name in ["", "a b", "a+b", "a\u{a0}b", "a\u{7}", &"n".repeat(256)] {
        assert!(Signer::from_seed(name, &[1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn a_witness_signs_the_time_too() {
    let (log, witness) = (signer("log", 1), Cosigner::from_seed("w", &[2; 32]).unwrap());
    let own = sign(TEXT, &[&log]).unwrap();
    let early = cosign(TEXT, &witness, 1_679_315_147).unwrap();
    let late = cosign(TEXT, &witness, 1_679_315_999).unwrap();
    let note = join(&[&own, &late, &early, &own]).unwrap();
    assert_eq!(note.lines().count(), 7, "each line once:\n{note}");

    let opened = open(&note, &[log.verifier_key(), witness.verifier_key()]).unwrap();
    assert_eq!(opened.text, TEXT);
    let times: Vec<_> = opened.verified.iter().map(|s| (s.name.as_str(), s.timestamp)).collect();
    assert_eq!(times, [("log", None), ("w", Some(1_679_315_999))]);

    // Another time under the same signature.
    let line = early.lines().last().unwrap().rsplit(' ').next().unwrap();
    let mut bytes = BASE64.decode(line).unwrap();
    bytes[11] ^= 1;
    let forged = early.replace(line, &BASE64.encode(&bytes));
    assert_eq!(
        open(&forged, &[witness.verifier_key()]),
        Err(Error::SignatureInvalid { key: witness.verifier_key().label() })
    );
    assert_eq!(open(&own, &[witness.verifier_key()]), Err(Error::NoteUnsigned));
    assert!(cosign("not a checkpoint\n", &witness, 0).is_err());
    assert!(cosign(TEXT, &witness, 1 << 63).is_err());
}

#[test]
fn a_time_beyond_63_bits_is_no_time_even_when_it_is_signed() {
    let witness = Cosigner::from_seed("w", &[2; 32]).unwrap();
    let at = |time| {
        let line = line(witness.name(), witness.id(), &witness.sign(TEXT, time));
        open(format!("{TEXT}\n{line}"), &[witness.verifier_key()])
    };
    assert!(at(i64::MAX as u64).is_ok());
    assert_eq!(at(1 << 63), Err(Error::SignatureInvalid { key: witness.verifier_key().label() }));
}

#[test]
fn a_key_that_fits_many_texts_is_no_key() {
    // The neutral point of the curve: y = 1.
    let mut point = [0; 33];
    (point[0], point[1]) = (1, 1);
    let id = &crate::Hash::of(&[b"weak\n", &point[..]].concat()).to_string()[..8];
    let error = format!("weak+{id}+{}", BASE64.encode(point)).parse::<VerifierKey>().unwrap_err();
    assert_eq!(error.to_string(), "the key is malformed: it is a point of small order");
}

#[test]
fn the_last_empty_line_ends_the_text() {
    let signer = signer("a", 1);
    let text = "one\n\n\u{2014} a forged/line\n\nfour\n";
    let note = sign(text, &[&signer]).unwrap();
    assert_eq!(open(note, &[signer.verifier_key()]).unwrap().text, text);
}

#[test]
fn a_known_key_must_fit_every_time_it_is_named() {
    let (good, other) = (signer("a", 1), signer("b", 2));
    let note = sign(TEXT, &[&good, &other]).unwrap();
    let foreign = sign("other\n", &[&good]).unwrap();
    let bad_line = foreign.lines().last().unwrap();
    let spoiled = format!("{note}{bad_line}\n");
    let key = good.verifier_key();
    assert_eq!(
        open(&spoiled, std::slice::from_ref(&key)),
        Err(Error::SignatureInvalid { key: key.label() })
    );
    // To one who does not know `a`, the line says nothing.
    let opened = open(&spoiled, &[other.verifier_key()]).unwrap();
    assert_eq!((opened.verified.len(), opened.unverified.len()), (1, 1));
    assert_eq!(join(&[&note, &foreign]), Err(Error::TextsDiffer));
}

#[test]
fn many_signatures_are_taken_but_not_any_number() {
    let signers: Vec<Signer> = (0..=100).map(|n| signer(&format!("s{n}"), n)).collect();
    let all: Vec<&Signer> = signers.iter().collect();
    let hundred = sign(TEXT, &all[..100]).unwrap();
    assert_eq!(open(&hundred, &[all[99].verifier_key()]).unwrap().unverified.len(), 99);
    assert!(sign(TEXT, &all).is_err() && sign(TEXT, &[]).is_err());
    let last = sign(TEXT, &all[100..]).unwrap();
    assert!(matches!(join(&[&hundred, &last]), Err(Error::NoteMalformed { .. })));
    let long = format!("{}{}\n", hundred, last.lines().last().unwrap());
    assert!(matches!(open(&long, &[all[0].verifier_key()]), Err(Error::NoteMalformed { .. })));
    let large = "x".repeat(MAX_NOTE_BYTES) + &hundred;
    assert!(matches!(open(&large, &[all[0].verifier_key()]), Err(Error::NoteMalformed { .. })));
    assert!(sign(&("x".repeat(MAX_NOTE_BYTES) + "\n"), &all[..1]).is_err());
}
