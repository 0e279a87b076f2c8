//! `lake show`

use lake::commits::{Commit, Kind, State};
use serde_json::json;

use super::{card, counted, read, runtime, size, table, told};
use crate::args::Plain;
use crate::args::lake::TableOf;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &TableOf) -> Result<Status> {
    runtime()?.block_on(async {
        let lake = read(&arguments.place.url).await?;
        let Some(name) = &arguments.table else {
            let mut rows = Vec::new();
            let mut all = Vec::new();
            for name in lake.tables().await? {
                let table = lake.reader(&name).await?;
                let state = table.state();
                all.push(summary(state));
                let (_, bytes) = files(state, Kind::Data);
                rows.push([
                    name.to_string(),
                    state.rows(Kind::Data).to_string(),
                    size(bytes),
                    state.rows(Kind::Quarantine).to_string(),
                    state.next().to_string(),
                ]);
            }
            match arguments.format {
                Plain::Json => output::json(&json!({"tables": all}))?,
                Plain::Human => output::data(&table_of(&rows))?,
            }
            return Ok(Status::Fine);
        };
        let table = lake.reader(name).await?;
        let history = table.history().await?;
        match arguments.format {
            Plain::Json => {
                let mut answer = summary(table.state());
                answer["commits"] = history.iter().map(told).collect();
                output::json(&answer)?;
            }
            Plain::Human => output::data(&human(table.state(), &history))?,
        }
        Ok::<_, Error>(Status::Fine)
    })
}

fn files(state: &State, kind: Kind) -> (usize, u64) {
    (state.live(kind).count(), state.live(kind).map(|it| it.file.size_bytes).sum())
}

/// Rows of each sort that went because their time was over.
fn went(state: &State) -> [u64; 3] {
    [Kind::Data, Kind::Quarantine, Kind::Duplicates].map(|kind| state.retained(kind))
}

fn summary(state: &State) -> serde_json::Value {
    let kind = |kind| {
        let (files, bytes) = files(state, kind);
        json!({"files": files, "bytes": bytes, "rows": state.rows(kind)})
    };
    let [rows, refused, duplicates] = went(state);
    json!({
        "table": state.table(),
        "next_commit": state.next(),
        "schema": state.schema(),
        "inputs": state.inputs().len(),
        "counts": state.counts(),
        "retained": {"data": rows, "quarantine": refused, "duplicates": duplicates},
        "data": kind(Kind::Data),
        "quarantine": kind(Kind::Quarantine),
        "duplicates": kind(Kind::Duplicates),
    })
}

fn table_of(rows: &[[String; 5]]) -> String {
    table(["table", "rows", "size", "quarantined", "commits"], rows)
}

fn human(state: &State, history: &[Commit]) -> String {
    let (count, bytes) = files(state, Kind::Data);
    let mut lines = vec![
        ("table", Some(state.table().to_string())),
        (
            "holds",
            Some(format!("{} rows in {count} files, {}", state.rows(Kind::Data), size(bytes))),
        ),
        ("inputs", Some(state.inputs().len().to_string())),
        ("schema", state.schema().map(|it| it.to_string())),
    ];
    if state.counts().rows > 0 {
        lines.extend(counted(&state.counts()));
    }
    let [rows, refused, duplicates] = went(state);
    if rows + refused + duplicates > 0 {
        let went = format!("{rows} rows, {refused} refused ones, {duplicates} duplicates");
        lines.push(("time over", Some(went)));
    }
    let rows: Vec<_> = (history.iter())
        .map(|it| {
            let counts = it.counts();
            [
                it.number.to_string(),
                it.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                it.act.to_string(),
                it.inputs.len().to_string(),
                counts.accepted.to_string(),
                counts.quarantined.to_string(),
                format!("+{} -{}", it.adds.len(), it.removes.len()),
                it.actor.clone(),
            ]
        })
        .collect();
    let titles = ["commit", "at", "act", "inputs", "accepted", "quarantined", "files", "who"];
    card(&lines) + "\n" + &table(titles, &rows)
}
