//! The summary of a job: what was found, what is decided and what an approval would name.

use std::fmt::Write as _;

use super::markdown::cell;
use super::pull_request;
use crate::approval::{Decision, Outcome};
use crate::finding::{Finding, Severity};
use crate::report::{FileReport, Report};

/// The most rows that are shown: GitHub takes a summary of 1 MiB per step and drops a longer one
/// (GitHub Actions, "Adding a job summary").
const ROWS: usize = 400;

/// The summary, in GitHub Flavored Markdown. Waived findings are shown, never hidden.
pub fn text(report: &Report, decision: Option<&Decision>) -> String {
    let mut out = String::from("## Bucket requests\n\n");
    if let Some(decision) = decision {
        let word = match decision.outcome {
            Outcome::Auto => "passes",
            Outcome::Required => "waits for approval",
            Outcome::Refused => "refused",
        };
        let _ = write!(out, "### Decision: {word}\n\n{}\n", pull_request::approval(decision));
    }
    let counts = report.counts();
    let _ = write!(
        out,
        "### Findings\n\nchecked: {}, errors: {}, warnings: {}, advice: {}, waived: {}\n",
        report.checked, counts.errors, counts.warnings, counts.advice, counts.waived
    );
    let mut rows: Vec<_> = report.findings().collect();
    if rows.is_empty() {
        return out;
    }
    // The heaviest first; within a weight, in the order of the report.
    rows.sort_by_key(|(_, finding)| {
        (finding.waived.is_some(), std::cmp::Reverse(finding.severity))
    });
    out.push_str("\n| | rule | place | finding |\n| --- | --- | --- | --- |\n");
    for (file, finding) in rows.iter().take(ROWS) {
        out.push_str(&row(file, finding));
    }
    if rows.len() > ROWS {
        let _ = write!(out, "\n{} more are not shown here.\n", rows.len() - ROWS);
    }
    out
}

fn row(file: &FileReport, finding: &Finding) -> String {
    let place = match finding.place {
        Some(at) => format!("{}:{}:{}", file.path, at.line, at.column),
        None => file.path.clone(),
    };
    let weight = match (&finding.waived, finding.severity) {
        (Some(waived), _) if waived.expiring => "waived, expiring",
        (Some(_), _) => "waived",
        (None, Severity::Error) => "**error**",
        (None, severity) => severity.word(),
    };
    let mut text = cell(&finding.message);
    if let Some(hint) = &finding.hint {
        let _ = write!(text, "<br>{}", cell(hint));
    }
    if let Some(waived) = &finding.waived {
        let _ = write!(
            text,
            "<br>waiver {} by {} until {}: {}",
            cell(&waived.id),
            cell(&waived.approver),
            cell(&waived.expires),
            cell(&waived.reason)
        );
    }
    let rule = finding.rule;
    format!("| {weight} | {} {} | {} | {text} |\n", rule.code, rule.name, cell(&place))
}
