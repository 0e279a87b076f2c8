//! Evidence for one record: a proof file (<https://c2sp.org/tlog-proof>).
//!
//! It holds the record's index, the inclusion proof and the signed checkpoint, and is verified with
//! nothing but the record and a keyring:
//!
//! ```
//! use audit_chain::checkpoint::Checkpoint;
//! use audit_chain::keyring::{Key, Keyring};
//! use audit_chain::note::Signer;
//! use audit_chain::proof::TlogProof;
//! use audit_chain::{Hash, merkle};
//!
//! let records: Vec<Hash> = (0..5_u8).map(|n| Hash::of(&[n])).collect();
//! let leaves: Vec<Hash> = records.iter().map(|hash| merkle::leaf_hash(&hash.0)).collect();
//! let signer = Signer::from_seed("example.com/log", &[7; 32])?;
//! let root = merkle::Range::of(0, &leaves).root();
//! let checkpoint = Checkpoint { origin: "example.com/log".into(), size: 5, root };
//!
//! let file = TlogProof {
//!     index: 3,
//!     path: merkle::inclusion(3, 5, &leaves[..])?,
//!     extra: None,
//!     checkpoint: checkpoint.sign(&[&signer])?,
//! }
//! .to_text();
//!
//! let keyring = Keyring::new(vec![Key::always(signer.verifier_key())], vec![], 0)?;
//! let verified = TlogProof::parse(&file)?.verify(records[3], &keyring)?;
//! assert_eq!((verified.index, verified.trusted.checkpoint.size), (3, 5));
//! assert!(TlogProof::parse(&file)?.verify(records[2], &keyring).is_err());
//! # Ok::<(), audit_chain::Error>(())
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::checkpoint::{read_hash, read_number};
use crate::keyring::{Keyring, Trusted};
use crate::note::{self, MAX_NOTE_BYTES};
use crate::{Error, Hash, Result, merkle};

/// What a file of this format begins with.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// What a proof file should be called: its name ends in this.
pub const FILE_SUFFIX: &str = ".tlog-proof";

/// The most extra data that is read, decoded.
pub const MAX_EXTRA_BYTES: usize = 1024 * 1024;

/// The longest path: a tree of fewer than 2^63 leaves is no higher.
pub const MAX_PATH: usize = 63;

/// Evidence that one record is in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// The number of the record; the first of a log is 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling upwards.
    pub path: Vec<Hash>,
    /// Whatever the maker wanted to add. It is not part of what is proved.
    pub extra: Option<Vec<u8>>,
    /// The signed checkpoint, as the log published it.
    pub checkpoint: String,
}

/// What a proof has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The number of the record.
    pub index: u64,
    /// The checkpoint it is under, and who signed that.
    pub trusted: Trusted,
}

impl TlogProof {
    /// Reads a proof file. Nothing is verified.
    ///
    /// # Errors
    ///
    /// [`Error::ProofMalformed`], or [`Error::NoteMalformed`] for the checkpoint in it.
    pub fn parse(file: impl AsRef<[u8]>) -> Result<Self> {
        let file = file.as_ref();
        if file.len() > MAX_NOTE_BYTES + MAX_EXTRA_BYTES * 2 {
            return malformed(1, "the file is too large");
        }
        let Ok(text) = std::str::from_utf8(file) else {
            return malformed(1, "the file is not UTF-8");
        };
        // The first empty line ends the proof; the note after it has empty lines of its own.
        let Some((head, checkpoint)) = text.split_once("\n\n") else {
            return malformed(1, "no empty line stands between the proof and a checkpoint");
        };
        let mut lines = (1..).zip(head.split('\n')).peekable();
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            return malformed(1, "the first line must be `c2sp.org/tlog-proof@v1`");
        }
        let encoded = lines.peek().and_then(|(_, line)| line.strip_prefix("extra "));
        let extra = match encoded.map(|encoded| BASE64.decode(encoded)) {
            None => None,
            Some(Ok(extra)) if extra.len() <= MAX_EXTRA_BYTES => Some(extra),
            Some(Ok(_)) => return malformed(2, "there is more than 1 MiB of extra data"),
            Some(Err(_)) => return malformed(2, "extra data must be base64"),
        };
        if extra.is_some() {
            lines.next();
        }
        let index = lines.next().and_then(|(_, line)| read_number(line.strip_prefix("index ")?));
        let Some(index) = index else {
            let number = if extra.is_some() { 3 } else { 2 };
            return malformed(number, "the line must be `index` and a plain decimal number");
        };
        let mut path = Vec::new();
        for (number, line) in lines {
            match read_hash(line) {
                Some(_) if path.len() == MAX_PATH => {
                    return malformed(number, "a proof has no more than 63 hashes");
                }
                Some(hash) => path.push(hash),
                None => return malformed(number, "a hash must be base64 of 32 bytes"),
            }
        }
        note::check_form(checkpoint)?;
        Ok(Self { index, path, extra, checkpoint: checkpoint.to_owned() })
    }

    /// The proof as a file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", BASE64.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            text.push_str(&BASE64.encode(hash.0));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Checks that the record with this hash is in the log, under a checkpoint the keyring answers
    /// for.
    ///
    /// The hash must have been computed from the record itself, never taken from the proof.
    ///
    /// # Errors
    ///
    /// As [`Keyring::verify`], then as [`merkle::verify_inclusion`].
    pub fn verify(&self, record_hash: Hash, keyring: &Keyring) -> Result<Verified> {
        let trusted = keyring.verify(&self.checkpoint)?;
        let (leaf, tree) = (merkle::leaf_hash(&record_hash.0), &trusted.checkpoint);
        merkle::verify_inclusion(self.index, tree.size, leaf, &self.path, tree.root)?;
        Ok(Verified { index: self.index, trusted })
    }
}

fn malformed<T>(line: usize, reason: &'static str) -> Result<T> {
    Err(Error::ProofMalformed { line, reason })
}

#[cfg(test)]
mod tests;
