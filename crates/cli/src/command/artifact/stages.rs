//! `artifact gate`, `approve`, `promote`, `demote`

use platform::artifacts::Outcome;
use serde_json::json;
use storage_core::artifacts::{GateReport, ReleaseName};

use super::{closing, open};
use crate::args::Plain;
use crate::args::artifact::{Approve, Demote, Gate, Promote};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) async fn gate(arguments: &Gate) -> Result<Status> {
    let artifacts = open(&arguments.change, None, None).await?;
    let name = &arguments.release;
    let done = async {
        let contents = match arguments.contents {
            Some(contents) => contents,
            None => artifacts.reader().release(name).await?.contents(name),
        };
        let report = GateReport {
            gate: arguments.gate.clone(),
            contents,
            passed: arguments.passed && !arguments.failed,
            evidence: arguments.evidence.clone(),
        };
        Ok::<_, Error>(artifacts.report_gate(name, report).await?)
    };
    let done = done.await;
    say(name, "gate", closing(&artifacts, done).await?, arguments.change.place.format)
}

pub(super) async fn approve(arguments: &Approve) -> Result<Status> {
    let artifacts = open(&arguments.change, None, None).await?;
    let name = &arguments.release;
    let comment = arguments.comment.as_deref();
    let done = artifacts.approve(name, arguments.to, arguments.contents, comment).await;
    let done = closing(&artifacts, done.map_err(Error::from)).await?;
    say(name, "approval", done, arguments.change.place.format)
}

pub(super) async fn promote(arguments: &Promote) -> Result<Status> {
    let gates = arguments.pathway.gates.as_deref();
    let artifacts = open(&arguments.change, None, gates).await?;
    let (name, to) = (&arguments.release, arguments.to);
    if arguments.dry_run {
        let looked = artifacts.missing(name, to).await;
        let (contents, missing) = closing(&artifacts, looked.map_err(Error::from)).await?;
        if arguments.change.place.format == Plain::Json {
            output::json(&json!({
                "release": name.to_string(), "to": to, "contents": contents, "missing": missing,
            }))?;
        } else {
            let missing = missing.iter().map(|it| format!("  missing: {it}\n"));
            let text: String = missing.collect();
            output::data(&format!("{name} holds {contents}\n{text}"))?;
        }
        return Ok(if missing.is_empty() { Status::Fine } else { Status::Findings });
    }
    let done = artifacts.promote(name, to, arguments.contents).await;
    let done = closing(&artifacts, done.map_err(Error::from)).await?;
    say(name, &to.to_string(), done, arguments.change.place.format)
}

pub(super) async fn demote(arguments: &Demote) -> Result<Status> {
    let artifacts = open(&arguments.change, None, None).await?;
    let name = &arguments.release;
    let done = artifacts.demote(name, arguments.to, &arguments.reason).await;
    let done = closing(&artifacts, done.map_err(Error::from)).await?;
    say(name, &arguments.to.to_string(), done, arguments.change.place.format)
}

/// Says what became of a change.
pub(super) fn say(name: &ReleaseName, what: &str, done: Outcome, format: Plain) -> Result<Status> {
    let seq = match &done {
        Outcome::Done(performed) => Some(performed.receipt.seq),
        Outcome::Already => None,
    };
    if format == Plain::Json {
        output::json(&json!({
            "release": name.to_string(), "change": what, "fresh": seq.is_some(), "seq": seq,
        }))?;
        return Ok(Status::Fine);
    }
    let how = match seq {
        Some(seq) => format!("record {seq}"),
        None => "it was so before".to_owned(),
    };
    output::data(&format!("{name}: {what} ({how})\n"))?;
    Ok(Status::Fine)
}
