//! Bronze to silver to gold by the logs: once each, whatever happens in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use lake::bronze::encode;
use lake::commits::{
    Act, Appended, Commit, Counts, Draft, File, Input, Kind, Lake, Options, Table, TableName,
};
use lake::gold::{self, Metric, Month, Scope2Method};
use lake::schema::{ACTIVITY, Document};
use lake::silver::{self, pin};
use lake::zones::{
    AggregateOptions, Aggregation, Error, RefineOptions, Refinement, aggregate, refine,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use platform::clock::SetClock;
use platform::factors::FactorStore;
use platform::numbered::Retry;
use platform::store::{Conditions, Put, Store};
use storage_core::Digest;
use storage_core::factors::KnownAt;

use super::crashes::at_every_write;
use super::making::{Row, batch, factors, making, put, row, sorts};
use super::silver::texts;

fn bronze() -> TableName {
    "bronze/emissions".parse().unwrap()
}

fn silver() -> TableName {
    "silver/esg/emissions".parse().unwrap()
}

async fn open(store: &Store) -> Lake {
    let mut options = Options::new("ana");
    options.retry = Retry::NEVER;
    options.conditions = Some(Conditions::Atomic);
    options.clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    Lake::open(store, options).await.unwrap()
}

fn document() -> Document {
    Document::parse(ACTIVITY).unwrap()
}

/// A file of bronze as ingesting writes it: the tenant and the month stand in its path.
fn part(rows: &[Row]) -> (File, Bytes) {
    let mut whole = batch(rows);
    whole.remove_column(whole.schema().index_of("tenant_id").unwrap());
    let body = Bytes::from(encode(&whole).unwrap());
    let month = rows[0].at[5..7].trim_start_matches('0').to_owned();
    let partition = [
        ("tenant_id", rows[0].tenant.to_owned()),
        ("year", rows[0].at[..4].to_owned()),
        ("month", month),
    ];
    (File::of(&bronze(), Kind::Data, &partition, &body, rows.len() as u64), body)
}

/// Commits files of bronze; those of `removes` go.
async fn ingest(
    lake: &Lake,
    parts: &[&[Row]],
    removes: &[&File],
) -> Result<(), lake::commits::Error> {
    let document = document();
    let hex = document.digest().hex();
    let key = format!("_strongroom/lake/schemas/{hex}.json");
    let _ = lake.store().put(&key, document.canonical(), &Put::default()).await;
    let mut table = lake.table(&bronze()).await?;
    let run = table.begin().await?;
    let mut draft = Draft::new(Act::Ingest);
    draft.schema = Some(document.digest());
    for rows in parts {
        let (file, body) = part(rows);
        run.stage(&[(&file, body)]).await?;
        let rows = rows.len() as u64;
        draft.inputs.push(Input {
            path: format!("raw-{}", file.sha256),
            sha256: Digest::of(file.path.as_bytes()),
            size_bytes: 1,
            counts: Counts { rows, accepted: rows, ..Counts::default() },
        });
        draft.adds.push(file);
    }
    draft.removes = removes.iter().map(|it| it.path.clone()).collect();
    draft.displaced = removes.iter().map(|it| it.rows).sum();
    if draft.displaced > 0 {
        let (mut file, body) = part(&[row("gas", 1.0, "kWh")]);
        (file.kind, file.rows) = (Kind::Duplicates, draft.displaced);
        file.path = file.path.replace("bronze/emissions", "duplicates/emissions");
        run.stage(&[(&file, body)]).await?;
        draft.adds.push(file);
    }
    table.append(&run, draft).await.map(drop)
}

/// Two files of bronze become one.
async fn compact(lake: &Lake, parts: [&[Row]; 2]) {
    let mut table = lake.table(&bronze()).await.unwrap();
    let files = parts.map(|rows| part(rows).0);
    let (mut whole, body) = part(&parts.concat());
    whole.origins = files.iter().map(|it| it.sha256).collect();
    let run = table.begin().await.unwrap();
    run.stage(&[(&whole, body)]).await.unwrap();
    let mut draft = Draft::new(Act::Compact);
    draft.adds = vec![whole];
    draft.removes = files.iter().map(|it| it.path.clone()).collect();
    draft.schema = Some(document().digest());
    assert!(matches!(table.append(&run, draft).await.unwrap(), Appended::Committed(_)));
}

fn refining(factors: &FactorStore) -> RefineOptions {
    let known_at = pin(&factors.catalogue(), &KnownAt::Now).unwrap();
    RefineOptions::new(silver::Options::new(known_at))
}

async fn refined(lake: &Lake, factors: &FactorStore) -> Refinement {
    refine(lake, factors, &bronze(), &silver(), &refining(factors)).await.unwrap()
}

fn aggregating(factors: &FactorStore) -> AggregateOptions {
    let known_at = pin(&factors.catalogue(), &KnownAt::Now).unwrap();
    let mut options = AggregateOptions::new(gold::Options { known_at, ..gold::Options::default() });
    options.metrics.insert(Metric::YearOverYear);
    options.like_for_like = Some((factors.clone(), silver::Options::new(known_at)));
    options
}

async fn aggregated(lake: &Lake, factors: &FactorStore) -> BTreeMap<Metric, Aggregation> {
    let done = aggregate(lake, &silver(), "emissions", &aggregating(factors)).await.unwrap();
    done.into_iter().map(|it| (it.metric, it)).collect()
}

/// The rows of a table, in order of its paths.
async fn rows(table: &Table, kind: Kind) -> Vec<RecordBatch> {
    let mut batches = Vec::new();
    for live in table.state().live(kind) {
        let body = table.read(&live.file).await.unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(body).unwrap().build().unwrap();
        batches.extend(reader.map(Result::unwrap));
    }
    batches
}

async fn column(lake: &Lake, table: &TableName, kind: Kind, name: &str) -> Vec<String> {
    let table = lake.reader(table).await.unwrap();
    let batches = rows(&table, kind).await;
    let texts = batches.iter().flat_map(|it| texts(it, name));
    let mut texts: Vec<_> = texts.map(|it| it.unwrap_or_else(|| "-".to_owned())).collect();
    texts.sort();
    texts
}

fn months(commit: &Option<Commit>) -> BTreeSet<String> {
    let paths = commit.iter().flat_map(|it| it.adds.iter().map(|it| &it.path).chain(&it.removes));
    let month =
        |path: &String| path.split('/').filter(|it| it.contains('=')).collect::<Vec<_>>().join("/");
    paths.map(month).collect()
}

const JUNE: &str = "2024-06-30T23:59:59Z";

fn june(factor: &'static str, quantity: f64, unit: &'static str) -> Row {
    Row { at: JUNE, ..row(factor, quantity, unit) }
}

#[tokio::test]
async fn what_is_new_is_refined_once_and_every_row_is_somewhere() {
    let (lake, factors) = (open(&Store::memory()).await, sorts().await);
    let may = [row("long", 2.0, "kWh"), row("nobody", 1.0, "kWh"), row("grid", 1.0, "MWh")];
    ingest(&lake, &[&may, &[june("long", 4.0, "MWh")]], &[]).await.unwrap();
    let first = refined(&lake, &factors).await;
    assert_eq!(
        (first.files, first.already, first.report.rows, first.report.accepted),
        (2, 0, 4, 3)
    );
    let commit = first.commit.unwrap();
    let counts: BTreeSet<_> =
        commit.inputs.iter().map(|it| (it.counts.rows, it.counts.quarantined)).collect();
    assert_eq!(counts, BTreeSet::from([(1, 0), (3, 1)]));
    assert!(commit.inputs.iter().all(|it| it.counts.add_up()));
    let paths: Vec<_> = commit.adds.iter().map(|it| it.path.rsplit_once('/').unwrap().0).collect();
    assert_eq!(
        paths,
        [
            "quarantine/silver/esg/emissions/year=2024/month=5",
            "silver/esg/emissions/year=2024/month=5",
            "silver/esg/emissions/year=2024/month=6",
        ]
    );
    assert_eq!(commit.notes["from"], "bronze/emissions");
    assert_eq!(column(&lake, &silver(), Kind::Data, "tenant_id").await, ["acme"; 3]);
    assert_eq!(column(&lake, &silver(), Kind::Quarantine, "_code").await, ["factor_unknown"]);

    let again = refined(&lake, &factors).await;
    assert_eq!((again.commit.is_none(), again.files, again.already), (true, 0, 2));
    // Under whatever name: compaction moves rows and brings none.
    ingest(&lake, &[&[june("long", 5.0, "kWh")]], &[]).await.unwrap();
    refined(&lake, &factors).await;
    compact(&lake, [&[june("long", 4.0, "MWh")], &[june("long", 5.0, "kWh")]]).await;
    assert!(refined(&lake, &factors).await.commit.is_none());
}

#[tokio::test]
async fn late_rows_touch_their_month_alone() {
    let (lake, factors) = (open(&Store::memory()).await, sorts().await);
    ingest(&lake, &[&[row("long", 2.0, "kWh")], &[june("long", 4.0, "MWh")]], &[]).await.unwrap();
    refined(&lake, &factors).await;
    let first = aggregated(&lake, &factors).await;
    assert_eq!(months(&first[&Metric::Summary].commit).len(), 2);
    let none = aggregated(&lake, &factors).await;
    assert!(none.values().all(|it| it.commit.is_none() && it.months.is_empty()), "{none:?}");

    ingest(&lake, &[&[june("long", 6.0, "MWh"), june("nobody", 6.0, "MWh")]], &[]).await.unwrap();
    let late = refined(&lake, &factors).await.commit.unwrap();
    assert_eq!(months(&Some(late)), BTreeSet::from(["year=2024/month=6".to_owned()]));
    let late = aggregated(&lake, &factors).await;
    for metric in [Metric::Summary, Metric::Activity, Metric::Coverage, Metric::YearOverYear] {
        let found = &late[&metric];
        assert_eq!(
            months(&found.commit),
            BTreeSet::from(["year=2024/month=6".to_owned()]),
            "{metric}"
        );
    }
    assert!(late[&Metric::Scope2].commit.as_ref().unwrap().adds.is_empty(), "there is no scope 2");
    let summary: TableName = "gold/emissions/summary".parse().unwrap();
    // 0.0000889261744966443 x 2 kWh, and x 10 MWh.
    assert_eq!(
        column(&lake, &summary, Kind::Data, "total_emissions_kg").await,
        ["0.000177852349", "0.889261744966"]
    );
    assert_eq!(
        column(&lake, &summary, Kind::Data, "total_emissions_exact").await,
        ["0.0001778523489932886", "0.889261744966443"]
    );
    assert_eq!(column(&lake, &summary, Kind::Data, "record_count").await, ["1", "2"]);
    let coverage = column(&lake, &summary, Kind::Data, "coverage").await;
    assert_eq!(coverage, ["0.6666666666666666", "1.0"]);
}

#[tokio::test]
async fn a_corrected_figure_moves_nothing_until_it_is_restated() {
    let store = Store::memory();
    let (lake, factors) = (open(&store).await, sorts().await);
    let may = [row("long", 2.0, "kWh"), row("grid", 1.0, "MWh")];
    ingest(&lake, &[&may, &[june("grid", 4.0, "MWh")]], &[]).await.unwrap();
    let before = refined(&lake, &factors).await.commit.unwrap();
    aggregated(&lake, &factors).await;
    put(&factors, &making("long", "kWh", &[("co2e", "0.5")]), true).await;
    assert!(refined(&lake, &factors).await.commit.is_none());
    // Rows that come later know better.
    ingest(&lake, &[&[row("long", 4.0, "kWh")]], &[]).await.unwrap();
    refined(&lake, &factors).await;
    let emissions = |name: &'static str| {
        let lake = lake.clone();
        async move { column(&lake, &silver(), Kind::Data, name).await }
    };
    let old = "0.000177852349";
    let (grid, june) = ("206.883479957000", "827.533919828000");
    assert_eq!(emissions("emissions_kg").await, [old, "2.000000000000", grid, june]);

    let mut options = refining(&factors);
    options.restate = true;
    let restated = refine(&lake, &factors, &bronze(), &silver(), &options).await.unwrap();
    assert_eq!((restated.restated, restated.dropped), (1, 0));
    let commit = restated.commit.unwrap();
    assert_eq!(
        (commit.adds.len(), commit.removes.len()),
        (1, 1),
        "June stays as it is: {commit:?}"
    );
    assert_eq!(commit.notes["restate"], "true");
    assert_eq!(emissions("emissions_kg").await, ["1.000000000000", "2.000000000000", grid, june]);
    assert_eq!(emissions("restates_kg").await, ["-", "-", "-", old]);
    let known_at = before.notes["factor_known_at"].clone();
    assert_eq!(emissions("restates_known_at").await, ["-", "-", "-", &known_at]);
    // What came out the same keeps its pin.
    let pins = emissions("factor_known_at").await;
    assert_eq!(pins.iter().filter(|it| **it == known_at).count(), 2, "{pins:?}");
    let nothing = refine(&lake, &factors, &bronze(), &silver(), &options).await.unwrap();
    assert!(nothing.commit.is_none(), "{nothing:?}");

    let gold = aggregated(&lake, &factors).await;
    assert_eq!(
        months(&gold[&Metric::Summary].commit),
        BTreeSet::from(["year=2024/month=5".to_owned()])
    );
    let summary: TableName = "gold/emissions/summary".parse().unwrap();
    let totals = column(&lake, &summary, Kind::Data, "total_emissions_kg").await;
    assert_eq!(totals, [grid, "3.000000000000", june]);

    // A figure that is withdrawn leaves rows without an answer.
    factors
        .withdraw(&"long".parse().unwrap(), None, &storage_core::factors::Terms::default())
        .await
        .unwrap();
    let mut options = refining(&factors);
    options.restate = true;
    let restated = refine(&lake, &factors, &bronze(), &silver(), &options).await.unwrap();
    assert_eq!(restated.restated, 2);
    assert_eq!(emissions("emissions_kg").await, [grid, june]);
    assert_eq!(column(&lake, &silver(), Kind::Quarantine, "_code").await, ["factor_withdrawn"; 2]);
}

#[tokio::test]
async fn like_for_like_moves_with_the_factors_and_what_was_reported_does_not() {
    let (lake, factors) = (open(&Store::memory()).await, factors().await);
    put(&factors, &making("a", "kWh", &[("co2e", "2")]), false).await;
    let last = Row { at: "2023-05-02T00:00:00Z", ..row("a", 10.0, "kWh") };
    ingest(&lake, &[&[last], &[row("a", 15.0, "kWh")]], &[]).await.unwrap();
    refined(&lake, &factors).await;
    aggregated(&lake, &factors).await;
    put(&factors, &making("a", "kWh", &[("co2e", "3")]), true).await;
    let gold = aggregated(&lake, &factors).await;
    assert!(gold[&Metric::Summary].commit.is_none());
    assert!(gold[&Metric::YearOverYear].commit.is_some());
    let yoy: TableName = "gold/emissions/yoy".parse().unwrap();
    for (name, wanted) in [
        ("reported_kg", ["20.000000000000", "30.000000000000"]),
        ("reported_change_percent", ["-", "50.0"]),
        ("like_for_like_kg", ["30.000000000000", "45.000000000000"]),
        ("like_for_like_prior_kg", ["-", "30.000000000000"]),
        ("like_for_like_change_percent", ["-", "50.0"]),
    ] {
        assert_eq!(column(&lake, &yoy, Kind::Data, name).await, wanted, "{name}");
    }
}

#[tokio::test]
async fn quarantined_rows_are_tried_again_when_that_is_asked_for() {
    let (lake, factors) = (open(&Store::memory()).await, sorts().await);
    let rows = [row("nobody", 1.0, "kWh"), row("long", 1.0, "kg"), row("grid", 1.0, "MWh")];
    ingest(&lake, &[&rows], &[]).await.unwrap();
    refined(&lake, &factors).await;
    put(&factors, &making("nobody", "kWh", &[("co2e", "7")]), false).await;
    assert!(refined(&lake, &factors).await.commit.is_none());
    let mut options = refining(&factors);
    options.retry = true;
    let tried = refine(&lake, &factors, &bronze(), &silver(), &options).await.unwrap();
    assert_eq!((tried.resolved, tried.report.rows), (1, 2));
    assert_eq!(column(&lake, &silver(), Kind::Quarantine, "_code").await, ["unit_unfit"]);
    assert_eq!(
        column(&lake, &silver(), Kind::Data, "emissions_kg").await,
        ["206.883479957000", "7.000000000000"]
    );
    assert_eq!(column(&lake, &silver(), Kind::Data, "_line").await, ["1", "3"]);
    let nothing = refine(&lake, &factors, &bronze(), &silver(), &options).await.unwrap();
    assert!(nothing.commit.is_none());
}

#[tokio::test]
async fn rows_that_gave_way_in_bronze_give_way_in_silver() {
    let (lake, factors) = (open(&Store::memory()).await, sorts().await);
    let (first, stays) =
        ([row("long", 1.0, "kWh"), row("nobody", 1.0, "kWh")], [row("grid", 1.0, "MWh")]);
    ingest(&lake, &[&first, &stays], &[]).await.unwrap();
    refined(&lake, &factors).await;
    // The last one wins: the file is written again with other rows.
    ingest(&lake, &[&[row("long", 9.0, "kWh"), row("wood", 1.0, "t")]], &[&part(&first).0])
        .await
        .unwrap();
    let done = refined(&lake, &factors).await;
    assert_eq!((done.files, done.dropped), (1, 2));
    assert_eq!(column(&lake, &silver(), Kind::Data, "quantity").await, ["1.0", "1.0", "9.0"]);
    assert!(lake.reader(&silver()).await.unwrap().state().live(Kind::Quarantine).next().is_none());
    assert!(refined(&lake, &factors).await.commit.is_none());

    // A compacted file half of which was refined is refined whole, in place of that half.
    let (one, other) = ([june("long", 1.0, "kWh")], [june("long", 2.0, "kWh")]);
    ingest(&lake, &[&one], &[]).await.unwrap();
    refined(&lake, &factors).await;
    ingest(&lake, &[&other], &[]).await.unwrap();
    compact(&lake, [&one, &other]).await;
    let done = refined(&lake, &factors).await;
    assert_eq!((done.files, done.dropped, done.report.accepted), (1, 1, 2));
    assert_eq!(
        column(&lake, &silver(), Kind::Data, "quantity").await,
        ["1.0", "1.0", "1.0", "2.0", "9.0"]
    );
    assert!(refined(&lake, &factors).await.commit.is_none());
    // And it gives way as a whole.
    let whole = part(&[one[0].clone(), other[0].clone()]).0;
    ingest(&lake, &[&[june("long", 3.0, "kWh")]], &[&whole]).await.unwrap();
    let done = refined(&lake, &factors).await;
    assert_eq!((done.files, done.dropped), (1, 2));
    assert_eq!(
        column(&lake, &silver(), Kind::Data, "quantity").await,
        ["1.0", "1.0", "3.0", "9.0"]
    );
}

#[tokio::test]
async fn a_crash_at_any_write_is_finished_by_the_next_run() {
    let factors = sorts().await;
    let ready = async || {
        let store = Store::memory();
        let lake = open(&store).await;
        let may = [row("long", 2.0, "kWh"), row("nobody", 1.0, "kWh")];
        ingest(&lake, &[&may, &[june("grid", 1.0, "MWh")]], &[]).await.unwrap();
        store
    };
    let everything = async |store: &Store| -> Result<(), Error> {
        let lake = open(store).await;
        refine(&lake, &factors, &bronze(), &silver(), &refining(&factors)).await?;
        aggregate(&lake, &silver(), "emissions", &aggregating(&factors)).await?;
        Ok(())
    };
    let (_, crashes) = at_every_write(ready, everything).await;
    assert!(crashes > 60, "{crashes}");
}

#[tokio::test]
async fn two_runs_at_once_refine_every_row_once() {
    let (lake, factors) = (open(&Store::memory()).await, sorts().await);
    ingest(&lake, &[&[row("long", 2.0, "kWh")], &[june("grid", 1.0, "MWh")]], &[]).await.unwrap();
    let options = refining(&factors);
    let (bronze, silver_name) = (bronze(), silver());
    let run = || refine(&lake, &factors, &bronze, &silver_name, &options);
    let (one, other) = tokio::join!(run(), run());
    let commits = [one.unwrap(), other.unwrap()].iter().filter(|it| it.commit.is_some()).count();
    assert_eq!(commits, 1);
    assert_eq!(column(&lake, &silver(), Kind::Data, "quantity").await, ["1.0", "2.0"]);
    let table = |scope2| {
        let mut options = aggregating(&factors);
        options.gold.scope2 = scope2;
        options
    };
    aggregate(&lake, &silver(), "emissions", &table(Scope2Method::Location)).await.unwrap();
    // Another question gives another table, though no row came.
    let other =
        aggregate(&lake, &silver(), "emissions", &table(Scope2Method::Market)).await.unwrap();
    let summary = other.iter().find(|it| it.metric == Metric::Summary).unwrap();
    assert_eq!(
        summary.months,
        BTreeSet::from([Month { year: 2024, month: 5 }, Month { year: 2024, month: 6 }])
    );
    assert_eq!(months(&summary.commit), BTreeSet::from(["year=2024/month=6".to_owned()]));
}
