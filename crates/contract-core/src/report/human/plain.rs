//! The usual finding without colour: in one short line of plain characters, underlined.
//!
//! The renderer of all other findings weighs widths, tabs and joined lines, which takes longer
//! than reading and checking the contract. Here is nothing to weigh. A test holds both to the
//! same text.

use super::{lines_around, notes};
use crate::finding::Finding;
use crate::report::FileReport;

/// Of a longer line the renderer may show a part.
const LONGEST: usize = 100;

static BLANKS: &str = ascii(&[b' '; LONGEST]);
static CARETS: &str = ascii(&[b'^'; LONGEST]);

const fn ascii(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("not ASCII"),
    }
}

/// Writes `finding`; `false` if it is not as usual and nothing was written.
pub(super) fn write(out: &mut String, file: &FileReport, finding: &Finding) -> bool {
    if !finding.span.is_somewhere() || file.text.is_empty() {
        return false;
    }
    let (lines, number, span) = lines_around(&file.text, finding);
    let line = lines.strip_suffix('\n').unwrap_or(lines);
    let notes = notes(finding);
    let texts = [line, &finding.message, &file.path].into_iter();
    let plain = texts.chain(notes.iter().map(|(_, note)| note.as_ref())).all(is_plain);
    if !plain || line.len() > LONGEST || span.is_empty() || span.end > line.len() {
        return false;
    }
    let (rule, margin) = (finding.rule, number.ilog10() as usize + 1);
    let mut add = |parts: &[&str]| parts.iter().for_each(|part| out.push_str(part));
    add(&[finding.severity.word(), "[", rule.code, "]: ", rule.name, ": ", &finding.message]);
    let (number, column) = (number.to_string(), (span.start + 1).to_string());
    let margin = &BLANKS[..margin];
    add(&["\n", margin, "--> ", &file.path, ":", &number, ":", &column, "\n", margin, " |\n"]);
    add(&[&number, " | ", line, "\n"]);
    add(&[margin, " | ", &BLANKS[..span.start], &CARETS[..span.len()]]);
    if !notes.is_empty() {
        add(&["\n", margin, " |"]);
    }
    for (name, note) in &notes {
        add(&["\n", margin, " = ", name, ": ", note]);
    }
    true
}

/// Whether every character is shown as it is, and takes one column.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |all, byte| all & (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use annotate_snippets::Renderer;
    use proptest::prelude::*;

    use super::*;
    use crate::finding::{Edit, Fix};
    use crate::span::{Places, Span};

    proptest! {
        #[test]
        fn both_ways_to_write_a_finding_agree(
            text in "([ -~]{0,12}\n){0,12}[ -~\té]{0,120}\n?",
            (start, length) in (0usize..200, 0usize..20),
            message in "[ -~]{0,30}",
            hint in proptest::option::of("[ -~]{0,30}|é"),
            title in proptest::option::of("[ -~]{0,10}"),
        ) {
            let span = Span::new(start.min(text.len()), (start + length).min(text.len()));
            let mut finding = Finding::new(crate::rules()[start % 20], "id", span, message);
            finding.place = Some(Places::of(&text).find(span));
            finding.hint = hint;
            finding.fix = title.map(|title| Fix { title, edits: Vec::<Edit>::new() });
            let path = "contracts/dev/S3-0001.yaml".to_owned();
            let file = FileReport { relative: path.clone(), path, text, findings: Vec::new() };
            let mut out = String::new();
            if write(&mut out, &file, &finding) {
                prop_assert_eq!(out, super::super::one(&file, &finding, &Renderer::plain()));
            }
        }
    }
}
