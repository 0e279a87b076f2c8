//! The columns that rows have on their way, whichever file they come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, UInt32Array, new_null_array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use storage_core::Digest;

use crate::gold::{Month, Months};
use crate::schema::Document;
use crate::silver;

/// Partition columns that follow from the timestamp.
const DERIVED: [&str; 3] = ["year", "month", "day"];

/// Where rows lie whose moment is none.
const EPOCH: Month = Month { year: 1970, month: 1 };

/// The columns of a row of bronze: those of its files, and those of its folders that do not follow from
/// the timestamp. All may be empty, so that rows of older documents fit.
pub(super) fn bronze(document: &Document, partitions: &[String]) -> SchemaRef {
    let schema = document.file_schema();
    let mut fields: Vec<Field> = partitions
        .iter()
        .filter(|it| !DERIVED.contains(&it.as_str()) && schema.field_with_name(it).is_err())
        .map(|it| Field::new(it, DataType::Utf8, true))
        .collect();
    fields.extend(schema.fields().iter().map(|it| (**it).clone().with_nullable(true)));
    Arc::new(Schema::new(fields))
}

/// Adds what the folders say, and brings the columns of a batch into the order and the types of `schema`.
/// What is not there is empty.
pub(super) fn conform(
    batch: &RecordBatch,
    partition: &BTreeMap<String, String>,
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let column = |field: &Arc<Field>| -> Result<ArrayRef, ArrowError> {
        match (batch.column_by_name(field.name()), partition.get(field.name())) {
            (Some(there), _) => cast(there, field.data_type()),
            (None, Some(value)) => {
                cast(&StringArray::from(vec![value.as_str(); rows]), field.data_type())
            }
            (None, None) => Ok(new_null_array(field.data_type(), rows)),
        }
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema.clone(), columns)
}

/// All columns may be empty.
pub(super) fn nullable(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> =
        schema.fields().iter().map(|it| (**it).clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}

/// What names columns and their types: files of one name can be put together.
pub(super) fn name(schema: &Schema) -> Digest {
    let fields = schema.fields().iter().map(|it| format!("{} {}\n", it.name(), it.data_type()));
    Digest::of(fields.collect::<String>().as_bytes())
}

/// The rows by the month of their timestamp, in their order; nearly always there is one.
pub(super) fn by_month(
    batch: RecordBatch,
    timestamp: &str,
) -> Result<Vec<(Month, RecordBatch)>, silver::Error> {
    let moments = silver::columns::moments(&batch, timestamp)?;
    let mut months: BTreeMap<Month, Vec<u32>> = BTreeMap::new();
    let mut month_of = Months::default();
    for (row, micros) in moments.values().iter().enumerate() {
        let month = month_of.of(*micros).unwrap_or(EPOCH);
        months.entry(month).or_default().push(row as u32);
    }
    if months.len() == 1 {
        return Ok(months.into_keys().map(|month| (month, batch.clone())).collect());
    }
    let split = months
        .into_iter()
        .map(|(month, rows)| Ok((month, take_record_batch(&batch, &UInt32Array::from(rows))?)));
    split.collect::<Result<_, ArrowError>>().map_err(silver::Error::Arrow)
}

/// One batch of several.
pub(super) fn joined(schema: &SchemaRef, parts: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    concat_batches(schema, parts)
}
