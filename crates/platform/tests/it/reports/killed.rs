//! A process that archives and destroys reports in a directory is killed, again and again.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platform::reports::{Query, Reports};
use platform::store::Local;
use storage_core::reports::Status;

use super::*;

/// Tells the process where, and from which number on: `dir\nnumber`.
const ORDER: &str = "STRONGROOM_TEST_KILLED_ARCHIVIST";
/// How often one is killed.
const KILLS: usize = 25;

fn body(number: u64) -> Vec<u8> {
    format!("{number} ").repeat(1 + (number % 7) as usize * 40_000).into_bytes()
}

async fn at_work(folder: &Path) -> Reports {
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    state.object_lock = true;
    if !folder.join(".strongroom").exists() {
        Store::configure_local(folder, &state).unwrap();
    }
    // Every process at the same moment.
    let clock = Arc::new(SetClock::at(at("2026-03-01T12:00:00Z")));
    let store = Store::new(Arc::new(Local::new(folder, clock.clone())), "");
    open(&store, &clock).await
}

async fn archive_one(reports: &Reports, number: u64) -> storage_core::reports::State {
    let request = Archive::new(storage_core::reports::ReportType::Custom, "acme".parse().unwrap())
        .of_period("2026".parse().unwrap())
        .with_file(NewFile::new(
            "report.pdf".parse().unwrap(),
            "application/pdf".parse().unwrap(),
            body(number),
        ))
        .with_file(file("data.csv", "text/csv", "a,b\n"))
        .with_key(format!("report {number}"));
    reports.archive(request).await.unwrap().state
}

async fn work_until_killed(folder: &Path, first: u64) {
    let reports = at_work(folder).await;
    for number in first.. {
        archive_one(&reports, number).await;
        let mut out = std::io::stdout().lock();
        writeln!(out, "archived {number}").unwrap();
        out.flush().unwrap();
    }
}

fn killed_while_working(folder: &Path, first: u64) -> Vec<u64> {
    let mut worker: Child = Command::new(std::env::current_exe().unwrap())
        .args(["it::reports::killed::every_report_survives_every_kill", "--exact", "--nocapture"])
        .env(ORDER, format!("{}\n{first}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines().map_while(Result::ok);
    let number = |line: String| line.rsplit_once("archived ")?.1.parse::<u64>().ok();
    let mut said: Vec<u64> =
        lines.by_ref().filter_map(number).take(fastrand::usize(1..4)).collect();
    std::thread::sleep(Duration::from_micros(fastrand::u64(0..30_000)));
    worker.kill().unwrap();
    worker.wait().unwrap();
    said.extend(lines.filter_map(number));
    said
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test starts itself as the archivist")]
fn every_report_survives_every_kill() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().unwrap();
    if let Ok(order) = std::env::var(ORDER) {
        let (folder, first) = order.split_once('\n').unwrap();
        return runtime.block_on(work_until_killed(Path::new(folder), first.parse().unwrap()));
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut next, mut met) = (0, 0);
    for _ in 0..KILLS {
        let said = killed_while_working(folder.path(), next);
        runtime.block_on(async {
            let reports = at_work(folder.path()).await;
            let all = reports.find_all(&Query::default()).await.unwrap();
            for it in &all {
                let state = it.state.as_ref().unwrap();
                let fixity = reports.examine(state).await.unwrap();
                assert!(fixity.is_intact(), "{fixity:?}");
                assert_eq!(state.manifest.files.len(), 2);
            }
            // What was said to be archived is; the one after it is completed by the same call.
            for number in said.iter().chain(said.last().map(|it| it + 1).as_ref()) {
                let there = all.len();
                let state = archive_one(&reports, *number).await;
                let now = reports.find_all(&Query::default()).await.unwrap().len();
                let known = said.contains(number);
                assert!(
                    now == there || (!known && now == there + 1),
                    "{number}: {there} then {now}"
                );
                assert_eq!(reports.read(&state, "report.pdf").await.unwrap(), body(*number));
                met += usize::from(!known && now == there + 1);
            }
            next = said.last().map_or(next, |it| it + 2);
            let unfinished = reports
                .unfinished(storage_core::reports::ReportType::Custom, &"acme".parse().unwrap())
                .await
                .unwrap();
            assert!(unfinished.is_empty(), "{unfinished:?}");
            assert!(
                all.iter()
                    .all(|it| { it.state.as_ref().unwrap().status(at(START)) == Status::Retained })
            );
        });
    }
    assert!(met > 0, "none of {KILLS} kills met an archivist at work");
}
