//! When a ledger stops: at a log that does not verify, and never for a race that is none of its faults.

use std::sync::Arc;

use platform::clock::SetClock;
use platform::ledger::{Error, Ledger, Retention};
use platform::numbered::{Numbered, Outcome, Retry, Stored};
use platform::store::fault::{Act, Fault, Faulty};
use platform::store::{BucketState, Conditions, LockMode, Memory, Put, Store, Versioning};
use tokio::sync::Semaphore;

use super::logs::{event, quick, records, signing};

/// Somebody puts a segment that is none behind the log while the ledger is being closed: it says what
/// it found and ends, rather than try for ever.
#[tokio::test]
async fn a_ledger_that_is_closing_stops_at_a_log_that_does_not_verify() {
    let calm = Store::memory();
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let faulty = Faulty::new(calm.backend().clone(), move |call| {
        let segment = call.act == Act::Put && call.key.starts_with("seg/");
        segment.then(|| Fault::RequestHeld(held.clone()))
    });
    let ledger = Ledger::open(&Store::new(Arc::new(faulty), ""), quick()).await.unwrap();
    let answer = ledger.append(event("a"));
    let closing = tokio::spawn({
        let ledger = ledger.clone();
        async move { ledger.close().await }
    });
    tokio::task::yield_now().await;
    calm.put("seg/00000000000000000000", "no segment", &Put::absent()).await.unwrap();
    gate.close();
    let error = answer.await.unwrap_err();
    assert!(matches!(error, Error::Poisoned { .. }), "{error}");
    assert!(!error.is_certainly_not_stored());
    let closed = closing.await.unwrap().unwrap_err();
    assert!(matches!(closed, Error::Poisoned { .. }), "{closed}");
}

/// Between the look for the document and the look for segments somebody begins the log and writes.
#[tokio::test]
async fn a_log_that_is_begun_meanwhile_is_joined() {
    let calm = Store::memory();
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let faulty = Faulty::new(calm.backend().clone(), move |call| {
        let look = call.act == Act::List && call.key == "seg/" && call.number < 4;
        look.then(|| Fault::RequestHeld(held.clone()))
    });
    let store = Store::new(Arc::new(faulty), "");
    let late = tokio::spawn(async move { Ledger::open(&store, quick()).await });
    tokio::task::yield_now().await;
    let early = Ledger::open(&calm, quick()).await.unwrap();
    early.append(event("a")).await.unwrap();
    gate.close();
    let late = late.await.unwrap().unwrap();
    assert_eq!(late.document(), early.document());
    assert_eq!(late.append(event("b")).await.unwrap().seq, 1);
    // Where the document is really gone, nothing is begun.
    calm.delete("log").await.unwrap();
    let error = Ledger::open(&calm, quick()).await.unwrap_err();
    assert_eq!(error.finding().unwrap().kind.name(), "missing_log_document");
}

/// A store that answers later is not taken for one without versions.
#[tokio::test]
async fn a_store_that_does_not_say_whether_it_keeps_versions_is_asked_again() {
    let calm = Store::memory();
    let faulty = Faulty::new(calm.backend().clone(), |call| {
        (call.act == Act::Bucket).then_some(Fault::Busy)
    });
    let error = Ledger::open(&Store::new(Arc::new(faulty), ""), quick()).await.unwrap_err();
    assert_eq!(error.code(), "ledger.store");
    let mut options = quick();
    options.conditions = Some(Conditions::OldestVersion);
    let error = Ledger::open(&calm, options).await.unwrap_err();
    assert_eq!(error.code(), "ledger.options_invalid", "there are no versions to be the oldest");
}

/// A refusal whose reason cannot be read may be about our own attempt.
#[tokio::test]
async fn a_refusal_alone_is_not_believed() {
    let calm = Store::memory();
    calm.put("n/00000000000000000000", "ours", &Put::absent()).await.unwrap();
    let faulty =
        Faulty::new(calm.backend().clone(), |call| (call.act == Act::Get).then_some(Fault::Busy));
    let numbers =
        |store: Store| Numbered::new(store, "n/", Conditions::Atomic).with_retry(Retry::NEVER);
    let blind = numbers(Store::new(Arc::new(faulty), ""));
    let error = blind.put(0, "ours".into(), |_| false, &Put::default()).await.unwrap_err();
    assert_eq!(error.stored(), Stored::Unknown, "{error}");
    let outcome = numbers(calm).put(0, "ours".into(), |_| false, &Put::default()).await.unwrap();
    assert!(matches!(outcome, Outcome::Won { .. }));
}

/// Whatever a caller does with a ledger can be done in a task that moves between threads.
#[tokio::test]
async fn everything_can_be_spawned() {
    let store = Store::memory();
    let numbers = Numbered::new(store.clone(), "n/", Conditions::Atomic);
    let task = tokio::spawn(async move {
        let ours = |there: &[u8]| there == b"x";
        numbers.put(3, "x".into(), ours, &Put::default()).await.unwrap();
        numbers.get(3).await.unwrap().unwrap();
        numbers.get_oldest(3).await.unwrap().unwrap();
        let listed: Vec<_> =
            futures_util::TryStreamExt::try_collect(numbers.list_from(0)).await.unwrap();
        assert_eq!(numbers.last(9).await.unwrap(), Some(listed[0].number));
        let ledger = Ledger::open(&store, signing()).await.unwrap();
        ledger.append_all(vec![event("a"), event("b")]).await.unwrap();
        ledger.submit(event("c")).await.unwrap().await.unwrap();
        ledger.checkpoint().await.unwrap();
        ledger.rotate_key(super::making::signer(9)).await.unwrap();
        ledger.close().await.unwrap();
        records(&store).await.len()
    });
    assert_eq!(task.await.unwrap(), 4);
}

/// Who signed until somebody handed over to another key signs nothing more once it sees the record of
/// that, and neither does who opens the log with the old key.
#[tokio::test]
async fn a_key_that_was_replaced_signs_nothing_more() {
    let store = Store::memory();
    let old = Ledger::open(&store, signing()).await.unwrap();
    old.append(event("a")).await.unwrap();
    old.checkpoint().await.unwrap();
    // The record is there, and its checkpoint is not: the process died between them.
    let faulty = Faulty::new(store.backend().clone(), |call| {
        (call.is_write() && call.key.starts_with("ckpt/")).then_some(Fault::Lost)
    });
    let mut options = signing();
    options.retry = Retry::NEVER;
    let other = Ledger::open(&Store::new(Arc::new(faulty), ""), options).await.unwrap();
    other.rotate_key(super::making::signer(9)).await.unwrap_err();

    let receipt = old.append(event("b")).await.unwrap();
    assert_eq!(receipt.seq, 2, "it follows the record of the rotation");
    let error = old.checkpoint().await.unwrap_err();
    let new_key = super::making::signer(9).verifier_key().to_string();
    assert!(matches!(&error, Error::KeyReplaced { new_key: it } if *it == new_key), "{error}");
    let late = Ledger::open(&store, signing()).await.unwrap();
    assert!(matches!(late.checkpoint().await, Err(Error::KeyReplaced { .. })));

    let mut options = signing();
    options.signer = Some(Arc::new(super::making::signer(9)));
    options.verifier_keys = vec![signing().signer.unwrap().verifier_key()];
    let new = Ledger::open(&store, options).await.unwrap();
    assert_eq!(new.checkpoint().await.unwrap().unwrap().size, 3);
}

/// Everything that vouches for the log is locked as long as its longest class, a segment as long as the
/// longest of its records.
#[tokio::test]
async fn objects_are_locked_as_long_as_the_longest_class_in_them() {
    let mut state = BucketState::plain();
    (state.versioning, state.object_lock) = (Versioning::On, true);
    let start = "2026-03-01T12:00:00Z".parse().unwrap();
    let clock = Arc::new(SetClock::at(start));
    let store = Store::new(Arc::new(Memory::new(state, clock.clone()).unwrap()), "");
    let mut options = signing();
    options.clock = clock;
    let mut retention = Retention::days(LockMode::Compliance, 30);
    retention.class_days = [("short".to_owned(), 1), ("tax".to_owned(), 3653)].into();
    options.retention = Some(retention);
    let ledger = Ledger::open(&store, options).await.unwrap();
    let classed = |class: &str| {
        let mut event = event(class);
        event.class = Some(class.to_owned());
        event
    };
    ledger.append(classed("short")).await.unwrap();
    ledger.append(event("plain")).await.unwrap();
    ledger.append_all(vec![classed("short"), classed("tax"), event("plain")]).await.unwrap();
    ledger.close().await.unwrap();
    let keys = ["log", "ckpt/00000000000000000005", "seg/00000000000000000000"];
    for (key, days) in keys.into_iter().zip([3653, 3653, 1]) {
        let lock = store.head(key).await.unwrap().lock.unwrap();
        assert_eq!(lock.mode, LockMode::Compliance, "{key}");
        assert_eq!(lock.until - start, chrono::TimeDelta::days(days), "{key}");
    }
    // The last three share a segment or not; the one with the long class is kept long.
    let mut longest = chrono::TimeDelta::zero();
    for key in super::making::keys(&store, "seg/").await {
        longest = longest.max(store.head(&key).await.unwrap().lock.unwrap().until - start);
    }
    assert_eq!(longest, chrono::TimeDelta::days(3653));
}
