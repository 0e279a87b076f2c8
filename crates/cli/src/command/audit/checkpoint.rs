//! `audit checkpoint`

use audit_chain::note::MAX_NOTE_BYTES;
use platform::{files, ledger};

use super::{key_file, runtime, store, writing};
use crate::args::Checkpoint;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Checkpoint) -> Result<Status> {
    let rotate_to = arguments.rotate_to.as_deref().map(key_file::signer).transpose()?;
    let cosigned = arguments.add_cosignature.as_deref();
    let cosigned = cosigned.map(|path| files::read_bounded(path, MAX_NOTE_BYTES)).transpose()?;
    let note = runtime()?.block_on(async {
        if arguments.writing.signer.is_some() {
            let ledger = writing::open(&arguments.url, &arguments.writing).await?;
            match rotate_to {
                Some(signer) => ledger.rotate_key(signer).await.map(|_| ())?,
                None => ledger.checkpoint().await.map(|_| ())?,
            }
            ledger.close().await?;
        }
        let store = store(&arguments.url).await?;
        let note = match (&cosigned, &arguments.witness) {
            (Some(note), Some(witness)) => ledger::add_cosignature(&store, note, witness).await?,
            _ => ledger::newest_checkpoint(&store).await?,
        };
        Ok::<_, Error>(note)
    })?;
    output::data(&note)?;
    Ok(Status::Fine)
}
