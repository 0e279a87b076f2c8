//! The quick reader: the plain part of YAML that nearly every contract keeps to.
//!
//! Lines of `key: value` and `key:`, blank lines, comments; plain scalars of one line, quoted
//! ones without escapes. It declines (`None`) whatever it does not fully understand, and the full
//! reader decides. The promise, kept by tests and fuzzing: where it does not decline, both trees
//! are equal and the full reader has nothing to find.

use std::borrow::Cow;

use crate::span::Span;
use crate::yaml::events::{MAX_DEPTH, MAX_VALUES};
use crate::yaml::tree::{Kind, NodeId, Style, Tree};

struct Level {
    indent: usize,
    node: NodeId,
}

/// Reads `text`, or declines.
pub(super) fn read(text: &str) -> Option<Tree<'_>> {
    let bytes = text.as_bytes();
    // To YAML a carriage return ends a line too, even within quotes or a comment.
    if memchr::memchr(b'\r', bytes).is_some() {
        return None;
    }
    let mut reader =
        Reader { text, tree: Tree::new(text), levels: Vec::with_capacity(4), waiting: None };
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        reader.line(start, end)?;
        start = end + 1;
    }
    // A key at the very end that has no value: null, for the full reader to say.
    if reader.waiting.is_some() || reader.levels.is_empty() || reader.tree.len() > MAX_VALUES {
        return None;
    }
    while reader.levels.len() > 1 {
        reader.close()?;
    }
    let last = reader.tree.entries(0).last().map(|entry| entry.value)?;
    let end = reader.tree.node(last).span.end;
    reader.tree.set_end(0, end);
    Some(reader.tree)
}

struct Reader<'s> {
    text: &'s str,
    tree: Tree<'s>,
    levels: Vec<Level>,
    // A key whose value has to follow on deeper lines.
    waiting: Option<Span>,
}

impl<'s> Reader<'s> {
    fn line(&mut self, start: usize, end: usize) -> Option<()> {
        let line = &self.text.as_bytes()[start..end];
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        match line.get(indent) {
            None | Some(b'#') => return Some(()),
            Some(byte) if byte.is_ascii_alphabetic() => {}
            Some(_) => return None,
        }
        let content = &line[indent..];
        let key_length = content
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        if content.get(key_length) != Some(&b':') {
            return None;
        }
        let key = Span::new(start + indent, start + indent + key_length);
        self.level(indent, key)?;
        let after = &content[key_length + 1..];
        let blanks = after.iter().take_while(|byte| **byte == b' ').count();
        let rest = &after[blanks..];
        let comment = rest.first() == Some(&b'#') && blanks > 0;
        if rest.is_empty() || comment {
            self.waiting = Some(key);
            return Some(());
        }
        if blanks == 0 {
            return None;
        }
        let from = start + indent + key_length + 1 + blanks;
        let (span, style) = scalar(rest, from)?;
        let (inner_start, inner_end) = match style {
            Style::Quoted => (span.start as usize + 1, span.end as usize - 1),
            _ => (span.start as usize, span.end as usize),
        };
        let value = Cow::Borrowed(self.text.get(inner_start..inner_end)?);
        let node = self.tree.add(Kind::Scalar(value, style), span);
        self.attach(key, node)
    }

    /// Finds the mapping that a key at `indent` belongs to.
    fn level(&mut self, indent: usize, key: Span) -> Option<()> {
        if let Some(parent) = self.waiting.take() {
            if indent <= self.levels.last()?.indent || self.levels.len() >= MAX_DEPTH {
                return None;
            }
            let node = self.tree.add(Kind::Mapping, Span { start: key.start, end: key.start });
            self.attach(parent, node)?;
            self.levels.push(Level { indent, node });
            return Some(());
        }
        if self.levels.is_empty() {
            if indent != 0 {
                return None;
            }
            let node = self.tree.add(Kind::Mapping, Span { start: key.start, end: key.start });
            self.levels.push(Level { indent, node });
            return Some(());
        }
        while indent < self.levels.last()?.indent {
            self.close()?;
        }
        (indent == self.levels.last()?.indent).then_some(())
    }

    fn close(&mut self) -> Option<()> {
        let level = self.levels.pop()?;
        let last = self.tree.entries(level.node).last()?.value;
        let end = self.tree.node(last).span.end;
        self.tree.set_end(level.node, end);
        Some(())
    }

    /// Adds an entry to the innermost mapping; declines a key that is there already.
    fn attach(&mut self, key: Span, value: NodeId) -> Option<()> {
        let parent = self.levels.last()?.node;
        let text = &self.text[key.start as usize..key.end as usize];
        let mut others = 0;
        for entry in self.tree.entries(parent) {
            others += 1;
            if entry.key == text || others > 64 {
                return None;
            }
        }
        self.tree.attach(parent, Cow::Borrowed(text), key, value);
        Some(())
    }
}

/// The scalar that `rest` of a line begins with, at byte `from` of the text.
fn scalar(rest: &[u8], from: usize) -> Option<(Span, Style)> {
    match rest[0] {
        quote @ (b'"' | b'\'') => {
            let close = 1 + memchr::memchr2(quote, b'\\', &rest[1..])?;
            if rest[close] != quote {
                return None;
            }
            ends(&rest[close + 1..])?;
            Some((Span::new(from, from + close + 1), Style::Quoted))
        }
        byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'.') => {
            let mut length = rest.len();
            for (at, byte) in rest.iter().enumerate() {
                match byte {
                    b'[' | b']' | b'{' | b'}' => return None,
                    b':' if matches!(rest.get(at + 1), None | Some(b' ')) => return None,
                    b'#' if rest[at - 1] == b' ' => {
                        length = at;
                        break;
                    }
                    b' '..=b'~' => {}
                    _ => return None,
                }
            }
            let trailing = rest[..length].iter().rev().take_while(|byte| **byte == b' ').count();
            Some((Span::new(from, from + length - trailing), Style::Plain))
        }
        _ => None,
    }
}

/// Whether nothing but blanks and a comment is left of a line.
fn ends(rest: &[u8]) -> Option<()> {
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    match rest.get(blanks) {
        None => Some(()),
        Some(b'#') if blanks > 0 => Some(()),
        Some(_) => None,
    }
}
