//! `report list`

use std::fmt::Write as _;

use chrono::Utc;
use platform::reports::Reported;
use serde_json::json;

use super::{page, read, runtime};
use crate::args::{ListReports, Plain};
use crate::output;
use crate::status::{Result, Status};

/// How many reports are asked for at a time.
const PAGE: usize = 256;

pub(super) fn run(arguments: &ListReports) -> Result<Status> {
    let query = arguments.asked.query(arguments.status.map(Into::into));
    let bar = output::counter("reports read");
    runtime()?.block_on(async {
        let reports = read(&arguments.keeper).await?;
        let (mut status, mut cursor, mut rows) = (Status::Fine, None, Vec::new());
        loop {
            let found = reports.find(&query, cursor.as_deref(), PAGE).await?;
            bar.inc(found.entries.len() as u64);
            let mut lines = String::new();
            for it in found.entries {
                if let Err(error) = &it.state {
                    status = worse(status, Status::numbered(error.exit_status()));
                }
                match arguments.format {
                    Plain::Human => rows.push(row(&it)),
                    Plain::Json => {
                        let told = match &it.state {
                            Ok(state) => reports.describe(state),
                            Err(error) => json!({
                                "report": it.report.to_string(),
                                "error": {"code": error.code(), "message": error.to_string()},
                            }),
                        };
                        writeln!(lines, "{told}").expect("a text grows");
                    }
                }
            }
            output::data(&lines)?;
            cursor = found.next;
            if cursor.is_none() {
                break;
            }
        }
        bar.finish_and_clear();
        if arguments.format == Plain::Human && !rows.is_empty() {
            output::data(&table(&rows))?;
        }
        Ok(status)
    })
}

/// Tampering outranks everything else.
pub(super) fn worse(a: Status, b: Status) -> Status {
    if a == Status::Fine || b == Status::Tampered { b } else { a }
}

fn row(it: &Reported) -> [String; 5] {
    match &it.state {
        Ok(state) => [
            it.report.to_string(),
            state.status(Utc::now()).to_string(),
            page::until(state),
            state.manifest.files.len().to_string(),
            state.manifest.size_bytes().to_string(),
        ],
        Err(error) => {
            let nothing = String::new;
            [it.report.to_string(), "ERROR".to_owned(), error.to_string(), nothing(), nothing()]
        }
    }
}

fn table(rows: &[[String; 5]]) -> String {
    let heads = ["report", "status", "protected until", "files", "bytes"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(&heads).chain(rows).collect();
    let width = |nth: usize| rows.iter().map(|row| row[nth].chars().count()).max().unwrap_or(0);
    let (name, status, until) = (width(0), width(1), width(2));
    let (files, bytes) = (width(3), width(4));
    let mut text = String::new();
    for row in rows {
        let line = format!(
            "{:<name$}  {:<status$}  {:<until$}  {:>files$}  {:>bytes$}",
            row[0], row[1], row[2], row[3], row[4]
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
