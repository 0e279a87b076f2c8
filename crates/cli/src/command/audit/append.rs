//! `audit append`: lines in, receipts out.
//!
//! A thread reads lines, this task queues events, a second task prints the receipts. Between them
//! stand queues of bounded length, so that a slow store slows the reader down.

mod receipts;
mod sealing;
mod target;

use std::io::BufRead;

use audit_chain::record::MAX_RECORD_BYTES;
use platform::ledger::Options;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::event::{self, Defaults, Refusal, Told};
use super::lines::{self, Line};
use super::metrics::Metrics;
use super::stop::Stop;
use super::{runtime, store, writing};
use crate::args::Append;
use crate::command::ledger::sealing;
use crate::output;
use crate::status::{Error, Result, Status};
use receipts::{Outcome, Pending, Printed};
use target::Target;

/// Lines that were read and not looked at yet.
const READ_AHEAD: usize = 1024;

/// An event may be spelled with more bytes than its record has: `\u0061`.
const MAX_LINE_BYTES: usize = 8 * MAX_RECORD_BYTES;

type Read = Result<Line>;

pub(super) fn run(arguments: &Append) -> Result<Status> {
    let metrics = arguments.metrics_file.as_deref().map(Metrics::collect).transpose()?;
    let options = options(arguments)?;
    let input = lines::open(&arguments.file)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(append(arguments, options, input, metrics.as_ref()));
    // The thread that reads may wait for a line for ever.
    runtime.shutdown_background();
    let written = metrics.map_or(Ok(()), |metrics| metrics.write());
    outcome.and_then(|status| written.map(|()| status))
}

fn options(arguments: &Append) -> Result<Options> {
    let mut options = writing::options(&arguments.writing)?;
    options.origin = arguments.origin.clone();
    if let Some(records) = arguments.checkpoint_records {
        options.checkpoint_every.records = records.get();
    }
    Ok(options)
}

async fn append(
    arguments: &Append,
    mut options: Options,
    input: impl BufRead + Send + 'static,
    metrics: Option<&Metrics>,
) -> Result<Status> {
    let mut stop = Stop::listen()?;
    if let Some(metrics) = metrics {
        metrics.keep_writing();
    }
    // Before a log is begun that would stay empty.
    options.sealing = sealing::open(arguments).await?;
    let store = store(&arguments.url).await?;
    let target = tokio::select! {
        status = stop.asked() => return Ok(status),
        target = Target::open(&store, options, arguments.lanes) => target?,
    };
    let (sender, pending) = mpsc::channel(arguments.in_flight.max(1) as usize);
    let (format, keep_going) = (arguments.format, arguments.keep_going);
    let here = Handle::current();
    let printing =
        tokio::task::spawn_blocking(move || receipts::print(pending, &here, format, keep_going));
    let act = async {
        let asked = feed(arguments, &target, read(input), sender, &mut stop).await;
        let printed = printing.await.map_err(|error| Error::System {
            act: "print the receipts",
            source: std::io::Error::other(error),
        })?;
        conclude(asked?, printed?, keep_going)
    };
    sealing(&target, act).await
}

/// What the whole comes to: events that failed, then a signal, then lines that were refused.
fn conclude(asked: Option<Status>, printed: Printed, keep_going: bool) -> Result<Status> {
    let Printed { recorded, refused, failed, first_failure } = printed;
    if refused + failed > 0 || asked.is_some() {
        output::talk(&format!("{recorded} events recorded, {} not", refused + failed));
    }
    match (first_failure, asked) {
        (Some(error), _) => Err(error.into()),
        (None, Some(status)) => Ok(status),
        (None, None) if refused == 0 => Ok(Status::Fine),
        (None, None) if keep_going => Ok(Status::Findings),
        (None, None) => Ok(Status::Invalid),
    }
}

/// Reads lines on a thread of its own: waiting for a terminal or a pipe cannot be interrupted.
fn read(mut input: impl BufRead + Send + 'static) -> mpsc::Receiver<Read> {
    let (sender, lines) = mpsc::channel(READ_AHEAD);
    std::thread::spawn(move || {
        while let Some(line) = lines::next(&mut input, MAX_LINE_BYTES).transpose() {
            let last = line.is_err();
            if sender.blocking_send(line).is_err() || last {
                return;
            }
        }
    });
    lines
}

/// Queues events until the input ends, a line is refused, a receipt fails or somebody asks to stop;
/// gives the status that goes with the last.
async fn feed(
    arguments: &Append,
    target: &Target,
    mut lines: mpsc::Receiver<Read>,
    sender: mpsc::Sender<Pending>,
    stop: &mut Stop,
) -> Result<Option<Status>> {
    let defaults = Defaults::from(arguments);
    let mut number = 0;
    loop {
        let line = tokio::select! {
            biased;
            status = stop.asked() => return Ok(Some(status)),
            // A receipt failed, or nobody reads them.
            () = sender.closed() => return Ok(None),
            line = lines.recv() => line,
        };
        let Some(line) = line.transpose()? else { return Ok(None) };
        number += 1;
        // Room for the receipt first: an event is never queued without somebody to tell.
        let place = tokio::select! {
            biased;
            status = stop.asked() => return Ok(Some(status)),
            place = sender.reserve() => place,
        };
        let Ok(place) = place else { return Ok(None) };
        let told = match as_event(line, &defaults) {
            None => continue,
            Some(told) => told.and_then(|told| sealing::check(arguments, &told).map(|()| told)),
        };
        let outcome = match told {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(Told { event, subject }) => tokio::select! {
                biased;
                status = stop.asked() => return Ok(Some(status)),
                answer = target.submit(event, subject) => Outcome::Queued(answer),
            },
        };
        let is_last = matches!(outcome, Outcome::Refused(_)) && !arguments.keep_going;
        place.send(Pending { line: number, outcome });
        if is_last {
            return Ok(None);
        }
    }
}

/// The event of a line; nothing for a line without one.
fn as_event(line: Line, defaults: &Defaults) -> Option<std::result::Result<Told, Refusal>> {
    match line {
        Line::TooLong => Some(Err(Refusal {
            code: "cli.line_too_long",
            message: format!("the line has more than {MAX_LINE_BYTES} bytes"),
        })),
        Line::Whole(line) if line.trim_ascii().is_empty() => None,
        Line::Whole(line) => Some(event::read(&line, defaults)),
    }
}
