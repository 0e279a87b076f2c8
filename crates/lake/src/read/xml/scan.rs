//! Where the elements begin and end that are rows.
//!
//! Only the tags of rows are counted: a row that is broken inside ends where it says it does, and the next
//! one is read again.

use std::ops::Range;
use std::sync::Arc;

use crate::read::feed::LONGEST_ROW;

/// Where a look at tags stands.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    /// The name of rows; none before the first was met.
    name: Option<Arc<str>>,
    /// Whether the name was given: then what stands outside rows is no matter.
    given: bool,
    /// Whether the document's element was opened.
    opened: bool,
    /// How many elements of that name are open.
    open: usize,
}

/// How the rows of a piece are told.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) given: bool,
}

/// A tag or whatever else begins with `<`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark<'x> {
    Open(&'x [u8]),
    Empty(&'x [u8]),
    Close(&'x [u8]),
    /// A comment, an instruction, a section of text, a declaration.
    Other,
}

/// The mark that begins at `at`, and the byte behind it; none where it does not end. One that goes on for
/// longer than any row is text: a quote that is never closed does not keep the rest of an input in memory.
fn mark(bytes: &[u8], at: usize) -> Option<(Mark<'_>, usize)> {
    let most = bytes.len().min(at + LONGEST_ROW);
    match whole_mark(&bytes[..most], at) {
        None if most < bytes.len() => Some((Mark::Other, at + 1)),
        found => found,
    }
}

fn whole_mark(bytes: &[u8], at: usize) -> Option<(Mark<'_>, usize)> {
    let rest = &bytes[at..];
    let until = |end: &[u8], from: usize| {
        memchr::memmem::find(rest.get(from..)?, end).map(|found| at + from + found + end.len())
    };
    if rest.starts_with(b"<!--") {
        return Some((Mark::Other, until(b"-->", 4)?));
    }
    if rest.starts_with(b"<![CDATA[") {
        return Some((Mark::Other, until(b"]]>", 9)?));
    }
    // So little that it may become one of those.
    if b"<!--".starts_with(rest) || b"<![CDATA[".starts_with(rest) {
        return None;
    }
    if rest.starts_with(b"<?") {
        return Some((Mark::Other, until(b"?>", 2)?));
    }
    // A `>` inside the quotes of an attribute ends nothing.
    let (mut end, mut quote) = (1, None);
    loop {
        let byte = *rest.get(end)?;
        end += 1;
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            None if byte == b'>' => break,
            None => {}
        }
    }
    let inner = &rest[1..end - 1];
    let name = |inner: &'_ [u8]| {
        inner.iter().position(|byte| b" \t\r\n/".contains(byte)).unwrap_or(inner.len())
    };
    let mark = match inner.first() {
        Some(b'!') => Mark::Other,
        Some(b'/') => Mark::Close(&inner[1..1 + name(&inner[1..])]),
        _ if inner.last() == Some(&b'/') => Mark::Empty(&inner[..name(inner)]),
        _ => Mark::Open(&inner[..name(inner)]),
    };
    Some((mark, at + end))
}

impl Scan {
    pub(crate) fn new(row: Option<&str>) -> Self {
        Self { name: row.map(Into::into), given: row.is_some(), opened: false, open: 0 }
    }

    /// Goes on to the end of the row at hand; `at` is where the look stands, before a mark that is not whole
    /// yet where there is none.
    pub(crate) fn next_end(&mut self, bytes: &[u8], at: &mut usize) -> bool {
        while let Some(found) = memchr::memchr(b'<', &bytes[*at..]) {
            *at += found;
            let Some((mark, end)) = mark(bytes, *at) else { return false };
            *at = end;
            if self.ends(mark) {
                return true;
            }
        }
        *at = bytes.len();
        false
    }

    /// Whether a mark ends a row.
    fn ends(&mut self, mark: Mark<'_>) -> bool {
        let Some(name) = &self.name else {
            match mark {
                Mark::Open(_) if !self.opened => self.opened = true,
                Mark::Open(name) | Mark::Empty(name) if self.opened => {
                    self.name = Some(String::from_utf8_lossy(name).into());
                    self.open = usize::from(matches!(mark, Mark::Open(_)));
                    return self.open == 0;
                }
                _ => {}
            }
            return false;
        };
        let ours = |found: &[u8]| found == name.as_bytes();
        match mark {
            Mark::Open(found) if ours(found) => self.open += 1,
            Mark::Close(found) if ours(found) && self.open > 0 => {
                self.open -= 1;
                return self.open == 0;
            }
            Mark::Empty(found) if ours(found) => return self.open == 0,
            _ => {}
        }
        false
    }

    /// How the rows of a piece are told. Refuses what is written in another encoding.
    pub(crate) fn rows(&self, bytes: &[u8]) -> Result<Rows, String> {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err("it is not written in UTF-8".to_owned());
        }
        if let Some(declaration) = bytes.strip_prefix(b"<?xml")
            && let Some(end) = memchr::memchr(b'>', declaration)
        {
            let declaration = String::from_utf8_lossy(&declaration[..end]).to_ascii_lowercase();
            let encoding = declaration
                .split_once("encoding")
                .map(|(_, rest)| rest.trim_start_matches(['=', ' ', '"', '\'']));
            let named =
                encoding.map(|it| it.split(['"', '\'']).next().unwrap_or_default().to_owned());
            if let Some(named) = named.filter(|it| !["utf-8", "us-ascii"].contains(&it.as_str())) {
                return Err(format!("it is written in {named}, not in UTF-8"));
            }
        }
        Ok(Rows { name: self.name.clone(), given: self.given })
    }
}

impl Rows {
    /// The rows of a piece: where each stands, and what is wrong where something else does.
    pub(crate) fn units(
        &self,
        bytes: &[u8],
        first: bool,
        mut each: impl FnMut(Range<usize>, Option<&'static str>),
    ) {
        let Some(name) = &self.name else {
            // No row was met at all: an empty document, or none.
            if !is_frame(bytes, first, true) {
                each(0..bytes.len(), Some("the document has no row that ends"));
            }
            return;
        };
        let mut scan = Scan { name: Some(name.clone()), given: self.given, opened: true, open: 0 };
        let (mut last, mut at) = (0, 0);
        loop {
            let ended = scan.next_end(bytes, &mut at);
            let end = if ended { at } else { bytes.len() };
            let begins = self.begin(bytes, last..end);
            let before = &bytes[last..begins.unwrap_or(end)];
            let frame = is_frame(before, first && last == 0, !ended);
            if !self.given && !frame {
                let from =
                    last + before.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                each(
                    from..last + before.len(),
                    Some("something that is no row stands beside rows"),
                );
            }
            match (begins, ended) {
                (Some(begins), true) => each(begins..end, None),
                (Some(begins), false) => each(begins..end, Some("the row does not end")),
                (None, _) => {}
            }
            if !ended {
                return;
            }
            last = end;
        }
    }

    /// Where a row begins in a stretch that ends with its end.
    fn begin(&self, bytes: &[u8], range: Range<usize>) -> Option<usize> {
        let name = self.name.as_ref()?.as_bytes();
        let mut at = range.start;
        while let Some(found) = memchr::memchr(b'<', bytes.get(at..range.end)?) {
            at += found;
            let rest = &bytes[at + 1..range.end];
            if rest.starts_with(name)
                && rest.get(name.len()).is_none_or(|byte| b" \t\r\n/>".contains(byte))
            {
                return Some(at);
            }
            at = mark(&bytes[..range.end], at).map_or(range.end, |(_, end)| end);
        }
        None
    }
}

/// Whether a stretch holds nothing but what may stand around rows: spaces, comments, instructions, at the
/// beginning the declaration and the document's first tag, at the end its last.
fn is_frame(bytes: &[u8], first: bool, last: bool) -> bool {
    let bytes = if first { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
    let (mut at, mut opened, mut closed) = (0, !first, false);
    while at < bytes.len() {
        let Some(found) = memchr::memchr(b'<', &bytes[at..]) else {
            return bytes[at..].iter().all(u8::is_ascii_whitespace);
        };
        if !bytes[at..at + found].iter().all(u8::is_ascii_whitespace) {
            return false;
        }
        at += found;
        let Some((mark, end)) = mark(bytes, at) else { return false };
        match mark {
            Mark::Open(_) if !opened => opened = true,
            Mark::Empty(_) if !opened && last => (opened, closed) = (true, true),
            Mark::Close(_) if last && opened && !closed => closed = true,
            Mark::Other if !bytes[at..].starts_with(b"<![CDATA[") => {}
            _ => return false,
        }
        at = end;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_that_is_never_closed_is_text_behind_the_longest_row() {
        let whole = format!("<row a='{}'>", "x".repeat(LONGEST_ROW / 2)).into_bytes();
        assert_eq!(mark(&whole, 0), Some((Mark::Open(b"row"), whole.len())));
        let longer = format!("<row a='{}'>", "x".repeat(LONGEST_ROW)).into_bytes();
        assert_eq!(mark(&longer, 0), Some((Mark::Other, 1)));
        assert_eq!(mark(&longer[..LONGEST_ROW], 0), None, "its end may still come");
    }
}
