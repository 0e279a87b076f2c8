//! Rows do not go while others come to rest on them, and none come to rest on what goes.

use std::sync::Arc;

use lake::commits::{Kind, Lake};
use lake::retain::{apply, prepare};
use platform::clock::SetClock;
use platform::store::fault::{Fault, Faulty};
use platform::store::{BucketState, Memory, Store};
use storage_core::Digest;
use tokio::sync::Semaphore;

use super::retain::{Scene, at, name, policy, row};

/// The lake as somebody sees it who is held up before the write of a commit of `table`, until there is a
/// permit.
async fn held_up(scene: &Scene, table: &str) -> (Lake, Arc<Faulty>, Arc<Semaphore>) {
    let permits = Arc::new(Semaphore::new(0));
    let (held, commits) = (permits.clone(), format!("_strongroom/lake/{table}/commits/"));
    let faulty = Arc::new(Faulty::new(scene.store.backend().clone(), move |call| {
        let commits = call.is_write() && call.key.starts_with(&commits);
        commits.then(|| Fault::RequestHeld(held.clone()))
    }));
    let lake = scene.lake_at(&Store::new(faulty.clone(), "")).await.unwrap();
    (lake, faulty, permits)
}

/// A row that nothing rests on yet, so that bronze alone would go.
async fn lonely_row(refined: bool) -> (Arc<Scene>, Digest) {
    let clock = Arc::new(SetClock::at(at("2021-03-01")));
    let memory = Memory::new(BucketState::plain(), clock.clone()).unwrap();
    let scene = Scene::new(Store::new(Arc::new(memory), ""), clock).await;
    scene.take("january.ndjson", &[row("acme", 1, "2021-01")]).await;
    let lake = scene.lake().await;
    if refined {
        scene.refine(&lake).await.unwrap();
    }
    scene.clock.set(at("2026-01-01"));
    let digest = prepare(&lake, &policy(), None).await.unwrap().digest();
    (Arc::new(scene), digest)
}

async fn rows_of(scene: &Scene, table: &str) -> u64 {
    scene.lake().await.table_as_it_is(&name(table)).await.unwrap().state().rows(Kind::Data)
}

#[tokio::test]
async fn nothing_comes_to_rest_on_what_is_about_to_go() {
    for (refined, table) in [(false, "bronze/emissions"), (true, "silver/esg/emissions")] {
        let (scene, digest) = lonely_row(refined).await;
        let (slow, faulty, permits) = held_up(&scene, table).await;
        // It looked, found nothing above, and is about to commit.
        let going =
            tokio::spawn(async move { apply(&slow, &policy(), None, digest).await.map(drop) });
        while faulty.met() == 0 && !going.is_finished() {
            tokio::task::yield_now().await;
        }
        let lake = scene.lake().await;
        let risen = if refined { scene.aggregate(&lake).await } else { scene.refine(&lake).await };
        permits.close();
        going.await.unwrap().unwrap();
        let error = risen.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("zones.going", 4));
        assert!(error.to_string().contains(table), "{error}");
        // There is nothing to be done any more, and nothing was left behind.
        let again = if refined { scene.aggregate(&lake).await } else { scene.refine(&lake).await };
        again.unwrap();
        for table in ["bronze/emissions", "silver/esg/emissions", "gold/emissions/summary"] {
            assert_eq!(rows_of(&scene, table).await, 0, "{table}");
        }
        assert_eq!(apply(&lake, &policy(), None, digest).await.unwrap().left, []);
    }
}

#[tokio::test]
async fn nothing_goes_while_somebody_may_come_to_rest_on_it() {
    for (refined, table) in [(false, "silver/esg/emissions"), (true, "gold/emissions/summary")] {
        let (scene, digest) = lonely_row(refined).await;
        let (slow, faulty, permits) = held_up(&scene, table).await;
        let own = scene.clone();
        let rising = tokio::spawn(async move {
            if refined { own.aggregate(&slow).await } else { own.refine(&slow).await }
        });
        while faulty.met() == 0 && !rising.is_finished() {
            tokio::task::yield_now().await;
        }
        let lake = scene.lake().await;
        let gone = apply(&lake, &policy(), None, digest).await;
        permits.close();
        assert!(rising.await.unwrap().unwrap() > 0);
        let error = gone.map(drop).unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("lake_retain.busy", 4));
        assert!(error.to_string().contains(table), "{error}");
        // What it came to rest on is there, and the plan is another one.
        let below = if refined { "silver/esg/emissions" } else { "bronze/emissions" };
        assert_eq!((rows_of(&scene, table).await, rows_of(&scene, below).await), (1, 1));
        let error = apply(&lake, &policy(), None, digest).await.unwrap_err();
        assert_eq!(error.code(), "lake_retain.plan_differs");
    }
}

#[tokio::test]
async fn a_run_that_died_stops_nothing_for_longer_than_a_day() {
    let (scene, digest) = lonely_row(false).await;
    let lake = scene.lake().await;
    // A table that nobody ever committed to.
    let table = lake.table(&name("silver/esg/emissions")).await.unwrap();
    drop(table.begin().await.unwrap());
    let error = apply(&lake, &policy(), None, digest).await.unwrap_err();
    assert_eq!(error.code(), "lake_retain.busy");
    assert_eq!(rows_of(&scene, "bronze/emissions").await, 1);
    scene.clock.set(at("2026-01-03"));
    apply(&lake, &policy(), None, digest).await.unwrap();
    assert_eq!(rows_of(&scene, "bronze/emissions").await, 0);
}
