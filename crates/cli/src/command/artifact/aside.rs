//! `artifact quarantine`, `artifact verify`

use platform::artifacts::{ArtifactStore, Outcome};
use serde_json::json;

use super::change;
use crate::args::Plain;
use crate::args::artifact::{Quarantine, VerifyArtifacts};
use crate::output;
use crate::status::{Result, Status};

pub(super) async fn decide(what: &Quarantine) -> Result<Status> {
    let (Quarantine::Release(it) | Quarantine::Discard(it)) = what;
    let decide = async |artifacts: &ArtifactStore| {
        let (key, sha256, reason) = (&it.key, it.sha256, &it.reason);
        Ok(match what {
            Quarantine::Release(_) => artifacts.release_aside(key, sha256, reason).await?,
            Quarantine::Discard(_) => artifacts.discard_aside(key, sha256, reason).await?,
        })
    };
    let word = match what {
        Quarantine::Release(_) => "released",
        Quarantine::Discard(_) => "discarded",
    };
    let seq = match change(&it.change, None, None, decide).await? {
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
    let verify = async |artifacts: &ArtifactStore| Ok(artifacts.verify(it.content).await?);
    let findings = change(&it.change, None, None, verify).await?;
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
