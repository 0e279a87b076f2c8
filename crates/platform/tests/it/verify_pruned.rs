//! Removing bodies by date, and a removal that was broken off.

use std::sync::Arc;
use std::time::Duration;

use audit_chain::verify::{Kind, Verdict};
use chrono::{DateTime, Utc};
use platform::clock::{Clock as _, SetClock};
use platform::ledger::{self, Ledger, Options, PruneOptions};
use platform::store::fault::{Act, Call, Fault, Faulty};
use platform::store::{BucketState, Memory, Store, Versioning};

use super::logs::{event, quick};
use super::making;

fn writer(clock: &Arc<SetClock>) -> Options {
    let mut options = quick();
    options.log_id = Some(making::LOG_ID.to_owned());
    options.origin = Some(making::ORIGIN.to_owned());
    options.signer = Some(making::signer(7).into());
    options.clock = clock.clone();
    options
}

fn by_date(before: DateTime<Utc>, clock: &SetClock) -> PruneOptions {
    PruneOptions {
        before_seq: None,
        before: Some(before),
        expired_only: false,
        now: clock.now(),
        dry_run: false,
    }
}

/// 300 records on each of four days, sealed; the first at noon on 1 March.
async fn four_days(versioning: Versioning) -> (Store, Arc<SetClock>) {
    let clock = Arc::new(SetClock::at(noon(1)));
    let mut state = BucketState::plain();
    state.versioning = versioning;
    let store = Store::new(Arc::new(Memory::new(state, clock.clone()).unwrap()), "log");
    let ledger = Ledger::open(&store, writer(&clock)).await.unwrap();
    for day in 0..4 {
        let events = (0..300).map(|n| event(format!("{day}-{n}"))).collect();
        ledger.append_all(events).await.unwrap();
        ledger.checkpoint().await.unwrap();
        clock.advance(Duration::from_secs(24 * 3600));
    }
    ledger.close().await.unwrap();
    (store, clock)
}

fn noon(day: u32) -> DateTime<Utc> {
    format!("2026-03-{day:02}T12:00:00Z").parse().unwrap()
}

/// The numbers of the segments that are there.
async fn left(store: &Store) -> Vec<u64> {
    let keys = making::keys(store, "seg/").await;
    keys.iter().map(|key| key["seg/".len()..].parse().unwrap()).collect()
}

#[tokio::test]
async fn what_is_older_than_a_moment_goes_and_nothing_younger() {
    let (store, clock) = four_days(Versioning::On).await;
    let segments = left(&store).await;
    let ledger = Ledger::open(&store, writer(&clock)).await.unwrap();
    // A record of the very moment is not older than it.
    let nothing = ledger::prune(&ledger, &by_date(noon(1), &clock)).await.unwrap();
    assert_eq!((nothing.records, nothing.recorded_at), (0, None));
    let dry = PruneOptions { dry_run: true, ..by_date(noon(2), &clock) };
    assert_eq!(ledger::prune(&ledger, &dry).await.unwrap().records, 300);
    assert_eq!(left(&store).await, segments);
    let moment = noon(1) + Duration::from_micros(1);
    let first_day = ledger::prune(&ledger, &by_date(moment, &clock)).await.unwrap();
    assert_eq!((first_day.first_seq, first_day.records), (0, 300));
    // The smaller of both limits counts.
    let both = PruneOptions { before_seq: Some(1_200), ..by_date(noon(3), &clock) };
    let second_day = ledger::prune(&ledger, &both).await.unwrap();
    assert_eq!((second_day.first_seq, second_day.records), (300, 300));
    let both = PruneOptions { before_seq: Some(700), ..by_date(noon(9), &clock) };
    assert_eq!(ledger::prune(&ledger, &both).await.unwrap().records, 0, "a whole segment stays");
    ledger.close().await.unwrap();
    let kept: Vec<u64> = segments.into_iter().filter(|first| *first >= 600).collect();
    assert_eq!(left(&store).await[..kept.len()], kept);
    let report = ledger::verify(&store, &making::options(), |_| ()).await;
    assert_eq!(report.status, Verdict::Ok, "{report}");
    let pruned: Vec<_> = report.findings.iter().filter(|it| it.kind == Kind::Pruned).collect();
    assert_eq!((pruned[0].first_seq, pruned[0].last_seq), (Some(0), Some(599)), "{report}");
    // Of a part without bodies nothing is said but that.
    let mut options = making::options();
    options.records = Some(100..200);
    let report = ledger::verify(&store, &options, |_| ()).await;
    assert_eq!(report.status, Verdict::CouldNotVerify, "{report}");
    options.records = Some(600..610);
    assert_eq!(ledger::verify(&store, &options, |_| ()).await.status, Verdict::Ok);
}

/// The process dies at the removal with this number, which did or did not happen.
fn dies_at_removal(store: &Store, number: u64, fault: Fault) -> Store {
    let removals = std::sync::atomic::AtomicU64::new(0);
    store.wrapped(|inner| {
        Arc::new(Faulty::new(inner, move |call: &Call<'_>| {
            use std::sync::atomic::Ordering::SeqCst;
            let removes = call.act == Act::Delete;
            let before = removals.fetch_add(u64::from(removes), SeqCst);
            match before.cmp(&number) {
                std::cmp::Ordering::Equal if removes => Some(fault.clone()),
                std::cmp::Ordering::Greater => Some(Fault::Lost),
                _ => None,
            }
        }))
    })
}

#[tokio::test]
async fn a_removal_that_was_broken_off_leaves_a_log_that_verifies_and_can_be_finished() {
    let cases = [Versioning::On, Versioning::Off].into_iter().flat_map(|versioning| {
        (0..3).flat_map(move |number| {
            [Fault::Lost, Fault::Kept].map(|fault| broken_off(versioning, number, fault))
        })
    });
    // Each waits a while for a store that does not answer any more.
    futures_util::future::join_all(cases).await;
}

async fn broken_off(versioning: Versioning, number: u64, fault: Fault) {
    let place = format!("{versioning:?}, removal {number}, {fault:?}");
    let (store, clock) = four_days(versioning).await;
    let segments = left(&store).await;
    let kept = matches!(fault, Fault::Kept);
    let dying = dies_at_removal(&store, number, fault);
    let ledger = Ledger::open(&dying, writer(&clock)).await.unwrap();
    let broken = ledger::prune(&ledger, &by_date(noon(4), &clock)).await;
    assert!(broken.is_err(), "{place}: {broken:?}");
    drop(ledger);

    let gone = usize::try_from(number).unwrap() + usize::from(kept);
    let there = left(&store).await;
    assert_eq!(there.first(), segments.get(gone), "{place}");
    assert!(there.len() > segments.len() - gone, "the record that says so is there: {place}");
    let report = ledger::verify(&store, &making::options(), |_| ()).await;
    assert_eq!(report.status, Verdict::Ok, "{place}: {report}");
    assert_eq!(report.records, report.size - 300 * gone as u64, "{place}");

    let ledger = Ledger::open(&store, writer(&clock)).await.unwrap();
    let rest = ledger::prune(&ledger, &by_date(noon(4), &clock)).await.unwrap();
    assert_eq!(rest.records, 900 - 300 * gone as u64, "{place}");
    ledger.close().await.unwrap();
    let report = ledger::verify(&store, &making::options(), |_| ()).await;
    assert_eq!(report.status, Verdict::Ok, "{place}: {report}");
    assert!(report.findings.iter().any(|it| it.kind == Kind::Pruned), "{place}: {report}");
    assert_eq!(left(&store).await[0], 900, "{place}");
}

/// Before the record that says so is stored, nothing goes; the other way round nobody could tell
/// a removal from a theft.
#[tokio::test]
async fn nothing_goes_before_a_record_says_so() {
    for number in 0..4 {
        let (store, clock) = four_days(Versioning::Off).await;
        let segments = left(&store).await;
        let ledger = Ledger::open(&store, writer(&clock)).await.unwrap();
        ledger.close().await.unwrap();
        let dying =
            store.wrapped(|inner| Arc::new(Faulty::dies_at_write(inner, number, Fault::Lost)));
        let Ok(ledger) = Ledger::open(&dying, writer(&clock)).await else { continue };
        let broken = ledger::prune(&ledger, &by_date(noon(4), &clock)).await;
        drop(ledger);
        let there = left(&store).await;
        let recorded = there.len() > segments.len();
        assert!(broken.is_err() || recorded, "write {number}: {broken:?}");
        if !recorded {
            assert_eq!(there, segments, "write {number}");
        }
        let report = ledger::verify(&store, &making::options(), |_| ()).await;
        assert_eq!(report.status, Verdict::Ok, "write {number}: {report}");
    }
}
