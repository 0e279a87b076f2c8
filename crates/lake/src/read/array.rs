//! A JSON array whose elements are rows.

use std::ops::Range;

/// Where a look at an array stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scan {
    /// How many brackets are open: 0 before and behind the array, 1 between elements.
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Whether the array was closed.
    pub(crate) closed: bool,
}

/// What ends an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Comma,
    Close,
}

impl Scan {
    /// A look that begins behind the `[`, or behind a comma between elements.
    pub(crate) fn inside() -> Self {
        Self { depth: 1, ..Self::default() }
    }

    /// A look at what is no list: it has no elements.
    pub(crate) fn over() -> Self {
        Self { closed: true, ..Self::default() }
    }

    /// Goes on to the next end of an element, and says what it is and the byte behind it.
    pub(crate) fn next_end(&mut self, bytes: &[u8], mut at: usize) -> Option<(End, usize)> {
        if self.closed {
            return None;
        }
        if self.escaped && at < bytes.len() {
            self.escaped = false;
            at += 1;
        }
        while at < bytes.len() {
            if self.in_string {
                let found = memchr::memchr2(b'"', b'\\', &bytes[at..])?;
                at += found + 1;
                if bytes[at - 1] == b'"' {
                    self.in_string = false;
                } else if at < bytes.len() {
                    at += 1;
                } else {
                    self.escaped = true;
                }
                continue;
            }
            let byte = bytes[at];
            at += 1;
            match byte {
                b'"' => self.in_string = true,
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.closed = true;
                        return Some((End::Close, at));
                    }
                }
                b',' if self.depth == 1 => return Some((End::Comma, at)),
                _ => {}
            }
        }
        None
    }
}

/// What is said of what stands behind the list.
pub(crate) const BEHIND: &str = "something stands behind the list";

/// The elements of a piece of an array: where each stands, and what is wrong with the piece where a reader has
/// to be told. `first` says that the piece is the
/// beginning of the input.
pub(crate) fn elements(
    bytes: &[u8],
    first: bool,
    mut each: impl FnMut(Range<usize>, Option<&'static str>),
) {
    let mut at = 0;
    if first {
        match begins(bytes) {
            Some(Some(behind)) => at = behind,
            Some(None) => {
                let whole = beginning(bytes)..bytes.len();
                return each(whole, Some("the input does not begin with a list"));
            }
            None => return,
        }
    }
    let mut scan = Scan::inside();
    let mut began = first;
    while let Some((end, behind)) = scan.next_end(bytes, at) {
        let element = trimmed(bytes, at..behind - 1);
        match end {
            End::Comma if element.is_empty() => {
                each(element, Some("an element is missing before a comma"))
            }
            End::Comma => each(element, None),
            End::Close => {
                if !element.is_empty() {
                    each(element, None);
                } else if !began {
                    each(element, Some("an element is missing behind a comma"));
                }
                let rest = trimmed(bytes, behind..bytes.len());
                if !rest.is_empty() {
                    each(rest, Some(BEHIND));
                }
                return;
            }
        }
        began = false;
        at = behind;
    }
    let rest = trimmed(bytes, at..bytes.len());
    if !rest.is_empty() {
        each(rest, Some("the list does not end"));
    }
}

/// The byte behind the `[` that an input begins with; `Some(None)` where it begins with something else, none
/// where nothing but spaces has come.
pub(crate) fn begins(bytes: &[u8]) -> Option<Option<usize>> {
    let at = beginning(bytes);
    bytes.get(at).map(|byte| (*byte == b'[').then_some(at + 1))
}

/// The first byte that is no space, behind a mark of the order of bytes.
fn beginning(bytes: &[u8]) -> usize {
    space(bytes, if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 })
}

fn space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| blank(*byte)) {
        at += 1;
    }
    at
}

fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn trimmed(bytes: &[u8], mut range: Range<usize>) -> Range<usize> {
    range.start = space(&bytes[..range.end], range.start);
    while range.end > range.start && blank(bytes[range.end - 1]) {
        range.end -= 1;
    }
    range
}
