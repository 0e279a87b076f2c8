//! `audit show`

mod unseal;

use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::time::Duration;

use audit_chain::canonical::Scanner;
use audit_chain::record::Line;
use platform::ledger::{self, Filter, SubjectKeys};
use platform::store::Store;

use super::export::filter;
use super::stop::Stop;
use super::{runtime, store, subject_keys};
use crate::args::{Plain, ShowRecords};
use crate::status::{Error, Result, Status};
use unseal::Unsealer;

/// How long to wait at the end of the log before looking again.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) fn run(arguments: &ShowRecords) -> Result<Status> {
    let mut filter = filter(&arguments.filters);
    runtime()?.block_on(async {
        let keys = match &arguments.subject_keys {
            Some(url) => Some(subject_keys::open(url, &arguments.url).await?),
            None => None,
        };
        let store = store(&arguments.url).await?;
        let keys = keys.as_ref();
        if !arguments.follow {
            print(&store, &filter, keys, arguments.format).await?;
            return Ok(Status::Fine);
        }
        let mut stop = Stop::listen()?;
        loop {
            let Some(next) = print(&store, &filter, keys, arguments.format).await? else {
                return Ok(Status::Fine);
            };
            filter.first_seq = Some(next);
            tokio::select! {
                status = stop.asked() => return Ok(status),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    })
}

/// Prints the records that fit. Gives the number to go on with; `None` when nobody reads any more.
async fn print(
    store: &Store,
    filter: &Filter,
    keys: Option<&SubjectKeys>,
    format: Plain,
) -> Result<Option<u64>> {
    // Anew each time: what was erased meanwhile is not shown from memory.
    let mut unsealer = keys.map(Unsealer::new);
    let mut out = io::BufWriter::new(io::stdout());
    let mut scanner = Scanner::default();
    let mut failed = None;
    let next = ledger::records(store, filter, |seq, line| {
        let written = match &mut unsealer {
            None => write(&mut out, seq, line, &mut scanner, format).map_err(Error::Output),
            Some(unsealer) => unsealer.open(line).and_then(|opened| {
                let written = match format {
                    // In short it is told from the record as it is stored.
                    Plain::Human => write(&mut out, seq, line, &mut scanner, format)
                        .and_then(|()| write_details(&mut out, opened.details.as_deref())),
                    Plain::Json => write(&mut out, seq, &opened.line, &mut scanner, format),
                };
                written.map_err(Error::Output)
            }),
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })
    .await?;
    match failed.map_or_else(|| out.flush().map_err(Error::Output), Err) {
        Ok(()) => {
            unsealer.iter().for_each(Unsealer::say);
            Ok(Some(next))
        }
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(error),
    }
}

/// Below a record in short: its details, if something in them was opened.
fn write_details(out: &mut impl io::Write, details: Option<&[u8]>) -> io::Result<()> {
    let Some(details) = details else { return Ok(()) };
    out.write_all(b"  ")?;
    out.write_all(details)?;
    out.write_all(b"\n")
}

fn write(
    out: &mut impl io::Write,
    seq: u64,
    line: &[u8],
    scanner: &mut Scanner,
    format: Plain,
) -> io::Result<()> {
    let record = match format {
        Plain::Json => None,
        Plain::Human => Line::read(line, scanner).ok(),
    };
    let Some(record) = record else {
        out.write_all(line)?;
        return out.write_all(b"\n");
    };
    // As they are spelled: nothing in a record can move the cursor of a terminal.
    let text = |spelled: &[u8]| String::from_utf8_lossy(spelled).into_owned();
    let (at, actor) = (text(record.timestamp), text(record.actor));
    let (action, resource) = (text(record.action), text(record.resource));
    writeln!(out, "{seq} {at} {} {actor} {action} {resource}", text(record.event_type))
}
