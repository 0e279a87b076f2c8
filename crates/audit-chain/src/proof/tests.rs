//! A proof file says one thing in one way.

use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::keyring::Key;
use crate::note::Signer;

fn evidence(size: u64, index: u64) -> (TlogProof, Vec<Hash>, Keyring) {
    let records: Vec<Hash> = (0..size).map(|n| Hash::of(&n.to_be_bytes())).collect();
    let leaves: Vec<Hash> = records.iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
    let signer = Signer::from_seed("example.com/log", &[7; 32]).unwrap();
    let root = merkle::Range::of(0, &leaves).root();
    let checkpoint = Checkpoint { origin: "example.com/log".into(), size, root };
    let proof = TlogProof {
        index,
        path: merkle::inclusion(index, size, &leaves[..]).unwrap(),
        extra: Some(b"of no weight".to_vec()),
        checkpoint: checkpoint.sign(&[&signer]).unwrap(),
    };
    let keyring = Keyring::new(vec![Key::always(signer.verifier_key())], vec![], 0).unwrap();
    (proof, records, keyring)
}

#[test]
fn a_proof_is_read_as_it_was_written_and_in_no_other_way() {
    let (proof, records, keyring) = evidence(6, 2);
    let text = proof.to_text();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra b2Ygbm8gd2VpZ2h0\nindex 2\n"));
    assert_eq!(TlogProof::parse(&text).as_ref(), Ok(&proof));
    let bare = TlogProof { extra: None, ..proof.clone() };
    assert_eq!(TlogProof::parse(bare.to_text()).as_ref(), Ok(&bare));
    assert!(bare.verify(records[2], &keyring).is_ok(), "extra data proves nothing");
    let lone = evidence(1, 0).0;
    assert!(lone.path.is_empty());
    assert_eq!(TlogProof::parse(lone.to_text()), Ok(lone));

    let line = |number: usize| text.lines().nth(number - 1).unwrap();
    for (from, to, at) in [
        ("@v1", "@v2", 1),
        ("c2sp", "\u{feff}c2sp", 1),
        ("b2Yg", "b2Y", 2),
        ("extra b2Ygbm8gd2VpZ2h0", "extra", 2),
        ("index 2", "index 02", 3),
        ("index 2", "index  2", 3),
        ("index 2", "index -2", 3),
        ("index 2", "index 9223372036854775808", 3),
        ("index 2\n", "", 3),
        (line(5), "AAAA", 5),
        (line(5), &format!("{} ", line(5)), 5),
        ("\n\nexample", "\nexample", 7),
    ] {
        let wrong = text.replacen(from, to, 1);
        assert_ne!(wrong, text, "the case changes something");
        match TlogProof::parse(&wrong) {
            Err(Error::ProofMalformed { line, .. }) => assert_eq!(line, at, "{wrong}"),
            other => panic!("{other:?} for {wrong}"),
        }
    }
    let long = TlogProof { path: vec![records[0]; 64], ..proof.clone() };
    assert!(matches!(TlogProof::parse(long.to_text()), Err(Error::ProofMalformed { .. })));
    let large = TlogProof { extra: Some(vec![0; MAX_EXTRA_BYTES + 1]), ..proof.clone() };
    assert!(matches!(
        TlogProof::parse(large.to_text()),
        Err(Error::ProofMalformed { line: 2, .. })
    ));
    assert!(TlogProof::parse([0xff]).is_err() && TlogProof::parse("").is_err());
    let unsigned = text.rsplit_once("\n\n").unwrap().0.to_owned() + "\n";
    assert!(matches!(TlogProof::parse(unsigned), Err(Error::NoteMalformed { .. })));
}

#[test]
fn each_step_of_a_verification_can_fail_by_its_name() {
    let (proof, records, keyring) = evidence(6, 2);
    let verified = proof.verify(records[2], &keyring).unwrap();
    assert_eq!((verified.index, verified.trusted.checkpoint.size), (2, 6));
    let refused = |proof: TlogProof, record| proof.verify(record, &keyring).unwrap_err();
    assert!(matches!(refused(proof.clone(), records[3]), Error::RootMismatch { .. }));
    let other = TlogProof { index: 6, ..proof.clone() };
    assert_eq!(refused(other, records[2]), Error::IndexBeyondTree { index: 6, size: 6 });
    let short = TlogProof { path: proof.path[1..].to_vec(), ..proof.clone() };
    assert_eq!(refused(short, records[2]), Error::ProofLength { expected: 3, found: 2 });
    let checkpoint = proof.checkpoint.replace("\n6\n", "\n7\n");
    let forged = TlogProof { checkpoint, ..proof };
    assert!(matches!(refused(forged, records[2]), Error::SignatureInvalid { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_flipped_bit_leaves_another_proof(
        (size, index) in (1_u64..40).prop_flat_map(|size| (Just(size), 0..size)),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let (proof, records, keyring) = evidence(size, index);
        let proof = TlogProof { extra: None, ..proof };
        let mut bytes = proof.to_text().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let verified = TlogProof::parse(&bytes)
            .and_then(|read| read.verify(records[index as usize], &keyring));
        // The name and id in the signature line say who signed: changed, nobody known did.
        prop_assert!(verified.is_err(), "byte {at}: {}", String::from_utf8_lossy(&bytes));
    }
}
