//! Small files become large ones, and no row comes or goes.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use lake::bronze::encode;
use lake::commits::{
    Act, Appended, Commit, Counts, Draft, File, Input, Kind, Lake, Options, Table, TableName,
};
use lake::compact::{self, compact, plan};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use platform::clock::SetClock;
use platform::store::{Conditions, Store};
use storage_core::Digest;

fn name() -> TableName {
    "bronze/emissions".parse().unwrap()
}

fn batch(lines: &[i64]) -> RecordBatch {
    let schema = Schema::new(vec![
        Field::new("activity_id", DataType::Utf8, false),
        Field::new("_line", DataType::Int64, false),
    ]);
    let ids: StringArray = lines.iter().map(|line| Some(format!("a-{line}"))).collect();
    let columns: Vec<arrow::array::ArrayRef> =
        vec![Arc::new(ids), Arc::new(Int64Array::from(lines.to_vec()))];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

fn lines(body: Bytes) -> Vec<i64> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(body).unwrap().build().unwrap();
    let batches = reader.map(Result::unwrap);
    batches
        .flat_map(|it| {
            it.column(1).as_any().downcast_ref::<Int64Array>().unwrap().values().to_vec()
        })
        .collect()
}

async fn add(table: &mut Table, month: u32, lines: &[i64], schema: &str) -> Commit {
    let body = Bytes::from(encode(&batch(lines)).unwrap());
    let partition = [("tenant_id", "acme".to_owned()), ("month", month.to_string())];
    let rows = lines.len() as u64;
    let file = File::of(&name(), Kind::Data, &partition, &body, rows);
    let run = table.begin().await.unwrap();
    run.stage(&[(&file, body)]).await.unwrap();
    let mut draft = Draft::new(Act::Ingest);
    draft.inputs = vec![Input {
        path: format!("{lines:?}"),
        sha256: Digest::of(format!("{lines:?} {month}").as_bytes()),
        size_bytes: 1,
        counts: Counts { rows, accepted: rows, ..Counts::default() },
    }];
    draft.schema = Some(Digest::of(schema.as_bytes()));
    draft.adds = vec![file];
    match table.append(&run, draft).await.unwrap() {
        Appended::Committed(commit) => commit,
        Appended::Behind(_) => panic!("nobody else writes"),
    }
}

#[tokio::test]
async fn rows_stay_in_the_order_in_which_they_came() {
    let clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let mut options = Options::new("ana");
    options.conditions = Some(Conditions::Atomic);
    options.clock = clock.clone();
    let lake = Lake::open(&Store::memory(), options).await.unwrap();
    let mut table = lake.table(&name()).await.unwrap();
    let first = add(&mut table, 1, &[7, 8, 9], "one").await;
    add(&mut table, 2, &[1], "one").await;
    clock.advance(std::time::Duration::from_secs(3600));
    let second = add(&mut table, 1, &[1, 2], "one").await;
    // Another document: its rows have other columns.
    add(&mut table, 1, &[3], "two").await;
    clock.advance(std::time::Duration::from_secs(3600));

    let commit = compact(&mut table, &compact::Options::default()).await.unwrap().unwrap();
    assert_eq!((commit.act, commit.removes.len(), commit.adds.len()), (Act::Compact, 2, 1));
    let whole = &commit.adds[0];
    assert_eq!(lines(table.read(whole).await.unwrap()), [7, 8, 9, 1, 2]);
    assert_eq!(whole.origins, [first.adds[0].sha256, second.adds[0].sha256]);
    // It follows the document of its rows, and is as old as the youngest of them.
    let live = &table.state().files()[&whole.path];
    assert_eq!((live.schema, live.since), (second.schema, second.at));
    assert_eq!((table.state().rows(Kind::Data), table.state().files().len()), (7, 3));
    // What went is not there any more.
    assert!(lake.store().get(&first.adds[0].path).await.is_err());
    assert!(compact(&mut table, &compact::Options::default()).await.unwrap().is_none());

    // Through a second compaction the first origins are kept.
    let third = add(&mut table, 1, &[5], "one").await;
    let commit = compact(&mut table, &compact::Options::default()).await.unwrap().unwrap();
    let origins = [first.adds[0].sha256, second.adds[0].sha256, third.adds[0].sha256];
    assert_eq!(commit.adds[0].origins, origins);
}

#[tokio::test]
async fn a_group_is_as_large_as_it_shall_be() {
    let lake = Lake::open(&Store::memory(), Options::new("ana")).await.unwrap();
    let mut table = lake.table(&name()).await.unwrap();
    let mut size = 0;
    for line in 0..5 {
        size = add(&mut table, 1, &[line], "one").await.adds[0].size_bytes;
    }
    let mut options = compact::Options::default();
    options.target_bytes = 2 * size + size / 2;
    let groups: Vec<_> = plan(table.state(), &options).iter().map(|it| it.rows).collect();
    // The fifth has no partner.
    assert_eq!(groups, [2, 2]);
    options.at_least = 3;
    assert!(plan(table.state(), &options).is_empty());
    options = compact::Options::default();
    options.small_bytes = size / 2;
    assert!(plan(table.state(), &options).is_empty());
}
