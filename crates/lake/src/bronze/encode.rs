//! Parquet bytes: the same rows give the same bytes.

use arrow::array::RecordBatch;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use storage_core::Digest;

use crate::schema::LINE;

/// The name of a file, made from its content: `part-` and the first 32 hexadecimal digits of its SHA-256.
pub fn part_name(digest: &Digest) -> String {
    let spelled = digest.to_string();
    let digits = spelled.strip_prefix("sha256:").unwrap_or(&spelled);
    format!("part-{}.parquet", &digits[..32])
}

/// Encodes a batch as one Parquet file: Snappy, dictionaries where they pay, statistics for every column.
///
/// # Errors
///
/// Those of the encoder, for a type that Parquet cannot hold.
pub fn encode(batch: &RecordBatch) -> Result<Vec<u8>, ParquetError> {
    let options =
        ArrowWriterOptions::new().with_properties(properties()).with_skip_arrow_metadata(true);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options)?;
    writer.write(batch)?;
    writer.close()?;
    Ok(bytes)
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by("strongroom".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(1 << 20))
        // Lines rise, so that their differences are small.
        .set_column_dictionary_enabled(ColumnPath::from(LINE), false)
        .set_column_encoding(ColumnPath::from(LINE), Encoding::DELTA_BINARY_PACKED)
        .build()
}
