//! Acts that fail after something was done: what was recorded is sealed, and no half file has a name.

use std::path::Path;
use std::process::{Command, Output};

const MAPPING: &str = r#"version: 1
factor: {id: "{Id}", activity: electricity, unit: kWh}
figures: {gases: {co2e: "{Figure}"}, basis: co2e, unit: kg}
source: {publisher: Example, dataset: grid}
licence: {name: CC0-1.0, redistribute: true}
valid: "2024"
"#;

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

fn strongroom(folder: &Path, line: &str, status: i32) -> String {
    let arguments: Vec<_> = line.split(' ').collect();
    let output = run(folder, env!("CARGO_BIN_EXE_strongroom"), &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{line}: {said}");
    said + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn what_was_recorded_before_an_act_failed_is_sealed() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    std::fs::write(folder.join("mapping.yaml"), MAPPING).unwrap();
    std::fs::write(folder.join("first.csv"), "Id,Figure\na,1\n").unwrap();
    std::fs::write(folder.join("second.csv"), "Id,Figure\na,2\n").unwrap();
    strongroom(folder, "audit keys generate example.com/log --out log.key", 0);
    let import = |file: &str, status| {
        let place = "--store ./factors --ledger ./log --signer log.key";
        let kind = "--kind csv --mapping mapping.yaml --tag release";
        strongroom(folder, &format!("factor import {file} {place} {kind}"), status)
    };
    let size = || {
        let note = strongroom(folder, "audit checkpoint ./log --format json", 0);
        let note: serde_json::Value = serde_json::from_str(note.trim()).unwrap();
        note["size"].as_u64().unwrap()
    };
    import("first.csv", 0);
    let first = size();
    // The release is taken and recorded; then its tag turns out to stand elsewhere.
    let said = import("second.csv", 4);
    assert!(said.contains("the tag `release` stands at"), "{said}");
    let history = strongroom(folder, "factor history a --store ./factors", 0);
    assert!(history.contains("2 kg"), "{history}");
    assert_eq!(size(), first + 1);
}

/// A disk that is full is here a file that must not grow.
#[cfg(unix)]
#[test]
fn an_export_that_fails_leaves_no_file() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    std::fs::write(folder.join("mapping.yaml"), MAPPING).unwrap();
    let rows: String = (0..400).map(|nth| format!("factor-{nth},1.{nth}\n")).collect();
    std::fs::write(folder.join("release.csv"), format!("Id,Figure\n{rows}")).unwrap();
    let import = "factor import release.csv --store ./factors --kind csv --mapping mapping.yaml";
    strongroom(folder, import, 0);
    let before = std::fs::read_dir(folder).unwrap().count();
    let export = "factor export --store ./factors --output out.ndjson";
    // 25 is SIGXFSZ: ignored, writing beyond the limit is an error.
    let script = format!("trap '' 25; ulimit -f 1; exec \"$0\" {export}");
    let output = run(folder, "sh", &["-c", &script, env!("CARGO_BIN_EXE_strongroom")]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), before, "{said}");
    strongroom(folder, export, 0);
    let said = strongroom(folder, export, 4);
    assert!(said.contains("`out.ndjson` is there already"), "{said}");
}
