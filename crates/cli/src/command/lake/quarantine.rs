//! `lake quarantine`

use lake::quarantine::{self, Entry, Filter, Listing};
use serde_json::{Value, json};

use super::{plain, read, runtime, table};
use crate::args::Plain;
use crate::args::lake::ListQuarantine;
use crate::output;
use crate::status::{Result, Status};

pub(super) fn list(arguments: &ListQuarantine) -> Result<Status> {
    let mut filter = Filter::default();
    filter.codes.clone_from(&arguments.code);
    filter.file.clone_from(&arguments.file);
    filter.limit = Some(arguments.limit);
    let listing = runtime()?.block_on(async {
        let lake = read(&arguments.place.url).await?;
        let table = lake.reader(&arguments.table).await?;
        Ok::<_, crate::status::Error>(quarantine::list(&table, &filter).await?)
    })?;
    match arguments.format {
        Plain::Json => output::json(&told(&listing, arguments.raw))?,
        Plain::Human => output::data(&human(&listing, arguments.raw))?,
    }
    Ok(Status::Fine)
}

fn told(listing: &Listing, raw: bool) -> Value {
    let reason = |((code, column), rows): (&(String, String), &u64)| {
        let column = (!column.is_empty()).then_some(column);
        json!({"code": code, "column": column, "rows": rows})
    };
    let entry = |it: &Entry| {
        let mut entry = json!({
            "file": it.file, "line": it.line, "offset": it.offset, "column": it.column,
            "code": it.code, "detail": it.detail, "commit": it.commit,
        });
        if let (true, Some(bytes)) = (raw, &it.raw) {
            // Text where it is text; the bytes in hexadecimal digits where it is not.
            match std::str::from_utf8(bytes) {
                Ok(text) => entry["raw"] = text.into(),
                Err(_) => entry["raw_hex"] = hex(bytes).into(),
            }
        }
        entry
    };
    json!({
        "rows": listing.rows,
        "reasons": listing.reasons.iter().map(reason).collect::<Vec<_>>(),
        "entries": listing.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn human(listing: &Listing, raw: bool) -> String {
    if listing.rows == 0 {
        return "there is nothing\n".to_owned();
    }
    let rows: Vec<_> = (listing.reasons.iter())
        .map(|((code, column), rows)| [rows.to_string(), code.clone(), column.clone()])
        .collect();
    let mut text = table(["rows", "code", "column"], &rows);
    text.push('\n');
    let place = |it: &Entry| format!("{}:{}", it.file, it.line);
    let rows: Vec<_> = (listing.entries.iter())
        .map(|it| {
            let column = it.column.clone().unwrap_or_default();
            [place(it), it.code.clone(), column, it.detail.clone()]
        })
        .collect();
    match raw {
        false => text.push_str(&table(["place", "code", "column", "detail"], &rows)),
        true => {
            for it in &listing.entries {
                let bytes = it.raw.as_deref().unwrap_or_default();
                let column = it.column.as_ref().map(|it| format!(" `{it}`")).unwrap_or_default();
                let shown = plain(&String::from_utf8_lossy(bytes));
                let said = plain(&format!("{} {}{column}: {}", place(it), it.code, it.detail));
                text.push_str(&format!("{said}\n  {shown}\n"));
            }
        }
    }
    let more = listing.rows - listing.entries.len() as u64;
    if more > 0 {
        text.push_str(&format!("and {more} more; `--limit` shows them\n"));
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
