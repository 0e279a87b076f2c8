//! Lines that `audit append` refuses: it says which line and why, and the log stays whole.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

const GOOD: &str = r#"{"event_type": "a", "actor": "a", "resource": "r", "action": "x"}"#;

/// A good line with this in the place of its last brace.
fn with(more: &str) -> Vec<u8> {
    [&GOOD.as_bytes()[..GOOD.len() - 1], more.as_bytes()].concat()
}

/// What is wrong, the line, the code of the error.
fn bad_lines() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let deep = format!(r#", "details": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let long = format!(r#", "details": "{}"}}"#, "x".repeat(9 << 20));
    let large = format!(r#", "details": "{}"}}"#, "x".repeat(1_100_000));
    let digits = format!(r#", "details": {}}}"#, "9".repeat(5000));
    vec![
        ("no JSON", b"{bad".to_vec(), "audit.json_invalid"),
        ("two on a line", with(&format!("}} {GOOD}")), "audit.json_invalid"),
        ("not UTF-8", b"\xff\xfe".to_vec(), "audit.json_invalid"),
        ("NUL", b"\0".to_vec(), "audit.json_invalid"),
        ("NUL in text", GOOD.replace("\"r\"", "\"r\0\"").into_bytes(), "audit.json_invalid"),
        ("a list", b"[1]".to_vec(), "cli.event_invalid"),
        ("a missing member", GOOD.replace("action", "event_id").into_bytes(), "cli.event_invalid"),
        ("an unknown member", with(r#", "user": "u"}"#), "cli.event_invalid"),
        (
            "a lone surrogate",
            GOOD.replace("\"r\"", r#""\ud800""#).into_bytes(),
            "cli.event_invalid",
        ),
        ("a name twice", with(r#", "actor": "b"}"#), "audit.duplicate_member"),
        ("no number", with(r#", "details": {"n": NaN}}"#), "audit.non_finite"),
        ("beyond all numbers", with(r#", "details": {"n": 1e999}}"#), "audit.non_finite"),
        ("5,000 digits", with(&digits), "audit.integer_too_long"),
        ("nested deeply", with(&deep), "audit.too_deep"),
        ("too long to be read", with(&long), "cli.line_too_long"),
        ("too large a record", with(&large), "audit.record_too_large"),
        (
            "a record of the ledger's own",
            GOOD.replace("\"a\", \"actor", "\"_audit.pruned\", \"actor").into_bytes(),
            "audit.event_type_reserved",
        ),
        (
            "no event type",
            GOOD.replace("\"a\", \"actor", "\"A b\", \"actor").into_bytes(),
            "audit.event_type_invalid",
        ),
    ]
}

/// All of them between good lines, of which none is lost.
#[test]
fn lines_that_are_no_events_are_passed_over_if_asked_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let log = format!("file://{}/log", folder.path().display());
    let bad_lines = bad_lines();
    let mut input = GOOD.as_bytes().to_vec();
    for (_, bad, _) in &bad_lines {
        input.extend([b"\n", bad.as_slice(), b"\n", GOOD.as_bytes()].concat());
    }
    let append = strongroom(&["append", &log, "--format", "json", "--keep-going"]);
    let (status, out) = fed(append, input);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(status, Some(1), "{out}");
    assert_eq!(lines.len(), 2 * bad_lines.len() + 1, "{out}");
    for (at, (what, _, code)) in bad_lines.iter().enumerate() {
        let (good, bad) = (&lines[2 * at], &lines[2 * at + 1]);
        assert_eq!((&good["line"], &good["seq"]), (&(2 * at + 1).into(), &at.into()), "{what}");
        assert_eq!((&bad["line"], &bad["seq"]), (&(2 * at + 2).into(), &Value::Null), "{what}");
        let error = &bad["error"];
        assert_eq!(error["code"], *code, "{what}: {error}");
        assert_eq!(error["perhaps_recorded"], false, "{what}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.contains('\n') && message.len() < 200, "{what}: {message}");
    }
    assert_eq!(records(&log), bad_lines.len() + 1);
}

#[test]
fn a_line_that_is_no_event_ends_the_command_before_anything_after_it_is_taken() {
    for (what, bad, code) in bad_lines().into_iter().step_by(7) {
        let folder = tempfile::tempdir().unwrap();
        let log = format!("file://{}/log", folder.path().display());
        let input = [GOOD.as_bytes(), b"\n", &bad, b"\n", GOOD.as_bytes()].concat();
        let (status, out) = fed(strongroom(&["append", &log, "--format", "json"]), input);
        assert_eq!(status, Some(2), "{what}: {out}");
        let lines: Vec<Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{what}: {out}");
        assert_eq!((&lines[1]["line"], &lines[1]["error"]["code"]), (&2.into(), &code.into()));
        assert_eq!(records(&log), 1, "{what}");
    }
}

/// How many records there are, in a log that verifies.
fn records(log: &str) -> usize {
    let (status, report) = fed(strongroom(&["verify", log, "--format", "json"]), Vec::new());
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(status, Some(0), "{report}");
    report["records"].as_u64().unwrap() as usize
}

/// Runs it with this input; gives its status and what it printed.
fn fed(mut command: Command, input: Vec<u8>) -> (Option<i32>, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It need not read to the end.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn strongroom(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command.arg("audit").args(arguments);
    command
}
