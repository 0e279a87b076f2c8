//! Bundles: what is taken out of a log is verified by one file of Python, as an auditor would.

use std::path::Path;
use std::process::Command;

use audit_chain::json::Value;
use audit_chain::record::Event;
use audit_chain::segment::Compression;
use platform::ledger::{self, ExportOptions, Filter};
use platform::store::Versioning;

use super::making::{Maker, erase, keyring, replace, segment_key, signer};

fn options() -> ExportOptions {
    let mut options = ExportOptions::new("2026-04-01T00:00:00Z".parse().unwrap());
    options.keyring = Some(keyring(7));
    options
}

/// Runs the verifier of this repository, not the one in the bundle: status and what it says.
fn python(bundle: &Path) -> (i32, String) {
    let verifier = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python/strongroom/verify_bundle.py");
    let key = signer(7).verifier_key().to_string();
    let output = Command::new("python3")
        .args([verifier, "--json", "--vkey", &key])
        .arg(bundle)
        .output()
        .expect("python3 is at hand");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap_or(-1), said + &String::from_utf8_lossy(&output.stderr))
}

async fn log(compression: Compression) -> Maker {
    let mut log = Maker::new(Versioning::On, compression).await;
    for records in [3, 260, 40] {
        log.segment(records).await;
    }
    let details = Value::Object(vec![("für".into(), Value::from("ä\u{1F600}\""))]);
    let event = Event::new("report.filed", "zoë", "report/ä", "file", details);
    log.segment_of(&[event.clone(), event], &[]).await;
    log.checkpoint().await;
    log.segment(2).await;
    log
}

#[tokio::test]
async fn a_whole_log_is_verified_by_an_auditor_without_us() {
    for compression in [Compression::None, Compression::Zstd(3)] {
        let log = log(compression).await;
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("new/bundle");
        let exported = ledger::export(&log.store, &options(), &to).await.unwrap();
        assert_eq!((exported.records, exported.size), (307, 307));
        let (status, said) = python(&to);
        assert_eq!(status, 0, "{said}");
        assert!(said.contains("\"signed_size\": 305"), "{said}");
        // Nothing else is left in the place.
        assert_eq!(std::fs::read_dir(to.parent().unwrap()).unwrap().count(), 1);
        let again = ledger::export(&log.store, &options(), &to).await.unwrap_err();
        assert_eq!(again.code(), "ledger.invalid");

        let segment = to.join("segments/00000000000000000003.ndjson");
        let altered = std::fs::read_to_string(&segment).unwrap().replacen("alice", "mallo", 1);
        std::fs::write(&segment, altered).unwrap();
        assert_eq!(python(&to).0, 7);
    }
}

#[tokio::test]
async fn chosen_records_come_with_their_proofs() {
    let log = log(Compression::Zstd(3)).await;
    let folder = tempfile::tempdir().unwrap();
    let export = async |name: &str, filter: Filter| {
        let to = folder.path().join(name);
        let options = ExportOptions { filter: Some(filter), ..options() };
        let exported = ledger::export(&log.store, &options, &to).await.unwrap();
        let (status, said) = python(&to);
        assert_eq!(status, 0, "{name}: {said}");
        exported.records
    };
    let named = |text: &str| Some(text.to_owned());
    let moment = |text: &str| Some(text.parse().unwrap());
    let all = Filter::default();
    assert_eq!(export("actor", Filter { actor: named("zoë"), ..all.clone() }).await, 2);
    assert_eq!(export("resource", Filter { resource: named("report/7"), ..all.clone() }).await, 2);
    let event_type = named("report.filed");
    assert_eq!(export("type", Filter { event_type, ..all.clone() }).await, 2);
    let (first_seq, end_seq) = (Some(250), Some(270));
    assert_eq!(export("range", Filter { first_seq, end_seq, ..all.clone() }).await, 20);
    let (from, until) = (moment("2026-03-01T00:00:05Z"), moment("2026-03-01T00:00:09Z"));
    assert_eq!(export("time", Filter { from, until, ..all.clone() }).await, 4);
    assert_eq!(export("nobody", Filter { actor: named("nobody"), ..all.clone() }).await, 0);
    // What is not sealed cannot be proved, and is not taken.
    assert_eq!(export("end", Filter { first_seq: Some(300), ..all.clone() }).await, 5);

    let options = ExportOptions { filter: Some(all), ..options() };
    let error = ledger::export(&log.store, &options, &folder.path().join("all")).await;
    assert_eq!(error.unwrap_err().code(), "ledger.invalid");
}

#[tokio::test]
async fn a_log_that_does_not_hold_is_not_taken() {
    let log = log(Compression::None).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("bundle");
    let filter = Filter { actor: Some("alice".to_owned()), ..Filter::default() };
    let chosen = ExportOptions { filter: Some(filter), ..options() };

    let body = String::from_utf8(log.segments[0].1.clone()).unwrap();
    let altered = body.replacen("report/1", "report/9", 1);
    replace(&log.store, &segment_key(0), altered.as_bytes()).await;
    for options in [options(), chosen.clone()] {
        let error = ledger::export(&log.store, &options, &to).await.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("ledger.unsound", 7), "{error}");
    }
    replace(&log.store, &segment_key(0), body.as_bytes()).await;
    erase(&log.store, "tile/0/000").await;
    let error = ledger::export(&log.store, &chosen, &to).await.unwrap_err();
    assert_eq!(error.code(), "ledger.tile_missing");
    let foreign = ExportOptions { keyring: Some(keyring(8)), ..options() };
    let error = ledger::export(&log.store, &foreign, &to).await.unwrap_err();
    assert_eq!(error.code(), "ledger.unsound");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}
