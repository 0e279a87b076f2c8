//! What the ledger writes, verified: honest logs of several writers, older logs that were taken over,
//! bodies that were removed.

use std::sync::Arc;
use std::time::Duration;

use audit_chain::Hash;
use audit_chain::json::Value;
use audit_chain::record::Event;
use audit_chain::verify::{Kind, Verdict};
use fastrand::Rng;
use platform::clock::{Clock as _, SetClock};
use platform::ledger::{
    self, ImportOptions, Ledger, Options, PruneOptions, RecordName, VerifyOptions,
};
use platform::numbered::Retry;
use platform::store::fault::{Fault, Faulty};
use platform::store::{BucketState, Conditions, Memory, Put, Store, Versioning};

use super::making;

fn event(name: &str) -> Event {
    Event::new("test.done", "alice", name, "do", Value::Object(vec![]))
}

fn writer() -> Options {
    let mut options = Options::default();
    options.log_id = Some(making::LOG_ID.to_owned());
    options.origin = Some(making::ORIGIN.to_owned());
    options.signer = Some(making::signer(7).into());
    options.conditions = Some(Conditions::Atomic);
    options.retry =
        Retry { times: 6, first: Duration::from_millis(1), longest: Duration::from_millis(4) };
    options
}

fn auditor() -> VerifyOptions {
    making::options()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how many there are is asked of whoever runs the tests"
)]
fn cases() -> u64 {
    let asked = std::env::var("STRONGROOM_HONEST_LOGS").ok();
    asked.map_or(100, |asked| asked.parse().expect("a number of logs"))
}

/// One life of a writer: some events, perhaps a checkpoint, perhaps another key, perhaps a store that
/// fails it in the middle of everything.
async fn live(store: Store, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let store = match rng.u8(..4) {
        0 => {
            let at = rng.u64(..12);
            let fault = if rng.bool() { Fault::Lost } else { Fault::Kept };
            store.wrapped(|inner| Arc::new(Faulty::dies_at_write(inner, at, fault)))
        }
        _ => store,
    };
    let Ok(ledger) = Ledger::open(&store, writer()).await else { return };
    for round in 0..rng.u64(1..4) {
        let names: Vec<_> =
            (0..rng.u64(1..20)).map(|n| event(&format!("{seed}-{round}-{n}"))).collect();
        // Whatever becomes of them: what counts here is what the log looks like.
        let _ = ledger.append_all(names).await;
        if rng.bool() {
            let _ = ledger.checkpoint().await;
        }
        tokio::task::yield_now().await;
    }
    if rng.bool() {
        let _ = ledger.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_honest_log_is_called_tampered_with() {
    for case in 0..cases() {
        let seed = 0x40_0000 + case * 100;
        let mut rng = Rng::with_seed(seed);
        let versioning = if rng.bool() { Versioning::On } else { Versioning::Off };
        let (store, _) = making::bucket(versioning);
        for generation in 0..rng.u64(1..4) {
            let writers = (0..rng.u64(1..4))
                .map(|writer| tokio::spawn(live(store.clone(), seed + generation * 10 + writer)));
            for writer in writers.collect::<Vec<_>>() {
                writer.await.expect("a writer does not panic");
            }
            let mut options = auditor();
            options.require_anchor = false;
            let report = ledger::verify(&store, &options, |_| ()).await;
            // A writer that died before it wrote anything leaves no log.
            let nothing = report.log_id.is_none() && report.records == 0;
            let place = || format!("seed {seed:#x}, generation {generation}\n{report}");
            assert!(report.status == Verdict::Ok || nothing, "{}", place());
        }
    }
}

#[tokio::test]
async fn a_key_that_was_rotated_needs_a_keyring_that_knows_it() {
    let (store, _) = making::bucket(Versioning::On);
    let ledger = Ledger::open(&store, writer()).await.unwrap();
    ledger.append(event("before")).await.unwrap();
    ledger.checkpoint().await.unwrap();
    let receipt = ledger.rotate_key(making::signer(9)).await.unwrap();
    ledger.append(event("after")).await.unwrap();
    ledger.close().await.unwrap();

    let mut options = auditor();
    let report = ledger::verify(&store, &options, |_| ()).await;
    assert_eq!(report.status, Verdict::CouldNotVerify, "it is announced: {report}");
    let rotated = making::keyring(7).rotated(making::signer(9).verifier_key(), receipt.seq + 1);
    options.keyring = Some(rotated.unwrap());
    let report = ledger::verify(&store, &options, |_| ()).await;
    assert_eq!((report.status, report.notes), (Verdict::Ok, 0), "{report}");
    // To a keyring of somebody else the same checkpoints say nothing good.
    options.keyring = Some(making::keyring(8));
    assert_eq!(ledger::verify(&store, &options, |_| ()).await.status, Verdict::Tampered);
}

/// An older log: each record an object.
async fn older(store: &Store, records: u64) -> Vec<Hash> {
    let (mut hashes, mut previous) = (Vec::new(), "null".to_owned());
    for n in 0..records {
        let preimage = format!(
            "{{\"action\": \"login\", \"actor\": \"alice\", \"details\": {{\"n\": {n}}}, \
             \"event_type\": \"login\", \"previous_hash\": {previous}, \"resource\": \"r\", \
             \"timestamp\": \"2025-03-01T22:{:02}:{:02}.000001\"}}",
            n / 60,
            n % 60,
        );
        let hash = Hash::of(preimage.as_bytes());
        let body = format!("{}, \"record_hash\": \"{hash}\"}}", &preimage[..preimage.len() - 1]);
        let key = format!("audit/login/2025/03/01/22/{hash}.json");
        store.put(&key, body.into_bytes(), &Put::default()).await.unwrap();
        hashes.push(hash);
        previous = format!("\"{hash}\"");
    }
    hashes
}

#[tokio::test]
async fn an_older_log_is_read_whole_and_taken_over_as_it_was_hashed() {
    let (old, _) = making::bucket(Versioning::Off);
    let hashes = older(&old, 1_200).await;
    let read = ledger::verify_legacy(&old, hashes.last().copied(), |_| ()).await.unwrap();
    assert!(read.report.is_one_chain(), "{:?}", read.report.findings);
    assert_eq!(read.keys.len(), 1_200, "more than one page");

    let (store, _) = making::bucket(Versioning::On);
    let ledger = Ledger::open(&store, writer()).await.unwrap();
    ledger.append(event("first")).await.unwrap();
    let imported = ledger::import_legacy(&old, &ledger, &ImportOptions::default(), |_| ()).await;
    assert_eq!(imported.unwrap().runs, [(1, 1_200)]);
    ledger.append(event("after")).await.unwrap();
    ledger.close().await.unwrap();
    let report = ledger::verify(&store, &auditor(), |_| ()).await;
    assert_eq!((report.status, report.records), (Verdict::Ok, 1_203), "{report}");
    let evidence = ledger::prove(&store, RecordName::Seq(5)).await.unwrap();
    assert_eq!(evidence.record_hash, hashes[4]);
    let (text, line) = (evidence.proof.to_text(), evidence.line.unwrap());
    audit_chain::verify::verify_evidence(text, line, &making::keyring(7)).unwrap();

    // A record that was altered is named, and the log not taken over unasked.
    let key = format!("audit/login/2025/03/01/22/{}.json", hashes[700]);
    let body = String::from_utf8(old.get(&key).await.unwrap().body.to_vec()).unwrap();
    let altered = body.replace("alice", "mallory").into_bytes();
    old.put(&key, altered, &Put::default()).await.unwrap();
    let ledger = Ledger::open(&store, writer()).await.unwrap();
    let error = ledger::import_legacy(&old, &ledger, &ImportOptions::default(), |_| ()).await;
    assert_eq!(error.unwrap_err().code(), "ledger.legacy_unsound");
    let missing = ledger::verify_legacy(&old, Some(Hash::of(b"x")), |_| ()).await.unwrap();
    assert!(missing.report.findings.len() >= 2);
}

#[tokio::test]
async fn what_was_written_first_counts_in_an_older_log_too() {
    let (old, _) = making::bucket(Versioning::On);
    let hashes = older(&old, 4).await;
    let keys = making::keys(&old, "audit/").await;
    let first = old.get(&keys[0]).await.unwrap().body;
    // A retry that wrote the same once more did no harm.
    old.put(&keys[0], first.clone(), &Put::default()).await.unwrap();
    let read = ledger::verify_legacy(&old, None, |_| ()).await.unwrap();
    assert!(read.report.findings.is_empty(), "{:?}", read.report.findings);

    old.put(&keys[0], b"{}".to_vec(), &Put::default()).await.unwrap();
    old.delete(&keys[1]).await.unwrap();
    let read = ledger::verify_legacy(&old, None, |_| ()).await.unwrap();
    let found: Vec<_> =
        read.report.findings.iter().map(|it| (it.kind.name(), it.key.as_deref())).collect();
    let (shadowed, hidden) = (Some(keys[0].as_str()), Some(keys[1].as_str()));
    assert_eq!(found, [("shadowed_version", shadowed), ("delete_marker", hidden)]);
    assert_eq!(read.report.order.len(), 4);

    let (store, _) = making::bucket(Versioning::On);
    let ledger = Ledger::open(&store, writer()).await.unwrap();
    let mut options = ImportOptions::default();
    let error = ledger::import_legacy(&old, &ledger, &options, |_| ()).await;
    assert_eq!(error.unwrap_err().code(), "ledger.legacy_unsound");
    options.even_if_damaged = true;
    let imported = ledger::import_legacy(&old, &ledger, &options, |_| ()).await.unwrap();
    assert_eq!((imported.runs, imported.keys.len()), (vec![(0, 4)], 4));
    let order: Vec<_> = imported.report.order.iter().map(|it| it.hash).collect();
    assert_eq!(order, hashes);
}

#[tokio::test]
async fn bodies_can_go_and_every_proof_still_holds() {
    let mut state = BucketState::plain();
    (state.versioning, state.object_lock) = (Versioning::On, true);
    let clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let store = Store::new(Arc::new(Memory::new(state, clock.clone()).unwrap()), "log");
    let ledger = Ledger::open(&store, writer()).await.unwrap();
    for part in 0..4 {
        let names: Vec<_> = (0..200).map(|n| event(&format!("{part}-{n}"))).collect();
        ledger.append_all(names).await.unwrap();
        ledger.checkpoint().await.unwrap();
    }
    let segments = making::keys(&store, "seg/").await;
    let now = clock.now();
    let asked = |before_seq: u64| PruneOptions {
        before_seq: Some(before_seq),
        before: None,
        expired_only: false,
        now,
        dry_run: false,
    };
    // A hold protects: nothing goes, or only what comes before it.
    let held = store.hold(&segments[1], None, true).await;
    held.unwrap();
    let error = ledger::prune(&ledger, &asked(500)).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ledger.protected", 5));
    assert_eq!(making::keys(&store, "seg/").await.len(), segments.len());
    let careful = PruneOptions { expired_only: true, dry_run: true, ..asked(500) };
    assert_eq!(ledger::prune(&ledger, &careful).await.unwrap().segments, 1);
    store.hold(&segments[1], None, false).await.unwrap();

    let report = ledger::prune(&ledger, &asked(420)).await.unwrap();
    assert!(report.records >= 200 && report.records <= 420, "{report:?}");
    assert!(report.recorded_at.is_some());
    let gone = report.records;
    let found = ledger::verify(&store, &auditor(), |_| ()).await;
    assert_eq!(found.status, Verdict::Ok, "{found}");
    assert!(found.findings.iter().any(|it| it.kind == Kind::Pruned), "{found}");
    assert_eq!(found.records, found.size - gone);
    let evidence = ledger::prove(&store, RecordName::Seq(3)).await.unwrap();
    assert_eq!(evidence.line, None);
    evidence.proof.verify(evidence.record_hash, &making::keyring(7)).unwrap();
    // Nothing is left to do; later there is more, in one hole with the first.
    assert_eq!(ledger::prune(&ledger, &asked(gone)).await.unwrap().records, 0);
    let more = ledger::prune(&ledger, &asked(700)).await.unwrap();
    assert!(more.records > 0 && more.first_seq == gone, "{more:?}");
    let found = ledger::verify(&store, &auditor(), |_| ()).await;
    assert_eq!(found.status, Verdict::Ok, "{found}");
    let nothing = PruneOptions { before_seq: None, ..asked(1) };
    assert_eq!(ledger::prune(&ledger, &nothing).await.unwrap_err().code(), "ledger.invalid");
    ledger.close().await.unwrap();
}

#[tokio::test]
async fn a_log_in_a_directory_is_verified_as_one_in_a_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local(folder.path());
    let ledger = Ledger::open(&store, writer()).await.unwrap();
    ledger.append_all((0..300).map(|n| event(&format!("{n}"))).collect()).await.unwrap();
    ledger.close().await.unwrap();
    let report = ledger::verify(&store, &auditor(), |_| ()).await;
    assert_eq!((report.status, report.records, report.notes), (Verdict::Ok, 300, 0), "{report}");
    ledger::prove(&store, RecordName::Seq(299)).await.unwrap();
}
