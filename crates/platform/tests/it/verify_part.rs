//! Some records of a log, verified without the others.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit_chain::segment::Compression;
use audit_chain::verify::{Kind, Report, Verdict};
use platform::ledger::{self, VerifyOptions};
use platform::store::fault::Faulty;
use platform::store::{Store, Versioning};

use super::making::{self, Maker, erase, get, replace, segment_key};

fn asking(records: Range<u64>) -> VerifyOptions {
    let mut options = making::options();
    options.records = Some(records);
    options
}

async fn part(log: &Maker, records: Range<u64>) -> Report {
    ledger::verify(&log.store, &asking(records), |_| ()).await
}

fn kinds(report: &Report) -> Vec<Kind> {
    report.findings.iter().map(|it| it.kind).collect()
}

/// Ten segments of 97 records; 970 sealed, with checkpoints between them, and 7 more.
async fn log(versioning: Versioning) -> Maker {
    let mut log = Maker::new(versioning, Compression::Zstd(3)).await;
    for segment in 0..10 {
        log.segment(97).await;
        if segment % 4 == 1 || segment == 9 {
            log.checkpoint().await;
        }
    }
    log.segment(7).await;
    log
}

#[tokio::test]
async fn every_part_of_an_honest_log_is_as_it_was_written() {
    let log = log(Versioning::On).await;
    let mut rng = fastrand::Rng::with_seed(11);
    let mut ranges = vec![0..1, 0..970, 96..98, 97..194, 969..970, 0..97, 500..501];
    ranges.extend((0..40).map(|_| {
        let first = rng.u64(..970);
        first..rng.u64(first + 1..=970)
    }));
    for asked in ranges {
        let report = part(&log, asked.clone()).await;
        assert_eq!((report.status, report.notes), (Verdict::Ok, 0), "{asked:?}: {report}");
        assert_eq!((report.anchored, report.sealed_size), (true, 970), "{asked:?}");
        let whole = asked.start - asked.start % 97..asked.end.div_ceil(97) * 97;
        assert_eq!(report.records, whole.end - whole.start, "only segments with such records");
        assert_eq!(report.asked, Some([asked.start, asked.end - 1]));
        assert_eq!(report.pin(), None, "the others were not looked at");
    }
    // Beyond the checkpoint records are what they always are there.
    let report = part(&log, 960..977).await;
    assert_eq!(
        (report.status, kinds(&report)),
        (Verdict::Ok, vec![Kind::UnsealedTail]),
        "{report}"
    );
    let report = part(&log, 972..975).await;
    assert_eq!((report.status, report.anchored), (Verdict::CouldNotVerify, false), "{report}");
    let report = part(&log, 100..u64::MAX).await;
    assert_eq!((report.status, report.asked), (Verdict::Ok, Some([100, 976])), "{report}");
    for beyond in [970..978, 5_000..5_001] {
        let report = part(&log, beyond).await;
        assert!(kinds(&report).contains(&Kind::CouldNotCheck), "{report}");
    }
    assert_eq!(part(&log, 3..3).await.status, Verdict::CouldNotVerify);
}

#[tokio::test]
async fn a_record_that_was_altered_and_hashed_anew_is_found_in_its_part() {
    let log = log(Versioning::Off).await;
    // Another segment of the same length that follows the one before it rightly.
    let mut forger = Maker::new(Versioning::Off, Compression::Zstd(3)).await;
    for _ in 0..3 {
        forger.segment(97).await;
    }
    let mut events: Vec<_> = (0..97).map(making::event).collect();
    events[5].actor = "mallory".to_owned();
    forger.segment_of(&events, &[]).await;
    assert_eq!(forger.hashes[..291], log.hashes[..291]);
    replace(&log.store, &segment_key(291), &forger.segments[3].1).await;
    let report = part(&log, 291..300).await;
    assert_eq!(report.status, Verdict::Tampered, "{report}");
    assert!(kinds(&report).contains(&Kind::BadCheckpoint), "{report}");
    let report = part(&log, 0..100).await;
    assert_eq!(report.status, Verdict::Ok, "the tiles lead past it: {report}");
    let report = part(&log, 380..400).await;
    assert_eq!(report.status, Verdict::Tampered, "the next one does not follow it: {report}");
}

#[tokio::test]
async fn neither_records_nor_tiles_can_be_taken_away_from_a_part() {
    let sound = log(Versioning::Off).await;
    let log = sound.copy().await;
    erase(&log.store, &segment_key(485)).await;
    // Their hashes are there, and perhaps a record far away says why.
    let report = part(&log, 480..600).await;
    assert_eq!(report.status, Verdict::CouldNotVerify, "{report}");
    let log = sound.copy().await;
    erase(&log.store, &segment_key(873)).await;
    let report = part(&log, 870..970).await;
    assert_eq!((report.status, kinds(&report)), (Verdict::Tampered, vec![Kind::Gap]), "{report}");
    for (tile, asked) in
        [("tile/0/000", 100..110), ("tile/1/000.p/3", 300..310), ("tile/0/003.p/202", 100..110)]
    {
        let log = sound.copy().await;
        let mut body = get(&log.store, tile).await;
        body[7] ^= 1;
        replace(&log.store, tile, &body).await;
        let report = part(&log, asked.clone()).await;
        assert_eq!(report.status, Verdict::Tampered, "{tile}: {report}");
        erase(&log.store, tile).await;
        let report = part(&log, asked).await;
        assert_eq!(report.status, Verdict::CouldNotVerify, "{tile}: {report}");
    }
    let mut options = asking(10..20);
    options.keyring = Some(making::keyring(8));
    let report = ledger::verify(&sound.store, &options, |_| ()).await;
    assert_eq!(report.status, Verdict::Tampered, "another key: {report}");
}

#[tokio::test]
async fn a_part_costs_no_more_reads_than_it_has_segments_and_a_few() {
    let log = log(Versioning::On).await;
    let reads = Arc::new(AtomicU64::new(0));
    let counted = reads.clone();
    let store: Store = log.store.wrapped(|inner| {
        Arc::new(Faulty::new(inner, move |call| {
            counted.fetch_add(u64::from(call.key.contains("seg/")), Ordering::SeqCst);
            None
        }))
    });
    let report = ledger::verify(&store, &asking(200..201), |_| ()).await;
    assert_eq!((report.status, report.records), (Verdict::Ok, 97), "{report}");
    // One listing, one body.
    assert!(reads.load(Ordering::SeqCst) <= 2, "{reads:?}");
}
