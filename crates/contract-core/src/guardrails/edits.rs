//! Edits of whole lines, offered only where the layout leaves no doubt.
//!
//! A field in block style that stands alone on its line can be given a neighbour or be taken out.
//! Inside `{…}`, or where a value runs over several lines, nothing is offered: a person decides.

use crate::contract::Contract;
use crate::finding::{Edit, Finding};
use crate::slot::Slot;
use crate::span::Span;
use crate::yaml;

/// The finding with a remedy, if there are edits.
pub(super) fn offer(finding: Finding, title: &str, edits: Option<Vec<Edit>>) -> Finding {
    match edits {
        Some(mut edits) => {
            edits.sort_by_key(|edit| edit.span);
            finding.fix(title, edits)
        }
        None => finding,
    }
}

/// Puts `value` where the value of a given field stands.
pub(super) fn replace(contract: &Contract<'_>, slot: Slot, value: &str) -> Option<Edit> {
    let span = contract.value_span(slot)?;
    let old = span.of(contract.text);
    // Text over several lines is laid out on purpose, and its span may end with the line.
    let on_one_line = !old.is_empty() && !old.contains('\n');
    on_one_line.then(|| Edit { span, text: scalar(value) })
}

/// Adds the line `key: value` below the line of `below`, which is in the same section.
pub(super) fn insert(contract: &Contract<'_>, below: Slot, key: &str, value: &str) -> Option<Edit> {
    let line = Line::of(contract, below)?;
    let text = format!("{}{}{key}: {}", line.ending, line.indent, scalar(value));
    Some(Edit { span: Span::new(line.content_end, line.content_end), text })
}

/// Adds a section with `entries` to `spec`, below the bucket's name.
pub(super) fn insert_section(
    contract: &Contract<'_>,
    key: &str,
    entries: &[(&str, &str)],
) -> Option<Edit> {
    let line = Line::of(contract, Slot::BucketName)?;
    let mut text = format!("{}{}{key}:", line.ending, line.indent);
    for (key, value) in entries {
        text.push_str(&format!("{}{}  {key}: {}", line.ending, line.indent, scalar(value)));
    }
    Some(Edit { span: Span::new(line.content_end, line.content_end), text })
}

/// Takes out the line of `slot`, if it carries no comment. The caller makes sure that something
/// else is left in the section.
pub(super) fn remove(contract: &Contract<'_>, slot: Slot) -> Option<Edit> {
    let line = Line::of(contract, slot)?;
    // On the last line of a text the line break before it goes, so that none is left over.
    let span = if line.end > line.content_end {
        Span::new(line.start, line.end)
    } else {
        Span::new(line.start - line.ending.len(), line.end)
    };
    (!line.has_comment).then(|| Edit { span, text: String::new() })
}

/// Text as YAML; the words for booleans are no text.
fn scalar(value: &str) -> String {
    let is_text = !matches!(value, "true" | "false");
    if is_text && yaml::needs_quotes(value) { yaml::quoted(value) } else { value.to_owned() }
}

/// A line that holds one field and nothing else but a comment.
struct Line<'t> {
    start: usize,
    /// Where the line break begins.
    content_end: usize,
    /// Where the next line begins.
    end: usize,
    indent: &'t str,
    has_comment: bool,
    /// The line break that this text uses.
    ending: &'static str,
}

impl<'t> Line<'t> {
    fn of(contract: &Contract<'t>, slot: Slot) -> Option<Self> {
        let text = contract.text;
        let (key, value) = (contract.key_span(slot), contract.value_span(slot)?);
        if !key.is_somewhere() || contract.is_in_flow_style(slot) {
            return None;
        }
        let (key_start, value_end) = (key.start as usize, value.end as usize);
        let start = text[..key_start].rfind('\n').map_or(0, |at| at + 1);
        let indent = &text[start..key_start];
        if start == 0 || !indent.bytes().all(|byte| byte == b' ') {
            return None;
        }
        if text.get(key_start..value_end)?.contains('\n') {
            return None;
        }
        let end = text[value_end..].find('\n').map_or(text.len(), |at| value_end + at + 1);
        let content = text[..end].strip_suffix('\n').unwrap_or(&text[..end]);
        let content_end = content.strip_suffix('\r').unwrap_or(content).len();
        let rest = &text[value_end..content_end];
        let comment = rest.trim_start_matches(' ');
        if !comment.is_empty() && (!comment.starts_with('#') || comment.len() == rest.len()) {
            return None;
        }
        let ending = if text[..start].ends_with("\r\n") { "\r\n" } else { "\n" };
        let has_comment = !comment.is_empty();
        Some(Self { start, content_end, end, indent, has_comment, ending })
    }
}
