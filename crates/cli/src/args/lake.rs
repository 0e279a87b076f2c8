//! What was typed after `strongroom lake`.

mod catalog;
mod ingest;
mod query;
mod retain;
mod tables;
mod zones;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) use catalog::{Catalog, CatalogSync};
pub(crate) use ingest::{DiscoverLake, IngestLake, Most, ResolveTokens, TokenAct, TokenPlace};
pub(crate) use query::{QueryFormat, QueryTables};
pub(crate) use retain::{ApplyRetention, PlanRetention, Retain};
pub(crate) use tables::{
    CompactTable, DdlOf, FileKind, ListQuarantine, Quarantine, ReplayQuarantine, TableOf, Tenants,
};
pub(crate) use zones::{AggregateTable, FactorUse, ReferenceFile, RefineTable};

#[derive(Debug, Subcommand)]
pub(crate) enum Lake {
    /// Propose a schema document from samples, with the evidence for each column
    Discover(DiscoverLake),
    /// Take raw files into bronze: every row ends in the table, among the duplicates or in quarantine
    Ingest(Box<IngestLake>),
    /// Look into what was refused, and try it again
    #[command(subcommand)]
    Quarantine(Box<Quarantine>),
    /// Find out what the tokens of masked columns stand for
    #[command(subcommand)]
    Tokens(Box<TokenAct>),
    /// Give rows of bronze their factors and emissions, once each
    Refine(Box<RefineTable>),
    /// Sum silver up into the tables of gold, month by month
    Aggregate(Box<AggregateTable>),
    /// Print what makes a table known to Athena or Glue, or check what somebody else wrote
    Ddl(Box<DdlOf>),
    /// Keep the tables of a lake known to Glue
    #[command(subcommand)]
    Catalog(Box<Catalog>),
    /// Ask the tables with SQL; nothing is changed
    Query(Box<QueryTables>),
    /// Make small files of a table large ones
    Compact(Box<CompactTable>),
    /// Remove rows whose time is over, and nothing that other rows rest on
    #[command(subcommand)]
    Retain(Box<Retain>),
    /// Print what is in a table, and how it came there
    Show(Box<TableOf>),
}

/// Where the lake is.
#[derive(Debug, Args)]
pub(crate) struct LakePlace {
    /// Where the lake is: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    #[arg(long = "lake", value_name = "URL", env = "STRONGROOM_LAKE")]
    pub(crate) url: String,
}

/// Who commits.
#[derive(Debug, Args)]
pub(crate) struct Committer {
    /// Who acts, for the record
    #[arg(long, value_name = "NAME", default_value = "strongroom")]
    pub(crate) actor: String,
    /// Record every commit in this log as well, which is begun if it is not there
    #[arg(long, value_name = "URL")]
    pub(crate) ledger: Option<String>,
    /// The key that signs the checkpoints of the log
    #[arg(long, value_name = "FILE", env = "STRONGROOM_SIGNER")]
    pub(crate) signer: Option<PathBuf>,
}
