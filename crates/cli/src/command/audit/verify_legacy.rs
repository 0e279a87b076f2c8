//! `audit verify --legacy`: what a log of the older logger is.

use audit_chain::Hash;
use audit_chain::legacy::{Finding, LegacyReport};
use audit_chain::verify::Severity;
use platform::ledger;
use serde::Serialize;

use super::{runtime, store};
use crate::args::{Plain, Verify};
use crate::output;
use crate::status::{Error, Result, Status};

#[derive(Serialize)]
struct Answer<'a> {
    status: &'static str,
    objects: u64,
    records: usize,
    importable: usize,
    geneses: Vec<String>,
    heads: Vec<String>,
    root: String,
    findings: &'a [Finding],
}

pub(super) fn run(arguments: &Verify) -> Result<Status> {
    analyse(&arguments.url, arguments.legacy_head, arguments.format)
}

/// Reads the older log, says what it is, and gives the status that goes with that.
pub(super) fn analyse(url: &str, head: Option<Hash>, format: Plain) -> Result<Status> {
    let bar = output::counter("objects read");
    let log = runtime()?.block_on(async {
        let store = store(url).await?;
        let read = ledger::verify_legacy(&store, head, |count| bar.set_position(count)).await;
        Ok::<_, Error>(read?)
    })?;
    bar.finish_and_clear();
    print(&log.report, format)?;
    Ok(verdict(&log.report).0)
}

/// Says what an older log is.
pub(super) fn print(report: &LegacyReport, format: Plain) -> Result<()> {
    let (_, status) = verdict(report);
    if format == Plain::Human {
        return output::data(&human(report, status));
    }
    let hashes = |all: &[Hash]| all.iter().map(ToString::to_string).collect();
    let answer = Answer {
        status,
        objects: report.objects,
        records: report.order.len(),
        importable: report.importable().count(),
        geneses: hashes(&report.geneses),
        heads: hashes(&report.heads),
        root: report.root().to_string(),
        findings: &report.findings,
    };
    output::data(&(serde_json::to_string(&answer).expect("a report is plain data") + "\n"))
}

fn verdict(report: &LegacyReport) -> (Status, &'static str) {
    match report.severity() {
        Severity::Tampered => (Status::Tampered, "tampered"),
        Severity::CouldNotCheck => (Status::Unverified, "could_not_verify"),
        // No record at all is not a log in order.
        Severity::Note if report.order.is_empty() => (Status::Unverified, "could_not_verify"),
        Severity::Note => (Status::Fine, "ok"),
    }
}

fn human(report: &LegacyReport, word: &str) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let weight = match finding.severity() {
            Severity::Tampered => "tampered",
            Severity::CouldNotCheck => "could not check",
            Severity::Note => "note",
        };
        text.push_str(&format!("{weight}: {finding}\n"));
    }
    text.push_str(&format!(
        "{} objects, {} records ({} can be imported), {} beginnings, {} ends\n{word}\n",
        report.objects,
        report.order.len(),
        report.importable().count(),
        report.geneses.len(),
        report.heads.len()
    ));
    text
}
