//! What was read so far, and the checks that every layout makes.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::table::Row;
use super::words::beginning;
use super::{Error, Options, Read, Refused};
use crate::factors::{Candidate, Factor, FactorId, Version};
use crate::{Absence, Cell, Decimal, Digest};

/// A file while it is read.
pub(super) struct Reading<'a> {
    pub(super) options: &'a Options,
    pub(super) file: Digest,
    pub(super) read: Read,
    /// The sheet that is read.
    pub(super) sheet: Option<String>,
    /// Which row brought a factor from a day on.
    seen: HashMap<(FactorId, NaiveDate), u64>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(options: &'a Options, file: Digest) -> Self {
        Self { options, file, read: Read::default(), sheet: None, seen: HashMap::new() }
    }

    /// Says that nothing is taken from a row.
    pub(super) fn refuse(
        &mut self,
        row: u64,
        column: Option<&str>,
        code: &'static str,
        reason: impl Into<String>,
        found: &str,
    ) {
        self.read.refused.push(Refused {
            sheet: self.sheet.clone(),
            row,
            column: column.map(str::to_owned),
            code,
            reason: reason.into(),
            found: beginning(found),
        });
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.read.notes.contains(&note) {
            self.read.notes.push(note);
        }
    }

    /// A name of a factor, unless it cannot be one.
    pub(super) fn name(&mut self, row: u64, name: &str) -> Option<FactorId> {
        match name.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                self.refuse(row, None, "name_invalid", error.to_string(), name);
                None
            }
        }
    }

    /// A cell as a figure; says why if it is neither a number nor an absence.
    pub(super) fn cell(&mut self, row: u64, column: &str, text: &str) -> Option<Cell> {
        match Cell::read(text) {
            Ok(Cell::Number(number)) if number.is_negative() && !self.options.may_be_negative => {
                let reason = "it is below zero, and that was not allowed";
                self.refuse(row, Some(column), "figure_negative", reason, text);
                None
            }
            Ok(cell) => Some(cell),
            Err(error) => {
                self.refuse(row, Some(column), "figure_invalid", error.to_string(), text);
                None
            }
        }
    }

    /// Takes a candidate, unless no factor or version can be like that or another row was there first.
    pub(super) fn take(&mut self, row: u64, factor: Factor, mut version: Version) {
        version.may_be_negative |=
            self.options.may_be_negative && version.gases.values().any(Decimal::is_negative);
        if version.gases.is_empty() {
            let found: Vec<_> = version.absent.values().map(String::as_str).collect();
            self.refuse(row, None, "no_figure", "no gas has a figure", &found.join(" "));
            return;
        }
        if let Err(error) = factor.check().and_then(|()| version.check()) {
            self.refuse(row, None, "not_possible", error.to_string(), "");
            return;
        }
        let key = (factor.factor_id.clone(), version.valid.from());
        if let Some(first) = self.seen.get(&key) {
            let reason = format!("`{}` was in row {first} already, for the same days", key.0);
            self.refuse(row, None, "name_taken", reason, "");
            return;
        }
        self.seen.insert(key, row);
        let (factor, version) = (Arc::new(factor), Arc::new(version));
        self.read.candidates.push(Candidate { row: Some(row), factor, version });
    }
}

/// Puts a cell into a version: a number as a figure, an absence as what stood there. A blank cell says
/// nothing.
pub(super) fn put(version: &mut Version, gas: &str, cell: Cell, text: &str) {
    match cell {
        Cell::Number(figure) => {
            version.gases.insert(gas.to_owned(), figure);
        }
        Cell::Absent(Absence::Blank) => {}
        Cell::Absent(_) => {
            version.absent.insert(gas.to_owned(), text.trim().to_owned());
        }
    }
}

/// Where each of some columns is, by names of which each has several.
pub(super) fn columns<const N: usize>(row: &Row, names: [&[&str]; N]) -> [Option<u32>; N] {
    names.map(|names| {
        let found = |name: &&str| {
            row.cells().find(|(_, text)| super::words::plain(text) == **name).map(|it| it.0)
        };
        names.iter().find_map(found)
    })
}

/// An error for a file in which no header was found.
pub(super) fn no_header(columns: &str) -> Error {
    Error::NoHeader { columns: columns.to_owned() }
}
