//! What was answered before.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use lake::query::{Engine, Settings, SharedAnswers};
use storage_core::Digest;

use super::{DOCUMENTED, World, line, rows};

async fn was_known(engine: &Engine, sql: &str) -> bool {
    let answer = engine.query(sql, None).await.unwrap();
    let known = answer.was_known();
    answer.batches().await.unwrap();
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_known_until_somebody_commits_to_what_it_reads() {
    let world = World::new().await;
    let engine = world.engine();
    let first = rows(&engine, DOCUMENTED).await;
    // In other words, as far as spaces, comments and capitals go.
    let same =
        DOCUMENTED.replace("    ", " ").replace("SELECT", "select").replace("-- Ex", "-- ex");
    assert!(was_known(&engine, &same).await);
    assert!(!was_known(&engine, &DOCUMENTED.replace("2026", "2025")).await);
    assert!(engine.query(DOCUMENTED, Some(9)).await.is_ok_and(|it| !it.was_known()));
    world.opened();
    assert_eq!(rows(&engine, DOCUMENTED).await, first);
    assert!(world.opened().is_empty());

    // A commit to another table changes nothing; one to this table does.
    let bronze = "SELECT COUNT(DISTINCT activity_id) FROM bronze.emissions";
    assert!(!was_known(&engine, bronze).await);
    world.take("two.ndjson", &[line("acme", 9, "2026-01", "half", "2")]).await;
    assert!(was_known(&engine, DOCUMENTED).await);
    assert!(!was_known(&engine, bronze).await);
    world.on().await;
    assert!(!was_known(&engine, DOCUMENTED).await);
    let second = rows(&engine, DOCUMENTED).await;
    assert_eq!((&first[1][2], &second[1][2]), (&75.0.into(), &76.0.into()));
    assert!(was_known(&engine, bronze).await);
    // A query over two tables knows of both.
    let both = "SELECT COUNT(*) FROM bronze.emissions AS b JOIN gold.emissions_summary AS g \
                ON b.tenant_id = g.tenant_id AND b.month = g.month";
    assert!(!was_known(&engine, both).await);
    assert!(was_known(&engine, both).await);
    world.take("three.ndjson", &[line("acme", 10, "2026-02", "half", "2")]).await;
    assert!(!was_known(&engine, both).await);
    world.on().await;
    assert!(!was_known(&engine, both).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_depends_on_the_moment_is_not_kept() {
    let world = World::new().await;
    let engine = world.engine();
    for sql in [
        "SELECT now()",
        "SELECT random() FROM gold.emissions_summary",
        "SELECT COUNT(*) FROM gold.emissions_summary WHERE to_timestamp(0) < current_timestamp",
        "SELECT 1 WHERE EXISTS (SELECT uuid())",
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
    ] {
        assert!(!was_known(&engine, sql).await, "{sql}");
        assert!(!was_known(&engine, sql).await, "{sql}");
    }
    let mut none = Settings::default();
    none.kept = 0;
    let engine = world.engine_with(none);
    assert!(!was_known(&engine, DOCUMENTED).await);
    assert!(!was_known(&engine, DOCUMENTED).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_left_halfway_is_not_kept() {
    let world = World::new().await;
    let mut settings = Settings::default();
    // Answers up to 256 KiB.
    settings.kept = 1 << 20;
    let engine = world.engine_with(settings);
    let long = "SELECT value FROM generate_series(1, 300000)";
    let mut answer = engine.query(long, None).await.unwrap();
    assert!(answer.next().await.unwrap().is_some());
    drop(answer);
    assert!(!was_known(&engine, long).await);
    assert!(!was_known(&engine, long).await, "it is too long to be kept");
    let short = "SELECT value FROM generate_series(1, 1000)";
    assert!(!was_known(&engine, short).await);
    assert!(was_known(&engine, short).await);
}

/// Answers that another machine has, right or wrong.
#[derive(Debug, Default)]
struct Others(Mutex<Vec<(Digest, Bytes)>>);

#[async_trait]
impl SharedAnswers for Others {
    async fn read(&self, name: &Digest) -> Option<Bytes> {
        self.0.lock().unwrap().iter().find(|it| it.0 == *name).map(|it| it.1.clone())
    }

    async fn write(&self, name: &Digest, answer: Bytes) {
        self.0.lock().unwrap().push((*name, answer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_share_what_they_answered() {
    let world = World::new().await;
    let others = Arc::new(Others::default());
    let mut settings = Settings::default();
    settings.shared = Some(others.clone());
    let first = rows(&world.engine_with(settings.clone()), DOCUMENTED).await;
    let another = world.engine_with(settings.clone());
    assert!(was_known(&another, DOCUMENTED).await);
    assert_eq!(rows(&another, DOCUMENTED).await, first);
    // What cannot be read is no answer.
    for (_, body) in others.0.lock().unwrap().iter_mut() {
        *body = body.slice(..body.len() / 2);
    }
    let another = world.engine_with(settings);
    assert!(!was_known(&another, DOCUMENTED).await);
    assert_eq!(rows(&another, DOCUMENTED).await, first);
}
