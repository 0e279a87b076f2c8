//! Rows of a table, file by file, as they were written.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use crate::commits::{File, Table};
use crate::ingest::{Result, engine, read};

/// The rows of a file of `table`, with the values that stand in its path behind the others: `year`, `month`
/// and `day` as whole numbers, anything else as text.
///
/// # Errors
///
/// What the store says; a file that is not what the log says.
pub async fn rows(table: &Table, file: &File) -> Result<Vec<RecordBatch>> {
    let body = table.read(file).await?;
    let levels: Vec<(String, String)> = file
        .partition_folder(table.name())
        .split('/')
        .filter_map(|level| level.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let with_levels = |batch: RecordBatch| -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
        let mut columns = batch.columns().to_vec();
        for (name, value) in &levels {
            let number = match name.as_str() {
                "year" | "month" | "day" => value.parse::<i32>().ok(),
                _ => None,
            };
            let (kind, column): (_, ArrayRef) = match number {
                Some(number) => (DataType::Int32, Arc::new(Int32Array::from(vec![number; rows]))),
                None => (DataType::Utf8, Arc::new(StringArray::from(vec![value.as_str(); rows]))),
            };
            fields.push(Arc::new(Field::new(name, kind, false)));
            columns.push(column);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(engine)
    };
    read(body, None).map_err(engine)?.into_iter().map(with_levels).collect()
}
