//! `report verify`

use platform::reports::{Error as Failed, Reports};
use serde_json::{Value, json};
use storage_core::reports::{ReportKey, State};
use storage_core::timestamp::{Roots, Standing};

use super::list::worse;
use super::timestamp::roots;
use super::{change, find, page, runtime};
use crate::args::{Plain, VerifyReports};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &VerifyReports) -> Result<Status> {
    let roots = roots(&arguments.tsa_root)?;
    let bar = output::progress("verifying");
    runtime()?.block_on(async {
        let verify = async |reports: &Reports| {
            let wanted = wanted(reports, arguments).await?;
            bar.set_length(wanted.len() as u64);
            let mut status = Status::Fine;
            for report in wanted {
                let told = one(reports, &report, arguments, &roots).await;
                bar.inc(1);
                let told = match told {
                    Ok(told) => told,
                    // One that was altered must not keep the others from being looked at.
                    Err(error) if matches!(error.exit_status(), 7 | 8) => {
                        let found = Status::numbered(error.exit_status());
                        let because = std::error::Error::source(&error);
                        let because = because.map(|it| format!(": {it}")).unwrap_or_default();
                        Outcome { found, words: format!("{error}{because}"), told: Value::Null }
                    }
                    Err(error) => return Err(error.into()),
                };
                status = worse(status, told.found);
                bar.suspend(|| say(&report, &told, arguments.format))?;
            }
            Ok(status)
        };
        let status = change(&arguments.keeper, &arguments.protect, false, verify).await;
        bar.finish_and_clear();
        status
    })
}

async fn wanted(reports: &Reports, arguments: &VerifyReports) -> Result<Vec<ReportKey>> {
    let mut wanted = Vec::new();
    if !arguments.reports.is_empty() {
        for named in &arguments.reports {
            wanted.push(find(reports, named).await?);
        }
        return Ok(wanted);
    }
    let (query, mut cursor) = (arguments.asked.query(None), None);
    loop {
        let page = reports.list(&query, cursor.as_deref(), 1000).await?;
        wanted.extend(page.entries);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(wanted),
        }
    }
}

/// What was found out about one report.
struct Outcome {
    found: Status,
    words: String,
    told: Value,
}

async fn one(
    reports: &Reports,
    report: &ReportKey,
    arguments: &VerifyReports,
    roots: &Roots,
) -> std::result::Result<Outcome, Failed> {
    let state = reports.state(report).await?;
    if state.disposed.is_some() {
        let checked = reports.check_certificate(report, &arguments.vkey).await?;
        let by = match checked.signed_by.is_empty() {
            true => String::new(),
            false => format!(", signed by {}", checked.signed_by.join(", ")),
        };
        let number = checked.recorded_at;
        return Ok(Outcome {
            found: Status::Fine,
            words: format!("destroyed; its certificate holds, record {number} of the log{by}"),
            told: json!({"signed_by": checked.signed_by, "recorded_at": number}),
        });
    }
    if let Some(at) = state.key_destroyed {
        // Nothing of it can be read any more, and nobody has certified its end.
        let words = format!(
            "its key was destroyed {}, and the rest was not: `report dispose destroy` finishes that",
            page::moment(at)
        );
        return Ok(Outcome { found: Status::Findings, words, told: Value::Null });
    }
    let fixity = reports.verify(report).await?;
    let words = match fixity.is_intact() {
        true => format!("intact: {} files, {} bytes", fixity.files, fixity.bytes),
        false => {
            let failed: Vec<_> =
                fixity.failed.iter().map(|it| format!("`{}`: {}", it.file, it.problem)).collect();
            format!("DAMAGED: {}", failed.join("; "))
        }
    };
    let mut outcome = Outcome { found: Status::Fine, words, told: json!(fixity) };
    if !fixity.is_intact() {
        outcome.found = Status::Tampered;
    }
    stamps(reports, &state, roots, &mut outcome)?;
    Ok(outcome)
}

/// What the time stamps of a report say, if somebody is trusted to make any.
fn stamps(
    reports: &Reports,
    state: &State,
    roots: &Roots,
    outcome: &mut Outcome,
) -> std::result::Result<(), Failed> {
    let count = state.timestamps.len();
    if count == 0 {
        return Ok(());
    }
    if roots.is_empty() {
        outcome.words.push_str(&format!("; {count} time stamps were not verified"));
        return Ok(());
    }
    let Some(chain) = reports.verify_timestamps(state, roots)? else { return Ok(()) };
    let first = chain.stamps.first().map(|it| page::moment(it.time)).unwrap_or_default();
    let (words, told) = match chain.standing {
        Standing::Valid { renew_before } => {
            (format!("renew before {}", page::moment(renew_before)), ("renew_before", renew_before))
        }
        Standing::Expired { since } => {
            outcome.found = worse(outcome.found, Status::Findings);
            let words = format!("EXPIRED {}, nobody renewed it", page::moment(since));
            (words, ("expired", since))
        }
    };
    outcome.words.push_str(&format!("; stamped {first}, {words}"));
    outcome.told["timestamp"] = json!({"time": first, (told.0): page::moment(told.1)});
    Ok(())
}

fn say(report: &ReportKey, it: &Outcome, format: Plain) -> Result<()> {
    match format {
        Plain::Human => output::data(&format!("{report}  {}\n", it.words)),
        Plain::Json => output::json(&json!({
            "report": report.to_string(),
            "intact": it.found == Status::Fine,
            "message": it.words,
            "outcome": it.told,
        })),
    }
}
