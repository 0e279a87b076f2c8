//! The guides: each of their commands is run by a shell, in order and in one folder, and what it prints
//! is compared.
//!
//! `...` on a line of its own stands for any lines, `[..]` for anything on one line.

use std::path::Path;
use std::process::Command;

#[test]
fn the_guide_to_the_audit_log_says_what_happens() {
    run_guide("audit-log.md", &[]);
}

#[test]
fn the_guide_to_factors_says_what_happens() {
    run_guide("factors.md", &["factors/factors.json", "factors/corrections.json"]);
}

#[test]
fn the_guide_to_reports_says_what_happens() {
    run_guide("reports.md", &[]);
}

/// The page of the command runs in a folder of its own.
#[test]
fn the_page_about_factors_has_the_files_of_the_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["factors.json", "corrections.json"] {
        let example = std::fs::read(root.join("../../examples/factors").join(name)).unwrap();
        let page = std::fs::read(root.join("tests/cmd/factor.in").join(name)).unwrap();
        assert_eq!(page, example, "copy examples/factors/{name} to tests/cmd/factor.in");
    }
}

/// Runs a guide in a folder that has some of the examples.
fn run_guide(name: &str, examples: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/guides").join(name)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for example in examples {
        let from = root.join("examples").join(example);
        std::fs::copy(&from, folder.path().join(from.file_name().unwrap())).unwrap();
    }
    let mut commands = 0;
    for block in page.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for step in block.split("$ ").skip(1) {
            let (command, expected) = command_of(step);
            let printed = run(folder.path(), &command);
            let expected: Vec<&str> = expected.trim_end().lines().collect();
            let lines: Vec<&str> = printed.trim_end().lines().collect();
            assert!(
                fits(&expected, &lines),
                "$ {command}\nthe guide says:\n{}\nthis was printed:\n{printed}",
                expected.join("\n")
            );
            commands += 1;
        }
    }
    assert!(commands > 10, "{commands} commands were found in the guide");
}

/// The command, which may go on in lines that begin with `> `, and what it should print.
fn command_of(step: &str) -> (String, String) {
    let (first, mut rest) = step.split_once('\n').unwrap();
    let mut command = first.to_owned();
    while let Some(more) = rest.strip_prefix("> ") {
        let (line, after) = more.split_once('\n').unwrap();
        command.push('\n');
        command.push_str(line);
        rest = after;
    }
    (command, rest.to_owned())
}

/// Both streams, as on a terminal.
#[expect(clippy::disallowed_methods, reason = "a test is started from outside")]
fn run(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_strongroom")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn fits(expected: &[&str], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skipped| fits(rest, &lines[skipped..])),
        Some((pattern, rest)) => lines
            .split_first()
            .is_some_and(|(line, others)| line_fits(pattern, line) && fits(rest, others)),
    }
}

fn line_fits(pattern: &str, line: &str) -> bool {
    let Some((start, rest)) = pattern.split_once("[..]") else { return pattern == line };
    let Some(line) = line.strip_prefix(start) else { return false };
    let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    ends.into_iter().any(|at| line_fits(rest, &line[at..]))
}

#[test]
fn a_pattern_stands_for_what_it_says_and_no_more() {
    assert!(fits(&["a [..] c", "...", "z"], &["a b c", "x", "y", "z"]));
    assert!(fits(&["...", "z"], &["z"]));
    assert!(!fits(&["a [..] c"], &["a b d"]));
    assert!(!fits(&["a"], &["a", "b"]));
    assert!(!fits(&["a", "..."], &[]));
}
