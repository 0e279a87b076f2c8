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

/// Bytes that may be part of a key.
const KEY: u8 = 1;
/// Bytes that a plain scalar may begin with.
const FIRST: u8 = 2;
/// Bytes that mean nothing but themselves inside a plain scalar.
const INSIDE: u8 = 4;

/// What each byte may be. A table, because every byte of every contract is looked up in it.
static MAY_BE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        let (letter, joins) = (byte.is_ascii_alphanumeric(), matches!(byte, b'_' | b'-'));
        if letter || joins {
            table[byte as usize] |= KEY;
        }
        if letter || matches!(byte, b'_' | b'/' | b'.') {
            table[byte as usize] |= FIRST;
        }
        if !matches!(byte, b'[' | b']' | b'{' | b'}' | b':' | b'#') {
            table[byte as usize] |= INSIDE;
        }
        byte += 1;
    }
    table
};

/// The first place from `at` on whose byte may not be `what`.
fn skip(bytes: &[u8], at: usize, what: u8) -> usize {
    let rest = &bytes[at..];
    at + rest.iter().position(|byte| MAY_BE[*byte as usize] & what == 0).unwrap_or(rest.len())
}

fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    at + rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len())
}

/// Where the line that `at` lies in ends.
fn end_of_line(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length)
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
        start = reader.line(start)? + 1;
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
    /// Takes the line that begins at `start`, and says where it ends.
    fn line(&mut self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let key_start = skip_blanks(bytes, start);
        match bytes.get(key_start) {
            None | Some(b'\n') => return Some(key_start),
            Some(b'#') => return Some(end_of_line(bytes, key_start)),
            Some(byte) if byte.is_ascii_alphabetic() => {}
            Some(_) => return None,
        }
        let key_end = skip(bytes, key_start, KEY);
        if bytes.get(key_end) != Some(&b':') {
            return None;
        }
        let key = Span::new(key_start, key_end);
        self.level(key_start - start, key)?;
        let value = skip_blanks(bytes, key_end + 1);
        let separate = value > key_end + 1;
        match bytes.get(value) {
            None | Some(b'\n') => {
                self.waiting = Some(key);
                return Some(value);
            }
            Some(b'#') if separate => {
                self.waiting = Some(key);
                return Some(end_of_line(bytes, value));
            }
            _ if !separate => return None,
            _ => {}
        }
        let (span, style) = scalar(bytes, value)?;
        let (inner_start, inner_end) = match style {
            Style::Quoted => (span.start as usize + 1, span.end as usize - 1),
            _ => (span.start as usize, span.end as usize),
        };
        let text = Cow::Borrowed(self.text.get(inner_start..inner_end)?);
        let node = self.tree.add(Kind::Scalar(text, style), span);
        self.attach(key, node)?;
        // Nothing but blanks and a comment may be left of the line.
        let after = skip_blanks(bytes, span.end as usize);
        match bytes.get(after) {
            None | Some(b'\n') => Some(after),
            Some(b'#') if after > span.end as usize => Some(end_of_line(bytes, after)),
            Some(_) => None,
        }
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

/// The scalar that begins at `from`.
fn scalar(bytes: &[u8], from: usize) -> Option<(Span, Style)> {
    match bytes[from] {
        quote @ (b'"' | b'\'') => {
            let close = from + 1 + memchr::memchr3(quote, b'\\', b'\n', &bytes[from + 1..])?;
            (bytes[close] == quote).then(|| (Span::new(from, close + 1), Style::Quoted))
        }
        first if MAY_BE[first as usize] & FIRST != 0 => {
            let mut end = from;
            loop {
                end = skip(bytes, end, INSIDE);
                match bytes.get(end) {
                    None | Some(b'\n') => break,
                    Some(b':') if !matches!(bytes.get(end + 1), None | Some(b' ' | b'\n')) => {}
                    Some(b'#') if bytes[end - 1] == b' ' => break,
                    Some(b'#') => {}
                    Some(_) => return None,
                }
                end += 1;
            }
            let blanks = bytes[from..end].iter().rev().take_while(|byte| **byte == b' ').count();
            Some((Span::new(from, end - blanks), Style::Plain))
        }
        _ => None,
    }
}
