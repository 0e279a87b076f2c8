//! A piece of an input that ends where a row ends, and the rows in it.

use super::json;
use super::names::Names;
use super::token::Record;
use crate::bronze::Code;

/// What is wrong with a row as a whole.
type Refusal = (Code, &'static str);

/// How the rows of an input are written.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// A JSON object on each line.
    Lines,
}

/// A piece of an input. Rows never reach over its ends.
#[derive(Debug)]
pub(crate) struct Split {
    /// Its number among all splits of a run.
    pub(crate) order: u64,
    /// Which input it is of.
    pub(crate) input: usize,
    /// The byte of the (unpacked) input it begins at.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) layout: Layout,
    /// Whether it is the beginning of a row that is too long to be read.
    pub(crate) too_long: bool,
}

/// One row as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit<'s> {
    /// Its line or ordinal, counted from the split, from 1.
    pub(crate) line: u32,
    /// The byte of the input it begins at.
    pub(crate) offset: u64,
    pub(crate) bytes: &'s [u8],
    form: Form<'s>,
}

#[derive(Clone, Copy, Debug)]
enum Form<'s> {
    Json(&'s str),
    Broken(Refusal),
}

impl<'s> Unit<'s> {
    /// Takes the row apart.
    #[inline]
    pub(crate) fn row(&self, names: &mut Names, record: &mut Record<'s>) -> Result<(), Refusal> {
        match self.form {
            Form::Json(text) => json::object(text, names, record),
            Form::Broken(refusal) => Err(refusal),
        }
    }
}

impl Split {
    /// Calls `each` for every row, and says how many lines (or, for arrays, rows) there are.
    pub(crate) fn units<'s>(&'s self, each: impl FnMut(Unit<'s>)) -> u64 {
        if self.too_long {
            return self.too_long(each);
        }
        match &self.layout {
            Layout::Lines => self.lines(each),
        }
    }

    fn too_long<'s>(&'s self, mut each: impl FnMut(Unit<'s>)) -> u64 {
        let detail = "the row is longer than any that is read";
        let form = Form::Broken((Code::LineTooLong, detail));
        each(Unit { line: 1, offset: self.offset, bytes: &self.bytes, form });
        1
    }

    fn lines<'s>(&'s self, mut each: impl FnMut(Unit<'s>)) -> u64 {
        // Nearly always the whole split is UTF-8; then its lines are too.
        let whole = str::from_utf8(&self.bytes).ok();
        let (mut line, mut start) = (0, 0);
        let mut end_of = memchr::memchr_iter(b'\n', &self.bytes);
        while start < self.bytes.len() {
            let end = end_of.next().unwrap_or(self.bytes.len());
            line += 1;
            let bytes = &self.bytes[start..end];
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            let offset = self.offset + start as u64;
            // A mark of the order of bytes may stand at the very beginning.
            let (bytes, offset) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
                Some(rest) if offset == 0 => (rest, 3),
                _ => (bytes, offset),
            };
            let blank = bytes.first().is_none_or(|c| matches!(c, b' ' | b'\t' | b'\r'))
                && bytes.iter().all(|c| matches!(c, b' ' | b'\t' | b'\r'));
            if !blank {
                let from = (offset - self.offset) as usize;
                let text = match whole {
                    Some(whole) => Ok(&whole[from..from + bytes.len()]),
                    None => str::from_utf8(bytes),
                };
                let form = match text {
                    Ok(text) => Form::Json(text),
                    Err(_) => Form::Broken((Code::BadUtf8, "the bytes are no UTF-8")),
                };
                each(Unit { line, offset, bytes, form });
            }
            start = end + 1;
        }
        line.into()
    }
}
