//! What became of a run.

use std::collections::BTreeMap;

use serde::Serialize;
use storage_core::Digest;

use crate::commits::{Counts, TableName};

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The table.
    pub table: TableName,
    /// The digest of the schema document.
    pub schema: Digest,
    /// The number of the commit; `None` if there was nothing to commit, or nothing was to be.
    pub commit: Option<u64>,
    /// Whether nothing was to be committed.
    pub dry_run: bool,
    /// The inputs, in their order.
    pub inputs: Vec<InputReport>,
    /// What became of the rows of those that were taken in.
    pub counts: Counts,
    /// Rows of earlier commits that gave way and are duplicates now.
    pub displaced: u64,
    /// How often which reason was given, and because of which column (`""` where the whole row was wrong).
    #[serde(serialize_with = "reasons")]
    pub reasons: BTreeMap<(String, String), u64>,
    /// How many partitions were touched.
    pub partitions: usize,
    /// How many files came.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How often somebody else was faster.
    pub races: u32,
    /// Per masked column which token stands for which text. Whoever keeps it can undo the mask: it is in no
    /// report that is written.
    #[serde(skip)]
    pub tokens: BTreeMap<String, BTreeMap<String, String>>,
}

impl Report {
    /// Of a run that has not done anything yet.
    pub(crate) fn new(table: TableName, schema: Digest, dry_run: bool) -> Self {
        Self {
            table,
            schema,
            commit: None,
            dry_run,
            inputs: Vec::new(),
            counts: Counts::default(),
            displaced: 0,
            reasons: BTreeMap::new(),
            partitions: 0,
            files: 0,
            bytes: 0,
            races: 0,
            tokens: BTreeMap::new(),
        }
    }
}

/// What became of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputReport {
    /// Its name.
    pub name: String,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Whether it was taken in.
    #[serde(flatten)]
    pub took: Took,
}

/// Whether an input was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Took {
    /// Its rows are where these counts say.
    Taken {
        /// What became of its rows.
        counts: Counts,
    },
    /// Its bytes were taken in by an earlier commit.
    Known {
        /// The number of the commit.
        commit: u64,
        /// What the input was called then.
        path: String,
    },
    /// Another input of the same run has the same bytes.
    Same {
        /// Its name.
        name: String,
    },
}

fn reasons<S: serde::Serializer>(
    reasons: &BTreeMap<(String, String), u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let reason = |((code, column), rows): (&(String, String), &u64)| {
        let column = (!column.is_empty()).then_some(column);
        serde_json::json!({"code": code, "column": column, "rows": rows})
    };
    serializer.collect_seq(reasons.iter().map(reason))
}
