//! A definition of what was written.

use std::cmp::Reverse;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Definition, Error, TenantProjection};
use crate::commits::{Kind, Table};
use crate::ingest;

/// The definition of the files of this `kind` of `table`, in the lake that engines find at `lake`. Its
/// columns are those of the newest file that follows the document of now.
///
/// # Errors
///
/// [`Error::Empty`] where there is no file, [`Error::TypeUnknown`], [`Error::NameInvalid`]; what the log
/// says, and a file that cannot be read.
pub async fn describe(
    table: &Table,
    kind: Kind,
    lake: &str,
    tenants: TenantProjection,
) -> ingest::Result<Definition> {
    let state = table.state();
    // All files that follow a document have the same columns: the smallest one tells. A compaction writes
    // files anew that follow an older one, so that the newest file is not always the one that says most.
    let newest = state.live(kind).min_by_key(|it| {
        let older = it.schema != state.schema();
        (older, Reverse(it.since), Reverse(it.commit), it.file.size_bytes)
    });
    let newest = newest.ok_or_else(|| Error::Empty { table: table.name().to_string() })?;
    let body = table.read(&newest.file).await?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(body)
        .map_err(|source| ingest::Error::Engine { source: source.into() })?;
    Ok(Definition::of(state, kind, reader.schema(), lake, tenants)?)
}
