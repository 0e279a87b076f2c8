//! What every store promises, asked of real servers.
//!
//! `STRONGROOM_TEST_S3` names them: `name=http://host:port`, several with commas between. Credentials
//! and region come from the environment. `tests/servers/run.sh` starts some and says where they are.
//!
//! A server may be known to be weak at something. That is written down in [`weak::POINTS`] with the
//! reason, and a weak point that is none any more is an error too.
#![expect(clippy::disallowed_methods, reason = "a test is started from outside")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "s3/buckets.rs"]
mod buckets;
#[path = "s3/more.rs"]
mod more;
#[path = "s3/presign.rs"]
mod presign;
#[path = "s3/reports.rs"]
mod reports;
#[path = "s3/weak.rs"]
mod weak;

use std::process::ExitCode;
use std::time::Duration;

use platform::store::Store;
use platform::store::conformance::{self, CHECKS, Outcome, Settings};

use buckets::{Bucket, KINDS, Kind, Server};

fn main() -> ExitCode {
    let places = std::env::var("STRONGROOM_TEST_S3").unwrap_or_default();
    if places.is_empty() {
        println!(
            "skipped: S3, because STRONGROOM_TEST_S3 names no server (tests/servers/run.sh does)"
        );
        return ExitCode::SUCCESS;
    }
    let servers: Vec<Server> = places.split(',').map(Server::named).collect();
    let runtime = tokio::runtime::Runtime::new().expect("the machine has threads");
    let reports = runtime.block_on(async {
        let mut tasks = Vec::new();
        for server in servers {
            tasks.push(tokio::spawn(examine(server)));
        }
        let mut reports = Vec::new();
        for task in tasks {
            reports.push(task.await.expect("a check does not panic"));
        }
        reports
    });
    let mut wrong = 0;
    for report in &reports {
        wrong += report.wrong.len();
    }
    for report in &reports {
        for line in &report.wrong {
            println!("WRONG: {}: {line}", report.name);
        }
    }
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What came of one server.
struct Report {
    name: String,
    table: String,
    wrong: Vec<String>,
}

async fn examine(server: Server) -> Report {
    let mut report = Report {
        name: server.name.clone(),
        table: format!("\n{:21}", server.name),
        wrong: Vec::new(),
    };
    let mut columns = Vec::new();
    for kind in KINDS {
        report.table.push_str(&format!("{:11}", kind.name()));
        match server.bucket(*kind).await {
            Ok(bucket) => columns.push((*kind, all(&bucket).await, Some(bucket))),
            Err(why) => {
                report.wrong.push(format!("{}: the bucket cannot be made: {why}", kind.name()));
                columns.push((*kind, Vec::new(), None));
            }
        }
    }
    report.table.push('\n');
    let names = CHECKS.iter().map(|check| check.name).chain(more::NAMES.iter().copied());
    let mut notes = Vec::new();
    for name in names {
        report.table.push_str(&format!("  {name:19}"));
        for (kind, outcomes, _) in &columns {
            let known = weak::known(&server.name, kind.name(), name);
            let outcome = outcomes.iter().find(|(of, _)| *of == name).map(|(_, it)| it);
            let (cell, wrong) = match (outcome, known) {
                (Some(Outcome::Failed(why)), Some(reason)) => {
                    notes.push(format!("  weak: {}: {name}: {reason} ({why})\n", kind.name()));
                    ("weak", None)
                }
                (Some(Outcome::Failed(why)), None) => ("FAILED", Some(why.clone())),
                (Some(Outcome::Kept), Some(_)) => {
                    ("KEPT", Some("a weak point is none any more".to_owned()))
                }
                (Some(Outcome::Kept), None) => ("kept", None),
                (Some(Outcome::Skipped(_)), Some(_)) => {
                    ("skipped", Some("a weak point is not asked about".to_owned()))
                }
                (Some(Outcome::Skipped(why)), None) => {
                    notes.push(format!("  skipped: {}: {name}: {why}\n", kind.name()));
                    ("skipped", None)
                }
                (None, _) => ("", None),
            };
            report.table.push_str(&format!("{cell:11}"));
            report.wrong.extend(wrong.map(|why| format!("{}: {name}: {why}", kind.name())));
        }
        report.table.push('\n');
    }
    for note in notes {
        report.table.push_str(&note);
    }
    for (kind, _, bucket) in columns {
        // A server that is gone in a moment needs no cleaning.
        let Some(bucket) = bucket.filter(|_| !server.is_local()) else { continue };
        if let Err(why) = bucket.remove().await {
            report.table.push_str(&format!("  left behind: {}: {why}\n", kind.name()));
        }
    }
    print!("{}", report.table);
    report
}

async fn all(bucket: &Bucket) -> Vec<(&'static str, Outcome)> {
    let mut settings = Settings::default();
    // Long enough for the slowest check, short enough to leave nothing behind for long.
    settings.lock_for = Duration::from_secs(120);
    if matches!(bucket.kind, Kind::Lock | Kind::Governed) {
        // Listings do not depend on locks.
        settings.many = 50;
    }
    let store = Store::open(&bucket.url("")).await.expect("the address is right");
    let mut outcomes = Vec::new();
    for (check, outcome) in conformance::run_all(&store.at("conformance"), &settings).await {
        outcomes.push((check.name, outcome));
    }
    outcomes.extend(more::run_all(bucket).await);
    outcomes
}
