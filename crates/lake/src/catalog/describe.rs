//! A definition of what was written.

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Definition, Error, TenantProjection};
use crate::commits::{Kind, Table};
use crate::ingest;

/// The definition of the files of this `kind` of `table`, in the lake that engines find at `lake`. Its
/// columns are those of the newest file.
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
    // All files of a commit have the same columns: the smallest one tells.
    let newest = state.live(kind).min_by_key(|it| (u64::MAX - it.commit, it.file.size_bytes));
    let newest = newest.ok_or_else(|| Error::Empty { table: table.name().to_string() })?;
    let body = table.read(&newest.file).await?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(body)
        .map_err(|source| ingest::Error::Engine { source: source.into() })?;
    Ok(Definition::of(state, kind, reader.schema(), lake, tenants)?)
}
