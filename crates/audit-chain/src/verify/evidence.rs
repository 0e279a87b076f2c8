//! Checking the evidence for one record, with nothing else at hand.

use crate::canonical::Scanner;
use crate::keyring::Keyring;
use crate::proof::{TlogProof, Verified};
use crate::record::{Line, Suffixed};
use crate::{Error, Result};

/// Checks that `line` is the record that the proof file speaks of, unchanged, in a log whose
/// checkpoint the keyring answers for.
///
/// The line may end in a line feed. A record says its number itself, and that has to be the one in
/// the proof; a record of an older log has none.
///
/// # Errors
///
/// [`Error::LineInvalid`] when the line does not have the hash it gives for itself or says another
/// number, and as [`TlogProof::parse`] and [`TlogProof::verify`].
pub fn verify_evidence(
    proof: impl AsRef<[u8]>,
    line: impl AsRef<[u8]>,
    keyring: &Keyring,
) -> Result<Verified> {
    let line = line.as_ref();
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let invalid = |reason| Error::LineInvalid { reason };
    let suffixed = Suffixed::of(line).ok_or(invalid("it does not end with its `record_hash`"))?;
    let hash = suffixed.computed_hash();
    if hash != suffixed.record_hash {
        return Err(invalid("it does not have the hash it gives for itself"));
    }
    let verified = TlogProof::parse(proof)?.verify(hash, keyring)?;
    match Line::read(line, &mut Scanner::default()) {
        Ok(record) if record.seq != verified.index => {
            Err(invalid("it says another number than the proof"))
        }
        // That it is in the tree is proved either way.
        Ok(_) | Err(_) => Ok(verified),
    }
}
