//! `lake refine`

use std::sync::Arc;

use lake::commits::{Lake, TableName, Zone};
use lake::silver::{EntityRule, Options, Reference, pin};
use lake::zones::{self, RefineOptions, Refinement};
use platform::factors::{self, FactorStore};
use platform::files;
use platform::store::Store;
use serde_json::json;

use super::{card, change, runtime, table, told};
use crate::args::Plain;
use crate::args::lake::{FactorUse, ReferenceFile, RefineTable};
use crate::output;
use crate::status::{Result, Status};

/// The most bytes of a reference table or a file of benchmarks.
pub(super) const MOST_BYTES: usize = 256 << 20;

/// How many values that led to nothing are shown to people.
const SHOWN: usize = 20;

pub(super) fn run(arguments: &RefineTable) -> Result<Status> {
    runtime()?.block_on(async {
        let factors = open_factors(&arguments.factors.factors).await?;
        let mut silver = silver_options(&factors, &arguments.factors.how)?;
        silver.entities =
            arguments.reference.iter().map(rule).collect::<Result<Vec<EntityRule>>>()?;
        let bronze = &arguments.table;
        let into = match &arguments.into {
            Some(into) => into.clone(),
            None => TableName::new(Zone::Silver, &format!("{0}/{0}", bronze.name()))?,
        };
        let mut options = RefineOptions::new(silver);
        (options.retry, options.restate) = (arguments.retry, arguments.restate);
        let refine = async |lake: &Lake| {
            let bar = output::working("refining");
            let done = zones::refine(lake, &factors, bronze, &into, &options).await;
            bar.finish_and_clear();
            Ok(done?)
        };
        let (place, committer) = (&arguments.place, &arguments.committer);
        let done = change(&place.url, committer, false, refine).await?;
        match arguments.format {
            Plain::Json => output::json(&answer(&done, &into, &options))?,
            Plain::Human => output::data(&human(&done, &into, &options))?,
        }
        Ok(Status::Fine)
    })
}

/// Opens factors to be read.
pub(super) async fn open_factors(url: &str) -> Result<FactorStore> {
    let mut options = factors::Options::new("strongroom");
    options.create = false;
    let bar = output::working("reading the factors");
    let store = Store::open(url).await?;
    let factors = FactorStore::open(&store, options).await;
    bar.finish_and_clear();
    Ok(factors?)
}

/// What rows are calculated with.
pub(super) fn silver_options(factors: &FactorStore, how: &FactorUse) -> Result<Options> {
    let known_at = pin(&factors.catalogue(), &how.known_at).map_err(factors::Error::from)?;
    let mut options = Options::new(known_at);
    (options.gwp_set, options.weigh_again) = (how.gwp, how.weigh_again);
    Ok(options)
}

fn rule(file: &ReferenceFile) -> Result<EntityRule> {
    let shown = file.path.display().to_string();
    let bytes = files::read_whole(&file.path, MOST_BYTES)?;
    let name = file.path.file_stem().map(|it| it.to_string_lossy().into_owned());
    let reference = Reference::csv(&name.unwrap_or_default(), &bytes);
    let reference = reference.map_err(|source| zones::Error::Silver { path: shown, source })?;
    let keep = reference.attributes().to_vec();
    let into = format!("{}_id", file.column);
    Ok(EntityRule { column: file.column.clone(), reference: Arc::new(reference), into, keep })
}

fn answer(done: &Refinement, into: &TableName, options: &RefineOptions) -> serde_json::Value {
    let report = &done.report;
    let rejected: serde_json::Map<_, _> = report
        .rejected
        .iter()
        .map(|(code, rows)| (code.name().to_owned(), (*rows).into()))
        .collect();
    json!({
        "table": into,
        "known_at": options.silver.known_at,
        "files": {"new": done.files, "already": done.already},
        "rows": report.rows,
        "accepted": report.accepted,
        "quarantined": rejected,
        "resolved": done.resolved,
        "restated": done.restated,
        "dropped": done.dropped,
        "unresolved": report.unresolved(&options.silver),
        "commit": done.commit.as_ref().map(told),
    })
}

fn human(done: &Refinement, into: &TableName, options: &RefineOptions) -> String {
    let report = &done.report;
    let some = |rows: u64| (rows > 0).then(|| rows.to_string());
    let files = format!("{} new, {} refined before", done.files, done.already);
    let commit = match &done.commit {
        Some(commit) => format!("{} of {into}", commit.number),
        None => "none: there was nothing to do".to_owned(),
    };
    let mut text = card(&[
        ("files", Some(files)),
        ("rows", Some(report.rows.to_string())),
        ("accepted", Some(report.accepted.to_string())),
        ("quarantined", Some(report.rejects().to_string())),
        ("resolved", some(done.resolved)),
        ("restated", some(done.restated)),
        ("dropped", some(done.dropped)),
        ("known at", Some(format!("event {}", options.silver.known_at))),
        ("commit", Some(commit)),
    ]);
    let unresolved = report.unresolved(&options.silver);
    if unresolved.is_empty() {
        return text;
    }
    let rows: Vec<[String; 5]> = unresolved
        .iter()
        .take(SHOWN)
        .map(|it| {
            let suggested: Vec<_> =
                it.suggestions.iter().map(|it| format!("{} `{}`?", it.id, it.name)).collect();
            let (code, column) = (it.code.to_owned(), it.column.clone());
            [it.rows.to_string(), code, column, it.value.clone(), suggested.join(" ")]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(["rows", "code", "column", "value", "similar"], &rows));
    if unresolved.len() > SHOWN {
        text.push_str(&format!("and {} more\n", unresolved.len() - SHOWN));
    }
    let hints: std::collections::BTreeMap<&str, &str> =
        report.rejected.keys().map(|it| (it.name(), it.hint())).collect();
    for (code, hint) in hints {
        text.push_str(&format!("{code}: {hint}\n"));
    }
    text
}
