//! Rows that were taken out of their inputs, handed out where they stood.

use std::ops::Range;

use storage_core::Digest;

use super::Form;
use super::feed::Seal;
use super::split::{Layout, Split};

/// About how many bytes of rows are handed out at once.
const TOGETHER: usize = 1 << 20;

/// A row that was taken out of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its line or ordinal there, from 1.
    pub(crate) line: u64,
    /// The byte of the unpacked input it begins at.
    pub(crate) offset: u64,
    pub(crate) form: Form,
    pub(crate) bytes: Vec<u8>,
}

/// Rows of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptInput {
    pub(crate) name: String,
    /// In the order of their lines.
    rows: Vec<Kept>,
}

/// One row of a split of such rows.
#[derive(Clone, Debug)]
pub(crate) struct KeptRow {
    /// Counted from the split, as every line of a split is.
    pub(crate) line: u32,
    pub(crate) offset: u64,
    pub(crate) range: Range<usize>,
    pub(crate) form: Form,
}

impl KeptInput {
    pub(crate) fn new(name: String, mut rows: Vec<Kept>) -> Self {
        // Rows of two inputs of one name may have one line; those that came first stay first.
        rows.sort_by_key(|row| (row.line, row.offset));
        Self { name, rows }
    }

    pub(crate) fn seal(&self) -> Seal {
        let size = self.rows.iter().map(|row| row.bytes.len() as u64).sum();
        Seal { digest: Digest::of_parts(self.rows.iter().map(|row| &row.bytes[..])), size }
    }
}

/// Hands out rows in splits, input by input.
#[derive(Debug)]
pub(crate) struct KeptFeed<'r> {
    inputs: &'r [KeptInput],
    input: usize,
    next: usize,
    /// The line before the next split of the input.
    base: u64,
    order: u64,
}

impl<'r> KeptFeed<'r> {
    pub(crate) fn new(inputs: &'r [KeptInput]) -> Self {
        Self { inputs, input: 0, next: 0, base: 0, order: 0 }
    }

    /// The next split; none behind the last input.
    pub(crate) fn next(&mut self) -> Option<Split> {
        loop {
            let input = self.inputs.get(self.input)?;
            if self.next < input.rows.len() {
                return Some(self.split(&input.rows[self.next..]));
            }
            (self.input, self.next, self.base) = (self.input + 1, 0, 0);
        }
    }

    fn split(&mut self, rows: &[Kept]) -> Split {
        let (mut buffer, mut kept) = (Vec::new(), Vec::new());
        for row in rows {
            // Lines of a split have 32 bits: before a row further away comes a split of lines alone.
            let Ok(line) = u32::try_from(row.line.saturating_sub(self.base)) else { break };
            if !kept.is_empty() && buffer.len() + row.bytes.len() > TOGETHER {
                break;
            }
            let start = buffer.len();
            buffer.extend_from_slice(&row.bytes);
            let (offset, form) = (row.offset, row.form.clone());
            kept.push(KeptRow { line, offset, range: start..buffer.len(), form });
        }
        self.next += kept.len();
        let lines = match (kept.last(), rows.first()) {
            (Some(last), _) => last.line.into(),
            (None, Some(next)) => next.line - self.base,
            (None, None) => 0,
        };
        self.base += lines;
        self.order += 1;
        Split {
            order: self.order,
            input: self.input,
            offset: 0,
            length: buffer.len(),
            buffer,
            layout: Layout::Kept(kept, lines),
            too_long: false,
        }
    }
}
