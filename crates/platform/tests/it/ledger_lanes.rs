//! Ledgers with lanes: many writers, crashes, and every way to take something away from one lane.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use audit_chain::keyring::{Key, Keyring};
use audit_chain::lanes::{self, Bound, folder};
use audit_chain::note::Signer;
use audit_chain::verify::{Kind, Report, Verdict};
use platform::ledger::{
    self, Error, Filter, LaneReceipt, Lanes, LanesOptions, Ledger, ReadError, RecordName,
    VerifyOptions,
};
use platform::store::fault::{Fault, Faulty};
use platform::store::{Put, Store, Versioning};

use super::logs::{event, event_with_id, quick, records, signer, signing};
use super::making;

mod tampering;

fn options(lanes: u16) -> LanesOptions {
    let mut options = LanesOptions::default();
    options.lanes = Some(lanes);
    options.log = signing();
    options.log.log_id = Some("orders".to_owned());
    options
}

async fn open(store: &Store, lanes: u16) -> Lanes {
    Lanes::open(store, options(lanes)).await.unwrap()
}

/// What an auditor asks for who has the key.
fn auditor() -> VerifyOptions {
    let mut options = VerifyOptions::default();
    options.keyring = Keyring::new(vec![Key::always(signer().verifier_key())], vec![], 0).ok();
    options.require_anchor = true;
    options
}

async fn verify(store: &Store, options: &VerifyOptions) -> Report {
    ledger::verify(store, options, |_| ()).await
}

/// Everything that was acknowledged is in the lane and at the place that was told, and nothing else.
async fn is_kept(store: &Store, lanes: u16, told: &[(String, LaneReceipt)]) {
    let mut expected: BTreeMap<u16, Vec<_>> = (0..lanes).map(|lane| (lane, Vec::new())).collect();
    for (name, LaneReceipt { lane, receipt }) in told {
        let kept = (receipt.seq, receipt.record_hash, name.clone());
        expected.get_mut(lane).expect("a lane of the ledger").push(kept);
    }
    for (lane, mut expected) in expected {
        expected.sort();
        assert_eq!(records(&store.at(&folder(lane))).await, expected, "lane {lane}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_fill_all_lanes_and_keep_the_order_of_each_resource() {
    let directory = tempfile::tempdir().unwrap();
    let versioned = making::bucket(Versioning::On).0;
    for store in [Store::memory(), versioned, Store::local(directory.path())] {
        let mut tasks = Vec::new();
        for writer in 0..4 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let ledger = open(&store, 4).await;
                let mut answers = Vec::new();
                for n in 0..60 {
                    let name = format!("{writer}/{}", n % 10);
                    answers.push((name.clone(), ledger.append(event(name))));
                    if n == 30 {
                        ledger.checkpoint().await.unwrap();
                    }
                }
                let mut told = Vec::new();
                for (name, answer) in answers {
                    told.push((name, answer.await.unwrap()));
                }
                ledger.close().await.unwrap();
                told
            }));
        }
        let mut all = Vec::new();
        for task in tasks {
            let told = task.await.unwrap();
            // Events of one resource: one lane, in the order of the calls.
            let mut places: BTreeMap<&str, (u16, Vec<u64>)> = BTreeMap::new();
            for (name, LaneReceipt { lane, receipt }) in &told {
                let place = places.entry(name).or_insert((*lane, Vec::new()));
                assert_eq!(place.0, *lane, "{name}");
                place.1.push(receipt.seq);
            }
            assert!(places.values().all(|(_, seqs)| seqs.is_sorted()), "{places:?}");
            all.extend(told);
        }
        is_kept(&store, 4, &all).await;
        let mut options = auditor();
        options.require_sealed = true;
        let report = verify(&store, &options).await;
        assert_eq!(report.status, Verdict::Ok, "{report}");
        assert!(report.anchored);
        assert_eq!(report.lanes.len(), 4);
        assert!(report.lanes.iter().all(|lane| lane.size > 0 && lane.bound_size == lane.size));
        let of_lanes: u64 = report.lanes.iter().map(|lane| lane.size).sum();
        assert_eq!((of_lanes, report.records), (240, 240 + report.size));
    }
}

#[tokio::test]
async fn the_number_of_lanes_is_fixed_and_told_by_the_ledger_itself() {
    let store = Store::memory();
    let told = Lanes::open(&store, LanesOptions::default()).await.unwrap_err();
    assert_eq!(told.code(), "ledger.options_invalid", "a new ledger has to be told");
    for lanes in [0, 257] {
        let told = Lanes::open(&store, options(lanes)).await.unwrap_err();
        assert!(told.to_string().contains("1 to 256 lanes"), "{told}");
    }
    open(&store, 3).await.close().await.unwrap();
    let told = Lanes::open(&store, options(4)).await.unwrap_err();
    assert_eq!(told.to_string(), "the log has the number of lanes `3`, not `4`");
    let mut unsaid = options(3);
    unsaid.lanes = None;
    let ledger = Lanes::open(&store, unsaid).await.unwrap();
    assert_eq!(ledger.document().lanes, 3);

    // Neither is taken for the other.
    let told = Ledger::open(&store, signing()).await.unwrap_err();
    assert_eq!(told.code(), "ledger.has_lanes");
    let single = Store::memory();
    Ledger::open(&single, signing()).await.unwrap().close().await.unwrap();
    let told = Lanes::open(&single, options(3)).await.unwrap_err();
    assert_eq!(told.code(), "ledger.no_lanes");
    let mut reading = options(3);
    reading.log.create = false;
    let told = Lanes::open(&Store::memory(), reading).await.unwrap_err();
    assert_eq!(told.code(), "ledger.no_log");
}

#[tokio::test]
async fn a_lane_is_a_log_and_whoever_reads_the_whole_as_one_is_told_which() {
    let store = Store::memory();
    let ledger = open(&store, 2).await;
    let LaneReceipt { lane, receipt } = ledger.append(event("report/1")).await.unwrap();
    ledger.close().await.unwrap();
    let error = ledger::prove(&store, RecordName::Seq(0)).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ledger.has_lanes", 2));
    let told = error.to_string();
    assert!(told.contains("/lane/000` to ") && told.contains("/lane/001` and "), "{told}");
    assert!(told.contains("/root`"), "{told}");
    let filter = Filter::default();
    let shown = ledger::records(&store, &filter, |_, _| std::ops::ControlFlow::Continue(())).await;
    assert!(matches!(shown, Err(ReadError::HasLanes { lanes: 2, .. })));

    let place = store.at(&folder(lane));
    let evidence = ledger::prove(&place, RecordName::Seq(receipt.seq)).await.unwrap();
    assert_eq!(evidence.record_hash, receipt.record_hash);
    let report = verify(&place, &auditor()).await;
    assert_eq!((report.status, report.records), (Verdict::Ok, 1), "{report}");
}

#[tokio::test]
async fn an_event_sent_twice_is_recorded_once_also_across_a_restart() {
    let store = Store::memory();
    let ledger = open(&store, 4).await;
    let first = ledger.append(event_with_id("a", "id-1")).await.unwrap();
    assert_eq!(ledger.append(event_with_id("a", "id-1")).await.unwrap(), first);
    let by_key = ledger.append_by("elsewhere", event("a")).await.unwrap();
    assert_eq!(by_key.lane, ledger.lane_of("elsewhere"));
    // What a dropped ledger has queued is stored, but bound only by the next one.
    drop(ledger);
    let again = open(&store, 4).await;
    assert_eq!(again.append(event_with_id("a", "id-1")).await.unwrap(), first);
    again.close().await.unwrap();
    assert!(matches!(again.append(event("b")).await, Err(Error::Closed)));
    again.close().await.unwrap();
    let report = verify(&store, &auditor()).await;
    assert!(report.lanes.iter().all(|lane| lane.bound_size == lane.size), "{report}");
}

#[tokio::test]
async fn the_lanes_are_bound_now_and_then_and_only_when_there_is_something_new() {
    let store = Store::memory();
    let mut often = options(2);
    often.log.checkpoint_every.time = Duration::from_millis(2);
    let ledger = Lanes::open(&store, often).await.unwrap();
    assert_eq!(ledger.root().head().size, 1, "a ledger begins with a record of the root log");
    ledger.append(event("a")).await.unwrap();
    while ledger.root().head().size < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(ledger.root().head().size, 2);
    ledger.close().await.unwrap();
}

#[tokio::test]
async fn what_nothing_binds_is_said_and_counts_if_it_is_asked_for() {
    let store = Store::memory();
    let ledger = open(&store, 2).await;
    ledger.append(event("a")).await.unwrap();
    ledger.checkpoint().await.unwrap();
    ledger.append(event("b")).await.unwrap();
    let mut options = auditor();
    let report = verify(&store, &options).await;
    let kinds: Vec<Kind> = report.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!((report.status, kinds), (Verdict::Ok, vec![Kind::UnsealedTail]), "{report}");
    options.require_sealed = true;
    assert_eq!(verify(&store, &options).await.status, Verdict::CouldNotVerify);
    ledger.close().await.unwrap();
    assert_eq!(verify(&store, &options).await.status, Verdict::Ok);
}

#[tokio::test]
async fn a_ledger_without_a_key_has_lanes_that_nothing_binds() {
    let store = Store::memory();
    let mut unsigned = options(2);
    unsigned.log = quick();
    let ledger = Lanes::open(&store, unsigned).await.unwrap();
    ledger.append(event("a")).await.unwrap();
    assert!(matches!(ledger.checkpoint().await, Err(Error::NoSigner)));
    ledger.close().await.unwrap();
    let report = verify(&store, &VerifyOptions::default()).await;
    assert_eq!(report.status, Verdict::Ok, "{report}");
    assert!(report.lanes.iter().all(|lane| lane.bound_size == 0));
}

#[tokio::test]
async fn another_key_signs_all_logs_and_the_sizes_of_a_keyring_are_those_of_the_root_log() {
    let store = Store::memory();
    let ledger = open(&store, 3).await;
    ledger.append(event("a")).await.unwrap();
    let next = || Signer::from_seed("example.com/log", &[9; 32]).unwrap();
    let receipt = ledger.rotate_key(next()).await.unwrap();
    ledger.append(event("b")).await.unwrap();
    ledger.close().await.unwrap();
    let old = Keyring::new(vec![Key::always(signer().verifier_key())], vec![], 0).unwrap();
    let ring = old.rotated(next().verifier_key(), receipt.seq + 1).unwrap();
    let mut options = auditor();
    options.require_sealed = true;
    options.keyring = Some(ring.clone().with_origin("strongroom/orders"));
    let report = verify(&store, &options).await;
    assert_eq!(report.status, Verdict::Ok, "{report}");
    options.keyring = Some(ring.with_origin("strongroom/invoices"));
    assert_eq!(verify(&store, &options).await.status, Verdict::Tampered);
}

/// A process dies at each of its writes in turn, with the write kept or lost; the next one goes on.
#[tokio::test]
async fn what_was_acknowledged_survives_a_crash_at_every_write() {
    for fault in [Fault::Lost, Fault::Kept] {
        for at in 0.. {
            let calm = making::bucket(Versioning::Off).0;
            let mut told = Vec::new();
            let fault = fault.clone();
            let mut faulty = None;
            let dying = calm.wrapped(|inner| {
                let dies = Arc::new(Faulty::dies_at_write(inner, at, fault));
                faulty = Some(dies.clone());
                dies
            });
            let place = || format!("write {at}, {:?}", faulty.as_ref().map(|it| it.met()));
            if let Ok(ledger) = Lanes::open(&dying, options(2)).await {
                for n in 0..4 {
                    let name = format!("first/{n}");
                    if let Ok(receipt) = ledger.append(event(&name)).await {
                        told.push((name, receipt));
                    }
                }
                let _ = ledger.checkpoint().await;
                if let Ok(receipt) = ledger.append(event("late")).await {
                    told.push(("late".to_owned(), receipt));
                }
                let _ = ledger.close().await;
            }
            let report = verify(&calm, &VerifyOptions::default()).await;
            assert_ne!(report.status, Verdict::Tampered, "{}: {report}", place());
            let ledger = Lanes::open(&calm, options(2)).await;
            let ledger = ledger.unwrap_or_else(|error| panic!("{}: {error}", place()));
            ledger.append(event("afterwards")).await.unwrap();
            ledger.close().await.unwrap();
            let mut sealed = auditor();
            sealed.require_sealed = true;
            let report = verify(&calm, &sealed).await;
            assert_eq!(report.status, Verdict::Ok, "{}: {report}", place());
            for (name, LaneReceipt { lane, receipt }) in &told {
                let kept = records(&calm.at(&folder(*lane))).await;
                let kept = &kept[receipt.seq as usize];
                assert_eq!((kept.1, &kept.2), (receipt.record_hash, name), "{}", place());
            }
            if faulty.as_ref().is_some_and(|faulty| faulty.met() == 0) {
                assert!(at > 20, "only {at} writes");
                break;
            }
        }
    }
}
