//! A row whose key is there already.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

/// How a duplicate relates to the row that was kept.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// It is equal in every value.
    Exact,
    /// It has the same key and another value.
    Conflict,
}

/// A row that was left out because another with its key was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The input it came from.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// Whether it says the same as the row that was kept.
    pub kind: Kind,
    /// The input of the row that was kept.
    pub kept_file: String,
    /// The line of the row that was kept.
    pub kept_line: u64,
    /// For a conflict: the values of the row that was left out, as JSON.
    pub row: Option<String>,
}

impl Duplicate {
    /// The columns of a table of duplicates.
    pub fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("file", DataType::Utf8, false),
            Field::new("line", DataType::Int64, false),
            Field::new("kind", DataType::Utf8, false),
            Field::new("kept_file", DataType::Utf8, false),
            Field::new("kept_line", DataType::Int64, false),
            Field::new("row", DataType::Utf8, true),
        ]))
    }

    /// The rows as a batch of [`Duplicate::schema`].
    pub fn batch<'r>(duplicates: impl IntoIterator<Item = &'r Self>) -> RecordBatch {
        let (mut file, mut kind) = (StringBuilder::new(), StringBuilder::new());
        let (mut kept_file, mut row) = (StringBuilder::new(), StringBuilder::new());
        let (mut line, mut kept_line) = (Vec::new(), Vec::new());
        for it in duplicates {
            file.append_value(&it.file);
            line.push(it.line.cast_signed());
            kind.append_value(<&str>::from(it.kind));
            kept_file.append_value(&it.kept_file);
            kept_line.push(it.kept_line.cast_signed());
            row.append_option(it.row.as_deref());
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(file.finish()),
            Arc::new(Int64Array::from(line)),
            Arc::new(kind.finish()),
            Arc::new(kept_file.finish()),
            Arc::new(Int64Array::from(kept_line)),
            Arc::new(row.finish()),
        ];
        RecordBatch::try_new(Self::schema(), columns).expect("the columns are those of the schema")
    }
}
