//! Many writers on one log: one order, no fork, nothing lost, nothing twice.

use std::sync::Arc;

use audit_chain::keyring::{Key, Keyring};
use audit_chain::record::Head;
use audit_chain::verify::{Kind, Verdict};
use platform::ledger::{self, Error, Ledger, VerifyOptions};
use platform::store::fault::{Fault, Faulty};
use platform::store::{Conditions, Put, Store};

use super::logs::{event, event_with_id, names, quick, receipt_of, records, signer, signing};
use super::weak::{self, Weakness};

#[tokio::test]
async fn a_caller_gets_the_place_and_the_link_of_each_event() {
    let store = Store::memory();
    let ledger = Ledger::open(&store, signing()).await.unwrap();
    assert_eq!(ledger.head(), Head::default());
    let mut receipts = Vec::new();
    for name in ["a", "b", "c"] {
        receipts.push(ledger.append(event(name)).await.unwrap());
    }
    assert_eq!(receipts[0].previous_hash, None);
    assert_eq!(receipts[2].previous_hash, Some(receipts[1].record_hash));
    let kept = records(&store).await;
    let told: Vec<_> =
        receipts.iter().zip(["a", "b", "c"]).map(|(r, n)| receipt_of(r, n)).collect();
    assert_eq!(kept, told);
    let head = Head { size: 3, last_hash: Some(receipts[2].record_hash) };
    assert_eq!(ledger.head(), head);
    ledger.close().await.unwrap();
    assert!(matches!(ledger.append(event("d")).await, Err(Error::Closed)));
}

/// Writers who do not know of each other, each with many events on their way at once.
#[tokio::test(flavor = "multi_thread")]
async fn many_writers_make_one_order_on_every_kind_of_store() {
    let directory = tempfile::tempdir().unwrap();
    let stores = [
        (Store::memory(), Conditions::Atomic),
        (Store::local(directory.path()), Conditions::Atomic),
        (weak::store(Weakness::Ignores), Conditions::OldestVersion),
        (weak::store(Weakness::LetsRacersWin), Conditions::OldestVersion),
    ];
    for (store, conditions) in stores {
        let mut tasks = Vec::new();
        for writer in 0..8 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let mut options = signing();
                options.conditions = Some(conditions);
                options.writer = Some(format!("writer-{writer}"));
                let ledger = Ledger::open(&store, options).await.unwrap();
                let mut told = Vec::new();
                for round in 0..5 {
                    let names: Vec<_> = (0..20).map(|n| format!("{writer}/{round}/{n}")).collect();
                    // All are queued before the first is waited for.
                    let answers: Vec<_> =
                        names.iter().map(|name| ledger.append(event(name))).collect();
                    for (name, answer) in names.iter().zip(answers) {
                        told.push(receipt_of(&answer.await.unwrap(), name));
                    }
                }
                ledger.close().await.unwrap();
                told
            }));
        }
        let mut told = Vec::new();
        for task in tasks {
            let mine = task.await.unwrap();
            assert!(mine.is_sorted(), "the events of one caller keep their order");
            told.extend(mine);
        }
        told.sort();
        assert_eq!(told.len(), 800);
        // What was told is what is there: nothing lost, nothing twice, no fork.
        assert_eq!(records(&store).await, told, "{conditions:?}");
        // Whoever lost a race left a version behind at most, and nothing that looks like tampering.
        let mut options = super::making::options();
        options.keyring = Keyring::new(vec![Key::always(signer().verifier_key())], vec![], 0).ok();
        options.require_sealed = true;
        let report = ledger::verify(&store, &options, |_| ()).await;
        assert_eq!((report.status, report.records), (Verdict::Ok, 800), "{report}");
    }
}

#[tokio::test]
async fn an_event_sent_twice_is_recorded_once_also_across_a_restart() {
    let store = Store::memory();
    let ledger = Ledger::open(&store, quick()).await.unwrap();
    // Twice at once, and once more later.
    let (first, second) = tokio::join!(
        ledger.append(event_with_id("a", "id-1")),
        ledger.append(event_with_id("a", "id-1")),
    );
    let first = first.unwrap();
    assert_eq!(second.unwrap(), first);
    assert_eq!(ledger.append(event_with_id("a", "id-1")).await.unwrap(), first);
    // Another event does not hide behind the id.
    let other = ledger.append(event_with_id("b", "id-1")).await.unwrap_err();
    assert_eq!(other.code(), "ledger.event_id_taken");
    ledger.append(event("c")).await.unwrap();
    ledger.close().await.unwrap();

    let again = Ledger::open(&store, quick()).await.unwrap();
    assert_eq!(again.append(event_with_id("a", "id-1")).await.unwrap(), first);
    assert_eq!(records(&store).await.len(), 2);
    // Nor does it when somebody else recorded it in between.
    let third = Ledger::open(&store, quick()).await.unwrap();
    let theirs = third.append(event_with_id("d", "id-2")).await.unwrap();
    let mine = again.append(event_with_id("d", "id-2")).await.unwrap();
    assert_eq!(mine, theirs);
    assert_eq!(names(&records(&store).await).get("d"), Some(&1));
}

/// What the window of ids reaches back over: a checkpoint, a restart, and segments of others.
#[tokio::test]
async fn an_event_is_recognised_within_the_window_and_no_further() {
    let store = Store::memory();
    let ledger = Ledger::open(&store, signing()).await.unwrap();
    let first = ledger.append(event_with_id("a", "id-1")).await.unwrap();
    // Each in a segment of its own: with the first they are eight.
    for n in 0..7 {
        ledger.append(event(format!("other-{n}"))).await.unwrap();
    }
    ledger.close().await.unwrap();
    let reopened = async |segments: usize| {
        let mut options = signing();
        options.limits.event_id_segments = segments;
        Ledger::open(&store, options).await.unwrap()
    };
    let ledger = reopened(8).await;
    assert_eq!(ledger.append(event_with_id("a", "id-1")).await.unwrap(), first);
    let error = ledger.append(event_with_id("b", "id-1")).await.unwrap_err();
    assert_eq!(error.code(), "ledger.event_id_taken");
    assert!(error.to_string().contains("`id-1`, as number 0"), "{error}");
    assert!(error.is_certainly_not_stored());
    ledger.close().await.unwrap();
    assert_eq!(records(&store).await.len(), 8);
    // One segment less, and it is a new event: that is what is promised, and no more.
    let ledger = reopened(7).await;
    assert_eq!(ledger.append(event_with_id("a", "id-1")).await.unwrap().seq, 8);
    ledger.close().await.unwrap();
}

/// The answer is lost, the process dies, a checkpoint is written by another one: the event is sent again.
#[tokio::test]
async fn an_event_whose_answer_was_lost_is_recorded_once_after_a_crash() {
    for (fault, lost) in [(Fault::Lost, true), (Fault::Kept, false)] {
        let store = Store::memory();
        let ledger = Ledger::open(&store, signing()).await.unwrap();
        ledger.append(event("before")).await.unwrap();
        ledger.close().await.unwrap();
        let faulty = Arc::new(Faulty::dies_at_write(store.backend().clone(), 0, fault));
        let dying = Ledger::open(&Store::new(faulty, ""), signing()).await.unwrap();
        dying.append(event_with_id("a", "id-1")).await.unwrap_err();
        drop(dying);
        // Somebody else seals what is there.
        let other = Ledger::open(&store, signing()).await.unwrap();
        other.append(event("between")).await.unwrap();
        other.close().await.unwrap();
        let again = Ledger::open(&store, signing()).await.unwrap();
        let receipt = again.append(event_with_id("a", "id-1")).await.unwrap();
        let kept = records(&store).await;
        assert_eq!(names(&kept).get("a"), Some(&1), "lost: {lost}");
        assert_eq!(kept[receipt.seq as usize].1, receipt.record_hash);
        again.close().await.unwrap();
    }
}

/// Old segments that were tampered with are not asked: the log is not continued.
#[tokio::test]
async fn ids_are_not_believed_from_a_segment_that_does_not_verify() {
    let store = Store::memory();
    let ledger = Ledger::open(&store, signing()).await.unwrap();
    for name in ["a", "b"] {
        ledger.append(event_with_id(name, name)).await.unwrap();
    }
    ledger.close().await.unwrap();
    let key = format!("seg/{:020}", 0);
    let body = store.get(key.as_str()).await.unwrap().body;
    let text = String::from_utf8(body.to_vec()).unwrap();
    let forged = text.replace("\"event_id\": \"a\"", "\"event_id\": \"x\"");
    assert_ne!(forged, text);
    store.put(key.as_str(), forged.into_bytes(), &Put::default()).await.unwrap();
    let ledger = Ledger::open(&store, signing()).await.unwrap();
    let error = ledger.append(event_with_id("x", "x")).await.unwrap_err();
    assert_eq!(error.code(), "ledger.poisoned");
    assert_eq!(ledger.append(event("c")).await.unwrap_err().code(), "ledger.poisoned");
    assert!(store.get_if_there(format!("seg/{:020}", 2)).await.unwrap().is_none());
}

#[tokio::test]
async fn all_who_begin_a_log_at_once_begin_the_same() {
    let store = Store::memory();
    let opened = (0..8).map(|_| Ledger::open(&store, quick()));
    let opened: Vec<Ledger> =
        futures_util::future::join_all(opened).await.into_iter().map(Result::unwrap).collect();
    for ledger in &opened {
        assert_eq!(ledger.document(), opened[0].document());
        ledger.append(event("x")).await.unwrap();
    }
    assert_eq!(records(&store).await.len(), 8);
    let mut options = quick();
    options.log_id = Some("another".to_owned());
    let error = Ledger::open(&store, options).await.unwrap_err();
    assert_eq!(error.code(), "ledger.other_log");
    let mut options = quick();
    options.create = false;
    let error = Ledger::open(&Store::memory(), options).await.unwrap_err();
    assert_eq!(error.code(), "ledger.no_log");
}

/// Where all of them win the race for the document, the oldest counts, and that there are others is
/// no tampering; what was put over it later is.
#[tokio::test]
async fn documents_of_a_lost_race_are_not_taken_for_tampering() {
    let store = weak::store(Weakness::LetsRacersWin);
    let opened = (0..4).map(|_| {
        let mut options = quick();
        options.conditions = Some(Conditions::OldestVersion);
        Ledger::open(&store, options)
    });
    let opened: Vec<Ledger> =
        futures_util::future::join_all(opened).await.into_iter().map(Result::unwrap).collect();
    for ledger in &opened {
        assert_eq!(ledger.document(), opened[0].document());
        ledger.append(event("x")).await.unwrap();
    }
    let of_the_document = async |kind| {
        let report = ledger::verify(&store, &VerifyOptions::default(), |_| ()).await;
        let all = report.findings.iter();
        let found = all.filter(|it| it.key.as_deref() == Some("log") && it.kind == kind).count();
        (report.status, found)
    };
    assert_eq!(of_the_document(Kind::LostRace).await, (Verdict::Ok, 3));
    // Soon enough, but not what a writer of this log would have written.
    let body = store.get("log").await.unwrap().body;
    let other = String::from_utf8(body.to_vec()).unwrap().replace("oldest-version", "atomic");
    for body in [other.as_str(), "garbage"] {
        store.put("log", body.as_bytes().to_vec(), &Put::default()).await.unwrap();
    }
    assert_eq!(of_the_document(Kind::ShadowedVersion).await, (Verdict::Tampered, 2));
}

#[tokio::test]
async fn a_full_queue_makes_callers_wait_and_loses_nothing() {
    let store = Store::memory();
    let mut options = quick();
    options.limits.queue_records = 4;
    options.limits.segment_records = 3;
    let ledger = Ledger::open(&store, options).await.unwrap();
    let answers: Vec<_> = (0..50).map(|n| ledger.append(event(n.to_string()))).collect();
    for answer in futures_util::future::join_all(answers).await {
        answer.unwrap();
    }
    let kept = records(&store).await;
    assert_eq!(names(&kept).len(), 50);
    // No segment is longer than the log's document says.
    let mut begins: Vec<u64> = store
        .list("seg/", None, 1000)
        .await
        .unwrap()
        .entries
        .iter()
        .map(|it| it.key.as_str().trim_start_matches("seg/").parse().unwrap())
        .collect();
    begins.push(50);
    assert!(begins.windows(2).all(|pair| (1..=3).contains(&(pair[1] - pair[0]))), "{begins:?}");
}

#[tokio::test]
async fn what_is_queued_is_stored_though_the_ledger_is_dropped() {
    let store = Store::memory();
    let ledger = Ledger::open(&store, quick()).await.unwrap();
    let answers: Vec<_> = (0..100).map(|n| ledger.append(event(n.to_string()))).collect();
    drop(ledger);
    for answer in answers {
        answer.await.unwrap();
    }
    assert_eq!(records(&store).await.len(), 100);
}

#[tokio::test]
async fn an_event_that_cannot_be_recorded_is_refused_at_once() {
    let ledger = Ledger::open(&Store::memory(), quick()).await.unwrap();
    let mut wrong = event("a");
    wrong.event_type = "_audit.key_rotated".to_owned();
    let error = ledger.append(wrong).await.unwrap_err();
    assert_eq!(error.code(), "ledger.event_invalid");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("_audit.key_rotated"), "{source}");
    assert!(error.is_certainly_not_stored());
    let told: Arc<str> = error.to_string().into();
    assert!(!told.contains(&source), "an error leaves the rest to its source");
}
