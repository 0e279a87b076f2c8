//! Rows in memory, a column at a time.
//!
//! Narrower than Arrow arrays while rows are moved about: texts that recur are numbers into a dictionary
//! that all workers share, and a column without any value takes no room.

mod bytes;

use std::ops::Range;

/// The values of one column.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// None at all.
    Absent(usize),
    /// Texts, by their number in the dictionary of the column.
    Codes(Vec<u32>),
    /// Texts, one behind the other.
    Texts(Texts),
    /// Whole numbers and moments.
    Wide(Vec<i64>),
    /// Doubles.
    Double(Vec<f64>),
    /// Decimals, as whole numbers of their last place.
    Decimal(Vec<i128>),
    /// Days from 1970-01-01.
    Day(Vec<i32>),
    /// Truths.
    Truth(Vec<bool>),
}

/// Texts, one behind the other. Offsets are as Arrow has them.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    /// Where each begins, and where the last ends.
    pub(crate) offsets: Vec<i32>,
    pub(crate) bytes: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

impl Texts {
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.offsets.push(offset(self.bytes.len()));
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> &[u8] {
        &self.bytes[self.range(row..row + 1)]
    }

    fn range(&self, rows: Range<usize>) -> Range<usize> {
        self.offsets[rows.start] as usize..self.offsets[rows.end] as usize
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }
}

/// Parts are cut long before (`finish.rs`), so that offsets of 32 bits always do.
fn offset(length: usize) -> i32 {
    i32::try_from(length).expect("texts of one batch stay below 2 GiB")
}

/// A column: its values, and which of them are none.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) values: Values,
    /// `true` where there is no value; empty where every row has one. A code of `u32::MAX` and
    /// [`Values::Absent`] say so themselves.
    pub(crate) nulls: Vec<bool>,
}

/// The code of a text that is none.
pub(crate) const NO_TEXT: u32 = u32::MAX;

impl Values {
    /// No rows, of the same kind.
    fn empty_like(&self) -> Self {
        match self {
            Self::Absent(_) => Self::Absent(0),
            Self::Codes(_) => Self::Codes(Vec::new()),
            Self::Texts(_) => Self::Texts(Texts::default()),
            Self::Wide(_) => Self::Wide(Vec::new()),
            Self::Double(_) => Self::Double(Vec::new()),
            Self::Decimal(_) => Self::Decimal(Vec::new()),
            Self::Day(_) => Self::Day(Vec::new()),
            Self::Truth(_) => Self::Truth(Vec::new()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Absent(rows) => *rows,
            Self::Codes(all) => all.len(),
            Self::Texts(all) => all.len(),
            Self::Wide(all) => all.len(),
            Self::Double(all) => all.len(),
            Self::Decimal(all) => all.len(),
            Self::Day(all) => all.len(),
            Self::Truth(all) => all.len(),
        }
    }

    fn push_default(&mut self) {
        match self {
            Self::Absent(rows) => *rows += 1,
            Self::Codes(all) => all.push(NO_TEXT),
            Self::Texts(all) => all.push(b""),
            Self::Wide(all) => all.push(0),
            Self::Double(all) => all.push(0.0),
            Self::Decimal(all) => all.push(0),
            Self::Day(all) => all.push(0),
            Self::Truth(all) => all.push(false),
        }
    }
}

impl Column {
    pub(crate) fn new(values: Values) -> Self {
        Self { values, nulls: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the row has no value.
    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        match &self.values {
            Values::Absent(_) => true,
            Values::Codes(codes) => codes[row] == NO_TEXT,
            _ => !self.nulls.is_empty() && self.nulls[row],
        }
    }

    pub(crate) fn push_null(&mut self) {
        let rows = self.len();
        if !matches!(self.values, Values::Absent(_) | Values::Codes(_)) {
            self.nulls.resize(rows, false);
            self.nulls.push(true);
        }
        self.values.push_default();
    }

    /// Marks that the value that is about to be pushed is one.
    #[inline]
    pub(crate) fn present(&mut self) {
        if !self.nulls.is_empty() {
            self.nulls.push(false);
        }
    }

    /// Adds a text to a column of texts, or to one that had no value so far.
    pub(crate) fn push_text(&mut self, text: &str) {
        if let Values::Absent(rows) = self.values {
            let mut texts = Texts::default();
            texts.offsets.resize(rows + 1, 0);
            self.values = Values::Texts(texts);
            self.nulls = vec![true; rows];
        }
        self.present();
        if let Values::Texts(texts) = &mut self.values {
            texts.push(text.as_bytes());
        }
    }

    /// Adds a whole number.
    pub(crate) fn push_wide(&mut self, number: i64) {
        self.present();
        if let Values::Wide(all) = &mut self.values {
            all.push(number);
        }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.nulls.truncate(rows);
        match &mut self.values {
            Values::Absent(all) => *all = rows.min(*all),
            Values::Codes(all) => all.truncate(rows),
            Values::Texts(all) => {
                all.offsets.truncate(rows + 1);
                all.bytes.truncate(all.offsets[all.len()] as usize);
            }
            Values::Wide(all) => all.truncate(rows),
            Values::Double(all) => all.truncate(rows),
            Values::Decimal(all) => all.truncate(rows),
            Values::Day(all) => all.truncate(rows),
            Values::Truth(all) => all.truncate(rows),
        }
    }

    /// These rows, in this order.
    pub(crate) fn gather(&self, order: &[u32]) -> Self {
        fn pick<T: Copy>(all: &[T], order: &[u32]) -> Vec<T> {
            order.iter().map(|&row| all[row as usize]).collect()
        }
        let nulls = if self.nulls.is_empty() { Vec::new() } else { pick(&self.nulls, order) };
        let values = match &self.values {
            Values::Absent(_) => Values::Absent(order.len()),
            Values::Codes(all) => Values::Codes(pick(all, order)),
            Values::Texts(all) => {
                let mut texts = Texts {
                    offsets: Vec::with_capacity(order.len() + 1),
                    bytes: Vec::with_capacity(all.bytes.len()),
                };
                texts.offsets.push(0);
                for &row in order {
                    texts.push(all.get(row as usize));
                }
                Values::Texts(texts)
            }
            Values::Wide(all) => Values::Wide(pick(all, order)),
            Values::Double(all) => Values::Double(pick(all, order)),
            Values::Decimal(all) => Values::Decimal(pick(all, order)),
            Values::Day(all) => Values::Day(pick(all, order)),
            Values::Truth(all) => Values::Truth(pick(all, order)),
        };
        Self { values, nulls }
    }

    /// Adds rows of another column of the same type. `text` gives the text of a code, for where one of the
    /// two has codes and the other texts.
    pub(crate) fn append(
        &mut self,
        other: &Self,
        rows: Range<usize>,
        text: &dyn Fn(u32, &mut Vec<u8>),
    ) {
        if rows.is_empty() {
            return;
        }
        let (before, added) = (self.len(), rows.len());
        if before == 0 && matches!(self.values, Values::Absent(_)) {
            *self = Self::new(other.values.empty_like());
        }
        self.make_alike(&other.values, text);
        let none_among = match &other.values {
            Values::Absent(_) => self.keeps_nulls(),
            Values::Codes(codes) => self.keeps_nulls() && codes[rows.clone()].contains(&NO_TEXT),
            _ => !other.nulls.is_empty(),
        };
        if !self.nulls.is_empty() || none_among {
            self.nulls.resize(before, false);
            match &other.values {
                Values::Absent(_) => self.nulls.resize(before + added, true),
                Values::Codes(codes) if self.keeps_nulls() => {
                    self.nulls.extend(codes[rows.clone()].iter().map(|&code| code == NO_TEXT));
                }
                _ if other.nulls.is_empty() => self.nulls.resize(before + added, false),
                _ => self.nulls.extend_from_slice(&other.nulls[rows.clone()]),
            }
        }
        match (&mut self.values, &other.values) {
            (Values::Absent(all), Values::Absent(_)) => *all += added,
            (Values::Codes(all), Values::Codes(more)) => all.extend_from_slice(&more[rows]),
            (Values::Texts(all), Values::Texts(more)) => {
                let (start, from) = (offset(all.bytes.len()), more.offsets[rows.start]);
                all.bytes.extend_from_slice(&more.bytes[more.range(rows.clone())]);
                offset(all.bytes.len());
                all.offsets.extend(
                    more.offsets[rows.start + 1..=rows.end].iter().map(|end| end - from + start),
                );
            }
            (Values::Texts(all), Values::Codes(more)) => {
                for &code in &more[rows] {
                    if code != NO_TEXT {
                        text(code, &mut all.bytes);
                    }
                    all.offsets.push(offset(all.bytes.len()));
                }
            }
            (Values::Wide(all), Values::Wide(more)) => all.extend_from_slice(&more[rows]),
            (Values::Double(all), Values::Double(more)) => all.extend_from_slice(&more[rows]),
            (Values::Decimal(all), Values::Decimal(more)) => all.extend_from_slice(&more[rows]),
            (Values::Day(all), Values::Day(more)) => all.extend_from_slice(&more[rows]),
            (Values::Truth(all), Values::Truth(more)) => all.extend_from_slice(&more[rows]),
            (all, Values::Absent(_)) => (0..added).for_each(|_| all.push_default()),
            _ => unreachable!("a column keeps its type"),
        }
    }

    /// Whether the texts of both can lie one behind the other: offsets have 32 bits.
    pub(crate) fn has_room_for(&self, more: &Self) -> bool {
        match (&self.values, &more.values) {
            (Values::Texts(all), Values::Texts(more)) => {
                i32::try_from(all.bytes.len() + more.bytes.len()).is_ok()
            }
            _ => true,
        }
    }

    fn keeps_nulls(&self) -> bool {
        !matches!(self.values, Values::Absent(_) | Values::Codes(_))
    }

    /// Makes room for values of the other kind.
    fn make_alike(&mut self, other: &Values, text: &dyn Fn(u32, &mut Vec<u8>)) {
        match (&self.values, other) {
            (Values::Codes(codes), Values::Texts(_)) => {
                let mut texts = Texts::default();
                let nulls: Vec<bool> = codes.iter().map(|&code| code == NO_TEXT).collect();
                for &code in codes {
                    if code != NO_TEXT {
                        text(code, &mut texts.bytes);
                    }
                    texts.offsets.push(offset(texts.bytes.len()));
                }
                self.nulls = if nulls.contains(&true) { nulls } else { Vec::new() };
                self.values = Values::Texts(texts);
            }
            (Values::Absent(rows), _) if !matches!(other, Values::Absent(_)) => {
                let rows = *rows;
                let mut values = other.empty_like();
                (0..rows).for_each(|_| values.push_default());
                self.values = values;
                self.nulls = if self.keeps_nulls() { vec![true; rows] } else { Vec::new() };
            }
            _ => {}
        }
    }

    /// About how many bytes it takes.
    fn size(&self) -> usize {
        self.nulls.len()
            + match &self.values {
                Values::Absent(_) => 0,
                Values::Codes(all) => all.len() * 4,
                Values::Texts(all) => all.offsets.len() * 4 + all.bytes.len(),
                Values::Wide(all) => all.len() * 8,
                Values::Double(all) => all.len() * 8,
                Values::Decimal(all) => all.len() * 16,
                Values::Day(all) => all.len() * 4,
                Values::Truth(all) => all.len(),
            }
    }
}

/// Rows of one layout.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<Column>,
    /// The line of each row, counted from the first of its split.
    pub(crate) lines: Vec<u32>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn size(&self) -> usize {
        self.lines.len() * 4 + self.columns.iter().map(Column::size).sum::<usize>()
    }

    /// Becomes `empty`, but for the room it has.
    pub(crate) fn reset(&mut self, empty: Self) {
        let kind = |column: &Column| std::mem::discriminant(&column.values);
        if self.columns.len() != empty.columns.len() {
            *self = empty;
            return;
        }
        self.lines.clear();
        for (column, empty) in self.columns.iter_mut().zip(empty.columns) {
            if kind(column) == kind(&empty) { column.truncate(0) } else { *column = empty }
        }
    }

    /// Takes back what was pushed of a row that is refused.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.lines.truncate(rows);
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
    }

    /// These rows, in this order.
    pub(crate) fn gather(&self, order: &[u32]) -> Self {
        Self {
            columns: self.columns.iter().map(|column| column.gather(order)).collect(),
            lines: order.iter().map(|&row| self.lines[row as usize]).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
