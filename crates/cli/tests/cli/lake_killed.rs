//! `lake ingest`, `refine`, `aggregate` and `compact` are killed at random moments, run again, and leave what
//! an undisturbed run leaves.
//!
//! `STRONGROOM_KILLS=200` kills each of them that often. That no write is special is shown by the tests of
//! `lake`, where a store dies at each of them in turn.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::killed_acts::copy;

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

/// Every file of the zones, by name and bytes, and how many commits each table has.
#[derive(PartialEq)]
struct Contents {
    files: BTreeMap<String, Vec<u8>>,
    commits: BTreeMap<String, u32>,
}

fn contents(lake: &Path) -> Contents {
    let (mut files, mut commits) = (BTreeMap::new(), BTreeMap::<_, u32>::new());
    let zones = ["bronze", "silver", "gold", "quarantine", "duplicates", "_strongroom/lake"];
    let mut folders: Vec<_> =
        zones.iter().map(|it| lake.join(it)).filter(|it| it.is_dir()).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(lake).unwrap().display().to_string();
            match path.is_dir() {
                // A run that died before its commit is rubbish, which is cleaned away after a day.
                true if name.ends_with("/staging") => {}
                true => folders.push(path),
                // A commit names its run.
                // It says when the lake began.
                false if name.ends_with("/lake.json") => {}
                false => match name.split_once("/commits/") {
                    Some((table, _)) => *commits.entry(table.to_owned()).or_default() += 1,
                    None => drop(files.insert(name, std::fs::read(path).unwrap())),
                },
            }
        }
    }
    Contents { files, commits }
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
    assert!(wanted.files.len() > 60);

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

fn strongroom(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command
        .args(line.split(' '))
        .current_dir(folder)
        .env("STRONGROOM_LAKE", "./lake")
        .env("STRONGROOM_FACTORS", "./factors")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, line: &str) {
    let output = strongroom(folder, line).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Rows of three runs, in every month of a year, and the factors for them.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let factors = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmd/factor.in/factors.json");
    run(folder.path(), &format!("factor put {factors}"));
    for take in 0..3 {
        let mut text = String::new();
        for nth in 0..240 {
            let (tenant, month) = (nth % 3, nth % 12 + 1);
            let factor = if nth % 41 == 0 { "grid/nowhere" } else { "grid/xa" };
            writeln!(
                text,
                "{{\"tenant_id\":\"tenant-{tenant}\",\"activity_id\":\"a-{take}-{nth}\",\
                 \"emission_factor_id\":\"{factor}\",\"quantity\":{nth}.25,\"unit\":\"kWh\",\
                 \"timestamp\":\"2024-{month:02}-03T00:00:00Z\"}}"
            )
            .unwrap();
        }
        let name = format!("{take}.ndjson");
        std::fs::write(folder.path().join(&name), text).unwrap();
        run(folder.path(), &format!("lake ingest {name} --schema {SCHEMA}"));
    }
    folder
}

/// Kills `line` in copies of what is `ready`, at random moments of the time it takes, and gives it again.
#[expect(clippy::disallowed_methods, reason = "a test is started from outside, and waits")]
fn survives(ready: &Path, line: &str) {
    let kills = std::env::var("STRONGROOM_KILLS").map_or(5, |it| it.parse().unwrap());
    let scratch = || {
        let folder = tempfile::tempdir().unwrap();
        copy(ready, folder.path());
        folder
    };
    let calm = scratch();
    let before = contents(&calm.path().join("lake"));
    let began = Instant::now();
    run(calm.path(), line);
    let took = began.elapsed();
    let wanted = contents(&calm.path().join("lake"));
    assert!(wanted != before, "`{line}` did nothing");
    let (mut killed, mut unfinished) = (0, 0);
    for kill in 0.. {
        // A machine that has less to do now may be done before it is killed.
        if kill >= kills && (killed > 0 || kill > kills + 50) {
            break;
        }
        let folder = scratch();
        let lake = folder.path().join("lake");
        let mut child = strongroom(folder.path(), line).spawn().unwrap();
        // Half of them die late, with more to mend.
        let part = if kill % 2 == 0 { 0.4 + fastrand::f64() / 2.0 } else { fastrand::f64() };
        std::thread::sleep(took.mul_f64(part));
        child.kill().unwrap();
        if !child.wait().unwrap().success() {
            killed += 1;
            unfinished += u32::from(contents(&lake).commits != before.commits);
        }
        run(folder.path(), line);
        assert!(contents(&lake) == wanted, "`{line}`: other files, or bytes, after kill {kill}");
    }
    assert!(killed > 0, "no run was killed");
    eprintln!("`{line}`: {killed} killed, {unfinished} behind a commit, {took:?} undisturbed");
}

#[test]
fn refining_summing_up_and_compacting_survive_every_kill() {
    let ready = prepared();
    let (refine, aggregate) =
        ("lake refine bronze/emissions", "lake aggregate silver/emissions/emissions");
    let compact = "lake compact bronze/emissions";
    survives(ready.path(), compact);
    survives(ready.path(), refine);
    run(ready.path(), refine);
    survives(ready.path(), aggregate);
}
