//! Checkpoints as they are handed out, with the word of witnesses.
//!
//! A witness that has seen the log grow signs the text of a checkpoint. Its signature is kept beside
//! the checkpoint, which itself is never written again, and goes with it when it is handed out.

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::note::{self, Algorithm, VerifierKey};
use audit_chain::verify::{Finding, Kind};

use super::read_error::ReadError;
use super::reader::Reader;
use crate::store::{Put, Store, StoreErrorKind};

/// The newest checkpoint of a log: a signed note, with the cosignatures that were added to it.
///
/// Nobody's signature is verified here; that is for whoever gets the note.
///
/// # Errors
///
/// [`ReadError::NoLog`], [`ReadError::NoCheckpoint`]; what the store says.
pub async fn newest_checkpoint(store: &Store) -> Result<String, ReadError> {
    let reader = Reader::open(store).await?;
    let newest = reader.newest().await?;
    Ok(reader.cosigned(newest).await?.note)
}

/// Keeps the cosignature of a witness, and gives the whole note.
///
/// `cosigned` is what the witness gave: a note with the text of a checkpoint of this log, signed by
/// `witness`. Other signatures in it are left out.
///
/// # Errors
///
/// [`ReadError::Format`] when the witness did not sign it, [`ReadError::NoCheckpoint`] when the log
/// has no checkpoint of this size, [`ReadError::Invalid`] when that one says something else or
/// `witness` is no witness, [`ReadError::Unsound`] when something else is in its place; what the store
/// says.
pub async fn add_cosignature(
    store: &Store,
    cosigned: &[u8],
    witness: &VerifierKey,
) -> Result<String, ReadError> {
    if witness.algorithm() != Algorithm::CosignatureV1 {
        let reason = format!("`{}` is the key of a log, and no witness", witness.label());
        return Err(ReadError::Invalid { reason });
    }
    let refused = |source| ReadError::Format { act: "take the word of the witness", source };
    let (checkpoint, _) =
        Checkpoint::open(cosigned, std::slice::from_ref(witness)).map_err(refused)?;
    let only = note::only(cosigned, witness).map_err(refused)?;
    let reader = Reader::open(store).await?;
    let sealed = reader.checkpoint(checkpoint.size).await?;
    if sealed.checkpoint != checkpoint {
        return Err(ReadError::Invalid {
            reason: format!(
                "the witness has signed another checkpoint of {} records than the log has",
                checkpoint.size
            ),
        });
    }
    let hash = Hash::of(witness.to_string().as_bytes());
    let key = format!("cosig/{:020}/{hash}", checkpoint.size);
    let put = Put::absent().typed("text/plain; charset=utf-8");
    match store.put(&key, only.into_bytes(), &put).await {
        Ok(_) => {}
        // The witness has signed before. One signature is enough, if it is one.
        Err(error) if error.kind == StoreErrorKind::Exists => {
            let there = reader.current(&key, "read the cosignature that is there").await?;
            let there = Checkpoint::open(there.unwrap_or_default(), std::slice::from_ref(witness));
            if there.is_ok_and(|(there, _)| there == checkpoint) {
                return Ok(reader.cosigned(sealed).await?.note);
            }
            let message = "what is kept there is not the word of the witness";
            return Err(ReadError::unsound(Finding::new(Kind::BadCheckpoint, message).of(key)));
        }
        Err(error) => return Err(ReadError::store("keep the cosignature")(error)),
    }
    Ok(reader.cosigned(sealed).await?.note)
}
