//! A document as an Arrow schema.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::{Document, EXTRA, FILE, LINE, Mask, TEXT_SUFFIX, Type, Unknown};

impl Type {
    /// The Arrow type of the values.
    pub fn arrow(self) -> DataType {
        match self {
            Self::String => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Decimal { precision, scale } => {
                DataType::Decimal128(precision, i8::try_from(scale).expect("a scale is at most 38"))
            }
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

impl Document {
    /// The columns of a bronze row: those declared, the source texts of doubles, `_extra` where undeclared
    /// members are kept, `_file` and `_line`. Partition columns are among them.
    pub fn row_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields(false)))
    }

    /// The columns of a bronze file: those of a row without those that stand in its path.
    pub fn file_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields(true)))
    }

    fn fields(&self, in_file: bool) -> Vec<Field> {
        let kept = self.columns().iter().filter(|it| it.mask != Some(Mask::Drop));
        let kept: Vec<_> = kept.filter(|it| !in_file || !self.in_path(&it.name)).collect();
        let mut fields: Vec<_> = kept
            .iter()
            .map(|it| Field::new(&it.name, it.kind.arrow(), !it.required && it.default.is_none()))
            .collect();
        for column in kept.iter().filter(|it| it.kind == Type::Double) {
            fields.push(Field::new(format!("{}{TEXT_SUFFIX}", column.name), DataType::Utf8, true));
        }
        if self.unknown_columns() == Unknown::Keep {
            fields.push(Field::new(EXTRA, DataType::Utf8, true));
        }
        fields.push(Field::new(FILE, DataType::Utf8, false));
        fields.push(Field::new(LINE, DataType::Int64, false));
        fields
    }
}
