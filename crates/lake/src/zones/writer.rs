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

/// Where rows go.
pub(super) type Place = (Month, Kind);

/// Says which rows make a file: those of a month, as soon as there are enough of them. What it says depends
/// on how many rows came from each file and in which order, and on nothing else.
pub(super) struct Gather<P> {
    rows_per_file: u64,
    held: BTreeMap<Place, Vec<(u64, P)>>,
}

/// What makes a file.
pub(super) type Gathered<P> = (Place, Vec<P>);

impl<P> Gather<P> {
    pub(super) fn new(rows_per_file: usize) -> Self {
        Self { rows_per_file: rows_per_file.max(1) as u64, held: BTreeMap::new() }
    }

    /// Takes the rows of one file: where they go, how many they are, and the rows.
    pub(super) fn take(
        &mut self,
        parts: impl IntoIterator<Item = (Place, u64, P)>,
    ) -> Vec<Gathered<P>> {
        let mut touched = Vec::new();
        for (place, rows, part) in parts {
            self.held.entry(place).or_default().push((rows, part));
            touched.push(place);
        }
        let rows = |held: &[(u64, P)]| held.iter().map(|it| it.0).sum::<u64>();
        let mut files = Vec::new();
        touched.sort_unstable();
        touched.dedup();
        for place in touched {
            if self.held.get(&place).is_some_and(|it| rows(it) >= self.rows_per_file) {
                files.extend(self.file(place));
            }
        }
        // Files come in order of their months, so that earlier ones are complete.
        let total: u64 = self.held.values().map(|it| rows(it)).sum();
        if total >= self.rows_per_file.saturating_mul(4) {
            files.extend(self.rest());
        }
        files
    }

    /// Gives what is left.
    pub(super) fn rest(&mut self) -> Vec<Gathered<P>> {
        let places: Vec<_> = self.held.keys().copied().collect();
        places.into_iter().filter_map(|it| self.file(it)).collect()
    }

    fn file(&mut self, place: Place) -> Option<Gathered<P>> {
        let parts = self.held.remove(&place)?;
        Some((place, parts.into_iter().map(|it| it.1).collect()))
    }
}

/// What files are written with.
#[derive(Clone)]
pub(super) struct Shape {
    table: TableName,
    silver: SchemaRef,
    rejects: SchemaRef,
    timestamp: String,
}

impl Shape {
    pub(super) fn new(
        table: TableName,
        (silver, rejects, timestamp): (SchemaRef, SchemaRef, String),
    ) -> Self {
        Self { table, silver, rejects, timestamp }
    }

    fn schema(&self, kind: Kind) -> &SchemaRef {
        if kind == Kind::Data { &self.silver } else { &self.rejects }
    }

    /// The rows of one file by where they go.
    pub(super) fn parts(&self, done: Done) -> Result<Vec<(Place, u64, RecordBatch)>> {
        let failed = |source| Error::Silver { path: self.table.to_string(), source };
        let mut parts = Vec::new();
        for (kind, batches) in [(Kind::Data, done.silver), (Kind::Quarantine, done.rejects)] {
            for batch in batches.into_iter().filter(|it| it.num_rows() > 0) {
                let months = layout::by_month(batch, &self.timestamp).map_err(failed)?;
                let part = |(month, rows): (Month, RecordBatch)| {
                    ((month, kind), rows.num_rows() as u64, rows)
                };
                parts.extend(months.into_iter().map(part));
            }
        }
        Ok(parts)
    }

    /// The rows of some parts that go to one place, in their order.
    pub(super) fn joined(&self, kind: Kind, parts: &[RecordBatch]) -> Result<RecordBatch> {
        let joined = layout::joined(self.schema(kind), parts);
        joined.map_err(|error| Error::parquet(self.table.name())(error.into()))
    }

    /// The file that some parts make.
    pub(super) fn file(
        &self,
        (month, kind): Place,
        parts: &[RecordBatch],
    ) -> Result<(File, Bytes)> {
        let rows = self.joined(kind, parts)?;
        let failed = Error::parquet(self.table.name());
        let body = Bytes::from(encode(&rows).map_err(|error| failed(error.into()))?);
        let partition = [("year", month.year.to_string()), ("month", month.month.to_string())];
        let mut file = File::of(&self.table, kind, &partition, &body, rows.num_rows() as u64);
        if kind == Kind::Quarantine {
            file.schema = Some(layout::name(self.schema(kind)));
        }
        Ok((file, body))
    }
}

/// Collects rows, and gives files as soon as there are enough rows for one.
pub(super) struct Writer {
    shape: Shape,
    gather: Gather<RecordBatch>,
}

impl Writer {
    pub(super) fn new(shape: Shape, rows_per_file: usize) -> Self {
        Self { shape, gather: Gather::new(rows_per_file) }
    }

    /// Takes the rows of one file.
    pub(super) fn take(&mut self, done: Done) -> Result<Vec<(File, Bytes)>> {
        let parts = self.shape.parts(done)?;
        self.files(|gather| gather.take(parts))
    }

    /// Gives what is left.
    pub(super) fn finish(mut self) -> Result<Vec<(File, Bytes)>> {
        self.files(Gather::rest)
    }

    fn files(
        &mut self,
        some: impl FnOnce(&mut Gather<RecordBatch>) -> Vec<Gathered<RecordBatch>>,
    ) -> Result<Vec<(File, Bytes)>> {
        let some = some(&mut self.gather);
        some.into_iter().map(|(place, parts)| self.shape.file(place, &parts)).collect()
    }
}
