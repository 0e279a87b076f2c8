//! `audit import-legacy`

use platform::ledger::{self, ImportOptions, Ledger};

use super::{runtime, store, verify_legacy, writing};
use crate::args::ImportLegacy;
use crate::command::ledger::sealing;
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &ImportLegacy) -> Result<Status> {
    if arguments.dry_run {
        let (old, head) = (&arguments.old_url, arguments.legacy_head);
        return verify_legacy::analyse(old, head, arguments.format);
    }
    let mut options = ImportOptions::default();
    options.remembered = arguments.legacy_head;
    options.even_if_damaged = arguments.even_if_damaged;
    let mut how = writing::options(&arguments.writing)?;
    how.origin = arguments.origin.clone();
    let bar = output::counter("records taken over");
    let imported = runtime()?.block_on(async {
        let (old, new) = (store(&arguments.old_url).await?, store(&arguments.new_url).await?);
        let ledger = Ledger::open(&new, how).await?;
        let told = |count| bar.set_position(count);
        let import = async { Ok(ledger::import_legacy(&old, &ledger, &options, told).await?) };
        sealing(&ledger, import).await
    })?;
    bar.finish_and_clear();
    verify_legacy::print(&imported.report, arguments.format)?;
    for (first, count) in &imported.runs {
        output::talk(&format!("{count} records are in the log now, from number {first} on"));
    }
    Ok(Status::Fine)
}
