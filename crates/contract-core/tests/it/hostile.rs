//! Hostile documents: each gets a clear finding at the right place, in bounded time and memory.
//!
//! Small ones lie in `tests/fixtures/hostile`, where fuzzing finds them too; what one person's
//! editor would not open is made here.

use contract_core::Group;
use contract_core::yaml::{MAX_BYTES, MAX_DEPTH, MAX_VALUES};

use crate::findings::VALID;
use crate::promises;

/// What is found in `bytes` about YAML and fields, a line each, beginning with line, column and code.
fn found(bytes: &[u8]) -> Vec<String> {
    let mut findings = promises::of_check(bytes);
    findings.retain(|finding| matches!(finding.rule.group, Group::Yaml | Group::Field));
    let line = |finding: &contract_core::Finding| {
        let place = finding.place.expect("a document has places");
        let rule = finding.rule;
        let fix = if finding.fix.is_some() { " (can be fixed)" } else { "" };
        let (line, column, message) = (place.line, place.column, &finding.message);
        format!("{line}:{column} {} {} {message}{fix}", rule.code, rule.name)
    };
    findings.iter().map(line).collect()
}

/// Asserts that `text` has one finding, and that it begins with `expected`.
#[track_caller]
fn only(text: &str, expected: &str) {
    let found = found(text.as_bytes());
    assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}: {found:#?}");
}

#[test]
fn every_hostile_fixture_gets_its_findings() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hostile");
    let entries = std::fs::read_dir(folder).expect("the folder of fixtures");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut all = String::new();
    for file in files {
        let bytes = std::fs::read(&file).expect("a fixture");
        let name = file.file_stem().expect("a name").to_string_lossy();
        all.push_str(&format!("{name}\n"));
        for line in found(&bytes) {
            all.push_str(&format!("  {line}\n"));
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn ten_megabytes_are_refused_unread() {
    let huge = VALID.repeat(10 * 1024 * 1024 / VALID.len() + 1);
    only(&huge, "1:1 Y003 oversized-file");
    let mut largest = VALID.to_owned();
    largest.push_str(&format!("#{}\n", "x".repeat(MAX_BYTES - VALID.len() - 2)));
    assert_eq!((largest.len(), found(largest.as_bytes())), (MAX_BYTES, Vec::new()));
    largest.push('\n');
    only(&largest, "1:1 Y003 oversized-file");
}

#[test]
fn nesting_ends_at_its_limit_however_deep_it_goes() {
    let inside = |open: &str, depth: usize| {
        let room = (MAX_BYTES - VALID.len() - 8) / open.len();
        format!("{VALID}    x: {}\n", open.repeat(depth.min(room)))
    };
    let line = VALID.lines().count() + 1;
    for (open, depth) in [("[", 100_000), ("{", 100_000), ("[{a: ", 100_000), ("[", MAX_DEPTH + 1)]
    {
        let found = found(inside(open, depth).as_bytes());
        let expected = format!("{line}:");
        assert_eq!(found.len(), 1, "{open}: {found:#?}");
        assert!(found[0].starts_with(&expected) && found[0].contains("Y004 deep"), "{found:#?}");
    }
    let steps = |depth: usize| -> String {
        (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect()
    };
    let found_in_steps = found(steps(300).as_bytes());
    assert_eq!(found_in_steps.len(), 1, "{found_in_steps:#?}");
    assert!(found_in_steps[0].starts_with(&format!("{}:{} Y004", MAX_DEPTH + 1, MAX_DEPTH + 1)));
    only(&"- ".repeat(30_000), &format!("1:{} Y004", 2 * MAX_DEPTH + 1));
}

#[test]
fn many_values_are_refused_before_they_cost_anything() {
    let keys = |count: usize| -> String { (0..count).map(|n| format!("k{n}: v\n")).collect() };
    let refused = |text: &str| {
        let found = found(text.as_bytes());
        assert!(found.iter().any(|line| line.contains("Y003 oversized-file")), "{found:#?}");
        found.len()
    };
    assert_eq!(refused(&keys(7_000)), 1);
    assert_eq!(refused(&format!("[{}]", "a,".repeat(30_000))), 1);
    assert_eq!(refused(&"- a\n".repeat(16_000)), 1);
    // A finding each, so that the limit on values is the limit on findings.
    assert_eq!(refused(&"k: v\n".repeat(13_000)), MAX_VALUES);
    assert_eq!(refused(&format!("{{{}}}", "k,".repeat(32_000))), MAX_VALUES);
    assert_eq!(refused(&format!("[{}]", "*a,".repeat(20_000))), MAX_VALUES + 1);
    // As many as are allowed, each of them wrong.
    let most = found(keys(MAX_VALUES - 1).as_bytes());
    assert!(most.iter().filter(|line| line.contains("unknown-field")).count() == MAX_VALUES - 1);
}

#[test]
fn alias_bombs_do_not_go_off() {
    // Quadratic: one long text, and as many aliases of it as fit.
    let long = "x".repeat(MAX_BYTES / 2);
    let bomb = format!("a: &a {long}\nb: [{}]\n", "*a, ".repeat(900));
    let found = found(bomb.as_bytes());
    assert_eq!(found.iter().filter(|line| line.contains("Y006 anchor-or-alias")).count(), 901);
    assert_eq!(found.iter().filter(|line| line.contains("this value is an alias")).count(), 900);
}

#[test]
fn long_lines_have_right_columns() {
    let blank = " ".repeat(60_000);
    only(&VALID.replace("owner: app-team", &format!("owner:{blank}no")), "5:60007 Y013");
    let wide = "ä".repeat(20_000);
    let text = VALID.replace("owner: app-team", &format!("owner: {{? {wide} : 1, a: 1, a: 2}}"));
    assert!(found(text.as_bytes())[1].starts_with("5:20023 Y009 duplicate-key"));
    let text = VALID.replace("owner: app-team", &format!("owner: {wide}"));
    only(&text, "5:8 F006 bad-length `owner` has 20000 characters, at most 64 are allowed");
    let text = VALID.replace("owner: app-team", &format!("{}: x", "o".repeat(50_000)));
    let found = found(text.as_bytes());
    assert!(found.iter().all(|line| line.len() < 200), "{found:#?}");
}

/// Every field that holds text, with the values that some tool reads as something else.
#[test]
fn no_text_is_taken_for_anything_else() {
    let texts = [
        ("owner: app-team", "owner: "),
        ("application: payments-api", "application: "),
        ("requester: daniel-deans", "requester: "),
        ("id: S3-0001", "id: "),
        ("bucketName: goldenpath-dev-payments-api-uploads", "bucketName: "),
        ("description: \"User file uploads for payment receipts\"", "description: "),
        ("rationale: \"User data retained for account lifetime\"", "rationale: "),
        ("costCenter: payments-123", "costCenter: "),
        ("costCenter: payments-123", "costCenter: payments-123\n    team: "),
    ];
    let values =
        ["no", "Yes", "off", "true", "0123", "0x1F", "1_000", "12:30", "1.0", "2026-01-17"];
    for (from, to) in texts {
        for value in values {
            let text = VALID.replace(from, &format!("{to}{value}"));
            let at = text.find(&format!("{to}{value}")).expect("it was put in") + to.len();
            let line = text[..at].matches('\n').count() + 1;
            let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1) + 1;
            let found = found(text.as_bytes());
            let expected = format!("{line}:{column} Y013 ambiguous-scalar `{value}` is taken for ");
            assert!(found.iter().any(|line| line.starts_with(&expected)), "{expected}: {found:#?}");
        }
    }
}
