//! A command that archives, destroys or promotes is killed at any moment; given again, it ends the same.
//!
//! `STRONGROOM_KILLS=200` kills each of them that often. That no write is special is shown by the tests of
//! `platform`, where a store dies at each of them in turn.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A command on the store `./store`.
fn strongroom(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command
        .args(line.split(' '))
        .current_dir(folder)
        .env("STRONGROOM_REPORTS", "./store")
        .env("STRONGROOM_STORE", "./store")
        .env("STRONGROOM_PROTECTION", "rules-alone")
        .env("STRONGROOM_ACTOR", "ana")
        .env("STRONGROOM_BODY_KEYS", "./keys")
        .env("STRONGROOM_APPLICATION_KEY", "application.key");
    command
}

fn run(folder: &Path, line: &str) -> Output {
    let output = strongroom(folder, line).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn said(folder: &Path, line: &str) -> String {
    String::from_utf8(run(folder, line).stdout).unwrap()
}

/// What is left: the keys of both stores, and how often the ledger has each act.
#[derive(Debug, PartialEq)]
struct End {
    keys: Vec<String>,
    acts: BTreeMap<String, u32>,
}

fn end(folder: &Path) -> End {
    let mut keys = Vec::new();
    for store in ["store", "keys"] {
        walk(&folder.join(store), store, &mut keys);
    }
    // Records are in segments as they came; what the directory notes about its files is its own affair; and
    // what is left of a trial of the store, which was begun here, is no part of it.
    let apart = ["/_strongroom/ledger/", "/.strongroom/", "/%2Edoctor/"];
    keys.retain(|it| !apart.iter().any(|part| it.contains(part)));
    for key in &mut keys {
        // What a list is called depends on when it was drawn up.
        if let Some((before, rest)) = key.split_once("/disposals/") {
            let name = rest.split_once('/').map_or(rest, |it| it.1);
            *key = format!("{before}/disposals/{name}");
        }
    }
    keys.sort();
    run(folder, "audit verify ./store/_strongroom/ledger");
    let mut acts = BTreeMap::new();
    for line in said(folder, "audit show ./store/_strongroom/ledger").lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        *acts.entry(record["event_type"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    End { keys, acts }
}

fn walk(folder: &Path, name: &str, keys: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().unwrap().is_dir() {
            true => walk(&entry.path(), &name, keys),
            false => keys.push(name),
        }
    }
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Kills `line` at moments spread over the time it takes, gives it again, and holds the end against that of
/// a run that nobody killed.
#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn survives(line: &str, prepare: impl FnOnce(&Path), checks: &[&str]) {
    let kills = std::env::var("STRONGROOM_KILLS").map_or(12, |it| it.parse().unwrap());
    let prepared = tempfile::tempdir().unwrap();
    prepare(prepared.path());
    let calm = tempfile::tempdir().unwrap();
    copy(prepared.path(), calm.path());
    let began = Instant::now();
    run(calm.path(), line);
    let took = began.elapsed();
    let expected = end(calm.path());
    let mut died = 0;
    for nth in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        copy(prepared.path(), folder.path());
        let mut child = strongroom(folder.path(), line)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let when = took * (nth * 1000 / kills) / 1000;
        std::thread::sleep(when + Duration::from_micros(fastrand::u64(0..2_000)));
        child.kill().unwrap();
        died += u32::from(!child.wait().unwrap().success());
        run(folder.path(), line);
        assert_eq!(end(folder.path()), expected, "`{line}`, killed after {when:?}");
        for check in checks {
            run(folder.path(), check);
        }
    }
    assert!(died > kills / 4, "only {died} of {kills} were killed at work");
}

fn files(folder: &Path) {
    std::fs::write(folder.join("figures.pdf"), format!("%PDF-1.7 {}", "7 ".repeat(200_000)))
        .unwrap();
    std::fs::write(folder.join("lots.csv"), "lot,tonnes\n1,2\n").unwrap();
    std::fs::write(folder.join("about.json"), "{\"tonnes\": 12.50}").unwrap();
    std::fs::write(folder.join("application.key"), "5e".repeat(32)).unwrap();
    run_quietly(folder, &["chmod", "600", "application.key"]);
}

fn run_quietly(folder: &Path, line: &[&str]) {
    let done = Command::new(line[0]).args(&line[1..]).current_dir(folder).status().unwrap();
    assert!(done.success(), "{line:?}");
}

const ARCHIVE: &str = "report archive figures.pdf --evidence lots.csv --metadata about.json --type custom \
                       --tenant acme --period 2026 --key k";

#[test]
#[cfg(unix)]
fn archiving_survives_every_kill() {
    survives(ARCHIVE, files, &["report verify"]);
}

#[test]
#[cfg(unix)]
fn archiving_sealed_survives_every_kill() {
    survives(&format!("{ARCHIVE} --seal"), files, &["report verify"]);
}

#[test]
#[cfg(unix)]
fn destroying_survives_every_kill() {
    let prepared = tempfile::tempdir().unwrap();
    let folder = prepared.path();
    files(folder);
    let rules = serde_json::json!({"version": "tests", "rules": [{
        "id": "platform-custom", "version": 2, "regime": "custom", "jurisdiction": "*",
        "trigger": "publication", "period": "P1Y", "anchor": "date", "title": "all",
        "reference": {"law": "a policy", "source": "tests", "certainty": "policy"},
    }]});
    std::fs::write(folder.join("rules.json"), rules.to_string()).unwrap();
    for (number, seal) in [("1", ""), ("2", " --seal")] {
        run(
            folder,
            &format!(
                "report archive figures.pdf lots.csv --type custom --tenant acme --period 2023 \
                 --rules rules.json --since publication=2024-03-01 --key {number}{seal}"
            ),
        );
    }
    let listed = said(folder, "report dispose list --out list.json");
    let digest = listed.lines().last().unwrap().to_owned();
    run(folder, &format!("report dispose approve list.json {digest} --actor ben"));
    let line = format!("report dispose destroy {digest}");
    // Its certificates hold.
    survives(&line, |to| copy(folder, to), &["report verify"]);
}

#[test]
#[cfg(unix)]
fn promoting_survives_every_kill() {
    let prepare = |folder: &Path| {
        files(folder);
        run(folder, "artifact put models/uplift/1.0.0/metrics.json about.json");
        run(folder, "artifact put models/uplift/1.0.0/lots.csv lots.csv");
    };
    survives(
        "artifact promote models/uplift/1.0.0 --to staging",
        prepare,
        &["artifact verify --content"],
    );
}
