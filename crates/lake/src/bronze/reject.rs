//! A row that was refused.
//!
//! Its bytes are kept as they came, but for documents that mask a column: what may not stand in the table may
//! not stand beside it either. Then the quarantine says where the row is and how long, and whoever has the
//! input reads it there.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, Int64Array, RecordBatch, StringArray,
    StringBuilder, new_null_array,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};

use super::Code;
use crate::read::{Form, Format};

/// Columns that files of older versions do not have.
const LATER: [&str; 2] = ["length", "form"];

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
    /// The bytes of the row; none where the document masks a column. Cut off where the reason is
    /// [`Code::LineTooLong`].
    pub raw: Option<Vec<u8>>,
    /// How many bytes the row has in the (unpacked) input; none where that is not known: it was cut off, or
    /// refused before this was written down.
    pub length: Option<u64>,
    /// How the row is written; none where it cannot be tried again by itself: it was cut off, is no UTF-8, or
    /// what stands around it is broken. Rows that were refused before this was written down have none either.
    pub form: Option<Form>,
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
            Field::new("raw", DataType::Binary, true),
            Field::new("length", DataType::Int64, true),
            Field::new("form", DataType::Utf8, true),
        ]))
    }

    /// The rows as a batch of [`Reject::schema`].
    pub fn batch<'r>(rejects: impl IntoIterator<Item = &'r Self>) -> RecordBatch {
        let (mut entity, mut file) = (StringBuilder::new(), StringBuilder::new());
        let (mut column, mut code) = (StringBuilder::new(), StringBuilder::new());
        let (mut detail, mut raw) = (StringBuilder::new(), BinaryBuilder::new());
        let (mut line, mut offset, mut length) = (Vec::new(), Vec::new(), Vec::new());
        let mut form = StringBuilder::new();
        // Nearly always that of the row before.
        let mut last: Option<(&Form, String)> = None;
        for it in rejects {
            entity.append_value(&it.entity);
            file.append_value(&it.file);
            line.push(it.line.cast_signed());
            offset.push(it.offset.cast_signed());
            column.append_option(it.column.as_deref());
            code.append_value(it.code.as_str());
            detail.append_value(&it.detail);
            raw.append_option(it.raw.as_deref());
            length.push(it.length.map(u64::cast_signed));
            match (&it.form, &last) {
                (None, _) => form.append_null(),
                (Some(found), Some((same, text))) if found == *same => form.append_value(text),
                (Some(found), _) => {
                    let text = found.to_string();
                    form.append_value(&text);
                    last = Some((found, text));
                }
            }
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
            Arc::new(Int64Array::from(length)),
            Arc::new(form.finish()),
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

    /// The same rows with all columns of [`Reject::schema`]: older files have fewer. None where the batch
    /// is of another schema.
    pub(crate) fn whole(batch: &RecordBatch) -> Option<RecordBatch> {
        let schema = Self::schema();
        let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
            Some(column) => (column.data_type() == field.data_type()).then(|| column.clone()),
            None if LATER.contains(&field.name().as_str()) => {
                Some(new_null_array(field.data_type(), batch.num_rows()))
            }
            None => None,
        };
        let columns = schema.fields().iter().map(column).collect::<Option<_>>()?;
        let whole = RecordBatch::try_new(schema, columns).ok()?;
        if batch.column_by_name("form").is_some() {
            return Some(whole);
        }
        // Lines of JSON are known by the names of their inputs.
        let mut rows = Self::rows(&whole)?;
        for row in &mut rows {
            let raw = row.raw.as_deref().unwrap_or_default();
            let line = Format::of(&row.file, raw) == Some(Format::JsonLines);
            if line && !raw.contains(&b'\n') && row.code != Code::LineTooLong {
                (row.form, row.length) = (Some(Form::Json), Some(raw.len() as u64));
            }
        }
        Some(Self::batch(&rows))
    }

    /// The rows of a batch of [`Reject::schema`], or of an older file; none where the batch is of another.
    pub fn rows(batch: &RecordBatch) -> Option<Vec<Self>> {
        if batch.column_by_name("form").is_none() {
            return Self::rows(&Self::whole(batch)?);
        }
        let text = |name: &str| batch.column_by_name(name)?.as_any().downcast_ref::<StringArray>();
        let number = |name: &str| batch.column_by_name(name)?.as_any().downcast_ref::<Int64Array>();
        let (entity, file, column) = (text("entity")?, text("file")?, text("column")?);
        let (code, detail) = (text("code")?, text("detail")?);
        let (line, offset, length) = (number("line")?, number("offset")?, number("length")?);
        let form = text("form")?;
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
                    raw: raw.is_valid(row).then(|| raw.value(row).to_vec()),
                    length: length.is_valid(row).then(|| length.value(row).cast_unsigned()),
                    form: match form.is_valid(row) {
                        true => Some(form.value(row).parse().ok()?),
                        false => None,
                    },
                })
            })
            .collect()
    }
}
