//! `contract catalog`

use chrono::{SecondsFormat, Utc};
use platform::contracts::{Application, AuditRow};

use super::{open, today};
use crate::args::Catalog;
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Catalog) -> Result<Status> {
    let repository = open(&arguments.paths, &arguments.rules)?;
    let today = today(&arguments.rules);
    let waivers = arguments.rules.waivers.as_deref();
    let ready = repository.ready(&arguments.paths, today, waivers)?;
    let date = today.to_string();
    let changed = repository.catalogue(
        &ready,
        &Application { region: &arguments.region, status: &arguments.status, date: &date },
    )?;
    let word = if changed { "changed" } else { "unchanged" };
    output::data(&format!("{word}: {}\n", repository.policy.paths.catalog))?;
    if arguments.audit {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let added = repository.audit(
            &ready,
            &AuditRow {
                action: &arguments.action,
                outcome: &arguments.outcome,
                approver: &arguments.approver,
                timestamp_utc: &now,
                run_id: arguments.run_id.as_deref(),
            },
        )?;
        output::data(&format!("{added} audit rows added\n"))?;
    }
    Ok(Status::Fine)
}
