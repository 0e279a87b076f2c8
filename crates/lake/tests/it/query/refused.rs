//! What is no query, and what cannot be answered.

use std::num::NonZeroUsize;
use std::time::Duration;

use lake::query::{Error, Place, Settings};
use lake::schema::{ACTIVITY, Document};
use serde_json::json;

use super::{World, line, refusal, rows};

#[tokio::test]
async fn nothing_can_be_changed() {
    let world = World::new().await;
    let engine = world.engine();
    let before = world.store.list("", None, 10_000).await.unwrap().entries;
    for (sql, beginning) in [
        ("CREATE TABLE gold.x AS SELECT 1", "CREATE TABLE"),
        ("create view x as select * from gold.emissions_summary", "CREATE VIEW"),
        ("CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/etc/passwd'", "CREATE EXTERNAL"),
        ("DROP TABLE gold.emissions_summary", "DROP TABLE"),
        ("INSERT INTO gold.emissions_summary VALUES (1)", "INSERT INTO"),
        ("DELETE FROM gold.emissions_summary", "DELETE FROM"),
        ("UPDATE gold.emissions_summary SET unit = 'g'", "UPDATE"),
        ("COPY gold.emissions_summary TO '/tmp/x.parquet'", "COPY"),
        ("COPY (SELECT 1) TO '/tmp/x.parquet'", "COPY"),
        ("EXPLAIN ANALYZE INSERT INTO gold.emissions_summary VALUES (1)", "EXPLAIN ANALYZE"),
        ("SET datafusion.execution.target_partitions = 1", "SET"),
        ("BEGIN", "BEGIN"),
        ("WITH x AS (SELECT 1) INSERT INTO gold.emissions_summary SELECT * FROM x", "WITH"),
    ] {
        let error = refusal(&engine, sql).await;
        assert!(matches!(error, Error::NotRead { .. }), "{sql}: {error:?}");
        assert!(error.to_string().starts_with(&format!("`{beginning}")), "{sql}: {error}");
        assert_eq!((error.code(), error.exit_status()), ("query.not_read", 2));
        assert!(error.hint().unwrap().contains("SELECT"));
    }
    assert_eq!(world.store.list("", None, 10_000).await.unwrap().entries, before);
    // Asking how it would be done is asking.
    let explained = rows(&engine, "EXPLAIN SELECT COUNT(*) FROM gold.emissions_summary").await;
    assert!(!explained.is_empty());
    let tables = rows(&engine, "SHOW TABLES").await;
    assert!(tables.iter().any(|it| it[2] == "emissions_summary"), "{tables:?}");
}

#[tokio::test]
async fn files_that_are_no_table_cannot_be_read() {
    let world = World::new().await;
    let engine = world.engine();
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'file:///etc/hosts.csv'",
        "SELECT * FROM read_parquet('/etc/passwd')",
    ] {
        let error = refusal(&engine, sql).await;
        assert!(matches!(error, Error::NotUnderstood { .. }), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn an_error_says_where_and_how_to_mend_it() {
    let world = World::new().await;
    let engine = world.engine();
    let told = async |sql: &str| {
        let error = refusal(&engine, sql).await;
        let source = std::error::Error::source(&error).map(ToString::to_string);
        (error.to_string(), source.unwrap_or_default(), error.hint().unwrap_or_default(), error)
    };
    let (said, source, _, error) = told("SELECT tenant_id,\n  FORM gold.emissions_summary").await;
    assert_eq!(said, "the query cannot be understood: line 2, column 12");
    assert_eq!(source, "Expected: end of statement, found: .");
    let Error::NotUnderstood { place, .. } = error else { panic!("{error:?}") };
    assert_eq!(place, Some(Place { line: 2, column: 12 }));

    let (said, source, ..) = told("SELECT unit,\n  tenant\nFROM gold.emissions_summary").await;
    assert_eq!(said, "the query cannot be understood: line 2, column 3");
    assert!(source.contains("tenant"), "{source}");

    let (said, _, hint, error) = told("SELECT * FROM gold.emissions_sumary").await;
    assert_eq!(said, "there is no table `gold.emissions_sumary`");
    assert!(hint.contains("`gold.emissions_summary`"), "{hint}");
    assert_eq!((error.code(), error.exit_status()), ("query.no_table", 3));
    let (.., hint, error) = told("SELECT * FROM emissions_summary").await;
    assert_eq!(hint, "a table is called `zone.table`, as in `gold.emissions_summary`");
    assert_eq!(error.exit_status(), 2);
    // Nobody was refused, so that nobody knows which columns there would be.
    let (said, ..) = told("SELECT * FROM silver.esg_emissions_quarantine").await;
    assert_eq!(said, "`silver.esg_emissions_quarantine` holds no file to take the columns from");

    assert_eq!(told("").await.0, "there are 0 statements, and one query is wanted");
    assert_eq!(
        told("SELECT 1; SELECT 2").await.0,
        "there are 2 statements, and one query is wanted"
    );
    let long = format!("SELECT '{}'", "x".repeat(300_000));
    assert_eq!(told(&long).await.3.code(), "query.too_long");
    let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(told(&deep).await.1, "it is nested too deeply");
    let (said, source, _, error) =
        told("SELECT CAST(unit AS INT) FROM gold.emissions_summary").await;
    assert_eq!((said.as_str(), error.exit_status()), ("the query failed", 2));
    assert!(source.contains("kgCO2e"), "{source}");
}

#[tokio::test]
async fn a_name_that_means_two_tables_means_none() {
    let world = World::new().await;
    let text = ACTIVITY.replace("entity: emissions", "entity: emissions_quarantine");
    let document = Document::parse(&text).unwrap();
    world.take_as(&document, "one.ndjson", &[line("acme", 1, "2026-01", "half", "1")]).await;
    let engine = world.engine();
    let error = refusal(&engine, "SELECT * FROM bronze.emissions_quarantine").await;
    let said = "`bronze.emissions_quarantine` is the name of `bronze/emissions` and of \
                `bronze/emissions_quarantine`";
    assert_eq!((error.to_string().as_str(), error.exit_status()), (said, 2));
    let tables = rows(&engine, "SHOW TABLES").await;
    assert!(tables.iter().all(|it| it[2] != "emissions_quarantine"), "{tables:?}");
}

#[tokio::test]
async fn as_deep_as_is_allowed_fits_on_a_stack_and_more_is_not_tried() {
    let world = World::new().await;
    let engine = world.engine();
    let code = async |sql: &str| refusal(&engine, sql).await.code();
    let sums = |count| format!("SELECT 1 WHERE {}1 = 1", "0 + ".repeat(count));
    assert_eq!(rows(&engine, &sums(990)).await.len(), 1);
    assert_eq!(code(&sums(50_000)).await, "query.too_deep");
    let ids = |count| {
        let filter = "activity_id = 'x' OR ".repeat(count);
        format!("SELECT activity_id FROM bronze.emissions WHERE {filter} activity_id = 'a-4'")
    };
    assert_eq!(rows(&engine, &ids(495)).await, [json!(["a-4"])]);
    assert_eq!(code(&ids(9_000)).await, "query.too_deep");
    let postfix = |count| format!("SELECT NULL {}", "IS NULL ".repeat(count));
    assert_eq!(rows(&engine, &postfix(495)).await.len(), 1);
    assert_eq!(code(&postfix(9_000)).await, "query.too_deep");
    let joined: String = (0..90).map(|nth| format!("(SELECT {nth} AS c{nth}), ")).collect();
    let joined = format!("SELECT 1 FROM {joined} gold.emissions_summary LIMIT 1");
    assert_eq!(rows(&engine, &joined).await.len(), 1);
    let tables = "gold.emissions_summary, ".repeat(100);
    let tables = format!("SELECT 1 FROM {tables} gold.emissions_summary");
    let said = refusal(&engine, &tables).await.to_string();
    assert_eq!(said, "the query has 101 tables, and 100 are the most");
    // A long list is not deep.
    let list = format!("SELECT 9999 IN ({} 9999)", "1, ".repeat(10_000));
    assert_eq!(rows(&engine, &list).await, [json!([true])]);
}

#[tokio::test]
async fn memory_has_a_bound() {
    let world = World::new().await;
    let mut settings = Settings::default();
    settings.memory = 1 << 20;
    settings.threads = NonZeroUsize::new(2);
    let engine = world.engine_with(settings);
    // Ten million groups do not fit, and their list cannot be written away.
    let sql = "SELECT array_agg(value) FROM generate_series(1, 10000000)";
    let error = refusal(&engine, sql).await;
    assert!(matches!(error, Error::Memory { bytes: 0x10_0000, .. }), "{error:?}");
    assert_eq!((error.code(), error.exit_status()), ("query.memory", 2));
    // A file that does not fit is read in pieces, and is held against the log all the same.
    let mut settings = Settings::default();
    settings.memory = 64;
    let tiny = world.engine_with(settings);
    let sum = "SELECT activity_id FROM bronze.emissions WHERE tenant_id = 'acme' AND month = 3";
    assert_eq!(rows(&tiny, sum).await, [json!(["a-4"])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_nobody_waits_for_any_more_stops() {
    let world = World::new().await;
    let engine = world.engine();
    let endless = "SELECT COUNT(*) FROM generate_series(1, 1000000000) AS a, \
                   generate_series(1, 1000000000) AS b WHERE a.value + b.value = 7";
    let asked = engine.query(endless, None);
    // The runtime of this test cannot end while a part of the query is at work.
    assert!(tokio::time::timeout(Duration::from_millis(200), asked).await.is_err());
}
