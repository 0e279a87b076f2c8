//! Rows as Arrow arrays, and back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;

use super::rows::{Column, NO_TEXT, Texts, Values};
use crate::schema::Type;

/// The texts of a batch, each once, and which of them each row has. Numbered in the order they come.
pub(crate) struct Recoded {
    codes: Vec<i32>,
    texts: Texts,
}

/// Numbers codes anew, in the order of the rows; `text` gives the text of a code.
fn recode(codes: &[u32], text: &dyn Fn(u32, &mut Vec<u8>)) -> Recoded {
    let mut fresh: Vec<i32> = Vec::new();
    let mut texts = Texts::default();
    let mut recoded = Vec::with_capacity(codes.len());
    for &code in codes {
        if code == NO_TEXT {
            recoded.push(0);
            continue;
        }
        let at = code as usize;
        if at >= fresh.len() {
            fresh.resize(at + 1, -1);
        }
        if fresh[at] < 0 {
            fresh[at] = i32::try_from(texts.len()).expect("fewer texts than rows");
            text(code, &mut texts.bytes);
            texts.offsets.push(
                i32::try_from(texts.bytes.len()).expect("texts of one batch stay below 2 GiB"),
            );
        }
        recoded.push(fresh[at]);
    }
    Recoded { codes: recoded, texts }
}

fn strings(texts: Texts, nulls: Option<NullBuffer>) -> Result<StringArray, ArrowError> {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(texts.offsets));
    StringArray::try_new(offsets, Buffer::from_vec(texts.bytes), nulls)
}

/// A column as an array. Texts with numbers become dictionaries where `dictionaries` says so.
pub(crate) fn array(
    column: Column,
    kind: Type,
    dictionaries: bool,
    text: &dyn Fn(u32, &mut Vec<u8>),
) -> Result<ArrayRef, ArrowError> {
    let Column { values, nulls } = column;
    let some = nulls.contains(&true);
    let nulls =
        some.then(|| NullBuffer::new(nulls.iter().map(|&null| !null).collect::<BooleanBuffer>()));
    Ok(match values {
        Values::Absent(rows) => new_null_array(&kind.arrow(), rows),
        Values::Codes(codes) => {
            let some = codes.contains(&NO_TEXT);
            let nulls = some.then(|| {
                NullBuffer::new(
                    codes.iter().map(|&code| code != NO_TEXT).collect::<BooleanBuffer>(),
                )
            });
            let Recoded { codes, texts } = recode(&codes, text);
            if dictionaries {
                let keys = Int32Array::new(codes.into(), nulls);
                if texts.len() == 0 {
                    return Ok(new_null_array(&DataType::Utf8, keys.len()));
                }
                Arc::new(DictionaryArray::<Int32Type>::try_new(
                    keys,
                    Arc::new(strings(texts, None)?),
                )?)
            } else {
                let mut plain = Texts::default();
                for (row, code) in codes.iter().enumerate() {
                    let null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                    plain.push(if null { b"" } else { texts.get(code.unsigned_abs() as usize) });
                }
                Arc::new(strings(plain, nulls)?)
            }
        }
        Values::Texts(texts) => Arc::new(strings(texts, nulls)?),
        Values::Wide(all) if kind == Type::Timestamp => {
            Arc::new(TimestampMicrosecondArray::new(all.into(), nulls).with_timezone("UTC"))
        }
        Values::Wide(all) => Arc::new(Int64Array::new(all.into(), nulls)),
        Values::Double(all) => Arc::new(Float64Array::new(all.into(), nulls)),
        Values::Decimal(all) => {
            Arc::new(Decimal128Array::new(all.into(), nulls).with_data_type(kind.arrow()))
        }
        Values::Day(all) => Arc::new(Date32Array::new(all.into(), nulls)),
        Values::Truth(all) => Arc::new(BooleanArray::new(all.into_iter().collect(), nulls)),
    })
}

/// An array of a table as a column; none where it is of another type.
pub(crate) fn column(array: &ArrayRef, kind: Type) -> Option<Column> {
    let array = if let DataType::Dictionary(..) = array.data_type() {
        arrow::compute::cast(array, &DataType::Utf8).ok()?
    } else {
        Arc::clone(array)
    };
    if *array.data_type() != kind.arrow() {
        return None;
    }
    let nulls = match array.nulls() {
        Some(nulls) if nulls.null_count() > 0 => nulls.iter().map(|valid| !valid).collect(),
        _ => Vec::new(),
    };
    let values = match kind {
        Type::String => {
            let mut texts = Texts::default();
            array
                .as_string::<i32>()
                .iter()
                .for_each(|it| texts.push(it.unwrap_or_default().as_bytes()));
            Values::Texts(texts)
        }
        Type::Integer => Values::Wide(array.as_primitive::<Int64Type>().values().to_vec()),
        Type::Timestamp => {
            Values::Wide(array.as_primitive::<TimestampMicrosecondType>().values().to_vec())
        }
        Type::Double => Values::Double(array.as_primitive::<Float64Type>().values().to_vec()),
        Type::Decimal { .. } => {
            Values::Decimal(array.as_primitive::<Decimal128Type>().values().to_vec())
        }
        Type::Date => Values::Day(array.as_primitive::<Date32Type>().values().to_vec()),
        Type::Boolean => {
            Values::Truth(array.as_boolean().iter().map(|it| it == Some(true)).collect())
        }
    };
    Some(Column { values, nulls })
}
