//! Sealed fields, and what is left of them when the key of their subject was destroyed.

use std::sync::Arc;

use audit_chain::json::Value;
use audit_chain::record::Event;
use audit_chain::seal::Path;
use audit_chain::verify::Verdict;
use platform::clock::SystemClock;
use platform::ledger::{self, Ledger, SubjectKeys, erase_subject};
use platform::store::fault::{Fault, Faulty};
use platform::store::{BucketState, Memory, Store, Versioning};

use super::logs::{quick, records};

fn mail() -> Vec<Path> {
    vec!["/mail".parse().unwrap()]
}

fn event() -> Event {
    let details = Value::Object(vec![
        ("mail".into(), Value::from("alice@example.com")),
        ("why".into(), Value::from("a new address")),
    ]);
    Event::new("user.changed", "admin", "user/1", "change", details)
}

#[tokio::test]
async fn a_sealed_field_opens_until_its_subject_is_erased() {
    let (store, kept) = (Store::memory(), Store::memory());
    let ledger = Ledger::open(&store, quick()).await.unwrap();
    let log_id = ledger.document().log_id.clone();
    let keys = SubjectKeys::open(&kept).await.unwrap();
    let (mut alice, mut bob) = (event(), event());
    keys.seal(&mut alice, &log_id, "alice", &mail()).await.unwrap();
    keys.seal(&mut bob, &log_id, "bob", &mail()).await.unwrap();
    assert_ne!(alice.details, event().details);
    ledger.append(alice.clone()).await.unwrap();
    ledger.append(bob.clone()).await.unwrap();
    let mut opened = alice.details.clone();
    assert!(keys.unseal(&mut opened, &log_id).await.unwrap().is_empty());
    assert_eq!(opened, event().details);

    let kid = keys.key("alice").await.unwrap().id();
    assert_eq!(erase_subject(&ledger, &keys, "alice").await.unwrap(), [kid]);
    // Again: there is nothing left to do, nor to record.
    assert_eq!(erase_subject(&ledger, &keys, "alice").await.unwrap(), []);
    assert_eq!(records(&store).await.len(), 3);
    let mut closed = alice.details.clone();
    let why = keys.unseal(&mut closed, &log_id).await.unwrap();
    assert_eq!(why[0].1.code(), "audit.seal_erased");
    assert_eq!(closed, alice.details);
    let mut opened = bob.details.clone();
    assert!(keys.unseal(&mut opened, &log_id).await.unwrap().is_empty());
    assert_ne!(keys.key("alice").await.unwrap().id(), kid, "who comes back is somebody new");
    ledger.close().await.unwrap();
    let mut options = super::making::options();
    (options.keyring, options.require_anchor) = (None, false);
    let report = ledger::verify(&store, &options, |_| ()).await;
    assert_eq!((report.status, report.records), (Verdict::Ok, 3), "{report}");
}

/// The store of the keys dies at each write of an erasure: done again, no key is left, and none was
/// recorded as destroyed that was there.
#[tokio::test]
async fn an_erasure_that_breaks_off_is_finished_by_the_next() {
    for at in 0.. {
        let mut met = 0;
        for fault in [Fault::Lost, Fault::Kept] {
            let (store, kept) = (Store::memory(), Store::memory());
            let ledger = Ledger::open(&store, quick()).await.unwrap();
            let calm = SubjectKeys::open(&kept).await.unwrap();
            let kid = calm.key("alice").await.unwrap().id();
            let faulty = Faulty::dies_at_write(kept.backend().clone(), at, fault);
            let faulty = Arc::new(faulty);
            let dying = SubjectKeys::open(&Store::new(faulty.clone(), "")).await.unwrap();
            let died = erase_subject(&ledger, &dying, "alice").await;
            met += faulty.met();
            if faulty.met() > 0 {
                died.unwrap_err();
            }
            let there = kept.get_if_there(format!("kid/{kid}")).await.unwrap().is_some();
            assert!(!there || records(&store).await.is_empty(), "recorded too early, at {at}");
            // Whoever is erased next finishes it.
            erase_subject(&ledger, &calm, "alice").await.unwrap();
            assert_eq!(records(&store).await.len(), 1, "recorded once, at {at}");
            let left = super::making::keys(&kept, "").await;
            assert_eq!(left, [format!("destroyed/{kid}")], "at {at}");
        }
        if met == 0 {
            assert!(at > 3, "there are writes to die at");
            return;
        }
    }
}

#[tokio::test]
async fn keys_are_not_put_where_they_could_not_be_destroyed() {
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    let memory = Memory::new(state, Arc::new(SystemClock)).unwrap();
    let error = SubjectKeys::open(&Store::new(Arc::new(memory), "")).await.unwrap_err();
    assert_eq!(error.code(), "ledger.options_invalid");
}
