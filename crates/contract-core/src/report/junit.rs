//! JUnit XML: a suite a file, a test case a finding; a file in order is one case that passed.

use std::fmt::Write as _;

use super::Report;
use crate::finding::Finding;

pub(super) fn write(report: &Report) -> String {
    let counts = report.counts();
    let clean = report.checked.saturating_sub(report.files.len());
    let findings: usize = report.files.iter().map(|file| file.findings.len()).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"strongroom\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
        clean + findings,
        counts.errors,
        counts.waived
    );
    for file in &report.files {
        let failures = file.findings.iter().filter(|finding| finding.blocks()).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">",
            escape(&file.path),
            file.findings.len()
        );
        for finding in &file.findings {
            case(&mut out, &file.path, finding);
        }
        out.push_str("  </testsuite>\n");
    }
    if clean > 0 {
        let _ = writeln!(
            out,
            "  <testsuite name=\"files without findings\" tests=\"{clean}\" failures=\"0\"/>"
        );
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, path: &str, finding: &Finding) {
    let name = format!("{} {} {}", finding.rule.code, finding.rule.name, finding.field);
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\"",
        escape(name.trim_end()),
        escape(path)
    );
    if let Some(place) = finding.place {
        let _ = write!(out, " line=\"{}\"", place.line);
    }
    out.push('>');
    let place = finding.place.map(|place| format!("{path}:{}:{}", place.line, place.column));
    let place = place.unwrap_or_else(|| path.to_owned());
    let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}"));
    let body = escape(&format!("{place}: {}{}", finding.message, hint.unwrap_or_default()));
    let message = escape(&finding.message);
    let severity = finding.severity.word();
    let _ = match &finding.waived {
        Some(waived) => {
            let why = escape(&format!(
                "waived by {} until {}: {}",
                waived.id, waived.expires, waived.reason
            ));
            write!(out, "<skipped message=\"{why}\"/>")
        }
        None if finding.blocks() => {
            write!(out, "<failure type=\"{severity}\" message=\"{message}\">{body}</failure>")
        }
        None => write!(out, "<system-out>{severity}: {body}</system-out>"),
    };
    out.push_str("</testcase>\n");
}

/// Text inside XML 1.0, which has no way to say most control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
