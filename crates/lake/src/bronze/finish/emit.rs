//! The kept rows of a partition as files, the others where they belong.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use storage_core::Digest;

use super::loaded::{Loaded, kind_of};
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
        let written = |number: u64| number >= self.earlier || self.finished.replaces;
        for row in 0..count {
            let number = self.next + row as u64;
            match self.dropped.as_slice().first() {
                Some(dropped) if dropped.row == number => {
                    let dropped = *dropped;
                    self.dropped.next();
                    // Borrowed anew, since the row is noted below.
                    note(
                        self.finish,
                        self.key,
                        self.names,
                        &rows,
                        row,
                        dropped,
                        (&mut self.duplicates, &mut self.rejects),
                    );
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
        let disk = |source| Error::Disk { act: "keep duplicates for the end of the run", source };
        lock(self.finish.duplicates)
            .add((self.place, 0), Duplicate::batch(&self.duplicates))
            .map_err(disk)?;
        let disk = |source| Error::Disk { act: "keep rejects for the end of the run", source };
        lock(self.finish.rejects)
            .add((u64::MAX, self.place), Reject::batch(&self.rejects))
            .map_err(disk)?;
        Ok(self.finished)
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
        let directory = output.join(self.key.path());
        let disk = |source| Error::Disk { act: "write a finished file", source };
        fs::create_dir_all(&directory).map_err(disk)?;
        let name = part_name(&digest);
        let path = directory.join(&name);
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
            debug_assert!(
                !matches!(column.values, Values::Codes(_)) || kind_of(plan, place) == Type::String
            );
            arrays.push(arrays::array(column, kind_of(plan, place), dictionaries, &text)?);
        }
        let names = files(self.names, &rows.files)?;
        arrays.push(if dictionaries { Arc::new(names) } else { cast(&names, &DataType::Utf8)? });
        arrays.push(Arc::new(Int64Array::from(rows.lines)));
        let fields: Vec<Field> = schema
            .fields()
            .iter()
            .zip(&arrays)
            .map(|(field, array)| field.as_ref().clone().with_data_type(array.data_type().clone()))
            .collect();
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

/// Notes a row that is not kept.
fn note(
    finish: &Finish<'_>,
    key: &PartitionKey,
    names: &[String],
    rows: &Loaded,
    row: usize,
    dropped: Dropped,
    (duplicates, rejects): (&mut Vec<Duplicate>, &mut Vec<Reject>),
) {
    let file = names[rows.files[row] as usize].clone();
    let line = rows.lines[row].cast_unsigned();
    let Some(kept) = dropped.kept else {
        let (mut raw, mut offset) = (Vec::new(), 0);
        if let Some((place, begins)) = finish.plan.raw {
            if let Values::Texts(texts) = &rows.rows.columns[place].values {
                raw = texts.get(row).to_vec();
            }
            if let Values::Wide(all) = &rows.rows.columns[begins].values {
                offset = all[row].cast_unsigned();
            }
        }
        rejects.push(Reject {
            entity: finish.plan.document.entity().to_owned(),
            file,
            line,
            offset,
            column: None,
            code: Code::ConflictingKey,
            detail: "rows with this key differ, and none of them is known to be right".to_owned(),
            raw,
        });
        return;
    };
    duplicates.push(Duplicate {
        file,
        line,
        kind: if kept.exact { Kind::Exact } else { Kind::Conflict },
        kept_file: names[kept.file as usize].clone(),
        kept_line: kept.line.cast_unsigned(),
        row: (!kept.exact).then(|| json::row(finish.plan, finish.lexicon, key, rows, row)),
    });
}
