//! `artifact gate`, `approve`, `promote`, `demote`

use platform::artifacts::{ArtifactStore, Outcome};
use serde_json::json;
use storage_core::artifacts::{GateReport, ReleaseName};

use super::change;
use crate::args::Plain;
use crate::args::artifact::{Approve, Demote, Gate, Promote};
use crate::output;
use crate::status::{Result, Status};

pub(super) async fn gate(arguments: &Gate) -> Result<Status> {
    let name = &arguments.release;
    let gate = async |artifacts: &ArtifactStore| {
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
        Ok(artifacts.report_gate(name, report).await?)
    };
    let done = change(&arguments.change, None, None, gate).await?;
    say(name, "gate", done, arguments.change.place.format)
}

pub(super) async fn approve(arguments: &Approve) -> Result<Status> {
    let name = &arguments.release;
    let comment = arguments.comment.as_deref();
    let approve = async |artifacts: &ArtifactStore| {
        Ok(artifacts.approve(name, arguments.to, arguments.contents, comment).await?)
    };
    let done = change(&arguments.change, None, None, approve).await?;
    say(name, "approval", done, arguments.change.place.format)
}

pub(super) async fn promote(arguments: &Promote) -> Result<Status> {
    let gates = arguments.pathway.gates.as_deref();
    let (name, to) = (&arguments.release, arguments.to);
    if arguments.dry_run {
        let look = async |artifacts: &ArtifactStore| Ok(artifacts.missing(name, to).await?);
        let (contents, missing) = change(&arguments.change, None, gates, look).await?;
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
    let promote = async |artifacts: &ArtifactStore| {
        Ok(artifacts.promote(name, to, arguments.contents).await?)
    };
    let done = change(&arguments.change, None, gates, promote).await?;
    say(name, &to.to_string(), done, arguments.change.place.format)
}

pub(super) async fn demote(arguments: &Demote) -> Result<Status> {
    let name = &arguments.release;
    let demote = async |artifacts: &ArtifactStore| {
        Ok(artifacts.demote(name, arguments.to, &arguments.reason).await?)
    };
    let done = change(&arguments.change, None, None, demote).await?;
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
