//! For people.

mod plain;

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{FileReport, Report, counted};
use crate::finding::{Finding, Severity};
use crate::yaml::shown_path;

pub(super) fn write(report: &Report, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for (file, finding) in report.findings() {
        let path = shown_path(&file.path);
        let other = matches!(path, Cow::Owned(_))
            .then(|| FileReport { path: path.clone().into_owned(), ..file.clone() });
        let file = other.as_ref().unwrap_or(file);
        if colour || !plain::write(&mut out, file, finding) {
            out.push_str(&one(file, finding, &renderer));
        }
        out.push_str("\n\n");
    }
    out.push_str(&summary(report));
    out
}

fn one(file: &FileReport, finding: &Finding, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::INFO.with_name("advice"),
    };
    let title = format!("{}: {}", finding.rule.name, finding.message);
    let title = level.primary_title(title).id(finding.rule.code);
    let group = if finding.span.is_somewhere() && !file.text.is_empty() {
        let (lines, first, span) = lines_around(&file.text, finding);
        let snippet = Snippet::source(lines)
            .line_start(first)
            .path(file.path.as_str())
            .annotation(AnnotationKind::Primary.span(span));
        Group::with_title(title).element(snippet)
    } else {
        Group::with_title(title).element(annotate_snippets::Origin::path(file.path.as_str()))
    };
    let notes = notes(finding);
    let group = notes.iter().fold(group, |group, (name, note)| {
        group.element(Level::NOTE.with_name(*name).message(note.as_ref()))
    });
    renderer.render(&[group])
}

/// The lines that `finding` stands in, the number of the first, and where it stands in them. The
/// renderer is given no others, because it prepares all lines that it is given.
fn lines_around<'t>(text: &'t str, finding: &Finding) -> (&'t str, usize, Range<usize>) {
    let start = text.floor_char_boundary(finding.span.start as usize);
    let end = text.ceil_char_boundary(finding.span.end as usize).max(start);
    let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let to = text[end..].find('\n').map_or(text.len(), |length| end + length + 1);
    let number = finding.place.map_or(1, |place| place.line as usize);
    (&text[from..to], number, start - from..end - from)
}

/// A name and what it says.
type Note<'t> = (&'static str, Cow<'t, str>);

fn notes(finding: &Finding) -> Vec<Note<'_>> {
    let mut notes = Vec::new();
    if let Some(hint) = &finding.hint {
        notes.push(("hint", Cow::Borrowed(hint.as_str())));
    }
    if let Some(fix) = &finding.fix {
        notes.push(("fix", format!("`--fix` can {}", fix.title).into()));
    }
    for related in &finding.related {
        let path = shown_path(related.path.as_deref().unwrap_or("line"));
        let place = related.place.map(|place| format!(" {}:{}", place.line, place.column));
        let place = place.unwrap_or_default();
        notes.push(("see", format!("{path}{place}: {}", related.message).into()));
    }
    if let Some(waived) = &finding.waived {
        let word = if waived.expiring { "expires soon" } else { "until" };
        notes.push((
            "waived",
            format!(
                "{word} {}, `{}` approved by {}: {}",
                waived.expires, waived.id, waived.approver, waived.reason
            )
            .into(),
        ));
    }
    notes
}

fn summary(report: &Report) -> String {
    let counts = report.counts();
    let mut parts = Vec::new();
    for (count, word) in
        [(counts.errors, "error"), (counts.warnings, "warning"), (counts.advice, "advice")]
    {
        if count > 0 {
            parts.push(counted(count, word));
        }
    }
    if counts.waived > 0 {
        parts.push(format!("{} waived", counts.waived));
    }
    let found = if parts.is_empty() { "nothing to mend".to_owned() } else { parts.join(", ") };
    let fixable = match counts.fixable {
        0 => String::new(),
        count => format!(" ({count} can be mended with `--fix`)"),
    };
    format!("{} checked: {found}{fixable}\n", counted(report.checked, "file"))
}
