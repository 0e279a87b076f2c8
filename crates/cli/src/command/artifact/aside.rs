//! `artifact quarantine`, `artifact verify`

use platform::artifacts::Outcome;
use serde_json::json;

use super::{closing, open};
use crate::args::Plain;
use crate::args::artifact::{Quarantine, VerifyArtifacts};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) async fn decide(what: &Quarantine) -> Result<Status> {
    let (Quarantine::Release(it) | Quarantine::Discard(it)) = what;
    let artifacts = open(&it.change, None, None).await?;
    let (done, word) = match what {
        Quarantine::Release(_) => {
            (artifacts.release_aside(&it.key, it.sha256, &it.reason).await, "released")
        }
        Quarantine::Discard(_) => {
            (artifacts.discard_aside(&it.key, it.sha256, &it.reason).await, "discarded")
        }
    };
    let seq = match closing(&artifacts, done.map_err(Error::from)).await? {
        Outcome::Done(performed) => Some(performed.receipt.seq),
        Outcome::Already => None,
    };
    match it.change.place.format {
        Plain::Json => output::json(&json!({
            "key": it.key.to_string(), "change": word, "fresh": seq.is_some(), "seq": seq,
        }))?,
        Plain::Human => {
            let how = seq.map_or("it was so before".to_owned(), |seq| format!("record {seq}"));
            output::data(&format!("{}: {word} ({how})\n", it.key))?;
        }
    }
    Ok(Status::Fine)
}

pub(super) async fn verify(it: &VerifyArtifacts) -> Result<Status> {
    let artifacts = open(&it.change, None, None).await?;
    let found = artifacts.verify(it.content).await.map_err(Error::from);
    let findings = closing(&artifacts, found).await?;
    for finding in &findings {
        match it.change.place.format {
            Plain::Json => output::json(&json!(finding))?,
            Plain::Human => output::data(&format!("{finding}\n"))?,
        }
    }
    match findings.is_empty() {
        true => {
            output::talk("every change is in the ledger, and every record in its log");
            Ok(Status::Fine)
        }
        false => Ok(Status::Tampered),
    }
}
