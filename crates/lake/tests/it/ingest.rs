//! Raw files become bronze exactly once, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use futures_util::TryStreamExt as _;
use lake::commits::{Counts, Kind, Lake, Options, Table};
use lake::compact::compact;
use lake::ingest::{
    Error, Input, Most, Options as How, Report, Took, ingest, local_inputs, store_inputs,
};
use lake::quarantine::{Filter, list, replay};
use lake::read::Source;
use lake::schema::{ACTIVITY, Document};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use platform::clock::SetClock;
use platform::numbered::Retry;
use platform::store::fault::{Act, Fault, Faulty};
use platform::store::{Conditions, Put, Store};

use super::bronze::Given;
use super::crashes::at_every_write;

/// An input while which is read something else happens.
struct Meanwhile(Given, std::sync::Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Source for Meanwhile {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn size(&self) -> Option<u64> {
        self.0.size()
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        if let Some(happen) = self.1.lock().unwrap().take() {
            std::thread::spawn(happen).join().unwrap();
        }
        self.0.open()
    }
}

/// The same as `text`, and `happen` is done by somebody else before it is read.
fn meanwhile<F: Future<Output = ()>>(
    lines: &[String],
    happen: impl FnOnce() -> F + Send + 'static,
) -> Input {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let happen = move || runtime.block_on(happen());
    let given = given("mine.ndjson", lines);
    Box::new(Meanwhile(given, std::sync::Mutex::new(Some(Box::new(happen)))))
}

fn given(name: &str, lines: &[String]) -> Given {
    Given(name.to_owned(), lines.iter().map(|it| format!("{it}\n")).collect::<String>().into())
}

fn text(name: &str, lines: &[String]) -> Input {
    Box::new(given(name, lines))
}

/// A row: tenant, activity, month of 2025, quantity.
fn row(tenant: &str, activity: u32, month: u32, quantity: &str) -> String {
    format!(
        "{{\"tenant_id\":\"{tenant}\",\"activity_id\":\"a-{activity}\",\"emission_factor_id\":\"grid/xa\",\
         \"quantity\":{quantity},\"unit\":\"kWh\",\"timestamp\":\"2025-{month:02}-03T00:00:00Z\",\
         \"source\":\"meter\"}}"
    )
}

fn document() -> Document {
    Document::parse(ACTIVITY).unwrap()
}

/// The one that may follow it, with a column more.
fn newer() -> Document {
    let text = ACTIVITY.replace("version: 1", "version: 2");
    Document::parse(&text.replace("key: ", "  - {id: 8, name: site, type: string}\nkey: ")).unwrap()
}

fn options() -> Options {
    let mut options = Options::new("ana");
    options.retry = Retry::NEVER;
    options.conditions = Some(Conditions::Atomic);
    options.clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    options
}

fn how() -> How {
    let mut how = How::default();
    how.threads = NonZeroUsize::new(2);
    how
}

async fn take(store: &Store, inputs: Vec<Input>) -> Result<Report, Error> {
    let lake = Lake::open(store, options()).await?;
    ingest(&lake, &document(), inputs, &how()).await
}

async fn table(store: &Store) -> Table {
    let lake = Lake::open(store, options()).await.unwrap();
    lake.table(&"bronze/emissions".parse().unwrap()).await.unwrap()
}

fn batches(body: bytes::Bytes) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(body).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

/// Every row of the table as the files in its folder have it: partition, activity, quantity, file and line.
async fn rows(store: &Store) -> Vec<(String, String, String)> {
    let keys: Vec<_> = store.list_all("bronze/", None).try_collect().await.unwrap();
    let mut rows = Vec::new();
    for key in keys {
        let key = key.key.as_str();
        let partition = key.trim_start_matches("bronze/emissions/").rsplit_once('/').unwrap().0;
        for batch in batches(store.get(key).await.unwrap().body) {
            let column = |name: &str| batch.column_by_name(name).unwrap().clone();
            let (ids, files) = (column("activity_id"), column("_file"));
            let (lines, amounts) = (column("_line"), column("quantity"));
            for nth in 0..batch.num_rows() {
                let amount = amounts.as_primitive::<arrow::datatypes::Float64Type>().value(nth);
                let line = lines.as_primitive::<Int64Type>().value(nth);
                let id = ids.as_string::<i32>().value(nth);
                let file = files.as_string::<i32>().value(nth);
                rows.push((
                    partition.to_owned(),
                    format!("{id} {amount}"),
                    format!("{file}:{line}"),
                ));
            }
        }
    }
    rows.sort();
    rows
}

fn first() -> Vec<String> {
    vec![
        row("acme", 1, 1, "10"),
        row("acme", 2, 1, "20"),
        // Exactly the first one.
        row("acme", 1, 1, "10"),
        // The same key, another quantity.
        row("acme", 2, 1, "21"),
        row("zeta", 1, 2, "5"),
        row("acme", 3, 1, "-1"),
        "{\"tenant_id\": \"acme\"".to_owned(),
    ]
}

fn second() -> Vec<String> {
    vec![
        row("acme", 4, 1, "40"),
        row("acme", 1, 1, "10"),
        row("zeta", 1, 2, "6"),
        row("zeta", 9, 3, "9"),
    ]
}

#[tokio::test]
async fn every_row_ends_in_one_place_and_the_second_time_nothing_happens() {
    let store = Store::memory();
    let report = take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    let counts = Counts { rows: 7, accepted: 3, exact: 1, conflicting: 1, quarantined: 2 };
    assert_eq!((report.commit, report.counts, report.partitions), (Some(0), counts, 2));
    let reasons = BTreeMap::from([
        (("below_minimum".to_owned(), "quantity".to_owned()), 1),
        (("malformed_json".to_owned(), String::new()), 1),
    ]);
    assert_eq!(report.reasons, reasons);
    // Under another name, beside something new: rows of commits before count as earlier rows.
    let inputs = vec![text("again.ndjson", &first()), text("two.ndjson", &second())];
    let report = take(&store, inputs).await.unwrap();
    let counts = Counts { rows: 4, accepted: 2, exact: 1, conflicting: 1, quarantined: 0 };
    assert_eq!((report.commit, report.counts), (Some(1), counts));
    let known = Took::Known { commit: 0, path: "one.ndjson".to_owned() };
    assert_eq!((&*report.inputs[0].name, &report.inputs[0].took), ("again.ndjson", &known));
    let report = take(&store, vec![text("two.ndjson", &second())]).await.unwrap();
    assert_eq!((report.commit, report.counts, report.files), (None, Counts::default(), 0));

    let wanted = [
        ("tenant_id=acme/year=2025/month=1", "a-1 10", "one.ndjson:1"),
        ("tenant_id=acme/year=2025/month=1", "a-2 20", "one.ndjson:2"),
        ("tenant_id=acme/year=2025/month=1", "a-4 40", "two.ndjson:1"),
        ("tenant_id=zeta/year=2025/month=2", "a-1 5", "one.ndjson:5"),
        ("tenant_id=zeta/year=2025/month=3", "a-9 9", "two.ndjson:4"),
    ];
    let wanted = wanted.map(|(one, two, three)| (one.into(), two.into(), three.into()));
    assert_eq!(rows(&store).await, wanted);

    let table = table(&store).await;
    let all = [Kind::Data, Kind::Quarantine, Kind::Duplicates].map(|it| table.state().rows(it));
    assert_eq!(all, [5, 2, 4]);
    let listing = list(&table, &Filter::default()).await.unwrap();
    let entry = &listing.entries[0];
    assert_eq!((&*entry.file, entry.line, entry.commit), ("one.ndjson", 6, 0));
    assert_eq!(entry.raw.as_deref(), Some(first()[5].as_bytes()));
    let mut filter = Filter::default();
    filter.codes = vec!["malformed_json".to_owned()];
    filter.limit = Some(0);
    let listing = list(&table, &filter).await.unwrap();
    assert_eq!((listing.rows, listing.entries.len()), (1, 0));
}

#[tokio::test]
async fn a_crash_at_any_write_changes_nothing_in_the_end() {
    let everything = async |store: &Store| {
        take(store, vec![text("one.ndjson", &first())]).await?;
        take(store, vec![text("two.ndjson", &second())]).await?;
        Ok::<_, Error>(())
    };
    let (_, crashes) = at_every_write(async || Store::memory(), everything).await;
    assert!(crashes > 40, "{crashes}");
}

#[tokio::test]
async fn of_two_runs_at_once_both_are_whole() {
    // Two have the same rows, two touch the same partition, and one has nothing to do with them.
    let inputs = [
        ("one.ndjson", first()),
        ("same.ndjson", first()),
        ("two.ndjson", second()),
        ("three.ndjson", vec![row("beta", 1, 7, "1")]),
    ];
    let store = Store::memory();
    let runs = inputs.iter().map(|(name, lines)| take(&store, vec![text(name, lines)]));
    let reports = futures_util::future::join_all(runs).await;
    let reports: Vec<_> = reports.into_iter().map(Result::unwrap).collect();
    assert_eq!(reports.iter().filter(|it| it.commit.is_some()).count(), 3);
    assert!(reports.iter().any(|it| it.races > 0), "they met");
    let table = table(&store).await;
    assert_eq!(table.state().rows(Kind::Data), 6);
    assert_eq!(rows(&store).await.len(), 6);
    assert_eq!(table.state().counts().rows, 7 + 4 + 1);
}

#[tokio::test]
async fn rows_that_somebody_else_moves_meanwhile_are_looked_for_again() {
    let store = Store::memory();
    take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    take(&store, vec![text("two.ndjson", &second())]).await.unwrap();
    let other = store.clone();
    let compacted = || async move {
        let options = lake::compact::Options::default();
        assert!(compact(&mut table(&other).await, &options).await.unwrap().is_some());
    };
    let lines = [row("acme", 4, 1, "40"), row("acme", 5, 1, "50")];
    let report = take(&store, vec![meanwhile(&lines, compacted)]).await.unwrap();
    let counts = Counts { rows: 2, accepted: 1, exact: 1, ..Counts::default() };
    assert_eq!((report.commit, report.counts), (Some(3), counts));
    assert_eq!(rows(&store).await.len(), 6);
    let side = store.list("_strongroom/lake/bronze/emissions/staging", None, 9).await.unwrap();
    assert!(side.entries.is_empty());
}

#[tokio::test]
async fn who_loses_against_a_newer_document_does_not_follow_it() {
    let store = Store::memory();
    take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    let other = store.clone();
    let evolved = || async move {
        let lake = Lake::open(&other, options()).await.unwrap();
        let inputs = vec![text("two.ndjson", &[row("beta", 1, 7, "1")])];
        ingest(&lake, &newer(), inputs, &how()).await.unwrap();
    };
    // Neither touches a partition of the other.
    let mine = vec![meanwhile(&[row("zeta", 1, 9, "1")], evolved)];
    let error = take(&store, mine).await.unwrap_err();
    assert_eq!(error.code(), "ingest.cannot_follow");
    assert_eq!(table(&store).await.state().schema(), Some(newer().digest()));
    let side = store.list("_strongroom/lake/bronze/emissions/staging", None, 9).await.unwrap();
    assert!(side.entries.is_empty());
}

#[tokio::test]
async fn older_files_that_are_put_together_do_not_say_what_the_columns_are() {
    let store = Store::memory();
    take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    take(&store, vec![text("two.ndjson", &second())]).await.unwrap();
    let lake = Lake::open(&store, options()).await.unwrap();
    let inputs = vec![text("three.ndjson", &[row("beta", 1, 7, "1")])];
    ingest(&lake, &newer(), inputs, &how()).await.unwrap();
    let mut table = table(&store).await;
    compact(&mut table, &lake::compact::Options::default()).await.unwrap().unwrap();
    let tenants = lake::catalog::TenantProjection::default();
    let found = lake::catalog::describe(&table, Kind::Data, "s3://lake", tenants).await.unwrap();
    assert!(found.columns.iter().any(|it| it.name == "site"), "{found:?}");
}

#[tokio::test]
async fn two_inputs_of_one_run_with_the_same_bytes_are_one() {
    let store = Store::memory();
    let inputs = vec![text("a.ndjson", &first()), text("b.ndjson", &first())];
    let report = take(&store, inputs).await.unwrap();
    assert_eq!(report.counts.rows, 7);
    assert_eq!(report.inputs[1].took, Took::Same { name: "a.ndjson".to_owned() });
    let inputs = vec![text("c.ndjson", &first()), text("c.ndjson", &second())];
    let error = take(&store, inputs).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ingest.name_twice", 2));
}

#[tokio::test]
async fn too_many_refused_rows_commit_nothing() {
    let store = Store::memory();
    let lake = Lake::open(&store, options()).await.unwrap();
    let mut how = how();
    how.max_quarantined = Some(Most::Rows(1));
    let inputs = || vec![text("one.ndjson", &first())];
    let error = ingest(&lake, &document(), inputs(), &how).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ingest.too_many", 1));
    assert_eq!(error.to_string(), "2 of 7 rows were refused, and nothing was committed");
    let left = store.list_all("", None).try_collect::<Vec<_>>().await.unwrap();
    let left: Vec<_> = left.iter().map(|it| it.key.as_str()).collect();
    assert!(left.iter().all(|it| !it.contains("emissions")), "{left:?}");
    how.max_quarantined = Some(Most::Rows(2));
    how.dry_run = true;
    let report = ingest(&lake, &document(), inputs(), &how).await.unwrap();
    assert_eq!((report.commit, report.counts.accepted), (None, 3));
    assert_eq!(table(&store).await.state().next(), 0);
    how.dry_run = false;
    let report = ingest(&lake, &document(), inputs(), &how).await.unwrap();
    assert_eq!(report.commit, Some(0));
}

#[tokio::test]
async fn where_the_last_row_wins_earlier_ones_become_duplicates() {
    let store = Store::memory();
    let lake = Lake::open(&store, options()).await.unwrap();
    let document = Document::parse(&ACTIVITY.replace("winner: first", "winner: last")).unwrap();
    let take = async |name: &str, lines: &[String]| {
        ingest(&lake, &document, vec![text(name, lines)], &how()).await.unwrap()
    };
    take("one.ndjson", &first()).await;
    let report = take("two.ndjson", &second()).await;
    // What is equal in every value is no question.
    let counts = Counts { rows: 4, accepted: 3, exact: 1, ..Counts::default() };
    assert_eq!((report.counts, report.displaced), (counts, 1));
    let quantities: Vec<_> = rows(&store).await.into_iter().map(|(_, row, _)| row).collect();
    assert_eq!(quantities, ["a-1 10", "a-2 21", "a-4 40", "a-1 6", "a-9 9"]);
    let table = table(&store).await;
    assert_eq!((table.state().rows(Kind::Data), table.state().rows(Kind::Duplicates)), (5, 4));
}

#[tokio::test]
async fn a_column_that_was_renamed_is_the_same_column_in_older_files() {
    let store = Store::memory();
    take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    let renamed = ACTIVITY.replace("name: activity_id,", "name: reading_id,");
    let renamed = renamed.replace("key: [tenant_id, activity_id", "key: [tenant_id, reading_id");
    let added = renamed.replace("key: ", "  - {id: 8, name: site, type: string}\nkey: ");
    let document = Document::parse(&added.replace("version: 1", "version: 2")).unwrap();
    let lake = Lake::open(&store, options()).await.unwrap();
    let lines: Vec<_> =
        (second().iter()).map(|it| it.replace("\"activity_id\"", "\"reading_id\"")).collect();
    let report = ingest(&lake, &document, vec![text("two.ndjson", &lines)], &how()).await.unwrap();
    let counts = Counts { rows: 4, accepted: 2, exact: 1, conflicting: 1, quarantined: 0 };
    assert_eq!(report.counts, counts);
    let table = table(&store).await;
    assert_eq!(table.state().rows(Kind::Data), 5);
    assert_eq!(table.state().schema(), Some(document.digest()));
    // The older one does not follow the newer one.
    let error = take(&store, vec![text("three.ndjson", &[row("a", 1, 1, "1")])]).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ingest.cannot_follow", 2));
}

#[tokio::test]
async fn a_name_stays_with_its_column_for_as_long_as_files_have_it() {
    let store = Store::memory();
    take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    let lake = Lake::open(&store, options()).await.unwrap();
    let renamed =
        ACTIVITY.replace("version: 1", "version: 2").replace("name: source,", "name: origin,");
    let document = Document::parse(&renamed).unwrap();
    let rows = [row("beta", 1, 7, "1").replace("\"source\"", "\"origin\"")];
    ingest(&lake, &document, vec![text("two.ndjson", &rows)], &how()).await.unwrap();
    // The document before has no column of that name any more, and the files of the one before that do.
    let reused = renamed
        .replace("version: 2", "version: 3")
        .replace("key: ", "  - {id: 8, name: source, type: string}\nkey: ");
    let reused = Document::parse(&reused).unwrap();
    assert!(reused.cannot_follow(&document).is_empty());
    let inputs = || vec![text("three.ndjson", &[row("beta", 2, 7, "1")])];
    let error = ingest(&lake, &reused, inputs(), &how()).await.unwrap_err();
    assert_eq!(error.code(), "ingest.cannot_follow");
    assert!(error.to_string().contains("`source` would be the column with id 8"), "{error}");
}

#[tokio::test]
async fn rows_that_are_written_again_lack_a_column_that_was_added_since() {
    let store = Store::memory();
    let lake = Lake::open(&store, options()).await.unwrap();
    let text_of = ACTIVITY.replace("winner: first", "winner: last");
    let document = Document::parse(&text_of).unwrap();
    ingest(&lake, &document, vec![text("one.ndjson", &first())], &how()).await.unwrap();
    let added = "  - {id: 8, name: site, type: string, required: true, default: 'none'}\nkey: ";
    let text_of = text_of.replace("key: ", added).replace("version: 1", "version: 2");
    let document = Document::parse(&text_of).unwrap();
    // Of the two rows of a partition one gives way, so that the other is written again.
    let lines = [row("acme", 1, 1, "11")];
    let report = ingest(&lake, &document, vec![text("two.ndjson", &lines)], &how()).await.unwrap();
    assert_eq!((report.counts.accepted, report.displaced), (1, 1));
    let quantities: Vec<_> = rows(&store).await.into_iter().map(|(_, row, _)| row).collect();
    assert_eq!(quantities, ["a-1 11", "a-2 21", "a-1 5"]);
}

#[tokio::test]
async fn folders_and_buckets_are_read_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("2025/b")).unwrap();
    std::fs::create_dir_all(folder.path().join("_temporary")).unwrap();
    for name in ["2025/b/x.ndjson", "2025/a.ndjson", "_temporary/z.ndjson", "2025/.hidden.ndjson"] {
        std::fs::write(folder.path().join(name), format!("{}\n", row("acme", 1, 1, "1"))).unwrap();
    }
    let local = local_inputs(folder.path()).unwrap();
    let names: Vec<_> = local.iter().map(|it| it.name()).collect();
    assert_eq!(names, ["2025/a.ndjson", "2025/b/x.ndjson"]);
    let alone = local_inputs(&folder.path().join("2025/a.ndjson")).unwrap();
    assert_eq!((alone.len(), alone[0].name()), (1, "a.ndjson"));
    let missing = local_inputs(&folder.path().join("none")).err().unwrap();
    assert_eq!(missing.exit_status(), 3);

    // More than one part of an object, and what is called like the rubbish of an engine.
    let raw = Store::memory();
    let many: String = (0..70_000).map(|nth| row("acme", nth, 1, "1") + "\n").collect();
    assert!(many.len() > 9 << 20);
    raw.put("in/2025/a.ndjson", many.clone(), &Put::default()).await.unwrap();
    raw.put("in/_SUCCESS", "", &Put::default()).await.unwrap();
    let inputs = store_inputs(&raw.at("in")).await.unwrap();
    assert_eq!(inputs.iter().map(|it| it.name().to_owned()).collect::<Vec<_>>(), ["2025/a.ndjson"]);
    let store = Store::memory();
    let report = take(&store, inputs).await.unwrap();
    assert_eq!(report.counts.accepted, 70_000);
}

#[tokio::test]
async fn a_directory_is_a_lake_and_nothing_is_left_at_the_side() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local(folder.path());
    // Enough partitions that files are taken over.
    let lines: Vec<_> = (1..=12).map(|month| row("acme", month, month, "1")).collect();
    let report = take(&store, vec![text("one.ndjson", &lines)]).await.unwrap();
    assert_eq!((report.commit, report.files), (Some(0), 12));
    assert_eq!(rows(&store).await.len(), 12);
    let aside = folder.path().join("_strongroom/lake/bronze/emissions");
    let left: Vec<_> =
        std::fs::read_dir(aside).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["commits"]);
    // The same rows in the same file, wherever the lake is.
    let memory = Store::memory();
    take(&memory, vec![text("one.ndjson", &lines)]).await.unwrap();
    assert_eq!(rows(&memory).await, rows(&store).await);
}

#[tokio::test]
async fn a_store_that_fails_is_an_error_and_nothing_is_lost() {
    let store = Store::memory();
    take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    // Rows that are there cannot be read: nothing may be concluded from that.
    let faulty = Faulty::new(store.backend().clone(), |call| {
        let rows = call.act == Act::Get && call.key.starts_with("bronze/");
        rows.then_some(Fault::Busy)
    });
    let error = take(&Store::new(Arc::new(faulty), ""), vec![text("two.ndjson", &second())]).await;
    assert_eq!(error.unwrap_err().exit_status(), 6);
    assert_eq!(table(&store).await.state().next(), 1);
    take(&store, vec![text("two.ndjson", &second())]).await.unwrap();
    assert_eq!(table(&store).await.state().rows(Kind::Data), 5);
}

#[tokio::test]
async fn rows_are_tried_again_where_they_were_and_accepted_once() {
    let store = Store::memory();
    let lake = Lake::open(&store, options()).await.unwrap();
    take(&store, vec![text("one.ndjson", &first())]).await.unwrap();
    let more = vec![row("acme", 7, 1, "-2"), row("acme", 8, 1, "1").replace("kWh", "furlongs")];
    take(&store, vec![text("two.ndjson", &more)]).await.unwrap();
    // The document was wrong about the sign.
    let text = ACTIVITY.replace(", minimum: 0", "").replace("version: 1", "version: 2");
    let mended = Document::parse(&text).unwrap();
    let mut how = how();
    how.dry_run = true;
    let codes = ["below_minimum".to_owned()];
    let would = replay(&lake, &mended, &codes, &how).await.unwrap();
    assert_eq!((would.commit, would.counts.accepted, would.left), (None, 2, 2));
    how.dry_run = false;
    let done = replay(&lake, &mended, &codes, &how).await.unwrap();
    let counts = Counts { rows: 2, accepted: 2, ..Counts::default() };
    assert_eq!((done.commit, done.counts, done.left), (Some(2), counts, 2));
    let found = rows(&store).await;
    let at = |id: &str| found.iter().find(|it| it.1.starts_with(id)).unwrap().2.clone();
    assert_eq!((at("a-3 "), at("a-7 ")), ("one.ndjson:6".to_owned(), "two.ndjson:1".to_owned()));
    // What was not tried is there as it was, and what is tried in vain comes back.
    let listing = list(&table(&store).await, &Filter::default()).await.unwrap();
    let mut left: Vec<_> =
        listing.entries.iter().map(|it| (&*it.file, it.line, &*it.code)).collect();
    left.sort_unstable();
    assert_eq!(left, [("one.ndjson", 7, "malformed_json"), ("two.ndjson", 2, "not_allowed")]);
    let again = replay(&lake, &mended, &[], &how).await.unwrap();
    let counts = Counts { rows: 2, quarantined: 2, ..Counts::default() };
    assert_eq!((again.counts, again.left), (counts, 0));
    let listing = list(&table(&store).await, &Filter::default()).await.unwrap();
    assert_eq!(listing.rows, 2);
    assert!(listing.entries.iter().any(|it| it.raw.as_deref() == Some(more[1].as_bytes())));
    assert_eq!(table(&store).await.state().rows(Kind::Data), 5);
    let none = replay(&lake, &mended, &codes, &how).await.unwrap();
    assert_eq!((none.commit, none.counts.rows, none.left), (None, 0, 2));
}

#[tokio::test]
async fn a_table_without_a_key_goes_on() {
    let store = Store::memory();
    let lake = Lake::open(&store, options()).await.unwrap();
    let text = "schema: lake/1\nentity: notes\nversion: 1\ncolumns:\n  - {id: 1, name: note, type: string}\n";
    let document = Document::parse(text).unwrap();
    for name in ["one.ndjson", "two.ndjson"] {
        let lines = vec![format!("{{\"note\":\"{name}\"}}"); 2];
        let report =
            ingest(&lake, &document, vec![self::text(name, &lines)], &how()).await.unwrap();
        assert_eq!(report.counts.accepted, 2);
    }
    let table = lake.reader(&"bronze/notes".parse().unwrap()).await.unwrap();
    assert_eq!(table.state().rows(Kind::Data), 4);
}
