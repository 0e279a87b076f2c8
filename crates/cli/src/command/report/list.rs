//! `report list`

use std::fmt::Write as _;

use chrono::Utc;
use platform::reports::Reported;
use serde_json::json;

use super::{page, plain, read, runtime};
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
            let heads = ["report", "status", "protected until", "files", "bytes"];
            rows.insert(0, heads.map(str::to_owned));
            output::data(&table(&rows))?;
        }
        Ok(status)
    })
}

/// With which of two to end: tampering outranks what cannot be verified, and that everything else.
pub(super) fn worse(a: Status, b: Status) -> Status {
    let rank = |it: Status| match it {
        Status::Tampered => 3,
        Status::Unverified => 2,
        Status::Fine => 0,
        _ => 1,
    };
    if rank(b) > rank(a) { b } else { a }
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

/// Rows under each other: a column that is the last, or holds nothing but numbers, needs no filling.
/// Nothing in a cell can move the cursor of a terminal.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> =
        rows.iter().map(|row| row.each_ref().map(|it| plain(it))).collect();
    let width = |nth: usize| rows.iter().map(|row| row[nth].chars().count()).max().unwrap_or(0);
    let number = |text: &String| text.bytes().all(|it| it.is_ascii_digit());
    let widths: [usize; N] = std::array::from_fn(width);
    let right: [bool; N] =
        std::array::from_fn(|nth| rows.iter().skip(1).all(|row| number(&row[nth])));
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (nth, cell) in row.iter().enumerate() {
            let (gap, width) = (if nth == 0 { "" } else { "  " }, widths[nth]);
            match right[nth] {
                true => write!(line, "{gap}{cell:>width$}"),
                false => write!(line, "{gap}{cell:<width$}"),
            }
            .expect("a text grows");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
