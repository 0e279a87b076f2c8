//! Values for people and for JSON.

use arrow::array::{Array, AsArray as _};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Number, Value};

/// How moments are written: RFC 3339.
const FORMAT: FormatOptions<'static> = FormatOptions::new()
    .with_timestamp_format(Some("%Y-%m-%dT%H:%M:%S%.f"))
    .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.f%:z"));

/// A value of a column as JSON. Whole numbers and doubles are numbers. Decimals are text, since readers
/// of JSON make doubles of numbers; so are doubles that are no numbers, moments (RFC 3339), days, and
/// bytes (hexadecimal digits).
///
/// ```
/// use arrow::array::{ArrayRef, Decimal128Array, Float64Array};
///
/// let kilograms = Decimal128Array::from(vec![Some(12_345), None]).with_precision_and_scale(9, 2)?;
/// assert_eq!(lake::query::value(&kilograms, 0), "123.45");
/// assert!(lake::query::value(&kilograms, 1).is_null());
/// let doubles = Float64Array::from(vec![0.5, f64::NAN]);
/// assert_eq!(lake::query::value(&doubles, 0), 0.5);
/// assert_eq!(lake::query::value(&doubles, 1), "NaN");
/// # Ok::<(), arrow::error::ArrowError>(())
/// ```
pub fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    macro_rules! number {
        ($kind:ty) => {
            column.as_primitive::<$kind>().value(row).into()
        };
    }
    let double = |it: f64| Number::from_f64(it).map(Value::Number);
    match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float32 => double(f64::from(column.as_primitive::<Float32Type>().value(row)))
            .unwrap_or_else(|| text(column, row).into()),
        DataType::Float64 => double(column.as_primitive::<Float64Type>().value(row))
            .unwrap_or_else(|| text(column, row).into()),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|it| value(&items, it)).collect()
        }
        DataType::Struct(fields) => {
            let members = fields.iter().zip(column.as_struct().columns());
            members.map(|(field, it)| (field.name().clone(), value(it, row))).collect()
        }
        _ => text(column, row).into(),
    }
}

/// A value of a column as text: nothing for a null.
pub fn text(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Binary => storage_core::hex::encode(column.as_binary::<i32>().value(row)),
        _ => match ArrayFormatter::try_new(column, &FORMAT) {
            Ok(formatter) => formatter.value(row).to_string(),
            // There is a way to write every type that comes out of a query.
            Err(error) => error.to_string(),
        },
    }
}
