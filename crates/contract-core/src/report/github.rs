//! Workflow commands of GitHub Actions, which annotate the lines of a change.
//!
//! GitHub shows ten annotations of each kind for a step and drops the rest in silence (actions
//! toolkit, "Problem matchers", limitations). So at most ten of each are written, the heaviest
//! first, and a last line says how many more there are.

use std::fmt::Write as _;

use super::{Report, counted};
use crate::finding::Severity;

/// The annotations of one kind that GitHub shows for a step.
const SHOWN_OF_A_KIND: usize = 10;

pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    let mut left = 0;
    for severity in [Severity::Error, Severity::Warning, Severity::Advice] {
        let command = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "notice",
        };
        let findings = report
            .findings()
            .filter(|(_, finding)| finding.severity == severity && finding.waived.is_none());
        // One notice is kept for the line that says what is missing.
        let room = SHOWN_OF_A_KIND - usize::from(severity == Severity::Advice);
        for (index, (file, finding)) in findings.enumerate() {
            if index >= room {
                left += 1;
                continue;
            }
            let mut place = format!("file={}", property(&file.path));
            if let Some(at) = finding.place {
                let _ = write!(place, ",line={},endLine={}", at.line, at.end_line);
                if at.line == at.end_line {
                    let _ = write!(
                        place,
                        ",col={},endColumn={}",
                        at.column,
                        at.end_column.max(at.column + 1)
                    );
                }
            }
            let title = property(&format!("{} {}", finding.rule.code, finding.rule.name));
            let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}"));
            let text = data(&format!("{}{}", finding.message, hint.unwrap_or_default()));
            let _ = writeln!(out, "::{command} {place},title={title}::{text}");
        }
    }
    let waived = report.counts().waived;
    if left > 0 || waived > 0 {
        let mut rest = Vec::new();
        if left > 0 {
            rest.push(format!("{} not shown here", counted(left, "finding")));
        }
        if waived > 0 {
            rest.push(format!("{waived} waived"));
        }
        let _ = writeln!(
            out,
            "::notice title=strongroom::{}; the job summary lists all",
            data(&rest.join(", "))
        );
    }
    out
}

/// The text of a command. Without this a line break would end it and begin the next.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
