//! From zone to zone.

use std::collections::BTreeSet;

use ::lake::gold::{self, Metric};
use ::lake::silver::{self, pin};
use ::lake::zones::{AggregateOptions, RefineOptions};
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::json;
use storage_core::factors::KnownAt;

use super::INPUT;
use super::store::{Lake, named};
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};
use crate::factors::Factors;
use crate::json;

/// How rows are refined.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refining {
    known_at: Option<u64>,
    tag: Option<String>,
    retry: bool,
    restate: bool,
}

/// Bronze becomes silver.
#[pyfunction]
pub(super) fn refine(
    py: Python<'_>,
    lake: &Bound<'_, Lake>,
    factors: &Bound<'_, Factors>,
    bronze: &str,
    silver: &str,
    options: &str,
) -> PyResult<String> {
    let lake = lake.get().lake()?.clone();
    let factors = factors.get().factors()?.clone();
    let (bronze, silver) = (named(py, bronze)?, named(py, silver)?);
    let asked: Refining =
        json::read(INPUT, "options", options).map_err(|problem| raise(py, problem))?;
    let known_at = match (asked.known_at, asked.tag) {
        (Some(seq), _) => KnownAt::Seq(seq),
        (None, Some(tag)) => KnownAt::Tag(tag),
        (None, None) => KnownAt::Now,
    };
    let known_at =
        pin(&factors.catalogue(), &known_at).map_err(|error| raise(py, Problem::from(error)))?;
    let mut options = RefineOptions::new(silver::Options::new(known_at));
    (options.retry, options.restate) = (asked.retry, asked.restate);
    let refining = async move {
        let done = ::lake::zones::refine(&lake, &factors, &bronze, &silver, &options).await?;
        let rejected = done.report.rejected.iter().map(|(code, rows)| (code.name(), rows));
        Ok::<_, ::lake::zones::Error>(json!({
            "commit": done.commit.map(|it| it.number),
            "rows": done.report.rows,
            "accepted": done.report.accepted,
            "rejected": rejected.collect::<std::collections::BTreeMap<_, _>>(),
            "unresolved": done.report.unresolved(&options.silver),
            "files": done.files,
            "already": done.already,
            "resolved": done.resolved,
            "restated": done.restated,
            "dropped": done.dropped,
            "known_at": known_at,
        }))
    };
    let done = wait(py, refining, None)?.map_err(|error| raise(py, Problem::from(error)))?;
    json::write(py, &done)
}

/// Silver becomes gold.
#[pyfunction]
pub(super) fn aggregate(
    py: Python<'_>,
    lake: &Bound<'_, Lake>,
    silver: &str,
    domain: String,
    metrics: Vec<String>,
    scope2: &str,
) -> PyResult<String> {
    let lake = lake.get().lake()?.clone();
    let silver = named(py, silver)?;
    let unknown =
        |what: &str, it: &str| raise(py, Problem::invalid(INPUT, format!("`{it}` is no {what}")));
    let gold = gold::Options {
        scope2: scope2.parse().map_err(|_| unknown("method of scope 2", scope2))?,
        ..gold::Options::default()
    };
    let mut options = AggregateOptions::new(gold);
    if !metrics.is_empty() {
        let metrics = metrics.iter().map(|it| it.parse().map_err(|_| unknown("metric", it)));
        options.metrics = metrics.collect::<PyResult<BTreeSet<Metric>>>()?;
    }
    let aggregating =
        async move { ::lake::zones::aggregate(&lake, &silver, &domain, &options).await };
    let done = wait(py, aggregating, None)?.map_err(|error| raise(py, Problem::from(error)))?;
    let done: Vec<_> = done
        .iter()
        .map(|it| {
            json!({
                "table": it.table,
                "commit": it.commit.as_ref().map(|it| it.number),
                "months": it.months.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    json::write(py, &done)
}
