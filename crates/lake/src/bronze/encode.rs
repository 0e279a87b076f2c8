//! Parquet bytes: the same rows give the same bytes.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use foldhash::HashSet;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnPath;
use storage_core::Digest;

use super::cast::year_month_day;
use super::finish::{decimal, moment};
use crate::schema::{Document, Type};

/// The name of a file, made from its content: `part-` and the first 32 hexadecimal digits of its SHA-256.
pub fn part_name(digest: &Digest) -> String {
    format!("part-{}.parquet", &digest.hex()[..32])
}

/// Encodes a batch as one Parquet file: Snappy, dictionaries where they pay, statistics for every column.
///
/// # Errors
///
/// Those of the encoder, for a type that Parquet cannot hold.
pub fn encode(batch: &RecordBatch) -> Result<Vec<u8>, ParquetError> {
    Ok(encoded(batch)?.0)
}

/// The bytes of a file and what its footer says.
pub(crate) fn encoded(batch: &RecordBatch) -> Result<(Vec<u8>, ParquetMetaData), ParquetError> {
    let options =
        ArrowWriterOptions::new().with_properties(properties(batch)).with_skip_arrow_metadata(true);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options)?;
    writer.write(batch)?;
    let metadata = writer.close()?;
    Ok((bytes, metadata))
}

fn properties(batch: &RecordBatch) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by("strongroom".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(1 << 20));
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let path = ColumnPath::from(field.name().as_str());
        if recurs(column) {
            continue;
        }
        properties = properties.set_column_dictionary_enabled(path.clone(), false);
        // Lines rise and moments lie close together: their differences are small.
        if matches!(field.data_type(), DataType::Int64 | DataType::Timestamp(..)) {
            properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    properties.build()
}

/// How many rows are looked at to tell whether values come again.
const SAMPLE: usize = 1024;

/// Whether among the first rows at least every other value came before: then a dictionary pays. Asks the
/// values alone, so that it does not matter how an array holds them.
fn recurs(column: &ArrayRef) -> bool {
    let rows = column.len().min(SAMPLE);
    let column = column.slice(0, rows);
    let distinct = match column.data_type() {
        DataType::Dictionary(..) => match column.as_dictionary_opt::<Int32Type>() {
            Some(all) => all.keys().iter().collect::<HashSet<_>>().len(),
            None => return true,
        },
        DataType::Utf8 => column.as_string::<i32>().iter().collect::<HashSet<_>>().len(),
        DataType::Binary => column.as_binary::<i32>().iter().collect::<HashSet<_>>().len(),
        DataType::Int64 => column.as_primitive::<Int64Type>().iter().collect::<HashSet<_>>().len(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            column.as_primitive::<TimestampMicrosecondType>().iter().collect::<HashSet<_>>().len()
        }
        DataType::Float64 => {
            let bits = column.as_primitive::<Float64Type>().iter().map(|it| it.map(f64::to_bits));
            bits.collect::<HashSet<_>>().len()
        }
        _ => return true,
    };
    distinct * 2 <= rows
}

/// The least and greatest value of every declared column, as text, from the statistics of a file.
pub(crate) fn ranges(
    metadata: &ParquetMetaData,
    document: &Document,
) -> BTreeMap<String, (String, String)> {
    let mut ranges: BTreeMap<String, (Value, Value)> = BTreeMap::new();
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let name = column.column_path().string();
        let (Some(kind), Some(statistics)) = (document.kind(&name), column.statistics()) else {
            continue;
        };
        let Some((least, greatest)) = bounds(statistics, kind) else { continue };
        match ranges.get_mut(&name) {
            None => {
                ranges.insert(name, (least, greatest));
            }
            Some((low, high)) => {
                if least.is_below(low) {
                    *low = least;
                }
                if high.is_below(&greatest) {
                    *high = greatest;
                }
            }
        }
    }
    let spelled = |(name, (least, greatest)): (String, (Value, Value))| {
        let kind = document.kind(&name).unwrap_or(Type::String);
        (name, (least.spelled(kind), greatest.spelled(kind)))
    };
    ranges.into_iter().map(spelled).collect()
}

/// A bound of a column.
#[derive(Clone, Debug)]
enum Value {
    Whole(i128),
    Double(f64),
    Text(Vec<u8>),
}

impl Value {
    fn is_below(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one < other,
            (Self::Double(one), Self::Double(other)) => one < other,
            (Self::Text(one), Self::Text(other)) => one < other,
            _ => false,
        }
    }

    fn spelled(&self, kind: Type) -> String {
        match (self, kind) {
            (Self::Whole(value), Type::Timestamp) => {
                moment(i64::try_from(*value).unwrap_or_default())
            }
            (Self::Whole(value), Type::Date) => {
                let (year, month, day) = year_month_day(i32::try_from(*value).unwrap_or_default());
                format!("{year:04}-{month:02}-{day:02}")
            }
            (Self::Whole(value), Type::Boolean) => (*value == 1).to_string(),
            (Self::Whole(value), _) => decimal(*value, kind),
            (Self::Double(value), _) => value.to_string(),
            (Self::Text(text), _) => String::from_utf8_lossy(text).into_owned(),
        }
    }
}

/// The bounds that statistics have. Those of texts may be cut: still below and above every value.
fn bounds(statistics: &Statistics, kind: Type) -> Option<(Value, Value)> {
    let big = |bytes: &[u8]| {
        let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
        Value::Whole(bytes.iter().fold(sign, |sum: i128, &byte| (sum << 8) | i128::from(byte)))
    };
    Some(match statistics {
        Statistics::Boolean(it) => {
            (Value::Whole((*it.min_opt()?).into()), Value::Whole((*it.max_opt()?).into()))
        }
        Statistics::Int32(it) => {
            (Value::Whole((*it.min_opt()?).into()), Value::Whole((*it.max_opt()?).into()))
        }
        Statistics::Int64(it) => {
            (Value::Whole((*it.min_opt()?).into()), Value::Whole((*it.max_opt()?).into()))
        }
        Statistics::Double(it) => (Value::Double(*it.min_opt()?), Value::Double(*it.max_opt()?)),
        Statistics::ByteArray(it) if kind == Type::String => {
            (Value::Text(it.min_bytes_opt()?.to_vec()), Value::Text(it.max_bytes_opt()?.to_vec()))
        }
        Statistics::FixedLenByteArray(it) => (big(it.min_bytes_opt()?), big(it.max_bytes_opt()?)),
        _ => return None,
    })
}
