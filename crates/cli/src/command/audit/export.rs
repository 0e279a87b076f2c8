//! `audit export`

use platform::ledger::{self, ExportOptions, Filter};
use serde_json::json;

use super::verify::trusted;
use super::{runtime, store};
use crate::args::{Export, Filters, Plain};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Export) -> Result<Status> {
    let mut options = ExportOptions::new(chrono::Utc::now());
    // The whole log is another kind of bundle than all that fits.
    options.filter = Some(filter(&arguments.filters)).filter(|it| *it != Filter::default());
    options.keyring = trusted(&arguments.trust)?;
    let working = output::working("exporting");
    let exported = runtime()?.block_on(async {
        let store = store(&arguments.url).await?;
        Ok::<_, Error>(ledger::export(&store, &options, &arguments.dir).await?)
    })?;
    working.finish_and_clear();
    if exported.legacy_passed_over > 0 {
        output::talk(&format!(
            "passed over {} records of an older log, which no filter applies to",
            exported.legacy_passed_over
        ));
    }
    if arguments.format == Plain::Json {
        output::json(&json!({
            "dir": arguments.dir.display().to_string(),
            "records": exported.records,
            "size": exported.size,
            "legacy_passed_over": exported.legacy_passed_over,
        }))?;
        return Ok(Status::Fine);
    }
    output::data(&format!(
        "{} of {} records are in `{}`\n",
        exported.records,
        exported.size,
        arguments.dir.display()
    ))?;
    Ok(Status::Fine)
}

/// The filter that was typed; one that names nothing if none was.
pub(super) fn filter(typed: &Filters) -> Filter {
    Filter {
        actor: typed.actor.clone(),
        resource: typed.resource.clone(),
        action: typed.action.clone(),
        event_type: typed.event_type.clone(),
        from: typed.from.map(|it| it.0),
        until: typed.to.map(|it| it.0),
        first_seq: typed.seq.and_then(|it| it.first),
        end_seq: typed.seq.and_then(|it| it.end),
    }
}
