//! The audit file.

use contract_core::render::audit::{AuditError, COLUMNS, Record, append, path};
use proptest::prelude::*;

use super::{policy, spec};

const HEADER: &str =
    "timestamp_utc,request_id,bucket_name,owner,environment,purpose,action,approver,status";

fn record(time: &str) -> Record {
    Record::of(&spec("uploads"), "apply", "success", "octocat", time)
}

#[test]
fn the_documented_columns() {
    assert_eq!(COLUMNS.join(","), HEADER);
    let once = append("", &record("2026-01-17T09:00:00Z"), None).unwrap();
    let row = "2026-01-17T09:00:00Z,S3-0001,goldenpath-dev-payments-api-uploads,app-team,dev,\
               uploads,apply,octocat,success";
    assert_eq!(once.text, format!("{HEADER}\n{row}\n"));
    assert_eq!(path("dev", &policy()), "governance/dev/s3_request_audit.csv");
}

#[test]
fn the_same_run_is_one_row_and_another_run_another() {
    let once = append("", &record("2026-01-17T09:00:00Z"), Some("77")).unwrap();
    assert!(once.added && once.text.starts_with(&format!("{HEADER},run_id\n")));
    let again = append(&once.text, &record("2026-01-17T10:00:00Z"), Some("77")).unwrap();
    assert_eq!((again.added, &again.text), (false, &once.text));
    let other = append(&once.text, &record("2026-01-18T09:00:00Z"), Some("78")).unwrap();
    assert!(other.added && other.text.starts_with(&once.text), "rows before stay as they are");
    assert!(other.text.ends_with(",success,78\n"));
}

#[test]
fn without_a_run_only_something_new_is_a_row() {
    let once = append("", &record("2026-01-17T09:00:00Z"), None).unwrap();
    let again = append(&once.text, &record("2026-01-17T10:00:00Z"), None).unwrap();
    assert_eq!((again.added, &again.text), (false, &once.text));
    // A file without the column has no place for the run, and the same rule holds.
    let again = append(&once.text, &record("2026-01-17T10:00:00Z"), Some("77")).unwrap();
    assert_eq!((again.added, &again.text), (false, &once.text));

    let retired = Record { action: "retire".to_owned(), ..record("2026-02-01T09:00:00Z") };
    let twice = append(&once.text, &retired, None).unwrap();
    let back = append(&twice.text, &record("2026-03-01T09:00:00Z"), None).unwrap();
    assert!(twice.added && back.added, "applied, retired and applied again");
    assert_eq!(back.text.lines().count(), 4);
}

#[test]
fn a_file_of_another_hand_keeps_its_ways() {
    // Columns in another order, one of their own, line breaks of Python's csv, no last one, a BOM.
    let columns = "status,request_id,bucket_name,owner,environment,purpose,action,approver,\
                   timestamp_utc,note";
    let existing = format!("\u{feff}{columns}\r\nsuccess,S3-0009,,,,,apply,,,\"a \"\"b\"\"\r\nc\"");
    let text = append(&existing, &record("2026-01-17T09:00:00Z"), None).unwrap().text;
    let row = "success,S3-0001,goldenpath-dev-payments-api-uploads,app-team,dev,uploads,apply,\
               octocat,2026-01-17T09:00:00Z,";
    assert_eq!(text, format!("{existing}\r\n{row}\r\n"));
}

#[test]
fn what_is_no_audit_file_is_refused() {
    let record = record("2026-01-17T09:00:00Z");
    let missing = append("a,b\n1,2\n", &record, None).unwrap_err();
    assert_eq!(missing, AuditError::MissingColumn { column: "timestamp_utc" });
    let empty = append(",\n", &record, None).unwrap_err();
    assert_eq!(empty, AuditError::MissingColumn { column: "timestamp_utc" });
    let open = append(&format!("{HEADER}\n\"2026,S3-0001\n"), &record, None).unwrap_err();
    assert_eq!(open, AuditError::OpenQuote);
}

/// Reads a row back as RFC 4180 has it, written anew for this test.
fn cells(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, behind) = match rest.strip_prefix('"') {
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
            Some(quoted) => {
                let mut end = 0;
                while quoted[end..].starts_with("\"\"") || !quoted[end..].starts_with('"') {
                    let pair = quoted[end..].starts_with("\"\"");
                    let next = quoted[end..].chars().next().expect("the quote is closed");
                    end += if pair { 2 } else { next.len_utf8() };
                }
                (&quoted[..end], &quoted[end + 1..])
            }
        };
        cells.push(cell.replace("\"\"", "\""));
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None if behind.is_empty() => return cells,
            None => panic!("{behind:?} behind a cell of {line:?}"),
        }
    }
}

proptest! {
    #[test]
    fn no_cell_is_a_formula_and_none_changes_its_neighbours(
        owner in "[=+@\t\r\n-]?[ -~\n\r\té]{0,12}", approver in "[=+@\"',;\n-]{0,6}"
    ) {
        let mut record = record("2026-01-17T09:00:00Z");
        (record.owner, record.approver) = (owner.clone(), approver.clone());
        let text = append("", &record, None).unwrap().text;
        let row = text.strip_prefix(&format!("{HEADER}\n")).expect("the header");
        let cells = cells(row.strip_suffix('\n').expect("a line break"));
        prop_assert_eq!(cells.len(), COLUMNS.len());
        prop_assert_eq!(&cells[8], "success");
        for (cell, given) in [(&cells[3], &owner), (&cells[7], &approver)] {
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{:?}", cell);
            prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), given.strip_prefix('\'').unwrap_or(given));
        }
        let again = append(&text, &record, None).unwrap();
        prop_assert!(!again.added);
    }
}
