//! Rows that were rejected, as they are in bronze, with the reason.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, StringBuilder, StringDictionaryBuilder};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::record_batch::RecordBatch;

use super::Error;
use super::columns::dictionary;
use super::reject::Reason;

/// The names of the columns that say why, behind those of bronze.
pub(crate) const REASON: [&str; 3] = ["_column", "_code", "_detail"];

/// Why rows were rejected.
#[derive(Default)]
pub(super) struct Rejects {
    column: StringDictionaryBuilder<Int32Type>,
    code: StringDictionaryBuilder<Int32Type>,
    detail: StringBuilder,
}

impl Rejects {
    pub(super) fn push(&mut self, column: &str, reason: &Reason) {
        self.column.append_value(column);
        self.code.append_value(reason.code.name());
        self.detail.append_value(&reason.detail);
    }

    /// The rows of `batch` that were not accepted, in their order.
    pub(super) fn finish(
        mut self,
        batch: &RecordBatch,
        accepted: &BooleanArray,
        bronze_file: ArrayRef,
    ) -> Result<RecordBatch, Error> {
        let rejected = arrow::compute::not(accepted)?;
        let rows = filter_record_batch(batch, &rejected)?;
        let mut fields: Vec<Field> =
            rows.schema().fields().iter().map(|it| (**it).clone()).collect();
        let mut columns = rows.columns().to_vec();
        let [column, code, detail] = REASON;
        fields.extend([
            Field::new(column, dictionary(), false),
            Field::new(code, dictionary(), false),
            Field::new(detail, DataType::Utf8, false),
            Field::new(super::BRONZE_FILE, dictionary(), false),
        ]);
        let reasons: [ArrayRef; 4] = [
            Arc::new(self.column.finish()),
            Arc::new(self.code.finish()),
            Arc::new(self.detail.finish()),
            arrow::compute::filter(&bronze_file, &rejected)?,
        ];
        columns.extend(reasons);
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }
}
