//! Receipts, in the order of the lines, each as soon as it and those before it are there.

use std::io::{self, Write};

use platform::ledger;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::Refusal;
use super::target::{Answer, Stored};
use crate::args::Plain;
use crate::output;
use crate::status::Result;

/// What becomes of a line.
pub(super) struct Pending {
    /// Which one, from 1.
    pub(super) line: u64,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    Queued(Answer),
    Refused(Refusal),
}

/// What became of all lines.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub(super) recorded: u64,
    pub(super) refused: u64,
    /// Events that were not recorded, or perhaps not, and why the first of them was not.
    pub(super) failed: u64,
    pub(super) first_failure: Option<ledger::Error>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Receipt {
        line: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        lane: Option<u16>,
        seq: u64,
        record_hash: String,
        previous_hash: Option<String>,
        timestamp: &'a str,
    },
    Error {
        line: u64,
        error: Problem<'a>,
    },
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    message: &'a str,
    /// Whether the event may be in the log nevertheless.
    perhaps_recorded: bool,
}

/// Prints receipts until nothing is pending. Blocks: for a thread of its own.
///
/// A line that was refused (unless `keep_going`) or failed shuts the queue, so that no more lines are
/// taken; what is in it is still told.
pub(super) fn print(
    mut pending: mpsc::Receiver<Pending>,
    runtime: &Handle,
    format: Plain,
    keep_going: bool,
) -> Result<Printed> {
    let mut printed = Printed::default();
    let mut out = io::stdout().lock();
    while let Some(Pending { line, outcome }) = pending.blocking_recv() {
        let refusal = match outcome {
            Outcome::Refused(refusal) => refusal,
            Outcome::Queued(answer) => match runtime.block_on(answer) {
                Ok(stored) => {
                    write_receipt(&mut out, format, line, &stored)?;
                    printed.recorded += 1;
                    continue;
                }
                // What is wrong with it, under its own code.
                Err(ledger::Error::EventInvalid { source }) => {
                    Refusal { code: source.code(), message: source.to_string() }
                }
                Err(error) if is_about_the_event(&error) => {
                    Refusal { code: error.code(), message: in_one_line(&error) }
                }
                Err(error) => {
                    write_error(&mut out, format, line, &problem(&error, &in_one_line(&error)))?;
                    printed.failed += 1;
                    printed.first_failure.get_or_insert(error);
                    pending.close();
                    continue;
                }
            },
        };
        let Refusal { code, message } = &refusal;
        write_error(&mut out, format, line, &Problem { code, message, perhaps_recorded: false })?;
        printed.refused += 1;
        if !keep_going {
            pending.close();
        }
    }
    Ok(printed)
}

/// Whether another event could be recorded.
fn is_about_the_event(error: &ledger::Error) -> bool {
    matches!(
        error,
        ledger::Error::EventInvalid { .. }
            | ledger::Error::EventNotSealed { .. }
            | ledger::Error::EventIdTaken { .. }
            | ledger::Error::EventIdInUse { .. }
    )
}

fn problem<'a>(error: &'a ledger::Error, message: &'a str) -> Problem<'a> {
    let perhaps_recorded = !error.is_certainly_not_stored();
    Problem { code: error.code(), message, perhaps_recorded }
}

fn in_one_line(error: &ledger::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

fn write_receipt(
    out: &mut impl Write,
    format: Plain,
    line: u64,
    stored: &Stored,
) -> io::Result<()> {
    let Stored { lane, receipt } = stored;
    let ledger::Receipt { seq, record_hash, previous_hash, timestamp } = receipt;
    match format {
        Plain::Human => match lane {
            None => writeln!(out, "{seq} {record_hash}")?,
            Some(lane) => writeln!(out, "{lane}/{seq} {record_hash}")?,
        },
        Plain::Json => {
            let (lane, seq, record_hash) = (*lane, *seq, record_hash.to_string());
            let previous_hash = previous_hash.map(|hash| hash.to_string());
            let receipt = Line::Receipt { line, lane, seq, record_hash, previous_hash, timestamp };
            write_json(out, &receipt)?;
        }
    }
    // Whoever waits for this receipt may send the next event only then.
    out.flush()
}

fn write_error(
    out: &mut impl Write,
    format: Plain,
    line: u64,
    error: &Problem<'_>,
) -> io::Result<()> {
    match format {
        Plain::Human => output::talk(&format!("line {line}: {} ({})", error.message, error.code)),
        Plain::Json => {
            let Problem { code, message, perhaps_recorded } = *error;
            let error = Problem { code, message, perhaps_recorded };
            write_json(out, &Line::Error { line, error })?;
        }
    }
    out.flush()
}

fn write_json(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
