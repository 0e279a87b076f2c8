//! What verification says about things that no signature covers, and what it cannot notice.

use audit_chain::segment::{self, Compression};
use audit_chain::verify::{Kind, Report, Verdict};
use platform::ledger::{self, VerifyOptions};
use platform::store::Versioning;

use super::making::{self, Maker, checkpoint_key, erase, get, put, replace, segment_key};

async fn verified(log: &Maker, options: &VerifyOptions) -> Report {
    ledger::verify(&log.store, options, |_| ()).await
}

fn kinds(report: &Report) -> Vec<Kind> {
    report.findings.iter().map(|it| it.kind).collect()
}

/// Three checkpoints; the tree has two levels of tiles.
async fn log() -> Maker {
    log_of(Compression::None).await
}

async fn log_of(compression: Compression) -> Maker {
    let mut log = Maker::new(Versioning::Off, compression).await;
    for records in [300, 5, 400] {
        log.segment(records).await;
        log.checkpoint().await;
    }
    log
}

#[tokio::test]
async fn a_checkpoint_in_the_middle_is_missed_by_who_has_counted_them() {
    let log = log().await;
    let mut options = making::options();
    let report = verified(&log, &options).await;
    options.pin = report.pin();
    assert_eq!(options.pin.as_ref().and_then(|pin| pin.checkpoints), Some(3));
    assert_eq!(verified(&log, &options).await.status, Verdict::Ok);
    let note = get(&log.store, &checkpoint_key(305)).await;
    erase(&log.store, &checkpoint_key(305)).await;
    let report = verified(&log, &options).await;
    assert_eq!(kinds(&report), [Kind::RolledBack], "{report}");
    // A pin of an older version does not know how many there were; no pin knows less.
    options.pin.as_mut().unwrap().checkpoints = None;
    assert_eq!(verified(&log, &options).await.status, Verdict::Ok);
    assert_eq!(verified(&log, &making::options()).await.status, Verdict::Ok);

    // A slow writer may seal a smaller size later: more of them is nothing to report.
    options.pin = verified(&log, &making::options()).await.pin();
    assert_eq!(options.pin.as_ref().and_then(|pin| pin.checkpoints), Some(2));
    put(&log.store, &checkpoint_key(305), &note).await;
    let report = verified(&log, &options).await;
    assert_eq!((report.status, report.notes), (Verdict::Ok, 0), "{report}");
}

#[tokio::test]
async fn tiles_that_are_gone_are_noted() {
    let sound = log().await;
    let tiles = making::keys(&sound.store, "tile/").await;
    // Superseded by those of the newest checkpoint, or by full ones.
    let old = |path: &&String| {
        path.contains(".p/") && !path.ends_with(".p/193") && !path.ends_with(".p/2")
    };
    let superseded: Vec<&String> = tiles.iter().filter(old).collect();
    assert!(!superseded.is_empty(), "{tiles:?}");
    let log = sound.copy().await;
    for path in superseded {
        erase(&log.store, path).await;
    }
    let report = verified(&log, &making::options()).await;
    assert_eq!((report.status, report.notes), (Verdict::Ok, 0), "{report}");
    for path in tiles.iter().filter(|path| !old(path)) {
        let log = sound.copy().await;
        erase(&log.store, path).await;
        let report = verified(&log, &making::options()).await;
        assert_eq!(report.status, Verdict::Ok, "{path}: {report}");
        let named = report
            .findings
            .iter()
            .any(|it| it.kind == Kind::TileMissing && it.key.as_ref() == Some(path));
        assert!(named, "{path}: {report}");
        let mut options = making::options();
        options.skip_tiles = true;
        assert_eq!(verified(&log, &options).await.notes, 0, "they were passed over");
    }
}

#[tokio::test]
async fn what_is_no_part_of_a_log_is_noted() {
    let log = log().await;
    put(&log.store, "hint/head", b"{}").await;
    let strange = ["README", "hint/other", "logs", "segments/1", "zzz/a", "zzz/b"];
    for key in strange {
        put(&log.store, key, b"?").await;
    }
    let report = verified(&log, &making::options()).await;
    assert_eq!(report.status, Verdict::Ok, "{report}");
    let unknown = report.findings.iter().filter(|it| it.kind == Kind::UnknownObject);
    let mut named: Vec<&str> = unknown.filter_map(|it| it.key.as_deref()).collect();
    named.sort_unstable();
    assert_eq!(named, strange);
    assert_eq!(report.notes, strange.len() as u64, "{report}");
    // Between the numbers they are more than that.
    put(&log.store, "seg/~", b"?").await;
    put(&log.store, "tile/~", b"?").await;
    let report = verified(&log, &making::options()).await;
    assert_eq!(report.status, Verdict::Tampered, "{report}");
    assert!(kinds(&report).contains(&Kind::Malformed), "{report}");
    assert_eq!(report.notes, strange.len() as u64, "{report}");
}

/// Where there are versions or locks an exchange of the object is found. What is in it, beyond
/// records, is how a writer knows its own again, and how small it is; neither says anything.
#[tokio::test]
async fn the_nonce_and_the_packing_of_a_segment_are_no_evidence() {
    let log = log().await;
    let body = get(&log.store, &segment_key(300)).await;
    let text = String::from_utf8(body.clone()).unwrap();
    let header = segment::open(&body).unwrap().header;
    let nonce: String = header.batch.iter().map(|byte| format!("{byte:02x}")).collect();
    let other = text.replacen(&nonce, &"ab".repeat(16), 1);
    assert_ne!(other, text);
    replace(&log.store, &segment_key(300), other.as_bytes()).await;
    let report = verified(&log, &making::options()).await;
    assert_eq!((report.status, report.notes), (Verdict::Ok, 0), "{report}");
    let packed = get(&log_of(Compression::Zstd(3)).await.store, &segment_key(300)).await;
    replace(&log.store, &segment_key(300), &packed).await;
    let report = verified(&log, &making::options()).await;
    assert_eq!((report.status, report.notes), (Verdict::Ok, 0), "{report}");

    // Everything else in the header is also in the records.
    for (from, to) in [
        ("\"count\": 5", "\"count\": 4"),
        ("\"first_seq\": 300", "\"first_seq\": 301"),
        ("\"kind\": \"records\"", "\"kind\": \"legacy\""),
        ("\"log_id\": \"log-1\"", "\"log_id\": \"log-2\""),
        ("\"writer\": \"writer-1\"", "\"writer\": \"writer-2\""),
        (", \"writer\": \"writer-1\"}", "}"),
    ] {
        let (first, rest) = text.split_once('\n').unwrap();
        let altered = format!("{}\n{rest}", first.replacen(from, to, 1));
        assert_ne!(altered, text, "{from}");
        replace(&log.store, &segment_key(300), altered.as_bytes()).await;
        let report = verified(&log, &making::options()).await;
        assert_eq!(report.status, Verdict::Tampered, "{from}: {report}");
    }
    for name in ["last_hash", "previous_hash"] {
        let at = text.find(name).unwrap() + name.len() + 4;
        let mut altered = text.clone().into_bytes();
        altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
        replace(&log.store, &segment_key(300), &altered).await;
        let report = verified(&log, &making::options()).await;
        assert_eq!(report.status, Verdict::Tampered, "{name}: {report}");
    }
}
