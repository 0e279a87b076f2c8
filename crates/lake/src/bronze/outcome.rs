//! What a run yields.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use storage_core::Digest;

use crate::commits::Counts;

/// The values of the partition columns, in order of the document: `[("tenant_id", "acme"), ("year", "2025")]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionKey(pub Vec<(String, String)>);

impl PartitionKey {
    /// The directory below the table: `tenant_id=acme/year=2025/month=1`; empty without partitions.
    pub fn path(&self) -> String {
        let levels: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        levels.join("/")
    }
}

/// Rows that are in the table already.
pub trait Existing: Sync {
    /// The rows of one partition, in order of the commits that brought them, then of files and rows.
    ///
    /// The batches hold at least `columns` (names of [`Document::file_schema`], `_file` and `_line` among
    /// them). Not asked where the document has no key.
    ///
    /// [`Document::file_schema`]: crate::schema::Document::file_schema
    ///
    /// # Errors
    ///
    /// What the store says.
    fn rows(&self, partition: &PartitionKey, columns: &[&str]) -> io::Result<Vec<RecordBatch>>;
}

/// A table without rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Existing for Nothing {
    fn rows(&self, _: &PartitionKey, _: &[&str]) -> io::Result<Vec<RecordBatch>> {
        Ok(Vec::new())
    }
}

/// A finished Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it belongs.
    pub partition: PartitionKey,
    /// Its name, made from its content.
    pub name: String,
    /// Where its bytes lie until they are published: in the directory that was handed in.
    pub path: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many bytes.
    pub size: u64,
    /// How many rows.
    pub rows: u64,
    /// Per column the least and the greatest value, as text; columns without a value are left out.
    pub ranges: BTreeMap<String, (String, String)>,
}

/// What became of the rows of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputCounts {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its bytes, as they are stored.
    pub digest: Digest,
    /// How many bytes, as they are stored.
    pub size: u64,
    /// Where its rows ended.
    pub counts: Counts,
}
