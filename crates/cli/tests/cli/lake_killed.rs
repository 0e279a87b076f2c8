//! `lake ingest` is killed at random moments, run again, and leaves what an undisturbed run leaves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../lake/schemas/activity.yaml");

fn ingest(folder: &Path, lake: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command.args(["lake", "ingest"]).arg(folder).arg("--lake").arg(lake).args(["--schema", SCHEMA]);
    // So little memory that rows go to the disk.
    command.args(["--memory", "2MiB", "--format", "json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Two files with rows of several tenants and months, some of them wrong or twice.
fn inputs(folder: &Path) {
    for file in 0..2 {
        let mut text = String::new();
        for nth in 0..6_000_u32 {
            let nth = nth + file * 5_000;
            let (tenant, month, id) = (nth % 5, nth % 12 + 1, nth - nth % 7);
            let amount = if nth % 97 == 0 { "-1".to_owned() } else { format!("{nth}.5") };
            let rest = if nth % 101 == 0 { "" } else { "\"}" };
            writeln!(
                text,
                "{{\"tenant_id\":\"tenant-{tenant}\",\"activity_id\":\"a-{id}\",\
                 \"emission_factor_id\":\"grid/xa\",\"quantity\":{amount},\"unit\":\"kWh\",\
                 \"timestamp\":\"2025-{month:02}-03T00:00:00Z\",\"source\":\"meter{rest}"
            )
            .unwrap();
        }
        std::fs::write(folder.join(format!("{file}.ndjson")), text).unwrap();
    }
}

/// Every file of the zones, by name and bytes, and how many commits there are.
fn contents(lake: &Path) -> (BTreeMap<String, Vec<u8>>, usize) {
    let mut files = BTreeMap::new();
    let mut folders: Vec<_> =
        ["bronze", "quarantine", "duplicates"].iter().map(|it| lake.join(it)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(lake).unwrap().display().to_string();
                    files.insert(name, std::fs::read(path).unwrap());
                }
            }
        }
    }
    let commits = lake.join("_strongroom/lake/bronze/emissions/commits");
    (files, std::fs::read_dir(commits).unwrap().count())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is started from outside, and waits")]
fn what_is_killed_and_run_again_is_what_an_undisturbed_run_leaves() {
    let kills = std::env::var("STRONGROOM_KILLS").map_or(12, |it| it.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("raw");
    std::fs::create_dir(&raw).unwrap();
    inputs(&raw);
    let began = Instant::now();
    let calm = folder.path().join("calm");
    let run = ingest(&raw, &calm).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert!(report["counts"]["quarantined"].as_u64().unwrap() > 100, "{report}");
    assert!(report["counts"]["exact"].as_u64().unwrap() > 100, "{report}");
    let took = began.elapsed();
    let wanted = contents(&calm);
    assert!(wanted.0.len() > 60);

    let (mut killed, mut unfinished) = (0, 0);
    for kill in 0..kills {
        let lake = folder.path().join(format!("lake-{kill}"));
        // Some are killed more than once, and some so late that they are done.
        for _ in 0..=kill % 3 {
            let mut run = ingest(&raw, &lake).spawn().unwrap();
            std::thread::sleep(Duration::from_secs_f64(took.as_secs_f64() * fastrand::f64()));
            match run.try_wait().unwrap() {
                Some(status) => assert!(status.success()),
                None => {
                    run.kill().unwrap();
                    run.wait().unwrap();
                    killed += 1;
                    let commits = lake.join("_strongroom/lake/bronze/emissions/commits");
                    unfinished += usize::from(commits.is_dir());
                }
            }
        }
        let run = ingest(&raw, &lake).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        assert!(contents(&lake) == wanted, "other files, or other bytes, after kill {kill}");
        std::fs::remove_dir_all(lake).unwrap();
    }
    assert!(killed > 0, "no run was killed");
    eprintln!("{killed} killed, {unfinished} of them behind their commit, {took:?} undisturbed");
}
