//! Rows that were rejected, with where they came from and what they said.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, BinaryBuilder, Int64Builder, StringBuilder,
    StringDictionaryBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{
    DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::columns::{Texts, dictionary, moments};
use super::reject::Reason;
use super::{Columns, Error};

/// Rows that were rejected.
pub(super) struct Rejects<'b> {
    batch: &'b RecordBatch,
    tenants: Option<Texts>,
    moments: arrow::array::TimestampMicrosecondArray,
    files: Option<Texts>,
    file: StringDictionaryBuilder<Int32Type>,
    line: Int64Builder,
    column: StringDictionaryBuilder<Int32Type>,
    code: StringDictionaryBuilder<Int32Type>,
    detail: StringBuilder,
    raw: BinaryBuilder,
    tenant: StringDictionaryBuilder<Int32Type>,
    timestamp: TimestampMicrosecondBuilder,
    rows: usize,
}

/// The columns of rejects. `_file` and `_line` say where a row stood in the raw zone, `raw` what it
/// said in bronze, as JSON.
pub fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, dictionary(), nullable);
    Arc::new(Schema::new(vec![
        text("_file", true),
        Field::new("_line", DataType::Int64, true),
        text("column", false),
        text("code", false),
        Field::new("detail", DataType::Utf8, false),
        Field::new("raw", DataType::Binary, false),
        text("tenant_id", true),
        Field::new(
            "timestamp",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            true,
        ),
        text("_bronze_file", false),
    ]))
}

impl<'b> Rejects<'b> {
    pub(super) fn new(batch: &'b RecordBatch, columns: &Columns) -> Result<Self, Error> {
        let text =
            |name: &str| batch.column_by_name(name).map(|_| Texts::of(batch, name)).transpose();
        Ok(Self {
            batch,
            tenants: text(&columns.tenant)?,
            moments: moments(batch, &columns.timestamp)?,
            files: text("_file")?,
            file: StringDictionaryBuilder::new(),
            line: Int64Builder::new(),
            column: StringDictionaryBuilder::new(),
            code: StringDictionaryBuilder::new(),
            detail: StringBuilder::new(),
            raw: BinaryBuilder::new(),
            tenant: StringDictionaryBuilder::new(),
            timestamp: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            rows: 0,
        })
    }

    pub(super) fn push(&mut self, row: usize, column: &str, reason: &Reason) {
        let text = |texts: &Option<Texts>| texts.as_ref()?.text(row).map(str::to_owned);
        let line = self.batch.column_by_name("_line");
        let line = line.and_then(|it| it.as_primitive_opt::<Int64Type>());
        self.file.append_option(text(&self.files));
        self.line.append_option(line.filter(|it| it.is_valid(row)).map(|it| it.value(row)));
        self.column.append_value(column);
        self.code.append_value(reason.code.name());
        self.detail.append_value(&reason.detail);
        self.raw.append_value(json(self.batch, row));
        self.tenant.append_option(text(&self.tenants));
        let moment = self.moments.is_valid(row).then(|| self.moments.value(row));
        self.timestamp.append_option(moment);
        self.rows += 1;
    }

    pub(super) fn finish(mut self, bronze_file: &str) -> Result<RecordBatch, Error> {
        let mut from = StringDictionaryBuilder::<Int32Type>::new();
        (0..self.rows).for_each(|_| from.append_value(bronze_file));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.file.finish()),
            Arc::new(self.line.finish()),
            Arc::new(self.column.finish()),
            Arc::new(self.code.finish()),
            Arc::new(self.detail.finish()),
            Arc::new(self.raw.finish()),
            Arc::new(self.tenant.finish()),
            Arc::new(self.timestamp.finish()),
            Arc::new(from.finish()),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}

/// A row as JSON, without what says where it came from. Numbers stand as they are, all else as text.
fn json(batch: &RecordBatch, row: usize) -> Vec<u8> {
    let mut members = serde_json::Map::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if field.name().starts_with('_') {
            continue;
        }
        let value = match column.data_type() {
            _ if column.is_null(row) => serde_json::Value::Null,
            DataType::Float64 => {
                column.as_primitive::<arrow::datatypes::Float64Type>().value(row).into()
            }
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
                let moment = chrono::DateTime::from_timestamp_micros(micros);
                moment.map(|it| it.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)).into()
            }
            DataType::Boolean => column.as_boolean().value(row).into(),
            _ => {
                let options = FormatOptions::default();
                match ArrayFormatter::try_new(column, &options) {
                    Ok(formatter) => formatter.value(row).to_string().into(),
                    Err(_) => serde_json::Value::Null,
                }
            }
        };
        members.insert(field.name().clone(), value);
    }
    serde_json::Value::Object(members).to_string().into_bytes()
}
