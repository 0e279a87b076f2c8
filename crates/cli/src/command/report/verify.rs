//! `report verify`

use platform::reports::{Error as Failed, Reports};
use serde_json::{Value, json};
use storage_core::reports::ReportKey;

use super::{close, find, runtime, write};
use crate::args::{Plain, VerifyReports};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &VerifyReports) -> Result<Status> {
    let bar = output::progress("verifying");
    runtime()?.block_on(async {
        let reports = write(&arguments.keeper, &arguments.protect, false).await?;
        let outcome = async {
            let wanted = wanted(&reports, arguments).await?;
            bar.set_length(wanted.len() as u64);
            let mut status = Status::Fine;
            for report in wanted {
                let told = one(&reports, &report, arguments).await;
                bar.inc(1);
                let told = match told {
                    Ok(told) => told,
                    // One that was altered must not keep the others from being looked at.
                    Err(error) if error.exit_status() == Status::Tampered as u8 => {
                        Outcome { intact: false, words: error.to_string(), told: Value::Null }
                    }
                    Err(error) => return Err(error.into()),
                };
                if !told.intact {
                    status = Status::Tampered;
                }
                bar.suspend(|| say(&report, &told, arguments.format))?;
            }
            Ok::<_, Error>(status)
        };
        let outcome = outcome.await;
        bar.finish_and_clear();
        close(&reports, outcome).await
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
    intact: bool,
    words: String,
    told: Value,
}

async fn one(
    reports: &Reports,
    report: &ReportKey,
    arguments: &VerifyReports,
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
            intact: true,
            words: format!("destroyed; its certificate holds, record {number} of the log{by}"),
            told: json!({"signed_by": checked.signed_by, "recorded_at": number}),
        });
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
    Ok(Outcome { intact: fixity.is_intact(), words, told: json!(fixity) })
}

fn say(report: &ReportKey, it: &Outcome, format: Plain) -> Result<()> {
    match format {
        Plain::Human => output::data(&format!("{report}  {}\n", it.words)),
        Plain::Json => output::json(&json!({
            "report": report.to_string(),
            "intact": it.intact,
            "message": it.words,
            "outcome": it.told,
        })),
    }
}
