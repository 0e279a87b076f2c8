//! `factor diff`

use platform::factors::FactorStore;
use serde_json::json;
use storage_core::factors::{DiffLine, Point, VersionId};

use super::page::figures;
use super::table::table;
use super::{read, runtime};
use crate::args::{Diff, Plain};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Diff) -> Result<Status> {
    let factors = runtime()?.block_on(read(&arguments.place))?;
    let from = Point { valid_at: arguments.valid_at, known_at: arguments.from.clone() };
    let to_day = arguments.to_valid_at.or(arguments.valid_at);
    let to = Point { valid_at: to_day, known_at: arguments.to.clone() };
    let diff = factors.diff(&from, &to)?;
    if arguments.format == Plain::Json {
        output::json(&json!(diff))?;
        return Ok(Status::Fine);
    }
    let mut rows = Vec::new();
    for (what, lines) in [
        ("added", &diff.added),
        ("changed", &diff.changed),
        ("restated", &diff.restated),
        ("removed", &diff.removed),
    ] {
        for line in lines {
            rows.push(row(&factors, what, line)?);
        }
    }
    if !rows.is_empty() {
        output::data(&table(["what", "factor", "before", "after"], &rows))?;
    }
    let count = |lines: &[DiffLine]| lines.len();
    output::data(&format!(
        "{} added, {} changed, {} restated, {} removed, {} unchanged\n",
        count(&diff.added),
        count(&diff.changed),
        count(&diff.restated),
        count(&diff.removed),
        diff.unchanged,
    ))?;
    Ok(Status::Fine)
}

fn row(factors: &FactorStore, what: &str, line: &DiffLine) -> Result<[String; 4]> {
    let told = |id: Option<VersionId>| -> Result<String> {
        Ok(match id {
            Some(id) => figures(&*factors.get(id)?),
            None => String::new(),
        })
    };
    Ok([what.to_owned(), line.factor_id.as_str().to_owned(), told(line.before)?, told(line.after)?])
}
