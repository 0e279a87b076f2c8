//! Rows become files, month by month.

use std::collections::BTreeMap;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;

use super::work::Done;
use super::{Error, Result, layout};
use crate::bronze::encode;
use crate::commits::{File, Kind, TableName};
use crate::gold::Month;

/// Collects rows, and gives files as soon as there are enough rows for one. What comes out depends on
/// what came in and in which order, and on nothing else.
pub(super) struct Writer {
    table: TableName,
    silver: SchemaRef,
    rejects: SchemaRef,
    timestamp: String,
    rows_per_file: usize,
    held: BTreeMap<(Month, Kind), Vec<RecordBatch>>,
}

impl Writer {
    pub(super) fn new(
        table: TableName,
        (silver, rejects, timestamp): (SchemaRef, SchemaRef, String),
        rows_per_file: usize,
    ) -> Self {
        let held = BTreeMap::new();
        Self { table, silver, rejects, timestamp, rows_per_file: rows_per_file.max(1), held }
    }

    /// Takes the rows of one file.
    pub(super) fn take(&mut self, done: Done) -> Result<Vec<(File, Bytes)>> {
        let failed = |source| Error::Silver { path: self.table.to_string(), source };
        let mut touched = Vec::new();
        for (kind, batches) in [(Kind::Data, done.silver), (Kind::Quarantine, done.rejects)] {
            for batch in batches.into_iter().filter(|it| it.num_rows() > 0) {
                for (month, rows) in layout::by_month(batch, &self.timestamp).map_err(failed)? {
                    self.held.entry((month, kind)).or_default().push(rows);
                    touched.push((month, kind));
                }
            }
        }
        let mut files = Vec::new();
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            let rows = |held: &[RecordBatch]| held.iter().map(RecordBatch::num_rows).sum::<usize>();
            if self.held.get(&key).is_some_and(|it| rows(it) >= self.rows_per_file) {
                files.extend(self.write(key)?);
            }
        }
        // Files come in order of their months, so that earlier ones are complete.
        let open: Vec<_> = self.held.keys().copied().collect();
        let total: usize = self.held.values().flatten().map(RecordBatch::num_rows).sum();
        if total >= 4 * self.rows_per_file {
            for key in open {
                files.extend(self.write(key)?);
            }
        }
        Ok(files)
    }

    /// Gives what is left.
    pub(super) fn finish(mut self) -> Result<Vec<(File, Bytes)>> {
        let keys: Vec<_> = self.held.keys().copied().collect();
        let files = keys.into_iter().map(|key| self.write(key));
        Ok(files.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn write(&mut self, (month, kind): (Month, Kind)) -> Result<Option<(File, Bytes)>> {
        let Some(parts) = self.held.remove(&(month, kind)) else { return Ok(None) };
        let failed = Error::parquet(self.table.name());
        let schema = if kind == Kind::Data { &self.silver } else { &self.rejects };
        let rows = layout::joined(schema, &parts).map_err(|error| failed(error.into()))?;
        let body = Bytes::from(encode(&rows).map_err(|error| failed(error.into()))?);
        let partition = [("year", month.year.to_string()), ("month", month.month.to_string())];
        let mut file = File::of(&self.table, kind, &partition, &body, rows.num_rows() as u64);
        if kind == Kind::Quarantine {
            file.schema = Some(layout::name(schema));
        }
        Ok(Some((file, body)))
    }
}
