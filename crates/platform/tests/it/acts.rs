//! Acts: whatever dies at whichever write, carrying out what is open leads to the same end.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use platform::acts::{Acts, Error, OPEN};
use platform::clock::SetClock;
use platform::ledger::{Filter, Ledger, records};
use platform::numbered::Retry;
use platform::store::fault::{Fault, Faulty};
use platform::store::{
    BucketState, Conditions, Lock, LockMode, Memory, Put, Store, StoreErrorKind, Versioning,
};
use storage_core::{Digest, Plan, Step};

use super::logs::quick;

fn moment() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn put(key: &str, body: &str) -> Step {
    Step::Put {
        key: key.to_owned(),
        body: body.to_owned(),
        content_type: "text/plain".to_owned(),
        lock: None,
        legal_hold: false,
    }
}

/// Every kind of step, on a store that has `old` and `big`.
fn plan() -> Plan {
    let lock = Lock { mode: LockMode::Governance, until: "2096-01-01T00:00:00Z".parse().unwrap() };
    let copy = Step::Copy {
        from: "big".to_owned(),
        version: None,
        to: "copy".to_owned(),
        sha256: Digest::of(&big()),
        content_type: "application/zip".to_owned(),
    };
    Plan::new("thing.changed", "ana", "thing/1", moment())
        .claiming("thing/_events/", 0)
        .saying("why", "because")
        .with_step(put("new", "new"))
        .with_step(copy)
        .with_step(Step::Hold { key: "new".to_owned(), version: None, on: true })
        .with_step(Step::Retain { key: "new".to_owned(), version: None, lock })
        .with_step(Step::Hold { key: "new".to_owned(), version: None, on: false })
        .with_step(Step::Delete { key: "old".to_owned(), version: None })
        // What was copied is not needed to make the copy again.
        .with_step(Step::Delete { key: "big".to_owned(), version: None })
}

fn big() -> Vec<u8> {
    (0..9_000_000_u32).map(|n| (n % 251) as u8).collect()
}

async fn prepared() -> Store {
    let mut state = BucketState::plain();
    (state.versioning, state.object_lock) = (Versioning::On, true);
    let clock = Arc::new(SetClock::at(moment()));
    let store = Store::new(Arc::new(Memory::new(state, clock).unwrap()), "");
    store.put("old", "old", &Put::default()).await.unwrap();
    store.put("old", "older", &Put::default()).await.unwrap();
    store.put("big", big(), &Put::default()).await.unwrap();
    store
}

async fn acts(store: &Store) -> Result<Acts, platform::ledger::Error> {
    let mut options = quick();
    options.retry = Retry::NEVER;
    let ledger = Ledger::open(&store.at("ledger"), options).await?;
    Ok(Acts::new(store.clone(), ledger, Conditions::Atomic).with_retry(Retry::NEVER))
}

/// What is there, apart from the ledger, and how often the ledger has the act.
async fn end(store: &Store) -> (BTreeMap<String, (usize, bool, bool)>, usize) {
    let listed: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
    let mut there = BTreeMap::new();
    for it in listed.into_iter().filter(|it| !it.key.as_str().starts_with("ledger/")) {
        let read = store.get(it.key.as_str()).await.unwrap();
        let object = read.object;
        let state = (read.body.len(), object.lock.is_some(), object.legal_hold);
        there.insert(it.key.as_str().to_owned(), state);
    }
    let filter = Filter { event_type: Some("thing.changed".to_owned()), ..Filter::default() };
    let mut times = 0;
    let log = store.at("ledger");
    let counted = records(&log, &filter, |_, _| {
        times += 1;
        std::ops::ControlFlow::Continue(())
    });
    counted.await.unwrap();
    (there, times)
}

#[tokio::test]
async fn whatever_fails_the_end_is_the_same() {
    let calm = prepared().await;
    let faulty = Arc::new(Faulty::new(calm.backend().clone(), |_| None));
    let performed = acts(&Store::new(faulty.clone(), "")).await.unwrap().perform(&plan()).await;
    assert_eq!(performed.unwrap().receipt.seq, 0);
    let (writes, expected) = (faulty.writes(), end(&calm).await);
    assert_eq!(expected.1, 1);
    assert_eq!(expected.0["new"], (3, true, false));
    assert_eq!(expected.0["copy"].0, 9_000_000);
    assert!(!expected.0.contains_key("old"), "{:?}", expected.0);
    assert!(expected.0.keys().all(|key| !key.starts_with(OPEN)), "{:?}", expected.0);
    assert!(writes > 8, "{writes}");

    let mut open = 0;
    for at in 0..writes {
        for fault in [Fault::Lost, Fault::Kept] {
            // The write fails and nothing works any more: the process is dead.
            let place = format!("{fault:?} at the write {at}");
            let store = prepared().await;
            let first = fault.clone();
            let faulty = Faulty::new(store.backend().clone(), move |call| match call.writes {
                writes if writes == at && call.is_write() => Some(first.clone()),
                writes if writes > at => Some(Fault::Lost),
                _ => None,
            });
            let died = match acts(&Store::new(Arc::new(faulty), "")).await {
                Ok(acts) => acts.perform(&plan()).await.map(drop).is_err(),
                Err(_) => true,
            };
            let acts = acts(&store).await.expect(&place);
            let healed = acts.heal().await.expect(&place);
            assert!(healed.iter().all(|it| it.outcome.is_ok()), "{place}: {healed:?}");
            open += healed.len();
            if healed.is_empty() && died {
                // It had not begun, or it had ended: doing it again is right either way.
                match acts.perform(&plan()).await {
                    Ok(_) => {}
                    Err(error) => panic!("{place}: {error:?}"),
                }
            }
            assert_eq!(end(&store).await, expected, "{place}");
        }
    }
    assert!(open >= 2 * (writes as usize - 4), "most of them left something to heal: {open}");
}

#[tokio::test]
async fn of_two_decisions_from_the_same_facts_one_is_refused_and_leaves_nothing() {
    let store = prepared().await;
    let acts = acts(&store).await.unwrap();
    acts.perform(&plan()).await.unwrap();
    let before = end(&store).await;
    let other = Plan::new("thing.changed", "ben", "thing/1", moment())
        .claiming("thing/_events/", 0)
        .with_step(put("other", "x"));
    let error = acts.perform(&other).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { number: 0, .. }), "{error}");
    assert_eq!(end(&store).await, before);
    assert!(acts.heal().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_copy_of_altered_bytes_is_not_made() {
    let store = prepared().await;
    let mut altered = big();
    altered[8_500_000] ^= 1;
    store.put("big", altered, &Put::default()).await.unwrap();
    let acts = acts(&store).await.unwrap();
    let error = acts.perform(&plan()).await.unwrap_err();
    let Error::Step { key, source } = &error else { panic!("{error:?}") };
    assert_eq!((key.as_str(), source.code()), ("copy", "acts.content_altered"));
    let missing = store.get("copy").await.unwrap_err();
    assert_eq!(missing.kind, StoreErrorKind::NotFound);
    // Once the bytes are right again, what is open is finished.
    store.put("big", big(), &Put::default()).await.unwrap();
    let healed = acts.heal().await.unwrap();
    assert_eq!(healed.len(), 1);
    assert!(healed[0].outcome.is_ok(), "{healed:?}");
    assert_eq!(end(&store).await.1, 1, "it was recorded once");
}
