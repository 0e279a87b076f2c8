//! Checkpoints (<https://c2sp.org/tlog-checkpoint>): a signed note that says which root a log has at
//! which size.
//!
//! ```
//! use audit_chain::checkpoint::Checkpoint;
//! use audit_chain::{merkle, note::Signer};
//!
//! let signer = Signer::from_seed("example.com/log", &[7; 32])?;
//! let checkpoint =
//!     Checkpoint { origin: "example.com/log".into(), size: 0, root: merkle::empty_root() };
//! let note = checkpoint.sign(&[&signer])?;
//! assert!(note.starts_with("example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"));
//!
//! let (opened, _) = Checkpoint::open(&note, &[signer.verifier_key()])?;
//! assert_eq!(opened, checkpoint);
//! # Ok::<(), audit_chain::Error>(())
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::merkle::MAX_SIZE;
use crate::note::{self, Note, Signer, VerifierKey};
use crate::{Error, Hash, Result};

/// The longest origin: what `log_origin` of <https://c2sp.org/tlog-cosignature> can hold.
pub const MAX_ORIGIN_BYTES: usize = 255;

/// What a log says of itself: with this many records, its root is this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; for example `example.com/log`.
    pub origin: String,
    /// How many records it has.
    pub size: u64,
    /// The root of its tree at that size (RFC 6962).
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a checkpoint, unsigned: three lines.
    ///
    /// Extension lines, which nobody can audit, are refused: no log of strongroom has any.
    ///
    /// # Errors
    ///
    /// [`Error::CheckpointMalformed`].
    pub fn parse(text: &str) -> Result<Self> {
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, rest @ ..] = lines.as_slice() else {
            return malformed("it has fewer than three lines");
        };
        match rest {
            [""] => {}
            [] => return malformed("its text does not end in a newline"),
            _ => return malformed("it has lines after the root"),
        }
        if !is_origin(origin) {
            return malformed(
                "its origin is empty, longer than 255 bytes or has control characters",
            );
        }
        let Some(size) = read_number(size) else {
            return malformed("its size is not a plain decimal number below 2^63");
        };
        let Some(root) = read_hash(root) else {
            return malformed("its root is not base64 of 32 bytes");
        };
        Ok(Self { origin: (*origin).to_owned(), size, root })
    }

    /// The text that is signed.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root.0))
    }

    /// The checkpoint as a signed note.
    ///
    /// # Errors
    ///
    /// [`Error::CheckpointMalformed`] when origin or size cannot be written; as [`note::sign`].
    pub fn sign(&self, signers: &[&Signer]) -> Result<String> {
        let text = self.to_text();
        Self::parse(&text)?;
        note::sign(&text, signers)
    }

    /// Opens a signed note and reads the checkpoint in it.
    ///
    /// # Errors
    ///
    /// As [`note::open`] and [`Checkpoint::parse`].
    pub fn open(note: impl AsRef<[u8]>, keys: &[VerifierKey]) -> Result<(Self, Note)> {
        let note = note::open(note, keys)?;
        Ok((Self::parse(&note.text)?, note))
    }
}

fn is_origin(origin: &str) -> bool {
    (1..=MAX_ORIGIN_BYTES).contains(&origin.len()) && !origin.contains(char::is_control)
}

/// A size or an index: decimal digits without leading zeroes, below 2^63.
pub(crate) fn read_number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|number| plain && *number <= MAX_SIZE)
}

/// A hash as standard base64.
pub(crate) fn read_hash(text: &str) -> Option<Hash> {
    // 32 bytes are 44 digits: anything longer need not be decoded.
    let bytes = (text.len() == 44).then(|| BASE64.decode(text).ok()).flatten()?;
    Some(Hash(bytes.try_into().ok()?))
}

fn malformed<T>(reason: &'static str) -> Result<T> {
    Err(Error::CheckpointMalformed { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_of_a_checkpoint_is_read() {
        let right = "example.com/behind-the-sofa\n20852163\n\
                     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let read = Checkpoint::parse(right).unwrap();
        assert_eq!((read.size, read.to_text().as_str()), (20_852_163, right));
        for (from, to) in [
            ("example.com/behind-the-sofa", ""),
            ("sofa", "so\tfa"),
            ("20852163", "020852163"),
            ("20852163", "+20852163"),
            ("20852163", "-1"),
            ("20852163", ""),
            ("20852163", "9223372036854775808"),
            ("20852163\n", ""),
            ("CsUY", "CsU"),
            ("q2I=", "q2J="),
            ("q2I=\n", "q2I="),
            ("q2I=\n", "q2I=\n\n"),
            ("q2I=\n", "q2I=\nextension\n"),
            ("q2I=\n", "q2I=\r\n"),
        ] {
            let wrong = right.replacen(from, to, 1);
            assert_ne!(wrong, right, "the case changes something");
            assert!(
                matches!(Checkpoint::parse(&wrong), Err(Error::CheckpointMalformed { .. })),
                "{wrong}"
            );
        }
    }
}
