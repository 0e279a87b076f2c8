//! `audit checkpoint`

use audit_chain::note::MAX_NOTE_BYTES;
use platform::ledger::{Lanes, LanesOptions};
use platform::{files, ledger};
use serde_json::json;

use super::{key_file, runtime, store, writing};
use crate::args::{Checkpoint, Plain};
use crate::command::ledger::sealing;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Checkpoint) -> Result<Status> {
    let rotate_to = arguments.rotate_to.as_deref().map(key_file::signer).transpose()?;
    let cosigned = arguments.add_cosignature.as_deref();
    let cosigned = cosigned.map(|path| files::read_bounded(path, MAX_NOTE_BYTES)).transpose()?;
    let note = runtime()?.block_on(async {
        let mut store = store(&arguments.url).await?;
        let has_lanes = ledger::has_lanes(&store).await?;
        if has_lanes && arguments.writing.signer.is_some() {
            let mut options = LanesOptions::default();
            options.log = writing::options(&arguments.writing)?;
            options.log.create = false;
            let ledger = Lanes::open(&store, options).await?;
            let seal = async {
                match rotate_to {
                    Some(signer) => ledger.rotate_key(signer).await.map(drop)?,
                    None => ledger.checkpoint().await.map(drop)?,
                }
                Ok(())
            };
            sealing(&ledger, seal).await?;
        } else if arguments.writing.signer.is_some() {
            let ledger = writing::open(&arguments.url, &arguments.writing).await?;
            let seal = async {
                match rotate_to {
                    Some(signer) => ledger.rotate_key(signer).await.map(drop)?,
                    None => ledger.checkpoint().await.map(drop)?,
                }
                Ok(())
            };
            sealing(&ledger, seal).await?;
        }
        if has_lanes {
            // It covers all the lanes.
            store = store.at(audit_chain::lanes::ROOT);
        }
        let note = match (&cosigned, &arguments.witness) {
            (Some(note), Some(witness)) => ledger::add_cosignature(&store, note, witness).await?,
            _ => ledger::newest_checkpoint(&store).await?,
        };
        Ok::<_, Error>(note)
    })?;
    if arguments.format == Plain::Json {
        let text = note.split_once("\n\n").map_or("", |(text, _)| text);
        let checkpoint = audit_chain::checkpoint::Checkpoint::parse(&format!("{text}\n"));
        let checkpoint = checkpoint.map_err(|source| Error::Chain {
            message: "the newest checkpoint cannot be read".to_owned(),
            source,
        })?;
        output::json(&json!({
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.to_string(),
            "note": note,
        }))?;
        return Ok(Status::Fine);
    }
    output::data(&note)?;
    Ok(Status::Fine)
}
