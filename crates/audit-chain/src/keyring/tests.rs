//! Keys that come, go and are revoked.

use super::*;
use crate::merkle;
use crate::note::{self, Cosigner, Signer};

fn signer(seed: u8) -> Signer {
    Signer::from_seed("example.com/log", &[seed; 32]).unwrap()
}

fn witness(name: &str, seed: u8) -> Cosigner {
    Cosigner::from_seed(name, &[seed; 32]).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint { origin: "example.com/log".to_owned(), size, root: merkle::empty_root() }
}

fn signed(size: u64, signers: &[&Signer]) -> String {
    checkpoint(size).sign(signers).unwrap()
}

#[test]
fn a_rotation_is_signed_by_both_keys_and_each_keeps_to_its_side() {
    let (old, new) = (signer(1), signer(2));
    let before = Keyring::new(vec![Key::always(old.verifier_key())], vec![], 0).unwrap();
    let keyring = before.rotated(new.verifier_key(), 100).unwrap();
    let label = |signer: &Signer| signer.verifier_key().label();

    assert_eq!(keyring.verify(signed(99, &[&old])).unwrap().signed_by, [label(&old)]);
    assert_eq!(keyring.verify(signed(101, &[&new])).unwrap().signed_by, [label(&new)]);
    let both = keyring.verify_rotation(signed(100, &[&old, &new])).unwrap();
    assert_eq!(both.signed_by, [label(&old), label(&new)]);

    let refused = |size, signers: &[&Signer]| keyring.verify(signed(size, signers)).unwrap_err();
    assert_eq!(refused(101, &[&old]), Error::KeyOutOfRange { key: label(&old), size: 101 });
    assert_eq!(refused(99, &[&new]), Error::KeyOutOfRange { key: label(&new), size: 99 });
    assert_eq!(refused(99, &[&signer(3)]), Error::NoteUnsigned);
    for (size, signers) in [(100, &[&old][..]), (100, &[&new]), (99, &[&old])] {
        let error = keyring.verify_rotation(signed(size, signers)).unwrap_err();
        assert_eq!(error, Error::RotationUnsigned { size });
    }
    let third = keyring.rotated(signer(3).verifier_key(), 100).unwrap();
    let error = third.verify_rotation(signed(100, &[&old, &new])).unwrap_err();
    assert_eq!(error, Error::RotationUnsigned { size: 100 }, "a third key may sign there, too");
    // A key out of its range does not spoil the signature of one within.
    assert_eq!(keyring.verify(signed(101, &[&old, &new])).unwrap().signed_by, [label(&new)]);
    assert!(keyring.rotated(old.verifier_key(), 200).is_err(), "a key does not come back");
}

#[test]
fn a_revoked_key_proves_nothing_from_its_size_on() {
    let (stolen, other) = (signer(1), signer(2));
    let keys = [&stolen, &other].map(|signer| Key::always(signer.verifier_key()));
    let key = stolen.verifier_key().label();
    let keyring = Keyring::new(keys.to_vec(), vec![], 0).unwrap().revoked(&key, 50).unwrap();
    assert!(keyring.verify(signed(49, &[&stolen])).is_ok());
    for size in [50, 51] {
        let error = keyring.verify(signed(size, &[&stolen])).unwrap_err();
        assert_eq!(error, Error::KeyRevoked { key: key.clone(), from_size: 50, size });
        assert!(keyring.verify(signed(size, &[&stolen, &other])).is_ok());
    }
    assert_eq!(keyring.revoked(&key, 60), Ok(keyring.clone()), "what is revoked stays revoked");
    assert!(keyring.revoked("other+00000000", 1).is_err());
    // A wrong signature by a known key is refused also where the key has nothing to say.
    let spoiled = signed(60, &[&stolen, &other]).replace("\n60\n", "\n61\n");
    assert!(matches!(keyring.verify(spoiled), Err(Error::SignatureInvalid { .. })));
}

#[test]
fn witnesses_count_once_each_and_never_instead_of_the_log() {
    let (log, a, b) = (signer(1), witness("a", 2), witness("b", 3));
    let text = checkpoint(7).to_text();
    let own = signed(7, &[&log]);
    let by_a = [10, 20].map(|time| note::cosign(&text, &a, time).unwrap());
    let by_b = note::cosign(&text, &b, 30).unwrap();
    let ring = |quorum| {
        let witnesses = vec![a.verifier_key(), b.verifier_key()];
        Keyring::new(vec![Key::always(log.verifier_key())], witnesses, quorum).unwrap()
    };
    let twice = note::join(&[&own, &by_a[0], &by_a[1]]).unwrap();
    assert_eq!(ring(2).verify(&twice), Err(Error::WitnessesMissing { found: 1, needed: 2 }));
    assert_eq!(ring(1).verify(&twice).unwrap().witnessed_by[0].timestamp, 20);
    let all = note::join(&[&own, &by_b, &by_a[1]]).unwrap();
    assert_eq!(ring(2).verify(&all).unwrap().witnessed_by.len(), 2);
    assert_eq!(ring(2).verify(note::join(&by_a).unwrap()), Err(Error::NoteUnsigned));
    assert_eq!(ring(1).verify(&own), Err(Error::WitnessesMissing { found: 0, needed: 1 }));
}

#[test]
fn a_keyring_can_be_for_one_log_only() {
    let log = signer(1);
    let keyring = Keyring::new(vec![Key::always(log.verifier_key())], vec![], 0).unwrap();
    let elsewhere = Checkpoint { origin: "elsewhere".to_owned(), ..checkpoint(7) };
    let note = elsewhere.sign(&[&log]).unwrap();
    assert_eq!(keyring.verify(&note).unwrap().checkpoint, elsewhere);
    let keyring = keyring.with_origin("example.com/log");
    let error = keyring.verify(&note).unwrap_err();
    assert_eq!(error.to_string(), "the checkpoint is of `elsewhere`, not of `example.com/log`");
    assert!(keyring.verify(signed(7, &[&log])).is_ok());
    assert_eq!(Keyring::parse(keyring.to_json().as_bytes()), Ok(keyring));
}

#[test]
fn the_document_says_what_is_wrong_with_it() {
    let (log, w) = (signer(1).verifier_key(), witness("w", 2).verifier_key());
    let same = witness("other", 2).verifier_key();
    let right = format!(
        r#"{{"v":1,"keys":[{{"vkey":"{log}","from_size":0,"to_size":null,"revoked_from_size":null}}],
        "witnesses":["{w}"],"witness_quorum":1}}"#
    );
    let keyring = Keyring::parse(right.as_bytes()).unwrap();
    assert_eq!((keyring.keys().len(), keyring.witnesses().len()), (1, 1));
    assert_eq!(Keyring::parse(keyring.to_json().as_bytes()).as_ref(), Ok(&keyring));
    let private = signer(1).to_private_key();
    for (from, to, says) in [
        (r#""v":1"#, r#""v":2"#, "its version is 2"),
        (r#""v":1,"#, "", "missing field `v`"),
        (r#""v":1"#, r#""v":1,"x":1"#, "unknown field `x`"),
        (r#""from_size":0"#, r#""from":0"#, "unknown field `from`"),
        (r#""from_size":0"#, r#""from_size":0,"from_size":1"#, "duplicate field"),
        (r#""from_size":0"#, r#""from_size":-1"#, "invalid value"),
        (r#""to_size":null"#, r#""to_size":9223372036854775808"#, "no range"),
        (r#""from_size":0,"to_size":null"#, r#""from_size":9,"to_size":8"#, "no range"),
        (r#""witness_quorum":1"#, r#""witness_quorum":2"#, "asks for 2 witnesses and names 1"),
        (&log.to_string(), &w.to_string(), "among those of the log"),
        (&log.to_string(), &private, "it is a private key"),
        (&log.to_string(), "x", "it is not `<name>+<id>+<base64>`"),
        (&format!("[\"{w}\"]"), &format!("[\"{log}\"]"), "among those of witnesses"),
        (&format!("[\"{w}\"]"), &format!("[\"{w}\",\"{w}\"]"), "is in it twice"),
        (&format!("[\"{w}\"]"), &format!("[\"{w}\",\"{same}\"]"), "is in it twice"),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right, "the case changes something");
        let error = Keyring::parse(wrong.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}, not {says}");
        assert!(!error.contains(private.rsplit('+').next().unwrap()), "a secret: {error}");
    }
    assert!(Keyring::parse(br#"{"v":1,"keys":[]}"#).unwrap_err().to_string().contains("no key"));
    let named = |name: &str| {
        Keyring::parse(format!(r#"{{"{name}":1}}"#).as_bytes()).unwrap_err().to_string()
    };
    assert!(!named(r"a\nb").contains('\n'), "{}", named(r"a\nb"));
    assert!(named(&"a".repeat(10_000)).len() < 400);
    assert!(Keyring::parse(&vec![b' '; MAX_KEYRING_BYTES + 1]).is_err());
}
