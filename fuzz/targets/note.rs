//! Any bytes as a signed note, a checkpoint, a proof file, a keyring, a key, the path of a tile, a
//! bundle, and as the numbers and hashes of a Merkle proof: what is read has one spelling and is
//! written back in it, what is not is an error, never a panic.
#![no_main]

use std::sync::LazyLock;

use audit_chain::checkpoint::Checkpoint;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::merkle::{self, Range};
use audit_chain::note::{self, Cosigner, Signer, VerifierKey};
use audit_chain::proof::TlogProof;
use audit_chain::tile::{self, Bundle, Tile, Tiles};
use audit_chain::{Hash, Result};

/// The seeds are signed with these.
static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let log = Signer::from_seed("example.com/interop", &[42; 32]).expect("a name");
    let witness = Cosigner::from_seed("example.com/witness", &[43; 32]).expect("a name");
    let keys = vec![Key::always(log.verifier_key())];
    Keyring::new(keys, vec![witness.verifier_key()], 0).expect("a keyring")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    notes(bytes);
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_text().as_bytes(), bytes);
        told(&proof.verify(Hash::of(bytes), &KEYRING).map(drop));
    }
    let keyring = Keyring::parse(bytes);
    told(&keyring);
    if let Ok(keyring) = keyring {
        assert_eq!(Keyring::parse(keyring.to_json().as_bytes()).as_ref(), Ok(&keyring));
        told(&keyring.verify(bytes).map(drop));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(checkpoint) = Checkpoint::parse(text) {
            assert_eq!(checkpoint.to_text(), text);
        }
        if let Ok(key) = text.parse::<VerifierKey>() {
            assert_eq!(key.to_string(), text);
        }
        if let Ok(key) = text.parse::<Signer>() {
            assert_eq!(*key.to_private_key(), text);
        }
        if let Ok(tile) = Tile::parse(text) {
            assert_eq!(tile.path(), text);
        }
        if let Ok(bundle) = Bundle::parse(text) {
            assert_eq!(bundle.path(), text);
        }
    }
    let width = bytes.len() as u64 / 34;
    if let Some(bundle) = Bundle::of(0, width) {
        match bundle.decode(bytes) {
            Ok(records) => assert_eq!(Bundle::encode(&records), bytes),
            error => told(&error),
        }
    }
    numbers(bytes);
});

fn notes(bytes: &[u8]) {
    let Ok(joined) = note::join(&[bytes]) else {
        // Whatever cannot be joined cannot be opened either.
        return told(&note::open(bytes, &[]).map(drop));
    };
    assert_eq!(note::join(&[bytes, joined.as_bytes()]).as_ref(), Ok(&joined), "each line once");
    let keys: Vec<VerifierKey> = KEYRING.keys().iter().map(|key| key.vkey.clone()).collect();
    let opened = note::open(bytes, &keys);
    assert_eq!(opened, note::open(&joined, &keys));
    if let Ok(note) = &opened {
        assert!(joined.starts_with(&note.text) && note.text.ends_with('\n'));
        assert!(note.verified.len() == 1, "there is only one key");
    }
    told(&opened);
    told(&KEYRING.verify(bytes));
}

/// The first 24 bytes as three numbers, the rest as hashes.
fn numbers(bytes: &[u8]) {
    let (numbers, rest) = bytes.as_chunks::<8>().0.split_at(3.min(bytes.len() / 8));
    let &[a, b, c] = numbers else { return };
    let [a, b, c] = [a, b, c].map(u64::from_be_bytes);
    let hashes: Vec<Hash> =
        rest.as_flattened().as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect();
    let root = Hash::of(bytes);
    // The answer is known: nobody finds a preimage here.
    assert!(merkle::verify_inclusion(a, b, root, &hashes, root).is_err() || b == 1);
    assert!(merkle::verify_consistency(a, b, root, root, &hashes).is_err() || a == b);
    for needed in [tile::for_inclusion(a, b), tile::for_consistency(a, b), Ok(tile::for_root(b))] {
        for tile in needed.into_iter().flatten() {
            assert!(tile.index() * 256 + u64::from(tile.width()) <= b >> (8 * tile.level()));
            assert_eq!(Tile::parse(&tile.path()), Ok(tile));
        }
    }
    told(&merkle::inclusion(a, b, &Tiles::default()).map(drop));
    told(&merkle::consistency(a, b, &hashes[..]).map(drop));
    if let Ok(mut range) = Range::from_nodes(a, b, hashes) {
        told(&range.append_subtree((c % 70) as u32, root));
        let other = Range::empty(range.end());
        assert_eq!(range.merge(&other), Ok(()));
    }
    tile::right_edge(c);
}

/// An error says one line about itself.
fn told<T>(result: &Result<T>) {
    if let Err(error) = result {
        let message = error.to_string();
        assert!(!message.is_empty() && !message.contains('\n'), "{message}");
    }
}
