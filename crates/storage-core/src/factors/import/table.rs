//! Workbooks and separated text as rows of texts.

use std::io::Cursor;

use calamine::{DataRef, Reader as _, Xlsx};

use super::Error;
use crate::Decimal;

/// The most cells that are looked at.
const CELLS: usize = 5_000_000;

/// The most bytes of a workbook, unpacked, as it says it itself: what is longer than it says is not read.
const UNPACKED: u64 = 1 << 30;

/// The first bytes of a zip archive (APPNOTE.TXT 4.3.7), and of a compound file ([MS-CFB] 2.2).
const ZIP: &[u8] = b"PK\x03\x04";
const COMPOUND: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// One sheet of a workbook, or a whole file of text.
pub(super) struct Table {
    pub(super) sheet: Option<String>,
    pub(super) rows: Vec<Row>,
}

/// A row that has something in it.
pub(super) struct Row {
    /// As a person counts: the row of the sheet, the line of the text.
    pub(super) number: u64,
    /// Column and text, by column; what is blank is left out.
    cells: Vec<(u32, String)>,
}

impl Row {
    /// What stands in a column, without spaces around it.
    pub(super) fn at(&self, column: u32) -> &str {
        let found = self.cells.binary_search_by_key(&column, |it| it.0);
        found.map_or("", |at| self.cells[at].1.trim())
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (u32, &str)> {
        self.cells.iter().map(|(column, text)| (*column, text.trim()))
    }
}

/// What is in a file, whatever its name is.
pub(super) fn tables(bytes: &[u8], separator: Option<u8>) -> Result<Vec<Table>, Error> {
    if bytes.starts_with(ZIP) {
        return workbook(bytes);
    }
    if bytes.starts_with(COMPOUND) {
        return Err(Error::OldWorkbook);
    }
    let text = text(bytes)?;
    let separator = separator.unwrap_or_else(|| likely(text));
    Ok(vec![Table { sheet: None, rows: separated(text, separator)? }])
}

/// The text of a file, without the mark of its encoding.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        Error::NotText { line: 1 + before.iter().filter(|it| **it == b'\n').count() as u64 }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The separator that the first line with two of its kind has most of.
fn likely(text: &str) -> u8 {
    let count = |line: &str, sign: u8| line.bytes().filter(|it| *it == sign).count();
    for line in text.lines() {
        let best = b",;\t".iter().max_by_key(|sign| (count(line, **sign), **sign == b','));
        if let Some(sign) = best.filter(|sign| count(line, **sign) >= 2) {
            return *sign;
        }
    }
    b','
}

fn separated(text: &str, separator: u8) -> Result<Vec<Row>, Error> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(separator);
    let mut reader = reader.from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let (mut count, mut record) = (0, csv::StringRecord::new());
    while reader.read_record(&mut record).map_err(|_| Error::NotText { line: 1 })? {
        let number = record.position().map_or(0, csv::Position::line);
        let filled = (0..).zip(record.iter()).filter(|(_, it)| !it.trim().is_empty());
        let cells: Vec<_> = filled.map(|(column, it)| (column, it.to_owned())).collect();
        count += cells.len();
        if count > CELLS {
            return Err(Error::TooLarge { what: "cells", most: CELLS as u64 });
        }
        if !cells.is_empty() {
            rows.push(Row { number, cells });
        }
    }
    Ok(rows)
}

fn workbook(bytes: &[u8]) -> Result<Vec<Table>, Error> {
    let broken = |error: &dyn std::fmt::Display| Error::Workbook { reason: error.to_string() };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|it| broken(&it))?;
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        let file = archive.by_index_raw(at).map_err(|it| broken(&it))?;
        unpacked = unpacked.saturating_add(file.size());
    }
    if unpacked > UNPACKED {
        return Err(Error::TooLarge { what: "bytes, unpacked", most: UNPACKED });
    }
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|it| broken(&it))?;
    let mut tables = Vec::new();
    let mut count = 0;
    for name in book.sheet_names() {
        // Sheets of charts have no cells.
        let Ok(mut reader) = book.worksheet_cells_reader(&name) else { continue };
        let mut rows: Vec<Row> = Vec::new();
        // Cell by cell: a sheet may claim to be as large as sheets can be.
        while let Some(cell) = reader.next_cell().map_err(|it| broken(&it))? {
            let text = text_of(cell.get_value());
            if text.trim().is_empty() {
                continue;
            }
            count += 1;
            if count > CELLS {
                return Err(Error::TooLarge { what: "cells", most: CELLS as u64 });
            }
            let (row, column) = cell.get_position();
            let number = u64::from(row) + 1;
            match rows.last_mut() {
                Some(last) if last.number == number => last.cells.push((column, text)),
                _ => rows.push(Row { number, cells: vec![(column, text)] }),
            }
        }
        for row in &mut rows {
            row.cells.sort_by_key(|it| it.0);
        }
        rows.sort_by_key(|it| it.number);
        tables.push(Table { sheet: Some(name), rows });
    }
    Ok(tables)
}

/// What a cell says. A number is its shortest decimal text: the workbook stores a binary float.
fn text_of(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => match Decimal::shortest(*number) {
            Ok(number) => number.to_string(),
            Err(_) => number.to_string(),
        },
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(it) => it.to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}
