//! Rows of one partition with the input and line of each.

use std::io;
use std::ops::Range;

use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int64Type};

use crate::bronze::arrays;
use crate::bronze::dictionary::Lexicon;
use crate::bronze::plan::Plan;
use crate::bronze::rows::{Column, Rows, Values};
use crate::schema::{FILE, LINE};

/// Rows of one partition, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    /// Their `lines` are not looked at any more.
    pub(crate) rows: Rows,
    /// The number of the input of each.
    pub(crate) files: Vec<u32>,
    /// The line of each, from 1.
    pub(crate) lines: Vec<i64>,
}

impl Loaded {
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Adds rows of a split: `origin` is the number of its input and the line before it.
    pub(crate) fn append_rows(
        &mut self,
        from: &Rows,
        rows: Range<usize>,
        (input, base): (u32, u64),
        lexicon: &Lexicon,
    ) {
        self.files.resize(self.files.len() + rows.len(), input);
        self.lines.extend(
            from.lines[rows.clone()].iter().map(|&line| (base + u64::from(line)).cast_signed()),
        );
        self.append_columns(from, rows, lexicon);
    }

    fn append_columns(&mut self, from: &Rows, rows: Range<usize>, lexicon: &Lexicon) {
        if self.rows.columns.is_empty() {
            self.rows.columns = vec![Column::new(Values::Absent(0)); from.columns.len()];
        }
        for (place, (column, more)) in self.rows.columns.iter_mut().zip(&from.columns).enumerate() {
            let text =
                |code: u32, out: &mut Vec<u8>| out.extend_from_slice(lexicon.text(place, code));
            column.append(more, rows.clone(), &text);
        }
        self.rows.lines.extend_from_slice(&from.lines[rows]);
    }

    pub(crate) fn append(&mut self, other: &Self, lexicon: &Lexicon) {
        if other.len() == 0 {
            return;
        }
        self.files.extend_from_slice(&other.files);
        self.lines.extend_from_slice(&other.lines);
        self.append_columns(&other.rows, 0..other.len(), lexicon);
    }

    pub(crate) fn gather(&self, order: &[u32]) -> Self {
        Self {
            rows: self.rows.gather(order),
            files: order.iter().map(|&row| self.files[row as usize]).collect(),
            lines: order.iter().map(|&row| self.lines[row as usize]).collect(),
        }
    }

    /// Adds rows of the table. Columns that its files do not have yet are without values.
    pub(crate) fn append_batch(
        &mut self,
        plan: &Plan,
        batch: &RecordBatch,
        names: &mut Vec<String>,
        lexicon: &Lexicon,
    ) -> io::Result<()> {
        let rows = batch.num_rows();
        let broken = |what: &str| {
            io::Error::other(format!("the column `{what}` has another type, or is not there"))
        };
        let mut columns = Vec::with_capacity(plan.places.len());
        for place in &plan.places {
            let array = batch.column_by_name(&place.name);
            columns.push(match array {
                Some(array) => {
                    arrays::column(array, place.kind).ok_or_else(|| broken(&place.name))?
                }
                None => Column::new(Values::Absent(rows)),
            });
        }
        let lines = batch.column_by_name(LINE).ok_or_else(|| broken(LINE))?;
        let lines = lines.as_primitive_opt::<Int64Type>().ok_or_else(|| broken(LINE))?;
        let files = batch.column_by_name(FILE).ok_or_else(|| broken(FILE))?;
        let files = arrow::compute::cast(files, &DataType::Utf8).map_err(io::Error::other)?;
        let files: &StringArray = files.as_string_opt::<i32>().ok_or_else(|| broken(FILE))?;
        let mut last: Option<(&str, u32)> = None;
        for row in 0..rows {
            let name = files.value(row);
            let number = match last {
                Some((same, number)) if same == name => number,
                _ => {
                    let at = names.iter().position(|it| it == name).unwrap_or_else(|| {
                        names.push(name.to_owned());
                        names.len() - 1
                    });
                    u32::try_from(at).expect("fewer than 2^32 inputs")
                }
            };
            last = Some((name, number));
            self.files.push(number);
        }
        self.lines.extend_from_slice(lines.values());
        if self.rows.columns.iter().zip(&columns).any(|(all, more)| !all.has_room_for(more)) {
            let reason =
                "its texts take more than 2 GiB in one column, which cannot be held at once";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        let rows_of = Rows { columns, lines: vec![0; rows] };
        self.append_columns(&rows_of, 0..rows, lexicon);
        Ok(())
    }

    /// The bytes of all texts and eight for every other value: the same whatever form the columns have.
    pub(crate) fn weight(&self, lexicon: &Lexicon, range: Range<usize>) -> usize {
        let texts = |place: usize, column: &Column| -> usize {
            match &column.values {
                Values::Codes(codes) => codes[range.clone()]
                    .iter()
                    .filter(|&&code| code != crate::bronze::rows::NO_TEXT)
                    .map(|&code| lexicon.text(place, code).len())
                    .sum(),
                Values::Texts(texts) => {
                    (texts.offsets[range.end] - texts.offsets[range.start]) as usize
                }
                _ => 0,
            }
        };
        let columns = self.rows.columns.iter().enumerate();
        columns.map(|(place, column)| texts(place, column)).sum::<usize>()
            + range.len() * 8 * self.rows.columns.len()
    }
}
