//! The kept rows of a partition as files, the others where they belong.

use std::fs;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use storage_core::Digest;

use super::loaded::Loaded;
use super::{Dropped, Finish, Finished, json};
use crate::bronze::encode::{encoded, part_name, ranges};
use crate::bronze::rows::Values;
use crate::bronze::{Code, Duplicate, Error, File, Kind, PartitionKey, Reject, arrays, lock};
use crate::commits::Counts;
use crate::schema::Type;

/// The most rows of a file.
const PART_ROWS: usize = 1 << 20;
/// The most bytes of the values of a file, before they are encoded.
const PART_WEIGHT: usize = 256 << 20;
/// How many duplicates or rejects, and how many bytes of them, are gathered before they are handed in.
const ASIDE_ROWS: usize = 65_536;
const ASIDE_BYTES: usize = 32 << 20;

/// Takes the rows of a partition in order and writes them.
pub(crate) struct Emit<'f, 'r> {
    finish: &'f Finish<'r>,
    key: &'f PartitionKey,
    place: u64,
    /// The names of inputs, by number.
    names: &'f [String],
    /// How many rows are in the table already. They come first.
    pub(crate) earlier: u64,
    /// The rows that are not kept, in order, from the next on.
    dropped: std::vec::IntoIter<Dropped>,
    /// The number of the next row.
    next: u64,
    pending: Loaded,
    duplicates: Vec<Duplicate>,
    rejects: Vec<Reject>,
    /// The bytes of those two that have any number of them.
    aside: usize,
    /// How often they were handed in.
    handed_in: u64,
    finished: Finished,
}

impl<'f, 'r> Emit<'f, 'r> {
    pub(crate) fn new(
        finish: &'f Finish<'r>,
        key: &'f PartitionKey,
        place: u64,
        names: &'f [String],
        earlier: u64,
    ) -> Self {
        let counts = vec![Counts::default(); finish.inputs.len()];
        let (files, batches) = (Vec::new(), Vec::new());
        let finished = Finished { files, batches, counts, replaces: false, superseded: 0 };
        let dropped = Vec::new().into_iter();
        let (pending, duplicates, rejects) = (Loaded::default(), Vec::new(), Vec::new());
        Self {
            finish,
            key,
            place,
            names,
            earlier,
            dropped,
            next: 0,
            pending,
            duplicates,
            rejects,
            aside: 0,
            handed_in: 0,
            finished,
        }
    }

    /// Says which rows are not kept, in order.
    pub(crate) fn dropped(&mut self, dropped: Vec<Dropped>) {
        let lost = dropped.iter().take_while(|it| it.row < self.earlier).count();
        self.finished.replaces = lost > 0;
        self.finished.superseded = lost as u64;
        self.dropped = dropped.into_iter();
    }

    /// The next rows.
    pub(crate) fn rows(&mut self, rows: Loaded) -> Result<(), Error> {
        let count = rows.len();
        if count == 0 {
            return Ok(());
        }
        let mut kept: Vec<u32> = Vec::with_capacity(count);
        // The rows of the table stay where they are, unless one of them lost.
        let (earlier, replaces) = (self.earlier, self.finished.replaces);
        let written = |number: u64| number >= earlier || replaces;
        for row in 0..count {
            let number = self.next + row as u64;
            match self.dropped.as_slice().first() {
                Some(dropped) if dropped.row == number => {
                    let dropped = *dropped;
                    self.dropped.next();
                    self.note(&rows, row, dropped)?;
                    if number >= self.earlier {
                        let counts = &mut self.finished.counts[rows.files[row] as usize];
                        match dropped.kept {
                            None => counts.quarantined += 1,
                            Some(kept) if kept.exact => counts.exact += 1,
                            Some(_) => counts.conflicting += 1,
                        }
                    }
                }
                _ if written(number) => {
                    kept.push(
                        u32::try_from(row).expect("rows of one batch are numbered with 32 bits"),
                    );
                    if number >= self.earlier {
                        self.finished.counts[rows.files[row] as usize].accepted += 1;
                    }
                }
                _ => {}
            }
        }
        self.next += count as u64;
        let rows = if kept.len() == count { rows } else { rows.gather(&kept) };
        if self.pending.len() == 0 {
            self.pending = rows;
        } else {
            self.pending.append(&rows, self.finish.lexicon);
        }
        while let Some(end) = self.full() {
            let all = std::mem::take(&mut self.pending);
            let order: Vec<u32> =
                (0..u32::try_from(all.len()).expect("rows are numbered with 32 bits")).collect();
            let (head, rest) = order.split_at(end);
            self.pending = all.gather(rest);
            self.write(all.gather(head))?;
        }
        Ok(())
    }

    /// How many of the waiting rows make up a file; none where they are too few to fill one.
    fn full(&self) -> Option<usize> {
        let count = self.pending.len();
        let most = count.min(PART_ROWS);
        let weight = |range| self.pending.weight(self.finish.lexicon, range);
        if weight(0..most) < PART_WEIGHT {
            return (count > PART_ROWS).then_some(PART_ROWS);
        }
        let mut sum = 0;
        for row in 0..most {
            sum += weight(row..row + 1);
            if sum >= PART_WEIGHT {
                return (row + 1 < count).then_some(row + 1);
            }
        }
        None
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> Result<Finished, Error> {
        let rest = std::mem::take(&mut self.pending);
        if rest.len() > 0 {
            self.write(rest)?;
        }
        self.hand_in()?;
        Ok(self.finished)
    }

    /// Hands in the duplicates and rejects that were gathered; rejects behind all that were refused as they
    /// were read.
    fn hand_in(&mut self) -> Result<(), Error> {
        let nth = self.handed_in;
        let disk = |source| Error::Disk { act: "keep duplicates for the end of the run", source };
        lock(self.finish.duplicates)
            .add((self.place, nth), Duplicate::batch(&self.duplicates))
            .map_err(disk)?;
        let disk = |source| Error::Disk { act: "keep rejects for the end of the run", source };
        lock(self.finish.rejects)
            .add((u64::MAX, (self.place << 32) + nth), Reject::batch(&self.rejects))
            .map_err(disk)?;
        self.duplicates.clear();
        self.rejects.clear();
        (self.aside, self.handed_in) = (0, nth + 1);
        Ok(())
    }

    /// Notes a row that is not kept.
    fn note(&mut self, rows: &Loaded, row: usize, dropped: Dropped) -> Result<(), Error> {
        match dropped.kept {
            None => {
                let reject = refused(self.finish, self.names, rows, row);
                self.aside += reject.raw.as_ref().map_or(0, Vec::len);
                self.rejects.push(reject);
            }
            Some(kept) => {
                let values =
                    || json::row(self.finish.plan, self.finish.lexicon, self.key, rows, row);
                let duplicate = Duplicate {
                    file: self.names[rows.files[row] as usize].clone(),
                    line: rows.lines[row].cast_unsigned(),
                    kind: if kept.exact { Kind::Exact } else { Kind::Conflict },
                    kept_file: self.names[kept.file as usize].clone(),
                    kept_line: kept.line.cast_unsigned(),
                    row: (!kept.exact).then(values),
                };
                self.aside += duplicate.row.as_ref().map_or(0, String::len);
                self.duplicates.push(duplicate);
            }
        }
        let rows = self.duplicates.len() + self.rejects.len();
        if rows >= ASIDE_ROWS || self.aside >= ASIDE_BYTES { self.hand_in() } else { Ok(()) }
    }

    fn write(&mut self, rows: Loaded) -> Result<(), Error> {
        let count = rows.len() as u64;
        let batch = self.batch(rows).map_err(|error| Error::Encode(Box::new(error)))?;
        let Some(output) = self.finish.output else {
            self.finished.batches.push(batch);
            return Ok(());
        };
        let (bytes, metadata) = encoded(&batch).map_err(|error| Error::Encode(Box::new(error)))?;
        drop(batch);
        let digest = Digest::of(&bytes);
        let name = part_name(&digest);
        // All in one folder: each directory would have to be made and removed again.
        let path = output.join(format!("{}-{name}", self.place));
        let disk = |source| Error::Disk { act: "write a finished file", source };
        fs::write(&path, &bytes).map_err(disk)?;
        self.finished.files.push(File {
            partition: self.key.clone(),
            name,
            path,
            digest,
            size: bytes.len() as u64,
            rows: count,
            ranges: ranges(&metadata, &self.finish.plan.document),
        });
        Ok(())
    }

    /// The rows as a batch of a bronze file.
    fn batch(&self, rows: Loaded) -> Result<RecordBatch, arrow::error::ArrowError> {
        let (plan, lexicon) = (self.finish.plan, self.finish.lexicon);
        let schema = plan.document.file_schema();
        // Not every engine that asks for batches takes dictionaries.
        let dictionaries = self.finish.output.is_some();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        let empty = plan.empty(|_| false);
        let columns = if rows.rows.columns.is_empty() { empty.columns } else { rows.rows.columns };
        for (place, column) in columns.into_iter().enumerate().take(plan.visible) {
            let text =
                |code: u32, out: &mut Vec<u8>| out.extend_from_slice(lexicon.text(place, code));
            let kind = plan.places[place].kind;
            debug_assert!(!matches!(column.values, Values::Codes(_)) || kind == Type::String);
            arrays.push(arrays::array(column, kind, dictionaries, &text)?);
        }
        let names = files(self.names, &rows.files)?;
        arrays.push(if dictionaries { Arc::new(names) } else { cast(&names, &DataType::Utf8)? });
        arrays.push(Arc::new(Int64Array::from(rows.lines)));
        let field = |(field, array): (&Arc<Field>, &ArrayRef)| {
            // Rows of the table lack what was added since, whatever it has to be in rows that come.
            let nullable = field.is_nullable() || array.null_count() > 0;
            let field = field.as_ref().clone().with_nullable(nullable);
            field.with_data_type(array.data_type().clone())
        };
        let fields: Vec<Field> = schema.fields().iter().zip(&arrays).map(field).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

/// The names of the inputs of rows, each once.
fn files(
    names: &[String],
    numbers: &[u32],
) -> Result<DictionaryArray<Int32Type>, arrow::error::ArrowError> {
    let mut fresh = vec![-1_i32; names.len()];
    let mut texts: Vec<&str> = Vec::new();
    let keys: Vec<i32> = numbers
        .iter()
        .map(|&number| {
            let place = &mut fresh[number as usize];
            if *place < 0 {
                *place = i32::try_from(texts.len()).expect("fewer inputs than rows");
                texts.push(&names[number as usize]);
            }
            *place
        })
        .collect();
    DictionaryArray::try_new(Int32Array::from(keys), Arc::new(StringArray::from(texts)))
}

/// A row that is refused because of others with its key.
fn refused(finish: &Finish<'_>, names: &[String], rows: &Loaded, row: usize) -> Reject {
    let columns = &rows.rows.columns;
    let text = |place: usize| match &columns[place].values {
        Values::Texts(texts) if !columns[place].is_null(row) => Some(texts.get(row).to_vec()),
        _ => None,
    };
    let number = |place: usize| match &columns[place].values {
        Values::Wide(all) if !columns[place].is_null(row) => Some(all[row].cast_unsigned()),
        _ => None,
    };
    let kept = finish.plan.kept;
    let form = kept.and_then(|it| text(it.form)).and_then(|it| String::from_utf8(it).ok());
    Reject {
        entity: finish.plan.document.entity().to_owned(),
        file: names[rows.files[row] as usize].clone(),
        line: rows.lines[row].cast_unsigned(),
        offset: kept.and_then(|it| number(it.offset)).unwrap_or_default(),
        column: None,
        code: Code::ConflictingKey,
        detail: "rows with this key differ, and none of them is known to be right".to_owned(),
        raw: kept.and_then(|it| text(it.raw?)),
        length: kept.and_then(|it| number(it.length)),
        form: form.and_then(|it| it.parse().ok()),
    }
}
