//! Several runs of `contract new` that take their numbers from one store, at once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs at a time, each in a clone of its own, as requests in two branches are.
const RUNS: usize = 6;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn new(clone: &Path, application: &str, store: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command.current_dir(clone).env("NO_COLOR", "1").stdout(Stdio::piped());
    let flags = ["--json", "form.json", "--application", application, "--store", store];
    command.args(["contract", "new"]).args(flags);
    command
}

fn finished(run: std::process::Child) -> String {
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn requests_that_race_for_a_number_on_one_store_get_different_ones() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/make.in");
    let store = format!("file://{}/numbers", folder.path().display());
    let clones: Vec<PathBuf> = (0..RUNS).map(|n| folder.path().join(n.to_string())).collect();
    clones.iter().for_each(|clone| copy(&repository, clone));
    let runs: Vec<_> = clones
        .iter()
        .enumerate()
        .map(|(n, clone)| new(clone, &format!("app-{n}"), &store).spawn().unwrap())
        .collect();
    let files: Vec<String> = runs.into_iter().map(finished).collect();
    let different: BTreeSet<&String> = files.iter().collect();
    assert_eq!(different.len(), RUNS, "{files:?}");
    for (clone, file) in clones.iter().zip(&files) {
        // Each clone sees the numbers up to 5 taken, and no other clone's contract.
        assert!(file.as_str() > "docs/20-contracts/s3-requests/prod/S3-0005.yaml", "{file}");
        assert!(clone.join(file).exists(), "{file}");
    }
    // The same request from another clone is the same request.
    let other = folder.path().join("other");
    copy(&repository, &other);
    assert_eq!(finished(new(&other, "app-0", &store).spawn().unwrap()), files[0]);
}
