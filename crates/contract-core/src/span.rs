//! Where something stands in a text.

use serde::Serialize;

/// A half-open range of bytes of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The place of values that come from code and stand in no text.
    pub const NOWHERE: Self = Self { start: u32::MAX, end: u32::MAX };

    /// The bytes from `start` to before `end`. Documents are far smaller than 4 GiB.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Whether this is the place of something that stands in a text.
    pub fn is_somewhere(self) -> bool {
        self != Self::NOWHERE
    }

    /// Whether it has no width.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The piece of `text` that stands here, empty if there is none.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A place as people and editors count it: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The line of the first character.
    pub line: u32,
    /// The column of the first character.
    pub column: u32,
    /// The line of the character after the last.
    pub end_line: u32,
    /// The column of the character after the last.
    pub end_column: u32,
}

/// Finds lines and columns in one text.
///
/// ```
/// use contract_core::{Places, Span};
///
/// let place = Places::of("id: S3-0001\nowner: ä\n").find(Span::new(19, 21));
/// assert_eq!((place.line, place.column, place.end_column), (2, 8, 9));
/// ```
pub struct Places<'t> {
    text: &'t str,
    // Questions mostly come in order, so the search goes on from the last line found.
    line: u32,
    line_start: usize,
}

impl<'t> Places<'t> {
    /// Gets ready to find places in `text`.
    pub fn of(text: &'t str) -> Self {
        Self { text, line: 1, line_start: 0 }
    }

    /// The place of `span`. Bytes past the end count as the end.
    pub fn find(&mut self, span: Span) -> Place {
        let (line, column) = self.point(span.start);
        let (end_line, end_column) = self.point(span.end);
        Place { line, column, end_line, end_column }
    }

    fn point(&mut self, at: u32) -> (u32, u32) {
        let mut at = (at as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        if at < self.line_start {
            (self.line, self.line_start) = (1, 0);
        }
        let from = self.line_start;
        for newline in memchr::memchr_iter(b'\n', &self.text.as_bytes()[from..at]) {
            self.line += 1;
            self.line_start = from + newline + 1;
        }
        let before = &self.text[self.line_start..at];
        // A byte order mark is no character of the first line. Further down it is one.
        let mark = if self.line == 1 && before.starts_with('\u{feff}') { 1 } else { 0 };
        let column = before.chars().count() as u32 + 1 - mark;
        (self.line, column)
    }
}
