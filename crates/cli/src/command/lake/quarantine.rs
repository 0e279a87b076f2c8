//! `lake quarantine`

use std::sync::Arc;

use lake::commits::Lake;
use lake::ingest::Options;
use lake::quarantine::{self, Entry, Filter, Listing, Replayed};
use serde_json::{Value, json};

use super::{card, change, counted, plain, read, runtime, table};
use crate::args::Plain;
use crate::args::lake::{ListQuarantine, ReplayQuarantine};
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

pub(super) fn replay(arguments: &ReplayQuarantine) -> Result<Status> {
    let document = super::ingest::document(&arguments.schema)?;
    let mut options = Options::default();
    options.keys = super::ingest::keys(&arguments.mask_key)?;
    options.dry_run = arguments.dry_run;
    let bar = output::working("trying again");
    let replayed = runtime()?.block_on(async {
        options.tokens =
            super::tokens::vault(&arguments.tokens, &document, arguments.dry_run).await?;
        options.originals = Arc::new(super::ingest::inputs(&arguments.from).await?);
        let (place, committer) = (&arguments.place, &arguments.committer);
        let again = async |lake: &Lake| {
            Ok(quarantine::replay(lake, &document, &arguments.code, &options).await?)
        };
        change(&place.url, committer, false, again).await
    });
    bar.finish_and_clear();
    let replayed = replayed?;
    let reason = |((code, column), rows): (&(String, String), &u64)| {
        let column = (!column.is_empty()).then_some(column);
        json!({"code": code, "column": column, "rows": rows})
    };
    match arguments.format {
        Plain::Json => output::json(&json!({
            "commit": replayed.commit,
            "dry_run": arguments.dry_run,
            "counts": replayed.counts,
            "left": replayed.left,
            "unread": replayed.unread,
            "reasons": replayed.reasons.iter().map(reason).collect::<Vec<_>>(),
        }))?,
        Plain::Human => output::data(&human_replay(&replayed))?,
    }
    Ok(Status::Fine)
}

fn human_replay(replayed: &Replayed) -> String {
    if replayed.counts.rows == 0 {
        return format!("there is nothing to be tried; {}\n", left(replayed, "are left"));
    }
    let mut lines = counted(&replayed.counts);
    lines.push(("left", Some(left(replayed, "were not tried"))));
    let commit = replayed.commit.map(|it| it.to_string());
    lines.push(("commit", Some(commit.unwrap_or("none; nothing was changed".to_owned()))));
    card(&lines)
}

fn left(replayed: &Replayed, what: &str) -> String {
    match (replayed.left, replayed.unread) {
        (left, 0) => format!("{left} {what}"),
        (left, unread) => {
            format!("{left} {what}, {unread} of them for want of their inputs: `--from`")
        }
    }
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
                Err(_) => entry["raw_hex"] = storage_core::hex::encode(bytes).into(),
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
                let bytes = it.raw.as_deref().unwrap_or(b"(its bytes are not kept)");
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
