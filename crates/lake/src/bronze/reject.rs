//! A row that was refused.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, Int64Array, RecordBatch, StringArray,
    StringBuilder,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};

use super::Code;

/// A row in quarantine: where it stood, why it was refused, and its bytes as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The entity it was meant for.
    pub entity: String,
    /// The input, as its path below the root.
    pub file: String,
    /// The physical line, from 1; for arrays and XML the ordinal of the row.
    pub line: u64,
    /// Where it begins: the byte of the (unpacked) input.
    pub offset: u64,
    /// The first column, in order of the document, that was wrong; none where the whole row was.
    pub column: Option<String>,
    /// Why.
    pub code: Code,
    /// What was found and what was needed; never a value.
    pub detail: String,
    /// The bytes of the row. Cut off where the reason is [`Code::LineTooLong`].
    pub raw: Vec<u8>,
}

impl Reject {
    /// The columns of a quarantine table.
    pub fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("entity", DataType::Utf8, false),
            Field::new("file", DataType::Utf8, false),
            Field::new("line", DataType::Int64, false),
            Field::new("offset", DataType::Int64, false),
            Field::new("column", DataType::Utf8, true),
            Field::new("code", DataType::Utf8, false),
            Field::new("detail", DataType::Utf8, false),
            Field::new("raw", DataType::Binary, false),
        ]))
    }

    /// The rows as a batch of [`Reject::schema`].
    pub fn batch<'r>(rejects: impl IntoIterator<Item = &'r Self>) -> RecordBatch {
        let (mut entity, mut file) = (StringBuilder::new(), StringBuilder::new());
        let (mut column, mut code) = (StringBuilder::new(), StringBuilder::new());
        let (mut detail, mut raw) = (StringBuilder::new(), BinaryBuilder::new());
        let (mut line, mut offset) = (Vec::new(), Vec::new());
        for it in rejects {
            entity.append_value(&it.entity);
            file.append_value(&it.file);
            line.push(it.line.cast_signed());
            offset.push(it.offset.cast_signed());
            column.append_option(it.column.as_deref());
            code.append_value(it.code.as_str());
            detail.append_value(&it.detail);
            raw.append_value(&it.raw);
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(entity.finish()),
            Arc::new(file.finish()),
            Arc::new(Int64Array::from(line)),
            Arc::new(Int64Array::from(offset)),
            Arc::new(column.finish()),
            Arc::new(code.finish()),
            Arc::new(detail.finish()),
            Arc::new(raw.finish()),
        ];
        RecordBatch::try_new(Self::schema(), columns).expect("the columns are those of the schema")
    }

    /// The same rows, so many lines further down.
    pub(crate) fn moved_down(batch: &RecordBatch, lines: u64) -> RecordBatch {
        let mut columns = batch.columns().to_vec();
        let moved = columns[2]
            .as_primitive::<Int64Type>()
            .unary::<_, Int64Type>(|line| line + lines.cast_signed());
        columns[2] = Arc::new(moved);
        RecordBatch::try_new(batch.schema(), columns).expect("a column of the same type")
    }

    /// The rows of a batch of [`Reject::schema`]; none where the batch is of another.
    pub fn rows(batch: &RecordBatch) -> Option<Vec<Self>> {
        let text = |name: &str| batch.column_by_name(name)?.as_any().downcast_ref::<StringArray>();
        let number = |name: &str| batch.column_by_name(name)?.as_any().downcast_ref::<Int64Array>();
        let (entity, file, column) = (text("entity")?, text("file")?, text("column")?);
        let (code, detail) = (text("code")?, text("detail")?);
        let (line, offset) = (number("line")?, number("offset")?);
        let raw = batch.column_by_name("raw")?.as_any().downcast_ref::<BinaryArray>()?;
        (0..batch.num_rows())
            .map(|row| {
                Some(Self {
                    entity: entity.value(row).to_owned(),
                    file: file.value(row).to_owned(),
                    line: line.value(row).cast_unsigned(),
                    offset: offset.value(row).cast_unsigned(),
                    column: column.is_valid(row).then(|| column.value(row).to_owned()),
                    code: code.value(row).parse().ok()?,
                    detail: detail.value(row).to_owned(),
                    raw: raw.value(row).to_vec(),
                })
            })
            .collect()
    }
}
