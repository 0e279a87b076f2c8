//! The audit file: a row of CSV (RFC 4180) for what was done about a request.
//!
//! The file is for people and spreadsheets. It is an ordinary, editable file, and no proof.

mod csv;

use crate::bucket_spec::BucketSpec;
use crate::policy::Policy;

/// The columns, in the order of the files so far.
pub const COLUMNS: [&str; 9] = [
    "timestamp_utc",
    "request_id",
    "bucket_name",
    "owner",
    "environment",
    "purpose",
    "action",
    "approver",
    "status",
];

/// The column behind them that tells runs apart, in files that have it.
pub const RUN_COLUMN: &str = "run_id";

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When, in UTC, as RFC 3339.
    pub timestamp_utc: String,
    /// The number of the request.
    pub request_id: String,
    /// The bucket.
    pub bucket_name: String,
    /// Its owner.
    pub owner: String,
    /// Where it lives.
    pub environment: String,
    /// What it is for.
    pub purpose: String,
    /// What was done, such as `apply`.
    pub action: String,
    /// Who agreed.
    pub approver: String,
    /// How it ended, such as `success`.
    pub status: String,
}

/// What came of [`append`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The whole file.
    pub text: String,
    /// Whether a row was added; if not, `text` is what was there before.
    pub added: bool,
}

/// Why an audit file was not touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The first row lacks a column, so that nobody can tell what a new row would mean.
    #[error("the audit file has no column `{column}`")]
    MissingColumn {
        /// The column.
        column: &'static str,
    },
    /// A quote is opened and never closed, so that a new row would become part of the last.
    #[error("the audit file ends within a quoted cell")]
    OpenQuote,
}

/// Where the audit file of an environment lies.
pub fn path(environment: &str, policy: &Policy) -> String {
    policy.paths.audit.replace("{environment}", environment)
}

impl Record {
    /// A row about `spec`: what was `action`, how it ended, who agreed and when.
    pub fn of(
        spec: &BucketSpec,
        action: &str,
        status: &str,
        approver: &str,
        timestamp_utc: &str,
    ) -> Self {
        Self {
            timestamp_utc: timestamp_utc.to_owned(),
            request_id: spec.id.clone(),
            bucket_name: spec.bucket.clone(),
            owner: spec.owner.clone(),
            environment: spec.environment.clone(),
            purpose: spec.purpose.word().to_owned(),
            action: action.to_owned(),
            approver: approver.to_owned(),
            status: status.to_owned(),
        }
    }

    /// The cell in `column`; `None` for a column that is none of ours.
    fn cell(&self, column: &str) -> Option<&str> {
        let cells = [
            &self.timestamp_utc,
            &self.request_id,
            &self.bucket_name,
            &self.owner,
            &self.environment,
            &self.purpose,
            &self.action,
            &self.approver,
            &self.status,
        ];
        let at = COLUMNS.iter().position(|known| *known == column)?;
        Some(cells[at])
    }
}

/// `existing` with a row for `record` behind it; no byte that was there changes.
///
/// The same thing done twice is one row. A file that begins with `run_id` as its last column knows
/// what the same thing is: the same request, action, status and run. A new file gets that column
/// if `run_id` is given. In any other file a row is the same as the last one about its request if
/// they differ in their time alone.
///
/// Cells that a spreadsheet would take for a formula get an apostrophe in front.
///
/// ```
/// use contract_core::render::audit::{Record, append};
///
/// let record = Record {
///     timestamp_utc: "2026-01-17T09:00:00Z".to_owned(),
///     request_id: "S3-0001".to_owned(),
///     bucket_name: "goldenpath-dev-payments-api-uploads".to_owned(),
///     owner: "=cmd|'/c calc'!A1".to_owned(),
///     environment: "dev".to_owned(),
///     purpose: "uploads".to_owned(),
///     action: "apply".to_owned(),
///     approver: "octocat".to_owned(),
///     status: "success".to_owned(),
/// };
/// let once = append("", &record, Some("1234"))?;
/// assert!(once.text.contains(",'=cmd|'/c calc'!A1,dev,"));
///
/// let again = append(&once.text, &record, Some("1234"))?;
/// assert_eq!((again.added, again.text), (false, once.text));
/// # Ok::<(), contract_core::render::audit::AuditError>(())
/// ```
///
/// # Errors
///
/// [`AuditError`] if `existing` is something else than an audit file.
pub fn append(
    existing: &str,
    record: &Record,
    run_id: Option<&str>,
) -> Result<Appended, AuditError> {
    let mut text = existing.to_owned();
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let run = run_id.map(|_| RUN_COLUMN);
        text = csv::row(COLUMNS.into_iter().chain(run), "\n");
    }
    let rows = csv::rows(text.trim_start_matches('\u{feff}')).ok_or(AuditError::OpenQuote)?;
    let Some((header, rows)) = rows.split_first() else {
        return Err(AuditError::MissingColumn { column: COLUMNS[0] });
    };
    for column in COLUMNS {
        if !header.cells.iter().any(|cell| cell == column) {
            return Err(AuditError::MissingColumn { column });
        }
    }
    let run_id = run_id.filter(|_| header.cells.iter().any(|cell| cell == RUN_COLUMN));
    let cells: Vec<String> = header
        .cells
        .iter()
        .map(|column| match run_id {
            Some(run) if column == RUN_COLUMN => csv::guarded(run),
            _ => csv::guarded(record.cell(column).unwrap_or_default()),
        })
        .collect();
    let same = |row: &csv::Row, column: &str| {
        let at = header.cells.iter().position(|cell| cell == column);
        at.is_some_and(|at| row.cells.get(at) == Some(&cells[at]))
    };
    let added = match run_id {
        Some(_) => {
            let key = ["request_id", "action", "status", RUN_COLUMN];
            !rows.iter().any(|row| key.iter().all(|column| same(row, column)))
        }
        None => {
            let last = rows.iter().rev().find(|row| same(row, "request_id"));
            !last.is_some_and(|row| COLUMNS[1..].iter().all(|column| same(row, column)))
        }
    };
    if !added {
        return Ok(Appended { text: existing.to_owned(), added });
    }
    let line_break = if header.ends_in_crlf { "\r\n" } else { "\n" };
    if !text.ends_with('\n') {
        text.push_str(line_break);
    }
    text.push_str(&csv::row(cells.iter().map(String::as_str), line_break));
    Ok(Appended { text, added })
}
