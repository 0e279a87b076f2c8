//! The handle of a store, the one in memory, the one that fails on purpose, and the checks that
//! notice a store that breaks its promises.

use std::sync::Arc;
use std::time::Duration;

use platform::clock::SystemClock;
use platform::store::conformance::{CHECKS, Outcome, Settings};
use platform::store::fault::{Act, Fault, Faulty};
use platform::store::{BucketState, Deleted, Key, Memory, Put, Store, StoreErrorKind, Versioning};
use tokio::sync::Semaphore;

use super::weak::{self, Weakness};

#[tokio::test]
async fn a_url_names_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two words");
    let url = url::Url::from_file_path(&path).unwrap();
    for place in [url.as_str(), path.to_str().unwrap()] {
        let store = Store::open(place).await.unwrap();
        store.put("a.txt", "body", &Put::default()).await.unwrap();
        assert_eq!(std::fs::read(path.join("a.txt")).unwrap(), b"body");
        assert_eq!(store.location(), url.as_str());
        assert_eq!(store.at("b").location(), format!("{url}/b/"));
    }
    for (place, says) in [
        ("log", "not the URL of a store"),
        ("file://host/log", "three slashes"),
        ("file:///log?x=y", "no parameters"),
        ("memory://a?x=y", "no parameters"),
        ("ftp://host/log", "no store behind `ftp:`"),
    ] {
        let error = Store::open(place).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Invalid);
        assert!(error.to_string().contains(says), "{place}: {error}");
    }
}

#[tokio::test]
async fn a_name_is_shared_in_memory_while_somebody_holds_it() {
    let one = Store::open("memory://shared-in-memory").await.unwrap();
    let other = Store::open("memory://shared-in-memory/sub").await.unwrap();
    other.put("a", "body", &Put::default()).await.unwrap();
    assert_eq!(one.get("sub/a").await.unwrap().body, "body");
    let alone = Store::open("memory://").await.unwrap();
    assert!(alone.get_if_there("sub/a").await.unwrap().is_none());
    drop((one, other));
    let later = Store::open("memory://shared-in-memory").await.unwrap();
    assert!(later.get_if_there("sub/a").await.unwrap().is_none());
}

#[tokio::test]
async fn keys_are_relative_to_where_the_store_is() {
    let store = Store::memory();
    for neighbour in ["log", "log0/a", "log-x/a", "lo/a"] {
        store.put(neighbour, "", &Put::default()).await.unwrap();
    }
    // With and without the slash it is the same part.
    for log in [store.at("log"), store.at("log/"), store.at("").at("log")] {
        log.put("a", "body", &Put::default()).await.unwrap();
        let keys: Vec<_> = log.list("", None, 10).await.unwrap().entries;
        assert_eq!(keys.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["a"]);
        let versions = log.list_versions("", None).await.unwrap().entries;
        assert_eq!(versions.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(log.get("a").await.unwrap().object.key.as_str(), "a");
        assert_eq!(log.delete("a").await.unwrap(), Deleted::Removed);
    }
    assert_eq!(store.list("", None, 10).await.unwrap().entries.len(), 4);
    let error = store.at("log").get("nothing").await.unwrap_err();
    assert!(error.to_string().contains("`log/nothing`"), "{error}");
    let deep = store.at(&"x".repeat(1020));
    for key in ["", "1234"] {
        let error = deep.put(key, "", &Put::default()).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Invalid, "{key}");
    }
    assert!(Key::new("x".repeat(1024)).is_ok());
}

#[tokio::test]
async fn suspended_versioning_overwrites_what_it_wrote_itself() {
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    let memory = Arc::new(Memory::new(state, Arc::new(SystemClock)).unwrap());
    let store = Store::new(memory.clone(), "");
    let kept = store.put("a", "kept", &Put::default()).await.unwrap().version.unwrap();
    memory.set_versioning(Versioning::Suspended).unwrap();
    for body in ["one", "two"] {
        let written = store.put("a", body, &Put::default()).await.unwrap();
        assert_eq!(written.version.unwrap().0, "null");
    }
    let versions = store.list_versions("a", None).await.unwrap().entries;
    let versions: Vec<_> = versions.iter().map(|it| (&*it.version.0, it.latest)).collect();
    assert_eq!(versions, [("null", true), (&*kept.0, false)]);
    assert_eq!(store.get("a").await.unwrap().body, "two");
    store.delete("a").await.unwrap();
    assert_eq!(store.get("a").await.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(store.get_version("a", &kept).await.unwrap().body, "kept");
    let off = memory.set_versioning(Versioning::Off).unwrap_err();
    assert_eq!(off.kind, StoreErrorKind::Invalid);
}

#[tokio::test]
async fn the_two_faults_of_a_pair_look_alike_and_are_not() {
    for (fault, stored) in [(Fault::Lost, false), (Fault::Kept, true)] {
        let calm = Store::memory();
        let faulty = Arc::new(Faulty::at_write(calm.backend().clone(), 1, fault));
        let store = Store::new(faulty.clone(), "");
        store.put("a", "1", &Put::absent()).await.unwrap();
        // Reading is no write.
        store.get("a").await.unwrap();
        let error = store.put("b", "2", &Put::absent()).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Ambiguous);
        assert!(error.is_retryable());
        assert_eq!(calm.get_if_there("b").await.unwrap().is_some(), stored);
        store.put("c", "3", &Put::absent()).await.unwrap();
        assert_eq!((faulty.met(), faulty.calls(), faulty.writes()), (1, 4, 3));
    }
}

#[tokio::test]
async fn who_died_does_nothing_any_more() {
    let calm = Store::memory();
    let faulty = Faulty::dies_at_write(calm.backend().clone(), 1, Fault::Kept);
    let store = Store::new(Arc::new(faulty), "");
    store.put("a", "", &Put::default()).await.unwrap();
    for key in ["b", "c", "d"] {
        let error = store.put(key, "", &Put::default()).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Ambiguous);
        assert_eq!(store.get("a").await.unwrap_err().kind, StoreErrorKind::Ambiguous);
    }
    let keys = calm.list("", None, 10).await.unwrap().entries;
    assert_eq!(keys.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test]
async fn a_plan_sees_what_is_asked_for_and_can_hold_it() {
    let calm = Store::memory();
    let (request, answer) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let held = (request.clone(), answer.clone());
    let faulty = Faulty::new(calm.backend().clone(), move |call| match (call.act, call.key) {
        (Act::Put, "held request") => Some(Fault::RequestHeld(held.0.clone())),
        (Act::Put, "held answer") => Some(Fault::AnswerHeld(held.1.clone())),
        (Act::List, _) => Some(Fault::Busy),
        (Act::Head, _) => Some(Fault::Late(Duration::from_millis(1))),
        _ => None,
    });
    let store = Store::new(Arc::new(faulty), "");
    let put = |key: &'static str| {
        let store = store.clone();
        tokio::spawn(async move { store.put(key, "", &Put::absent()).await })
    };
    let (first, second) = (put("held request"), put("held answer"));
    while calm.get_if_there("held answer").await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    assert!(calm.get_if_there("held request").await.unwrap().is_none());
    assert!(!first.is_finished() && !second.is_finished());
    request.add_permits(1);
    answer.add_permits(1);
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    let busy = store.list("", None, 1).await.unwrap_err();
    assert_eq!((busy.kind, busy.is_retryable()), (StoreErrorKind::Unavailable, true));
    store.head("held request").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_breaks_its_promise_is_found_out_by_name() {
    for (weakness, want) in [
        (Weakness::Ignores, &["put-if-absent", "one-winner"][..]),
        (Weakness::LetsRacersWin, &["one-winner"]),
    ] {
        let store = weak::store(weakness);
        let mut settings = Settings::default();
        (settings.many, settings.large_bytes) = (20, 100_000);
        let mut failed = Vec::new();
        for check in CHECKS {
            if let Outcome::Failed(_) = check.run(&store.at("scratch"), &settings).await {
                failed.push(check.name);
            }
        }
        assert_eq!(failed, want, "{weakness:?}");
    }
}

#[tokio::test]
async fn what_the_store_said_stands_in_the_outcome() {
    let calm = Store::memory();
    let lossy = Faulty::new(calm.backend().clone(), |call| {
        (call.is_write() && call.writes % 3 == 2).then_some(Fault::Busy)
    });
    let scratch = Store::new(Arc::new(lossy), "scratch");
    let check = CHECKS.iter().find(|it| it.name == "read-after-write").unwrap();
    let outcome = check.run(&scratch, &Settings::default()).await;
    assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("busy")), "{outcome:?}");
}
