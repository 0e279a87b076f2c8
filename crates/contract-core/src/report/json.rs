//! For programs.

use std::io;

use serde::{Serialize, Serializer};

use super::{Counts, Report};
use crate::finding::{Edit, Finding, Fix, Related, Waived};

#[derive(Serialize)]
struct Document<'r> {
    files: usize,
    #[serde(flatten)]
    counts: Counts,
    findings: Rows<'r>,
}

/// The findings of a report, made into rows one at a time: there can be many.
struct Rows<'r>(&'r Report);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.findings().map(|(file, finding)| row(&file.path, finding)))
    }
}

#[derive(Serialize)]
struct Row<'r> {
    path: &'r str,
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    field: &'r str,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    message: &'r str,
    hint: Option<&'r str>,
    fix: Option<Remedy<'r>>,
    #[serde(skip_serializing_if = "<[Related]>::is_empty")]
    related: &'r [Related],
    waived: Option<&'r Waived>,
}

#[derive(Serialize)]
struct Remedy<'r> {
    title: &'r str,
    edits: &'r [Edit],
}

pub(super) fn write(report: &Report, mut out: &mut dyn io::Write) -> io::Result<()> {
    let document =
        Document { files: report.checked, counts: report.counts(), findings: Rows(report) };
    serde_json::to_writer(&mut out, &document)?;
    out.write_all(b"\n")
}

fn row<'r>(path: &'r str, finding: &'r Finding) -> Row<'r> {
    let place = finding.place;
    Row {
        path,
        code: finding.rule.code,
        name: finding.rule.name,
        severity: finding.severity.word(),
        field: &finding.field,
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        end_line: place.map(|place| place.end_line),
        end_column: place.map(|place| place.end_column),
        message: &finding.message,
        hint: finding.hint.as_deref(),
        fix: finding.fix.as_ref().map(|Fix { title, edits }| Remedy { title, edits }),
        related: &finding.related,
        waived: finding.waived.as_ref(),
    }
}
