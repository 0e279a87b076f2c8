//! Which files are read: those of the log, and of these no more than are needed.

use std::sync::Arc;

use bytes::Bytes;
use lake::commits::{Kind, Lake, Table};
use lake::compact::{Options as Compacting, compact};
use lake::query::{Engine, Settings};
use lake::schema::{ACTIVITY, Document};
use platform::store::fault::{Act, Fault, Faulty};
use platform::store::{Put, Store};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};

use super::{DOCUMENTED, World, line, number, options, refusal, rows};

async fn table(lake: &Lake, name: &str) -> Table {
    lake.reader(&name.parse().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_by_folder_opens_no_other_file() {
    let world = World::new().await;
    let engine = world.engine();
    // The columns of a table are taken from its newest file, once.
    rows(&engine, "SELECT * FROM gold.emissions_summary LIMIT 0").await;
    world.opened();
    rows(&engine, DOCUMENTED).await;
    let month = |month| format!("gold/emissions/summary/year=2026/month={month}");
    assert_eq!(world.opened(), [month(1), month(2), month(3), month(6)]);

    let sum = |filter: &str| format!("SELECT SUM(quantity) FROM bronze.emissions WHERE {filter}");
    let folder = "bronze/emissions/tenant_id";
    for (filter, total, folders) in [
        ("tenant_id = 'zeta' AND year = 2025", json!(4.0), vec!["=zeta/year=2025/month=6"]),
        (
            "tenant_id LIKE 'z%'",
            json!(4004.0),
            vec!["=zeta/year=2025/month=6", "=zeta/year=2026/month=6"],
        ),
        (
            "year * 100 + month IN (202601, 202603) AND tenant_id <> 'zeta'",
            json!(108.0),
            vec!["=acme/year=2026/month=1", "=acme/year=2026/month=3"],
        ),
        ("month = '07'", json!(1000.0), vec!["=acme/year=2026/month=7"]),
        ("year = 1999 OR tenant_id IS NULL", json!(null), vec![]),
    ] {
        assert_eq!(rows(&engine, &sum(filter)).await, [json!([total])], "{filter}");
        let folders: Vec<_> = folders.iter().map(|it| format!("{folder}{it}")).collect();
        assert_eq!(world.opened(), folders, "{filter}");
    }
    // How many rows there are, the log knows.
    let count = "SELECT COUNT(*) FROM bronze.emissions WHERE tenant_id = 'acme'";
    assert_eq!((number(&engine, count).await, world.opened()), (4, vec![]));
    // Other filters open files, and find the rows that the folders do not tell.
    let fit = sum("year = 2026 AND quantity > 60");
    assert_eq!(rows(&engine, &fit).await, [json!([5100.0])]);
    assert_eq!(world.opened().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_committed_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for store in [Store::memory(), Store::local(folder.path()), Store::memory().at("a/lake")] {
        let world = World::over(&store).await;
        let engine = world.engine();
        let live = table(&world.lake, "gold/emissions/summary").await;
        let live = live.state().live(Kind::Data).next().unwrap().file.path.clone();
        // Somebody puts a file beside the others: engines that list folders would count it.
        let stray = live.replace("part-", "part-0");
        let body = store.get(&live).await.unwrap().body;
        store.put(&stray, body, &Put::default()).await.unwrap();
        let total = "SELECT SUM(total_emissions) FROM gold.emissions_summary";
        assert_eq!(rows(&engine, total).await, [json!([1579.0])]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_altered_or_lost_is_noticed() {
    let world = World::new().await;
    let live = table(&world.lake, "bronze/emissions").await;
    let live = live.state().live(Kind::Data).next().unwrap().file.clone();
    let whole = world.store.get(&live.path).await.unwrap().body;
    let mut altered = whole.to_vec();
    altered[whole.len() / 3] ^= 1;
    let put = Put::default();
    let mut small = Settings::default();
    small.memory = 64;
    for body in [Bytes::from(altered), whole.slice(..whole.len() - 1), whole.slice(..10)] {
        world.store.put(&live.path, body, &put).await.unwrap();
        for settings in [Settings::default(), small.clone()] {
            let engine = world.engine_with(settings);
            let error = refusal(&engine, "SELECT SUM(quantity) FROM bronze.emissions").await;
            assert_eq!((error.code(), error.exit_status()), ("lake.file_lost", 7), "{error}");
            assert!(error.to_string().contains(&live.path), "{error}");
        }
    }
    world.store.delete(&live.path).await.unwrap();
    let error = refusal(&world.engine(), "SELECT SUM(quantity) FROM bronze.emissions").await;
    assert_eq!((error.code(), error.exit_status()), ("lake.file_lost", 7), "{error}");

    // Who believes the store reads less of it.
    let mut believing = Settings::default();
    believing.verify = false;
    world.store.put(&live.path, whole, &put).await.unwrap();
    let engine = world.engine_with(believing);
    let sum = "SELECT SUM(quantity) FROM bronze.emissions";
    assert_eq!(rows(&engine, sum).await, [json!([5162.0])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_just_being_published_is_read_whole() {
    // The writer stops between the commit and its publication.
    let store = Store::memory();
    let world = World::over(&store).await;
    let stopped = Faulty::new(store.backend().clone(), |call| {
        let publishes = call.is_write() && call.key.starts_with("bronze/");
        publishes.then_some(Fault::Busy)
    });
    let lake = Lake::open(&Store::new(Arc::new(stopped), ""), options()).await.unwrap();
    let document = Document::parse(ACTIVITY).unwrap();
    let input = super::Text("two.ndjson".to_owned(), line("acme", 9, "2026-09", "half", "7"));
    let how = lake::ingest::Options::default();
    let failed = lake::ingest::ingest(&lake, &document, vec![Box::new(input)], &how).await;
    assert!(failed.is_err());
    let table = table(&world.lake, "bronze/emissions").await;
    assert_eq!(table.state().next(), 2, "it is committed");
    let new = table.state().live(Kind::Data).find(|it| it.commit == 1).unwrap();
    assert!(store.get(&new.file.path).await.is_err(), "and not published");
    for verify in [true, false] {
        let mut settings = Settings::default();
        settings.verify = verify;
        let engine = world.engine_with(settings);
        let sum = "SELECT SUM(quantity) FROM bronze.emissions WHERE month = 9";
        assert_eq!(rows(&engine, sum).await, [json!([7.0])]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_compacted_meanwhile_is_read_anew() {
    let store = Store::memory();
    let world = World::over(&store).await;
    world.take("two.ndjson", &[line("acme", 9, "2026-01", "half", "11")]).await;
    // A reader that is held up before its first file.
    let (gate, waits) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (held, tells) = (gate.clone(), waits.clone());
    let slow = Faulty::new(store.backend().clone(), move |call| {
        let reads = call.act == Act::Get && call.key.starts_with("bronze/");
        reads.then(|| {
            tells.notify_one();
            Fault::RequestHeld(held.clone())
        })
    });
    let lake = Lake::open(&Store::new(Arc::new(slow), ""), options()).await.unwrap();
    let engine = Engine::new(&lake, Settings::default()).unwrap();
    let asked = tokio::spawn(async move {
        let sql = "SELECT SUM(quantity) FROM bronze.emissions WHERE year = 2026 AND month = 1";
        rows(&engine, sql).await
    });
    waits.notified().await;
    let mut table = world.lake.table(&"bronze/emissions".parse().unwrap()).await.unwrap();
    assert!(compact(&mut table, &Compacting::default()).await.unwrap().is_some());
    gate.add_permits(1_000);
    assert_eq!(asked.await.unwrap(), [json!([111.0])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_older_documents_have_the_names_and_types_of_now() {
    let world = World::new().await;
    let base = ACTIVITY.replace("entity: emissions", "entity: readings");
    let first = base.replace("name: quantity, type: double", "name: quantity, type: integer");
    let first = Document::parse(&first).unwrap();
    let old = |nth, quantity: &str| line("acme", nth, "2026-01", "half", quantity);
    world.take_as(&first, "one.ndjson", &[old(1, "100"), old(2, "7")]).await;
    // `source` is called `origin`, `site` is new, and amounts may have two places.
    let second = base
        .replace("version: 1", "version: 2")
        .replace("name: quantity, type: double", "name: quantity, type: 'decimal(30,2)'")
        .replace("name: source,", "name: origin,")
        .replace("\nkey:", "\n  - {id: 8, name: site, type: string}\nkey:");
    let second = Document::parse(&second).unwrap();
    assert!(second.cannot_follow(&first).is_empty(), "{:?}", second.cannot_follow(&first));
    let new =
        old(3, "0.25").replace("\"source\":\"meter\"", "\"origin\":\"bill\",\"site\":\"hand\"");
    world.take_as(&second, "two.ndjson", &[new]).await;
    let engine = world.engine();
    let all =
        "SELECT activity_id, quantity, origin, site FROM bronze.readings ORDER BY _file, _line";
    assert_eq!(
        rows(&engine, all).await,
        [
            json!(["a-1", "100.00", "meter", null]),
            json!(["a-2", "7.00", "meter", null]),
            json!(["a-3", "0.25", "bill", "hand"]),
        ]
    );
    for (filter, ids) in [
        ("origin = 'meter' AND quantity > 50", vec!["a-1"]),
        ("site IS NULL", vec!["a-1", "a-2"]),
        ("site = 'hand'", vec!["a-3"]),
        ("quantity < 7.5", vec!["a-2", "a-3"]),
        ("month = 1 AND origin IN ('bill', 'meter') AND _line = 1", vec!["a-1", "a-3"]),
    ] {
        let sql = format!("SELECT activity_id FROM bronze.readings WHERE {filter} ORDER BY 1");
        let found: Vec<_> = rows(&engine, &sql).await.iter().map(|it| it[0].clone()).collect();
        assert_eq!(found, ids, "{filter}");
    }
    let total = "SELECT SUM(quantity), COUNT(site), COUNT(*) FROM bronze.readings";
    assert_eq!(rows(&engine, total).await, [json!(["107.25", 1, 3])]);
}
