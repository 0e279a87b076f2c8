//! One commit: what came in, what came of it, and what it follows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use storage_core::{Digest, canonical_json};

use super::{Error, Result, TableName};
use crate::bronze::part_name;

/// The version of the format that is written and read.
pub(super) const VERSION: u32 = 1;

/// Where a commit that removes rows whose time is over notes the digest of the plan that it follows.
pub(crate) const PLAN: &str = "plan";

/// Where it notes the digest of the policy.
pub(crate) const POLICY: &str = "policy";

/// What a commit is for. Deliberately exhaustive: each has rules of its own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Act {
    /// Raw files were taken in.
    Ingest,
    /// Rows of the quarantine were tried again.
    Replay,
    /// Small files became large ones; no row came or went.
    Compact,
    /// Rows of the zone below were enriched.
    Refine,
    /// Rows of the zone below were summed up.
    Aggregate,
    /// Rows whose time was over went.
    Retain,
}

/// What a file holds. Deliberately exhaustive.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Rows of the table.
    #[default]
    Data,
    /// Rows that were refused, with the reason and their bytes.
    Quarantine,
    /// Rows that were there already.
    Duplicates,
}

/// What became of the rows of an input. Every row is in exactly one of the last four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Rows that came in.
    pub rows: u64,
    /// Rows that are in the table now.
    pub accepted: u64,
    /// Rows that were there already, value for value.
    pub exact: u64,
    /// Rows whose key was there already, with other values.
    pub conflicting: u64,
    /// Rows that were refused.
    pub quarantined: u64,
}

impl Counts {
    /// Whether every row ended in exactly one place.
    ///
    /// ```
    /// use lake::commits::Counts;
    ///
    /// let counts = Counts { rows: 4, accepted: 2, exact: 1, conflicting: 0, quarantined: 1 };
    /// assert!(counts.add_up());
    /// assert!(!Counts { rows: 5, ..counts }.add_up());
    /// ```
    pub fn add_up(&self) -> bool {
        let parts = [self.accepted, self.exact, self.conflicting, self.quarantined];
        parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(*part)) == Some(self.rows)
    }

    /// Adds the rows of another input.
    pub fn add(&mut self, other: &Self) {
        // A log is refused long before (`State::take`).
        self.rows = self.rows.saturating_add(other.rows);
        self.accepted = self.accepted.saturating_add(other.accepted);
        self.exact = self.exact.saturating_add(other.exact);
        self.conflicting = self.conflicting.saturating_add(other.conflicting);
        self.quarantined = self.quarantined.saturating_add(other.quarantined);
    }
}

impl<'a> std::iter::Sum<&'a Counts> for Counts {
    fn sum<I: Iterator<Item = &'a Counts>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, it| {
            sum.add(it);
            sum
        })
    }
}

/// Something that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Where it lay: relative to the root that was named (raw files), or to the lake (files of a
    /// zone). What identifies it is the digest.
    pub path: String,
    /// The digest of its bytes, as they lay there.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// What became of its rows.
    pub counts: Counts,
}

/// A file of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it lies, relative to the lake: `bronze/emissions/tenant_id=acme/…/part-….parquet`.
    pub path: String,
    /// What it holds.
    #[serde(default, skip_serializing_if = "is_data")]
    pub kind: Kind,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// How many rows it holds.
    pub rows: u64,
    /// The values of the partition columns, which are in the path and not in the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partition: BTreeMap<String, String>,
    /// The digests of the files whose rows these are, if they were in other files before (the first
    /// ones, through any number of compactions). Whoever took in all of these has these rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Digest>,
    /// The digest of the schema document that its rows follow, if it is not the one of the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Digest>,
    /// When the youngest of its rows came, if that was not with the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

fn is_data(kind: &Kind) -> bool {
    *kind == Kind::Data
}

impl File {
    /// The file that holds `body`, named after it: `<folder of the table>/<partition>/part-<first 32
    /// digits of the digest>.parquet`.
    ///
    /// `partition` is given in the order of the folders; its values stand in the path as they are.
    ///
    /// ```
    /// use lake::commits::{File, Kind};
    ///
    /// let partition = [("tenant_id", "acme"), ("year", "2025"), ("month", "1")];
    /// let file = File::of(&"bronze/emissions".parse()?, Kind::Data, &partition, b"PAR1", 1);
    /// let folder = "bronze/emissions/tenant_id=acme/year=2025/month=1/part-";
    /// assert!(file.path.starts_with(folder) && file.path.ends_with(".parquet"));
    /// # Ok::<(), lake::commits::Error>(())
    /// ```
    pub fn of(
        table: &TableName,
        kind: Kind,
        partition: &[(impl AsRef<str>, impl AsRef<str>)],
        body: &[u8],
        rows: u64,
    ) -> Self {
        let sha256 = Digest::of(body);
        let mut path = table.folder(kind);
        for (column, value) in partition {
            path.push_str(&format!("{}={}/", column.as_ref(), value.as_ref()));
        }
        path.push_str(&part_name(&sha256));
        let partition =
            partition.iter().map(|(c, v)| (c.as_ref().to_owned(), v.as_ref().to_owned()));
        Self {
            path,
            kind,
            sha256,
            size_bytes: body.len() as u64,
            rows,
            partition: partition.collect(),
            origins: Vec::new(),
            schema: None,
            since: None,
        }
    }

    /// The digests of the files whose rows these are: [`origins`](Self::origins), or its own.
    pub fn rows_of(&self) -> &[Digest] {
        match &*self.origins {
            [] => std::slice::from_ref(&self.sha256),
            origins => origins,
        }
    }

    /// The folder of its partition, relative to the folder of the table: `year=2025/month=1`.
    pub fn partition_folder(&self, table: &TableName) -> &str {
        let within = self.path.strip_prefix(&table.folder(self.kind)).unwrap_or(&self.path);
        within.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// One entry of the log of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The version of this format.
    pub v: u32,
    /// The table.
    pub table: TableName,
    /// Its number in the log, from 0 on.
    pub number: u64,
    /// The digest of the commit before; none of the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// What names the run that wrote it: drawn at random.
    pub run: String,
    /// What it is for.
    pub act: Act,
    /// Who wrote it.
    pub actor: String,
    /// When; nobody vouches for it.
    pub at: DateTime<Utc>,
    /// The version of the program that wrote it.
    pub code: String,
    /// The digest of the schema document that was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Digest>,
    /// What was taken in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// Rows of earlier commits that gave way to rows of this one and are duplicates now (where the
    /// last one wins).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub displaced: u64,
    /// The files that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<File>,
    /// The paths of the files that went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removes: Vec<String>,
    /// What else a reader of the log should know, such as the pins of a calculation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Commit {
    /// The bytes that are stored: canonical JSON.
    ///
    /// # Errors
    ///
    /// [`Error::CommitInvalid`] for a count beyond 2^53 - 1.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        canonical_json(self).map_err(|error| self.invalid(error.to_string()))
    }

    /// The digest by which the next commit names this one.
    ///
    /// # Errors
    ///
    /// As [`to_bytes`](Self::to_bytes).
    pub fn digest(&self) -> Result<Digest> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// Reads what is stored under `number`.
    ///
    /// # Errors
    ///
    /// [`Error::LogBroken`].
    pub fn from_bytes(table: &TableName, number: u64, bytes: &[u8]) -> Result<Self> {
        let broken = |reason: String| Error::LogBroken { table: table.clone(), number, reason };
        let commit: Self =
            serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        if commit.v != VERSION {
            return Err(broken(format!("its format is {}, not {VERSION}", commit.v)));
        }
        Ok(commit)
    }

    /// What became of the rows of all inputs together.
    pub fn counts(&self) -> Counts {
        self.inputs.iter().map(|it| &it.counts).sum()
    }

    pub(super) fn invalid(&self, reason: String) -> Error {
        Error::CommitInvalid { table: self.table.clone(), reason }
    }
}
