//! `factor export`

use std::io::{self, BufWriter, Write};

use platform::factors::FactorStore;
use platform::files::Whole;
use storage_core::factors::{Export, LicenceFilter};

use super::{read, runtime};
use crate::args::ExportFactors;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &ExportFactors) -> Result<Status> {
    let filter = match (&arguments.licence[..], arguments.all_licences) {
        (_, true) => LicenceFilter::All,
        ([], false) => LicenceFilter::Redistributable,
        (names, false) => LicenceFilter::Named(names.iter().cloned().collect()),
    };
    let factors = runtime()?.block_on(read(&arguments.place))?;
    let done = match &arguments.output {
        None => write(&factors, arguments, &filter, io::stdout().lock()),
        Some(path) => {
            let mut file = Whole::begin(path)?;
            let done = write(&factors, arguments, &filter, &mut file)?;
            file.finish()?;
            Ok(done)
        }
    };
    let done = match done {
        // A reader that went away is not an error.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(Status::Fine);
        }
        done => done?,
    };
    output::talk(&format!("{} lines", done.exported));
    for (licence, count) in &done.excluded {
        output::talk(&format!("left out: {count} under `{licence}`"));
    }
    for attribution in &done.attributions {
        output::talk(&format!("say with them: {attribution}"));
    }
    Ok(Status::Fine)
}

fn write(
    factors: &FactorStore,
    arguments: &ExportFactors,
    filter: &LicenceFilter,
    to: impl Write,
) -> Result<Export> {
    let mut to = BufWriter::with_capacity(64 * 1024, to);
    let bar = output::counter("versions");
    let done = factors.export(&arguments.known_at, filter, |line| {
        bar.inc(1);
        serde_json::to_writer(&mut to, &line).map_err(io::Error::from)?;
        to.write_all(b"\n")?;
        Ok::<(), Error>(())
    });
    bar.finish_and_clear();
    let done = done?;
    to.flush()?;
    Ok(done)
}
