//! Rows that are in a table already, as the columns of the document that is followed now.

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{Field, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::runtime::Handle;

use super::Documents;
use crate::bronze::{Existing, PartitionKey};
use crate::commits::{Live, Table};
use crate::schema::{Document, TEXT_SUFFIX};

/// So many rows are read together.
const TOGETHER: usize = 64 * 1024;

/// The rows of a table of bronze.
pub(crate) struct Rows<'r> {
    pub(crate) table: &'r Table,
    /// What is followed now.
    pub(crate) document: &'r Document,
    /// What was followed when the files were written.
    pub(crate) documents: &'r Documents,
    pub(crate) runtime: Handle,
}

impl Rows<'_> {
    /// The rows of one file, of these columns.
    pub(crate) fn of(&self, live: &Live, columns: &[&str]) -> io::Result<Vec<RecordBatch>> {
        let body = self.runtime.block_on(self.table.read(&live.file)).map_err(io::Error::other)?;
        let older = live.schema.and_then(|it| self.documents.get(&it));
        let older = older.unwrap_or(self.document);
        adapted(body, older, self.document, columns)
    }
}

impl Existing for Rows<'_> {
    fn rows(&self, partition: &PartitionKey, columns: &[&str]) -> io::Result<Vec<RecordBatch>> {
        let mut live: Vec<_> = self.table.state().live_in(&partition.path()).collect();
        live.sort_by_key(|it| it.commit);
        let mut batches = Vec::new();
        for it in live {
            batches.extend(self.of(it, columns)?);
        }
        Ok(batches)
    }
}

/// The rows of a file that follows `older`, as `columns` of `document`: columns are found by their ids, so
/// that one that was renamed is the same; one that was added is empty.
pub(crate) fn adapted(
    body: Bytes,
    older: &Document,
    document: &Document,
    columns: &[&str],
) -> io::Result<Vec<RecordBatch>> {
    let schema = document.file_schema();
    let mut wanted = Vec::with_capacity(columns.len());
    for name in columns {
        let field = schema.field_with_name(name).map_err(io::Error::other)?;
        wanted.push((then(older, document, name), field.clone()));
    }
    let names: Vec<_> = wanted.iter().filter_map(|(name, _)| name.as_deref()).collect();
    read(body, Some(&names))?.iter().map(|batch| fit(batch, &wanted)).collect()
}

/// What the column `name` of `document` was called in `older`.
pub(crate) fn then(older: &Document, document: &Document, name: &str) -> Option<String> {
    let of = |name: &str| {
        let id = document.columns().iter().find(|it| it.name == name)?.id;
        Some(older.columns().iter().find(|it| it.id == id)?.name.clone())
    };
    if name.starts_with('_') {
        return Some(name.to_owned());
    }
    match (document.position(name), name.strip_suffix(TEXT_SUFFIX)) {
        (None, Some(double)) => of(double).map(|it| format!("{it}{TEXT_SUFFIX}")),
        _ => of(name),
    }
}

/// Puts the columns of a batch under their names of now, in their types of now.
fn fit(batch: &RecordBatch, wanted: &[(Option<String>, Field)]) -> io::Result<RecordBatch> {
    let column = |(name, field): &(Option<String>, Field)| -> io::Result<ArrayRef> {
        match name.as_deref().and_then(|it| batch.column_by_name(it)) {
            Some(there) if there.data_type() == field.data_type() => Ok(there.clone()),
            Some(there) => cast(there, field.data_type()).map_err(io::Error::other),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        }
    };
    let columns = wanted.iter().map(column).collect::<io::Result<Vec<_>>>()?;
    // A column that was added is empty in older rows, whatever it has to be in new ones.
    let field = |((_, field), column): (&(_, Field), &ArrayRef)| {
        field.clone().with_nullable(field.is_nullable() || column.null_count() > 0)
    };
    let fields: Vec<_> = wanted.iter().zip(&columns).map(field).collect();
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .map_err(io::Error::other)
}

/// The rows of a Parquet file, of the named columns where names are given; those it has.
pub(crate) fn read(body: Bytes, names: Option<&[&str]>) -> io::Result<Vec<RecordBatch>> {
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(body).map_err(io::Error::other)?;
    if let Some(names) = names {
        let mask = ProjectionMask::columns(reader.parquet_schema(), names.iter().copied());
        reader = reader.with_projection(mask);
    }
    let batches = reader.with_batch_size(TOGETHER).build().map_err(io::Error::other)?;
    batches.collect::<Result<_, _>>().map_err(io::Error::other)
}
