//! Checkpoints as they are handed out, with the word of witnesses.
//!
//! A witness that has seen the log grow signs the text of a checkpoint. Its signature is kept beside
//! the checkpoint, which itself is never written again, and goes with it when it is handed out.

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::note::{self, VerifierKey};
use futures_util::TryStreamExt as _;

use super::read_error::ReadError;
use super::reader::{Reader, Sealed};
use crate::store::{Precondition, Put, Store, StoreErrorKind};

/// The newest checkpoint of a log: a signed note, with the cosignatures that were added to it.
///
/// Nobody's signature is verified here; that is for whoever gets the note.
///
/// # Errors
///
/// [`ReadError::NoLog`], [`ReadError::NoCheckpoint`]; what the store says.
pub async fn newest_checkpoint(store: &Store) -> Result<String, ReadError> {
    let sealed = Reader::open(store).await?.newest().await?;
    with_cosignatures(store, sealed).await
}

/// Keeps the cosignature of a witness, and gives the whole note.
///
/// `cosigned` is what the witness gave: a note with the text of a checkpoint of this log, signed by
/// `witness`. Other signatures in it are left out.
///
/// # Errors
///
/// [`ReadError::Format`] when the witness did not sign it, [`ReadError::NoCheckpoint`] when the log
/// has no checkpoint of this size, [`ReadError::Invalid`] when that one says something else; what the
/// store says.
pub async fn add_cosignature(
    store: &Store,
    cosigned: &[u8],
    witness: &VerifierKey,
) -> Result<String, ReadError> {
    let refused = |source| ReadError::Format { act: "take the word of the witness", source };
    let (checkpoint, _) =
        Checkpoint::open(cosigned, std::slice::from_ref(witness)).map_err(refused)?;
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
    let key = format!("{}{}", prefix(checkpoint.size), Hash::of(witness.to_string().as_bytes()));
    let put = Put { precondition: Precondition::Absent, ..Put::default() };
    match store.put(&key, cosigned.to_vec(), &put).await {
        Ok(_) => {}
        // The witness has signed before. One signature is enough.
        Err(error) if error.kind == StoreErrorKind::Exists => {}
        Err(error) => return Err(ReadError::store("keep the cosignature")(error)),
    }
    with_cosignatures(store, sealed).await
}

async fn with_cosignatures(store: &Store, sealed: Sealed) -> Result<String, ReadError> {
    let failed = || ReadError::store("read the cosignatures");
    let prefix = prefix(sealed.checkpoint.size);
    let listed: Vec<_> = store.list_all(&prefix, None).try_collect().await.map_err(failed())?;
    let mut notes = vec![sealed.note.into_bytes()];
    for entry in listed {
        notes.push(store.get(&entry.key).await.map_err(failed())?.body.to_vec());
    }
    // What somebody put there that is no note about this text is nobody's word.
    let text = |note: &[u8]| note::join(&[&notes[0][..], note]).is_ok();
    let fitting: Vec<&[u8]> = notes.iter().map(Vec::as_slice).filter(|note| text(note)).collect();
    note::join(&fitting)
        .map_err(|source| ReadError::Format { act: "read the newest checkpoint", source })
}

fn prefix(size: u64) -> String {
    format!("cosig/{size:020}/")
}
