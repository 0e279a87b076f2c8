//! `lake aggregate`

use lake::commits::Lake;
use lake::gold::{Benchmarks, Metric, Options};
use lake::zones::{self, AggregateOptions, Aggregation};
use platform::files;
use serde_json::{Value, json};

use super::refine::{MOST_BYTES, open_factors, silver_options};
use super::{change, runtime, table, told};
use crate::args::Plain;
use crate::args::lake::AggregateTable;
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &AggregateTable) -> Result<Status> {
    runtime()?.block_on(async {
        let (place, committer) = (&arguments.place, &arguments.committer);
        let mut gold = Options { scope2: arguments.scope2, ..Options::default() };
        if let Some(path) = &arguments.benchmarks {
            let bytes = files::read_whole(path, MOST_BYTES)?;
            let benchmarks = Benchmarks::csv(&bytes);
            gold.benchmarks = Some(benchmarks.map_err(|source| zones::Error::Gold {
                table: arguments.table.to_string(),
                source,
            })?);
        }
        let mut like_for_like = None;
        if let Some(url) = &arguments.factors {
            let factors = open_factors(url).await?;
            let silver = silver_options(&factors, &arguments.how)?;
            gold.known_at = silver.known_at;
            like_for_like = Some((factors, silver));
        }
        let mut options = AggregateOptions::new(gold);
        match arguments.metric.is_empty() {
            false => options.metrics = arguments.metric.iter().copied().collect(),
            true => {
                options.metrics.extend(like_for_like.is_some().then_some(Metric::YearOverYear));
                let benchmarks = options.gold.benchmarks.is_some();
                options.metrics.extend(benchmarks.then_some(Metric::Benchmark));
            }
        }
        options.like_for_like = like_for_like;
        let domain = arguments.table.name().split('/').next().unwrap_or_default().to_owned();
        let domain = arguments.domain.clone().unwrap_or(domain);
        let sum = async |lake: &Lake| {
            let bar = output::working("summing up");
            let done = zones::aggregate(lake, &arguments.table, &domain, &options).await;
            bar.finish_and_clear();
            Ok(done?)
        };
        let done = change(&place.url, committer, false, sum).await?;
        match arguments.format {
            Plain::Json => {
                output::json(&json!({"tables": done.iter().map(answer).collect::<Vec<_>>()}))?
            }
            Plain::Human => output::data(&human(&done))?,
        }
        Ok(Status::Fine)
    })
}

fn answer(done: &Aggregation) -> Value {
    json!({
        "table": done.table,
        "months": done.months.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "commit": done.commit.as_ref().map(told),
    })
}

fn human(done: &[Aggregation]) -> String {
    let rows: Vec<[String; 5]> = done
        .iter()
        .map(|it| {
            let months = it.months.len().to_string();
            let adds = it.commit.as_ref().map(|commit| &*commit.adds).unwrap_or_default();
            let rows: u64 = adds.iter().map(|it| it.rows).sum();
            let commit =
                it.commit.as_ref().map_or_else(|| "none".to_owned(), |it| it.number.to_string());
            [it.table.to_string(), months, adds.len().to_string(), rows.to_string(), commit]
        })
        .collect();
    table(["table", "months looked at", "written", "rows", "commit"], &rows)
}
