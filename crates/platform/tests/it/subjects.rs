//! Sealed fields, and what is left of them when the key of their subject was destroyed.

use std::sync::Arc;

use audit_chain::json::Value;
use audit_chain::record::Event;
use audit_chain::seal::Path;
use audit_chain::verify::Verdict;
use platform::clock::SystemClock;
use platform::ledger::{
    self, Filter, Ledger, Options, Sealing, SubjectAt, SubjectKeys, erase_subject,
};
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

/// Options that seal the mail of the events, for whom each call names.
fn sealing(keys: &SubjectKeys) -> Options {
    let mut options = quick();
    options.sealing = Some(Sealing::new(keys.clone(), mail()));
    options
}

/// The details of a record, as they are stored.
async fn details(store: &Store, seq: u64) -> Value {
    let filter = Filter { first_seq: Some(seq), end_seq: Some(seq + 1), ..Filter::default() };
    let mut found = None;
    ledger::records(store, &filter, |_, line| {
        found = Value::parse(line).unwrap().get("details").cloned();
        std::ops::ControlFlow::Continue(())
    })
    .await
    .unwrap();
    found.unwrap()
}

/// Every octet of the store, object by object, packed segments unpacked.
async fn everything(store: &Store) -> Vec<u8> {
    let mut all = Vec::new();
    for key in super::making::keys(store, "").await {
        let body = store.get(key.as_str()).await.unwrap().body;
        all.extend_from_slice(key.as_bytes());
        all.extend_from_slice(&body);
        if let Ok(opened) = audit_chain::segment::open(&body) {
            opened.lines().for_each(|(_, line)| all.extend_from_slice(line));
        }
    }
    all
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|it| it == needle.as_bytes())
}

async fn verified(store: &Store) -> (Verdict, u64) {
    let mut options = super::making::options();
    (options.keyring, options.require_anchor) = (None, false);
    let report = ledger::verify(store, &options, |_| ()).await;
    (report.status, report.records)
}

#[tokio::test]
async fn a_sealed_field_opens_until_its_subject_is_erased() {
    let (store, kept) = (Store::memory(), Store::memory());
    let keys = SubjectKeys::open(&kept).await.unwrap();
    let ledger = Ledger::open(&store, sealing(&keys)).await.unwrap();
    let log_id = ledger.document().log_id.clone();
    let alice = ledger.append_for(event(), "alice").await.unwrap();
    let bob = ledger.submit_for(event(), "bob").await.unwrap().await.unwrap();
    let (alice, bob) = (details(&store, alice.seq).await, details(&store, bob.seq).await);
    assert_ne!(alice, event().details);
    for plain in ["alice@example.com", "\"bob\"", "\"alice\""] {
        assert!(!holds(&everything(&store).await, plain), "{plain} is in the log");
        assert!(!holds(&everything(&kept).await, plain), "{plain} is beside the keys");
    }
    assert!(holds(&everything(&store).await, "a new address"), "the search finds what is there");
    let mut opened = alice.clone();
    assert!(keys.opener().unseal(&mut opened, &log_id).await.unwrap().is_empty());
    assert_eq!(opened, event().details);

    let kid = keys.key("alice").await.unwrap().id();
    assert_eq!(erase_subject(&ledger, &keys, "alice").await.unwrap(), [kid]);
    // Again: there is nothing left to do, nor to record.
    assert_eq!(erase_subject(&ledger, &keys, "alice").await.unwrap(), []);
    assert_eq!(records(&store).await.len(), 3);
    let mut closed = alice.clone();
    let why = keys.opener().unseal(&mut closed, &log_id).await.unwrap();
    assert_eq!(why[0].1.code(), "audit.seal_erased");
    assert_eq!(closed, alice);
    let mut opened = bob.clone();
    assert!(keys.opener().unseal(&mut opened, &log_id).await.unwrap().is_empty());
    assert_ne!(keys.key("alice").await.unwrap().id(), kid, "who comes back is somebody new");
    ledger.close().await.unwrap();
    assert_eq!(verified(&store).await, (Verdict::Ok, 3));
}

#[tokio::test]
async fn a_ledger_seals_for_whom_the_event_names_and_nothing_slips_through() {
    let (store, kept) = (Store::memory(), Store::memory());
    let keys = SubjectKeys::open(&kept).await.unwrap();
    let mut options = sealing(&keys);
    let how = options.sealing.as_mut().unwrap();
    how.subject = Some(SubjectAt::Actor);
    how.seal_actor = true;
    let ledger = Ledger::open(&store, options).await.unwrap();
    let by = |actor: &str| Event { actor: actor.to_owned(), ..event() };
    // Many on their way at once, of several people: in their order, each with its own key.
    let sent: Vec<_> = (0..40).map(|n| ledger.append(by(&format!("person-{}", n % 3)))).collect();
    for (n, sent) in sent.into_iter().enumerate() {
        assert_eq!(sent.await.unwrap().seq, n as u64);
    }
    let all = everything(&store).await;
    assert!(!holds(&all, "person-") && !holds(&all, "alice@example.com"));
    let log_id = ledger.document().log_id.clone();
    let (mut first, mut third) = (details(&store, 0).await, details(&store, 2).await);
    assert!(keys.opener().unseal(&mut first, &log_id).await.unwrap().is_empty());
    assert_eq!(first.get("$actor").and_then(Value::as_str), Some("person-0"));
    assert!(keys.opener().unseal(&mut third, &log_id).await.unwrap().is_empty());
    assert_eq!(third.get("$actor").and_then(Value::as_str), Some("person-2"));

    let bare = Event { details: Value::Object(Vec::new()), ..by("person-1") };
    let error = ledger.append(bare).await.unwrap_err();
    assert_eq!(error.code(), "ledger.event_invalid", "a path leads nowhere: {error}");
    assert_eq!(ledger.append(by("")).await.unwrap_err().code(), "ledger.event_not_sealed");
    ledger.close().await.unwrap();

    // A ledger that was told at which place, and one that was told nothing.
    let mut options = sealing(&keys);
    options.sealing.as_mut().unwrap().subject = Some(SubjectAt::Details("/who".parse().unwrap()));
    let ledger = Ledger::open(&store, options).await.unwrap();
    assert_eq!(ledger.append(event()).await.unwrap_err().code(), "ledger.event_not_sealed");
    let nothing = Event { details: Value::Null, ..event() };
    ledger.append(nothing).await.unwrap();
    ledger.close().await.unwrap();
    let ledger = Ledger::open(&store, quick()).await.unwrap();
    let error = ledger.append_for(event(), "alice").await.unwrap_err();
    assert_eq!(error.code(), "ledger.event_not_sealed");
    ledger.close().await.unwrap();
    assert_eq!(verified(&store).await, (Verdict::Ok, 41));
    assert!(!holds(&everything(&store).await, "alice@example.com"));
}

/// Keys that cannot be looked up: the event is not recorded in the open, and the writer goes on.
#[tokio::test]
async fn without_the_key_nothing_is_recorded() {
    let (store, kept) = (Store::memory(), Store::memory());
    let faulty = Arc::new(Faulty::dies_at_write(kept.backend().clone(), 0, Fault::Lost));
    let keys = SubjectKeys::open(&Store::new(faulty, "")).await.unwrap();
    let mut options = sealing(&keys);
    options.sealing.as_mut().unwrap().subject = Some(SubjectAt::Details("/who".parse().unwrap()));
    let ledger = Ledger::open(&store, options).await.unwrap();
    let error = ledger.append_for(event(), "alice").await.unwrap_err();
    assert!(error.is_certainly_not_stored() && error.code() == "ledger.store", "{error}");
    ledger.append(Event { details: Value::Null, ..event() }).await.unwrap();
    ledger.close().await.unwrap();
    assert_eq!(records(&store).await.len(), 1);
}

/// An event that is sent again is recognised although it is sealed, also by another writer.
#[tokio::test]
async fn a_sealed_event_that_is_sent_again_is_recorded_once() {
    let (store, kept) = (Store::memory(), Store::memory());
    let keys = SubjectKeys::open(&kept).await.unwrap();
    let named = |mail: &str| {
        let details = Value::Object(vec![("mail".into(), Value::from(mail))]);
        Event { event_id: Some("e-1".into()), details, ..event() }
    };
    let ledger = Ledger::open(&store, sealing(&keys)).await.unwrap();
    let first = ledger.append_for(named("a@example.com"), "alice").await.unwrap();
    assert_eq!(ledger.append_for(named("a@example.com"), "alice").await.unwrap(), first);
    ledger.close().await.unwrap();
    let ledger = Ledger::open(&store, sealing(&keys)).await.unwrap();
    assert_eq!(ledger.append_for(named("a@example.com"), "alice").await.unwrap(), first);
    let error = ledger.append_for(named("b@example.com"), "alice").await.unwrap_err();
    assert_eq!(error.code(), "ledger.event_id_taken");
    let error = ledger.append_for(named("a@example.com"), "bob").await.unwrap_err();
    assert_eq!(error.code(), "ledger.event_id_taken");
    ledger.close().await.unwrap();
    assert_eq!(records(&store).await.len(), 1);
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
