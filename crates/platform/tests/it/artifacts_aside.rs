//! What was put aside is released or destroyed for a reason; notifications survive a death at any write;
//! logs are held against the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use platform::artifacts::{ArtifactStore, Finding, Noticed, Outcome};
use platform::store::fault::{Fault, Faulty};
use platform::store::{Put, Store};
use storage_core::Digest;
use storage_core::artifacts::{Stage, quarantine_key};

use super::artifacts::*;

const WRONG: &str = "<html>";

/// A file that was put aside.
async fn aside() -> (Store, ArtifactStore, Digest) {
    let store = Store::memory();
    let artifacts = open(&store, "ana").await;
    put(&artifacts, KEY, WRONG).await.unwrap_err();
    (store, artifacts, Digest::of(WRONG.as_bytes()))
}

#[tokio::test]
async fn what_was_put_aside_is_released_for_a_reason() {
    for store in [Store::memory(), versioned()] {
        let artifacts = open(&store, "ana").await;
        put(&artifacts, KEY, WRONG).await.unwrap_err();
        let sha256 = Digest::of(WRONG.as_bytes());
        let error = artifacts.release_aside(&key(), None, " ").await.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("artifacts.invalid", 2));
        assert!(store.get(KEY).await.is_err(), "nothing was stored for no reason");
        let other = Some(Digest::of(b"other"));
        let error = artifacts.release_aside(&key(), other, "x").await.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("artifacts.not_aside", 3));
        let done = artifacts.release_aside(&key(), Some(sha256), "a false alarm").await.unwrap();
        assert!(matches!(done, Outcome::Done(_)));
        let again = artifacts.release_aside(&key(), Some(sha256), "a false alarm").await.unwrap();
        assert_eq!(again, Outcome::Already);
        assert_eq!(fetched(artifacts.reader(), KEY).await.unwrap(), WRONG);
        assert_eq!(acts(&store).await, ["artifact.quarantined", "artifact.released"]);
        // The notification of our own write tells nothing new.
        assert_eq!(notice(&artifacts, &created(KEY, "0A")).await, Noticed::Known);
        assert_eq!(artifacts.verify(true).await.unwrap(), []);
        // Artifacts never change, by this way either.
        let error = put(&artifacts, KEY, "{}").await.unwrap_err();
        assert_eq!(error.code(), "artifacts.taken");
    }
}

#[tokio::test]
async fn what_was_put_aside_and_altered_there_is_not_released() {
    let (store, artifacts, sha256) = aside().await;
    store.put(quarantine_key(&sha256), "<evil>", &Put::default()).await.unwrap();
    let error = artifacts.release_aside(&key(), None, "fine").await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("artifacts.altered", 7));
    // While something is kept aside, its release does not move on.
    let (store, artifacts, _) = aside().await;
    put(&artifacts, "models/uplift/1.0.0/notes.txt", "x").await.unwrap();
    let error = artifacts.promote(&name(), Stage::Staging, None).await.unwrap_err();
    assert_eq!(error.code(), "artifacts.not_ready");
    artifacts.discard_aside(&key(), None, "malware").await.unwrap();
    artifacts.promote(&name(), Stage::Staging, None).await.unwrap();
    // Nothing is released into one that takes no more.
    store.put(KEY, WRONG, &Put::default()).await.unwrap();
    let noticed = notice(&artifacts, &created(KEY, "0A")).await;
    assert!(matches!(noticed, Noticed::Quarantined { .. }), "{noticed:?}");
    let error = artifacts.release_aside(&key(), None, "fine").await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("artifacts.sealed", 4));
}

#[tokio::test]
async fn what_was_put_aside_is_destroyed_for_a_reason_and_may_come_again() {
    let (store, artifacts, sha256) = aside().await;
    let error = artifacts.discard_aside(&key(), None, "").await.unwrap_err();
    assert_eq!(error.code(), "artifacts.invalid");
    artifacts.discard_aside(&key(), Some(sha256), "malware").await.unwrap();
    let again = artifacts.discard_aside(&key(), Some(sha256), "malware").await.unwrap();
    assert_eq!(again, Outcome::Already);
    assert!(store.get(quarantine_key(&sha256)).await.is_err());
    let error = fetched(artifacts.reader(), KEY).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("artifacts.not_there", 3));
    let error = artifacts.release_aside(&key(), Some(sha256), "x").await.unwrap_err();
    assert_eq!(error.code(), "artifacts.not_aside");
    put(&artifacts, KEY, WRONG).await.unwrap_err();
    assert_eq!(
        acts(&store).await,
        ["artifact.quarantined", "artifact.discarded", "artifact.quarantined"]
    );
    assert_eq!(artifacts.verify(true).await.unwrap(), []);
}

/// Makes `flow` die at each of its writes, does it again, and holds the end against that of doing it once.
async fn dies_anywhere<P, F>(what: &str, prepare: P, flow: F)
where
    P: AsyncFn(&Store),
    F: AsyncFn(&ArtifactStore) -> platform::artifacts::Result<()>,
{
    let calm = Store::memory();
    prepare(&calm).await;
    let faulty = Arc::new(Faulty::new(calm.backend().clone(), |_| None));
    let seen = Store::new(faulty.clone(), "");
    flow(&open(&seen, "ana").await).await.unwrap();
    let (writes, expected, recorded) = (faulty.writes(), there(&calm).await, acts(&calm).await);
    assert!(writes >= 4, "{what}: {writes} writes");
    for at in 0..writes {
        for fault in [Fault::Lost, Fault::Kept] {
            let place = format!("{what}, {fault:?} at the write {at}");
            let calm = Store::memory();
            prepare(&calm).await;
            let dying = Arc::new(Faulty::dies_at_write(calm.backend().clone(), at, fault));
            if let Ok(artifacts) = open_with(&Store::new(dying.clone(), ""), options("ana")).await {
                let _ = flow(&artifacts).await;
            }
            assert!(dying.met() > 0, "{place}: nothing failed");
            let artifacts = open(&calm, "ana").await;
            flow(&artifacts).await.expect(&place);
            assert_eq!(there(&calm).await, expected, "{place}");
            assert_eq!(acts(&calm).await, recorded, "{place}");
            assert_eq!(artifacts.verify(true).await.unwrap(), [], "{place}");
        }
    }
}

#[tokio::test]
async fn whatever_dies_while_deciding_about_what_was_put_aside_ends_the_same() {
    let sha256 = Some(Digest::of(WRONG.as_bytes()));
    let prepare = async |store: &Store| {
        put(&open(store, "ana").await, KEY, WRONG).await.unwrap_err();
    };
    let release =
        async |it: &ArtifactStore| it.release_aside(&key(), sha256, "fine").await.map(drop);
    dies_anywhere("release", prepare, release).await;
    let discard =
        async |it: &ArtifactStore| it.discard_aside(&key(), sha256, "bad").await.map(drop);
    dies_anywhere("discard", prepare, discard).await;
}

#[tokio::test]
async fn whatever_dies_while_acting_on_a_notification_ends_the_same() {
    let arrived = async |store: &Store, body: &'static str| {
        drop(open(store, "ana").await);
        store.put(KEY, body, &Put::default()).await.unwrap();
    };
    let told_of =
        async |it: &ArtifactStore, message: String| it.on_event(message.as_bytes()).await.map(drop);
    let at = |event: &'static str, sequencer: &'static str| told(event, KEY, sequencer);
    let put_event = async |it: &ArtifactStore| told_of(it, created(KEY, "0A")).await;
    dies_anywhere("accepted", async |store| arrived(store, "{}").await, put_event).await;
    dies_anywhere("moved aside", async |store| arrived(store, WRONG).await, put_event).await;
    let was_there = async |store: &Store| {
        let artifacts = open(store, "ana").await;
        put(&artifacts, KEY, "{}").await.unwrap();
        store.delete(KEY).await.unwrap();
    };
    let removed = async |it: &ArtifactStore| told_of(it, at("ObjectRemoved:Delete", "0B")).await;
    dies_anywhere("removed", was_there, removed).await;
    let unnamed = async |it: &ArtifactStore| told_of(it, created("builds/ci/7/..", "0A")).await;
    dies_anywhere("unnamed", async |store| drop(open(store, "ana").await), unnamed).await;
    // Wrong bytes over right ones, in a release that was accepted.
    let overwritten = async |store: &Store| {
        put(&open(store, "ana").await, KEY, "{}").await.unwrap();
        store.put(KEY, "[]", &Put::default()).await.unwrap();
    };
    let noticed = async |it: &ArtifactStore| told_of(it, created(KEY, "0C")).await;
    let calm = Store::memory();
    overwritten(&calm).await;
    noticed(&open(&calm, "ana").await).await.unwrap();
    assert!(calm.get(quarantine_key(&Digest::of(b"[]"))).await.is_ok());
}

#[tokio::test]
async fn a_log_that_says_something_else_than_the_ledger_is_found() {
    let made = async || {
        let store = Store::memory();
        let artifacts = open(&store, "ana").await;
        put(&artifacts, KEY, "{}").await.unwrap();
        put(&artifacts, "models/uplift/1.0.0/notes.txt", "x").await.unwrap();
        artifacts.promote(&name(), Stage::Staging, None).await.unwrap();
        assert_eq!(artifacts.verify(true).await.unwrap(), []);
        (store, artifacts)
    };
    let log = |number: u64| format!("{}{number:020}", name().log().prefix());
    // The last change is taken away.
    let (store, artifacts) = made().await;
    store.delete(log(2)).await.unwrap();
    let found = artifacts.verify(false).await.unwrap();
    let [Finding::Missing { seq: 2, act, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(act, "artifact.promoted");
    // One in the middle: the log cannot be read either.
    let (store, artifacts) = made().await;
    store.delete(log(1)).await.unwrap();
    let found = artifacts.verify(true).await.unwrap();
    assert!(matches!(found[..], [Finding::Missing { seq: 1, .. }, Finding::Unreadable { .. }]));
    // One is forged behind the last.
    let (store, artifacts) = made().await;
    let change = store.get(log(2)).await.unwrap().body;
    let mut forged: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&change).unwrap();
    forged.get_mut("claim").unwrap()["number"] = 3.into();
    let body = serde_json::to_vec(&forged).unwrap();
    store.put(log(3), body, &Put::default()).await.unwrap();
    let found = artifacts.verify(false).await.unwrap();
    assert!(matches!(found[..], [Finding::Unrecorded { number: 3, .. }]), "{found:?}");
    // One is exchanged.
    let (store, artifacts) = made().await;
    let change = String::from_utf8(store.get(log(0)).await.unwrap().body.to_vec()).unwrap();
    store.put(log(0), change.replace("\"ana\"", "\"eve\""), &Put::default()).await.unwrap();
    let found = artifacts.verify(false).await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    // Bytes are changed, or gone.
    let (store, artifacts) = made().await;
    store.put(KEY, "[]", &Put::default()).await.unwrap();
    store.delete("models/uplift/1.0.0/notes.txt").await.unwrap();
    assert_eq!(artifacts.verify(false).await.unwrap(), []);
    let found = artifacts.verify(true).await.unwrap();
    assert!(matches!(found[..], [Finding::Altered { .. }, Finding::Altered { .. }]), "{found:?}");
}
