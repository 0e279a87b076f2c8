//! `audit prune`

use platform::ledger::{self, Ledger, PruneOptions};
use serde_json::json;

use super::{runtime, store, writing};
use crate::args::{Plain, Prune};
use crate::command::ledger::sealing;
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Prune) -> Result<Status> {
    let options = PruneOptions {
        before_seq: arguments.before_seq,
        before: arguments.before.map(|it| it.0),
        expired_only: arguments.expired_only,
        now: chrono::Utc::now(),
        dry_run: arguments.dry_run,
    };
    let mut how = writing::options(&arguments.writing)?;
    how.create = false;
    let working = output::working("pruning");
    let pruned = runtime()?.block_on(async {
        let ledger = Ledger::open(&store(&arguments.url).await?, how).await?;
        sealing(&ledger, async { Ok(ledger::prune(&ledger, &options).await?) }).await
    })?;
    working.finish_and_clear();
    if arguments.format == Plain::Json {
        output::json(&json!({
            "first_seq": pruned.first_seq,
            "records": pruned.records,
            "segments": pruned.segments,
            "dry_run": arguments.dry_run,
            "recorded_at": pruned.recorded_at,
        }))?;
        return Ok(Status::Fine);
    }
    let would = if arguments.dry_run { "would be" } else { "are" };
    output::data(&format!(
        "the bodies of {} records in {} segments {would} gone, from number {} on\n",
        pruned.records, pruned.segments, pruned.first_seq
    ))?;
    if let Some(seq) = pruned.recorded_at {
        output::talk(&format!("record {seq} says so"));
    }
    Ok(Status::Fine)
}
