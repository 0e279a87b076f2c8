//! What verification says about logs as they were written.

use audit_chain::segment::Compression;
use audit_chain::verify::{Kind, Verdict};
use platform::ledger::{self, RecordName, read_pin, write_pin};
use platform::store::{Put, Store, Versioning};

use super::making::{self, Maker, options};

#[tokio::test]
async fn a_log_with_checkpoints_and_tiles_is_whole() {
    for versioning in [Versioning::Off, Versioning::On] {
        for compression in [Compression::None, Compression::Zstd(3)] {
            let mut log = Maker::new(versioning, compression).await;
            for records in [1, 300, 2, 250] {
                log.segment(records).await;
                log.checkpoint().await;
            }
            let mut seen = 0;
            let report = ledger::verify(&log.store, &options(), |it| seen = it.records).await;
            assert_eq!(report.status, Verdict::Ok, "{report}");
            assert_eq!((report.records, report.segments, report.checkpoints), (553, 4, 4));
            assert_eq!((report.sealed_size, seen, report.notes), (553, 553, 0), "{report}");

            log.segment(3).await;
            let report = ledger::verify(&log.store, &options(), |_| ()).await;
            assert_eq!(report.status, Verdict::Ok, "{report}");
            assert_eq!(report.findings[0].kind, Kind::UnsealedTail);
            assert_eq!(report.findings[0].first_seq, Some(553));
        }
    }
}

#[tokio::test]
async fn a_tile_within_a_segment_is_compared_with_its_records() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Maker::new(Versioning::Off, Compression::None).await;
    log.segment(600).await;
    log.checkpoint().await;
    let local = Store::local(folder.path());
    for listed in log.store.list("", None, 100).await.unwrap().entries {
        let read = log.store.get(&listed.key).await.unwrap();
        local.put(&listed.key, read.body, &Put::default()).await.unwrap();
    }
    for store in [&log.store, &local] {
        let report = ledger::verify(store, &options(), |_| ()).await;
        assert_eq!((report.status, report.findings.len()), (Verdict::Ok, 0), "{report}");
        for key in ["tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"] {
            let whole = store.get(key).await.unwrap().body;
            let mut spoiled = whole.to_vec();
            spoiled[5000] ^= 1;
            store.put(key, spoiled, &Put::default()).await.unwrap();
            let report = ledger::verify(store, &options(), |_| ()).await;
            let found: Vec<_> = report.findings.iter().map(|it| (it.kind, &it.key)).collect();
            assert_eq!(found, [(Kind::ContentAltered, &Some(key.to_owned()))], "{report}");
            // It is derived, so it may be missing.
            store.delete(key).await.unwrap();
            let report = ledger::verify(store, &options(), |_| ()).await;
            let found: Vec<_> = report.findings.iter().map(|it| (it.kind, &it.key)).collect();
            assert_eq!(found, [(Kind::TileMissing, &Some(key.to_owned()))], "{report}");
            assert_eq!(report.status, Verdict::Ok);
            store.put(key, whole, &Put::default()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_pin_grows_with_every_visit_and_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pin.json");
    assert_eq!(read_pin(&path).unwrap(), None);
    let mut log = Maker::new(Versioning::On, Compression::None).await;
    let mut options = options();
    for round in 1..=3 {
        log.segment(4).await;
        log.checkpoint().await;
        options.pin = read_pin(&path).unwrap();
        let report = ledger::verify(&log.store, &options, |_| ()).await;
        assert_eq!(report.status, Verdict::Ok, "{report}");
        write_pin(&path, &report.pin().unwrap()).unwrap();
        assert_eq!(read_pin(&path).unwrap().unwrap().size, 4 * round);
    }
    making::erase(&log.store, &making::segment_key(8)).await;
    making::erase(&log.store, &making::checkpoint_key(12)).await;
    options.pin = read_pin(&path).unwrap();
    let report = ledger::verify(&log.store, &options, |_| ()).await;
    assert_eq!(report.status, Verdict::Tampered);
    assert!(report.findings.iter().any(|it| it.kind == Kind::RolledBack), "{report}");
    assert_eq!(report.pin(), None);

    std::fs::write(&path, "{}").unwrap();
    assert_eq!(read_pin(&path).unwrap_err().code(), "platform.pin");
}

#[tokio::test]
async fn what_is_not_a_log_says_so() {
    let (store, _) = making::bucket(Versioning::Off);
    let report = ledger::verify(&store, &options(), |_| ()).await;
    assert_eq!(report.status, Verdict::CouldNotVerify, "{report}");
    let error = ledger::prove(&store, RecordName::Seq(0)).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ledger.no_log", 3));

    let log = Maker::new(Versioning::Off, Compression::None).await;
    let mut new = options();
    new.require_anchor = false;
    let report = ledger::verify(&log.store, &new, |_| ()).await;
    assert_eq!((report.status, report.records), (Verdict::Ok, 0), "{report}");
}
