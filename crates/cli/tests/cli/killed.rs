//! Processes that write one log are killed under load, again and again.
//!
//! `STRONGROOM_KILLS=500` kills that often. The servers that `STRONGROOM_TEST_S3` names are written to
//! as well, as the promises of the stores are asked of them (`crates/platform/tests/s3.rs`).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use audit_chain::canonical::Scanner;
use audit_chain::record::Line;
use audit_chain::segment;
use platform::numbered::Numbered;
use platform::store::{Conditions, Store};
use serde_json::Value;

use super::buckets::{Bucket, Kind, Server};

/// Writers at a time.
const WRITERS: u64 = 3;

/// A record as its receipt tells it: the hash, and whose event it was.
type Receipts = BTreeMap<u64, (String, String)>;

struct Log {
    url: String,
    key: std::path::PathBuf,
}

#[test]
fn every_receipt_survives_every_kill() {
    let folder = tempfile::tempdir().unwrap();
    survive(&format!("file://{}/log", folder.path().display()), 20);
}

/// The same on real servers, in buckets with versions and without.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn every_receipt_survives_every_kill_on_s3() {
    let servers = std::env::var("STRONGROOM_TEST_S3").unwrap_or_default();
    if servers.is_empty() {
        eprintln!("skipped: kills of writers to S3, for STRONGROOM_TEST_S3 names no server");
        return;
    }
    let runtime = runtime();
    for server in servers.split(',').map(Server::named) {
        for kind in [Kind::Plain, Kind::Versioned] {
            let bucket = runtime.block_on(server.bucket(kind)).unwrap();
            survive(&bucket.url("killed"), 8);
            if !server.is_local() {
                runtime.block_on(Bucket::remove(bucket)).unwrap();
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn survive(url: &str, kills: u64) {
    let kills = std::env::var("STRONGROOM_KILLS").map_or(kills, |it| it.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("log.key");
    let made = strongroom(&["keys", "generate", "example.com/killed", "--out"])
        .arg(&key)
        .output()
        .unwrap();
    let vkey = String::from_utf8(made.stdout).unwrap();
    let log = Log { url: url.to_owned(), key };
    let life = AtomicU64::new(0);
    let mut receipts = kill_writers(&log, kills, &life);
    let mut report = verify(&log, vkey.trim());
    // On a slow store all writers may die before one of them signed a checkpoint. Kills are to meet
    // those too, so they go on until there is one.
    for _ in 0..20 {
        if report["checkpoints"] != 0 {
            break;
        }
        add(&mut receipts, kill_writers(&log, kills, &life));
        report = verify(&log, vkey.trim());
    }
    assert!(!receipts.is_empty(), "writers that never wrote show nothing");
    check(&log, &report, &receipts);
}

/// Kills writers, and gives the receipts that all of them printed. `life` counts the writers.
fn kill_writers(log: &Log, kills: u64, life: &AtomicU64) -> Receipts {
    let (left, receipts) = (AtomicU64::new(kills), Mutex::new(Receipts::new()));
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while left
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1))
                    .is_ok()
                {
                    let life = life.fetch_add(1, Ordering::SeqCst);
                    let printed = live_and_die(log, life);
                    add(&mut receipts.lock().unwrap(), printed);
                }
            });
        }
    });
    receipts.into_inner().unwrap()
}

/// Receipts beside those that are there: no two are for one record.
fn add(receipts: &mut Receipts, printed: Receipts) {
    for (seq, receipt) in printed {
        let other = receipts.insert(seq, receipt);
        assert_eq!(other, None, "two writers had receipts for record {seq}");
    }
}

/// One writer, from its start to its end; gives the receipts that it printed.
fn live_and_die(log: &Log, life: u64) -> Receipts {
    let mut writer = strongroom(&["append", &log.url, "--format", "json", "--signer"])
        .arg(&log.key)
        .args([
            "--writer",
            &format!("writer-{life}"),
            "--checkpoint-records",
            "64",
            "--in-flight",
            "300",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = writer.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || feed(stdin, life));
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut printed: Vec<String> = Vec::new();
    // Some die while they open the log, the others somewhere in their work.
    if life.is_multiple_of(8) {
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..60_000)));
    } else {
        printed.extend(lines.by_ref().take(fastrand::usize(1..400)));
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..5_000)));
    }
    assert_alive(&mut writer);
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What was printed and not yet read. A last line that was cut off is no receipt.
    printed.extend(lines);
    feeder.join().unwrap();
    let whole = printed.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    whole
        .map(|receipt| {
            let seq = receipt["seq"].as_u64().unwrap_or_else(|| panic!("{receipt}"));
            let hash = receipt["record_hash"].as_str().unwrap().to_owned();
            (seq, (hash, event_name(life, receipt["line"].as_u64().unwrap())))
        })
        .collect()
}

/// A writer that ended by itself gave up, which it never should.
fn assert_alive(writer: &mut Child) {
    if let Some(status) = writer.try_wait().unwrap() {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut writer.stderr.take().unwrap(), &mut said).unwrap();
        panic!("the writer ended by itself, {status}: {said}");
    }
}

/// Writes events until nobody reads them.
fn feed(mut stdin: ChildStdin, life: u64) {
    for line in 1.. {
        let event = format!(
            "{{\"event_type\": \"test.killed\", \"actor\": \"{}\", \"resource\": \"r\", \
             \"action\": \"write\", \"details\": {{\"fill\": \"{}\"}}}}\n",
            event_name(life, line),
            "x".repeat(fastrand::usize(0..300)),
        );
        if stdin.write_all(event.as_bytes()).is_err() {
            return;
        }
    }
}

fn event_name(life: u64, line: u64) -> String {
    format!("{life}/{line}")
}

/// The log verifies; gives the report.
fn verify(log: &Log, vkey: &str) -> Value {
    let verified =
        strongroom(&["verify", &log.url, "--vkey", vkey, "--format", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verified.status.code(), Some(0), "{report}");
    assert_eq!(report["status"], "ok", "{report}");
    report
}

/// Each receipt names a record of the log, and no event is in it twice.
fn check(log: &Log, report: &Value, receipts: &Receipts) {
    assert!(
        report["checkpoints"].as_u64().unwrap() > 0,
        "the kills meet checkpoints too: {report}"
    );

    let records = records(&log.url);
    assert_eq!(report["records"].as_u64().unwrap(), records.len() as u64);
    for (seq, receipt) in receipts {
        assert_eq!(records.get(seq), Some(receipt), "record {seq} has a receipt");
    }
    let mut events: Vec<_> = records.values().map(|(_, event)| event).collect();
    events.sort();
    let all = events.len();
    events.dedup();
    assert_eq!(events.len(), all, "an event was recorded twice");
    eprintln!(
        "{}: {} receipts, {all} records in {} segments, {} checkpoints",
        log.url.split('?').next().unwrap(),
        receipts.len(),
        report["segments"],
        report["checkpoints"]
    );
}

/// All records of a log as they are stored: of several versions of a segment the oldest counts.
fn records(url: &str) -> Receipts {
    runtime().block_on(async {
        let store = Store::open(url).await.unwrap();
        let segments = Numbered::new(store, "seg/", Conditions::OldestVersion);
        let (mut records, mut next) = (Receipts::new(), 0);
        while let Some(segment) = segments.get_oldest(next).await.unwrap() {
            for (seq, line) in segment::open(&segment.body).unwrap().lines() {
                let line = Line::read(line, &mut Scanner::default()).unwrap();
                let actor = String::from_utf8(line.actor.to_vec()).unwrap();
                records.insert(seq, (line.record_hash.to_string(), actor));
                next = seq + 1;
            }
        }
        records
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

fn strongroom(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command.arg("audit").args(arguments);
    command
}

/// SIGTERM ends a writer politely: everything it took has a receipt, and the log is sealed.
#[test]
#[cfg(unix)]
fn a_writer_that_is_asked_to_stop_finishes_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("log.key");
    let made = strongroom(&["keys", "generate", "example.com/stop", "--out"]).arg(&key).output();
    let vkey = String::from_utf8(made.unwrap().stdout).unwrap();
    let log = Log { url: format!("file://{}/log", folder.path().display()), key };
    let mut writer = strongroom(&["append", &log.url, "--format", "json", "--signer"])
        .arg(&log.key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdin = writer.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || feed(stdin, 0));
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut printed: Vec<String> = lines.by_ref().take(100).collect();
    let asked = Command::new("kill").args(["-TERM", &writer.id().to_string()]).status().unwrap();
    assert!(asked.success());
    printed.extend(lines);
    assert_eq!(writer.wait().unwrap().code(), Some(143));
    feeder.join().unwrap();
    let verified =
        strongroom(&["verify", &log.url, "--vkey", vkey.trim(), "--require-sealed"]).status();
    assert!(verified.unwrap().success());
    let receipts: Receipts = (1..)
        .zip(&printed)
        .map(|(line, text)| {
            let receipt: Value = serde_json::from_str(text).unwrap();
            assert_eq!(receipt["line"], line, "in the order of the lines");
            let hash = receipt["record_hash"].as_str().unwrap().to_owned();
            (receipt["seq"].as_u64().unwrap(), (hash, event_name(0, line)))
        })
        .collect();
    assert_eq!(receipts, records(&log.url), "a receipt for each record, and no other");
}
