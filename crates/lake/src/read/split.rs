//! A piece of an input that ends where a row ends, and the rows in it.

use std::ops::Range;

use super::Form;
use super::kept::KeptRow;
use super::names::Names;
use super::token::Record;
use super::{array, csv, json, xml};
use crate::bronze::Code;

/// What is wrong with a row as a whole.
type Refusal = (Code, &'static str);

/// What is said of a row that is longer than any that is read.
pub(crate) const TOO_LONG: Refusal = (Code::LineTooLong, "the row is longer than 16 MiB");

/// How the rows of an input are written.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// A JSON object on each line.
    Lines,
    /// Elements of a JSON array.
    Array,
    /// Records, with the names of their fields.
    Csv { delimiter: u8, header: csv::Header },
    /// Elements.
    Xml(xml::Rows),
    /// Rows that were taken out of their inputs, each where it stood, and how many lines that makes.
    Kept(Vec<KeptRow>, u64),
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
    /// Its bytes, and behind `length` whatever was there before.
    pub(crate) buffer: Vec<u8>,
    pub(crate) length: usize,
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
    written: Written<'s>,
}

/// What a row is read as.
#[derive(Clone, Copy, Debug)]
enum Written<'s> {
    Json(&'s str),
    Csv(&'s str, u8, &'s csv::Header),
    Xml(&'s str),
    Broken(Refusal),
}

impl<'s> Unit<'s> {
    /// Takes the row apart.
    #[inline]
    pub(crate) fn row(&self, names: &mut Names, record: &mut Record<'s>) -> Result<(), Refusal> {
        match self.written {
            Written::Json(text) => json::object(text, names, record),
            Written::Csv(text, delimiter, header) => {
                csv::row(text, delimiter, header, names, record)
            }
            Written::Xml(text) => xml::row(text, names, record),
            Written::Broken(refusal) => Err(refusal),
        }
    }

    /// How the row is written; none where it is no row by itself, so that no other document would take it.
    pub(crate) fn form(&self) -> Option<Form> {
        match self.written {
            Written::Json(_) => Some(Form::Json),
            Written::Csv(_, delimiter, header) => {
                Some(Form::Csv { delimiter, header: header.clone() })
            }
            Written::Xml(_) => Some(Form::Xml),
            Written::Broken(_) => None,
        }
    }
}

impl Split {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Calls `each` for every row, and says how many lines (or, for arrays, rows) there are.
    pub(crate) fn units<'s>(&'s self, each: impl FnMut(Unit<'s>)) -> u64 {
        if self.too_long {
            return self.too_long(each);
        }
        match &self.layout {
            Layout::Lines => self.lines(each),
            Layout::Array => self.array(each),
            Layout::Csv { delimiter, header } => self.records(*delimiter, header, each),
            Layout::Xml(rows) => self.elements(rows, each),
            Layout::Kept(rows, lines) => {
                self.kept(rows, each);
                *lines
            }
        }
    }

    /// A row that stands in these bytes: in UTF-8, unless something is wrong with it already.
    fn unit<'s>(
        &'s self,
        line: u32,
        range: Range<usize>,
        wrong: Option<Refusal>,
        form: impl FnOnce(&'s str) -> Written<'s>,
    ) -> Unit<'s> {
        let bytes = &self.bytes()[range.clone()];
        let written = match (wrong, str::from_utf8(bytes)) {
            (Some(refusal), _) => Written::Broken(refusal),
            (None, Ok(text)) => form(text),
            (None, Err(_)) => Written::Broken((Code::BadUtf8, "the bytes are no UTF-8")),
        };
        Unit { line, offset: self.offset + range.start as u64, bytes, written }
    }

    fn array<'s>(&'s self, mut each: impl FnMut(Unit<'s>)) -> u64 {
        let mut ordinal = 0;
        array::elements(self.bytes(), self.offset == 0, |range, wrong| {
            ordinal += 1;
            let code = if wrong == Some(array::BEHIND) {
                Code::TrailingBytes
            } else {
                Code::MalformedJson
            };
            each(self.unit(ordinal, range, wrong.map(|detail| (code, detail)), Written::Json));
        });
        ordinal.into()
    }

    fn elements<'s>(&'s self, rows: &xml::Rows, mut each: impl FnMut(Unit<'s>)) -> u64 {
        let mut ordinal = 0;
        rows.units(self.bytes(), self.offset == 0, |range, wrong| {
            ordinal += 1;
            let wrong = wrong.map(|detail| (Code::MalformedXml, detail));
            each(self.unit(ordinal, range, wrong, Written::Xml));
        });
        ordinal.into()
    }

    fn records<'s>(
        &'s self,
        delimiter: u8,
        header: &'s csv::Header,
        mut each: impl FnMut(Unit<'s>),
    ) -> u64 {
        let bytes = self.bytes();
        let mut scan = csv::Scan::new(delimiter);
        let (mut line, mut start) = (1, 0);
        while start < bytes.len() {
            let end = scan.next_end(bytes, start).unwrap_or(bytes.len());
            let record = csv::without_end(&bytes[start..end]);
            // The first record of an input is its header.
            if !record.is_empty() && self.offset + start as u64 > 0 {
                let range = start..start + record.len();
                each(self.unit(line, range, None, |text| Written::Csv(text, delimiter, header)));
            }
            let ends = memchr::memchr_iter(b'\n', &bytes[start..end]).count();
            line += u32::try_from(ends).expect("a split has fewer than 2^32 lines");
            start = end;
        }
        u64::from(line) - 1
    }

    fn kept<'s>(&'s self, rows: &'s [KeptRow], mut each: impl FnMut(Unit<'s>)) {
        for row in rows {
            let unit = self.unit(row.line, row.range.clone(), None, |text| match &row.form {
                Form::Json => Written::Json(text),
                Form::Csv { delimiter, header } => Written::Csv(text, *delimiter, header),
                Form::Xml => Written::Xml(text),
            });
            each(Unit { offset: row.offset, ..unit });
        }
    }

    fn too_long<'s>(&'s self, mut each: impl FnMut(Unit<'s>)) -> u64 {
        let written = Written::Broken(TOO_LONG);
        each(Unit { line: 1, offset: self.offset, bytes: self.bytes(), written });
        match self.layout {
            // Its lines are counted when its end is found.
            Layout::Csv { .. } => 0,
            _ => 1,
        }
    }

    fn lines<'s>(&'s self, mut each: impl FnMut(Unit<'s>)) -> u64 {
        // Nearly always the whole split is UTF-8; then its lines are too.
        let whole = str::from_utf8(self.bytes()).ok();
        let (mut line, mut start) = (0, 0);
        let mut end_of = memchr::memchr_iter(b'\n', self.bytes());
        while start < self.bytes().len() {
            let end = end_of.next().unwrap_or(self.bytes().len());
            line += 1;
            let bytes = &self.bytes()[start..end];
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
                let written = match text {
                    Ok(text) => Written::Json(text),
                    Err(_) => Written::Broken((Code::BadUtf8, "the bytes are no UTF-8")),
                };
                each(Unit { line, offset, bytes, written });
            }
            start = end + 1;
        }
        line.into()
    }
}
