//! What was typed about tables that are there.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use lake::commits::TableName;

use super::{Committer, LakePlace};
use crate::args::Plain;

#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// Print the rows that were refused, and how often which reason was given
    List(ListQuarantine),
    /// Try rows again after the document was mended; each one can be accepted once
    Replay(Box<ReplayQuarantine>),
}

const REPLAY_HELP: &str = "\
A row keeps its file and its line. It goes to bronze, to the duplicates or back into the quarantine, and
what it was taken from goes, all in one commit. Rows that were cut off or are no row by themselves stay
where they are, and are counted as left. Where the document masks a column, the quarantine does not keep
the bytes of rows: name the inputs they came in with `--from`, as they were named to `lake ingest`.

Exit status:
  0  tried, whatever came of it

Examples:
  strongroom lake quarantine replay --lake ./lake --schema activity.yaml --dry-run
  strongroom lake quarantine replay --lake ./lake --schema activity.yaml --code not_allowed
  strongroom lake quarantine replay --lake ./lake --schema people.yaml --from ./landing \\
      --mask-key people=people.key";

#[derive(Debug, Args)]
#[command(after_help = REPLAY_HELP)]
pub(crate) struct ReplayQuarantine {
    #[command(flatten)]
    pub(crate) place: LakePlace,
    #[command(flatten)]
    pub(crate) committer: Committer,
    /// What a row looks like now: a schema document (YAML or JSON), which names the table
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: PathBuf,
    /// Only rows that were refused for this reason; may be given more than once
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Vec<String>,
    /// The key of a mask of the document: its name, and the file that holds it
    #[arg(long, value_name = "NAME=FILE", value_parser = super::ingest::named_file)]
    pub(crate) mask_key: Vec<(String, PathBuf)>,
    #[command(flatten)]
    pub(crate) tokens: super::TokenPlace,
    /// Where rows came from whose bytes are not kept; may be given more than once
    #[arg(long, value_name = "PATH|URL")]
    pub(crate) from: Vec<String>,
    /// Only say what would become of the rows
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to write what was done
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
pub(crate) struct ListQuarantine {
    /// The table: `bronze/emissions`, `silver/esg/emissions`
    pub(crate) table: TableName,
    #[command(flatten)]
    pub(crate) place: LakePlace,
    /// Only rows that were refused for this reason; may be given more than once
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Vec<String>,
    /// Only rows of this input
    #[arg(long, value_name = "NAME")]
    pub(crate) file: Option<String>,
    /// Print so many rows
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Print their bytes as well
    #[arg(long)]
    pub(crate) raw: bool,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const DDL_HELP: &str = "\
The columns come from what was written, the values of the partitions from the folders there are. With
`--check` the statement (or the JSON of a Glue table) in a file is held against the table: it does what
an engine does with a projection, and says which folders would never be looked into.

Exit status:
  0  printed, or every row is found
  1  rows would not be found

Examples:
  strongroom lake ddl gold/emissions/summary --lake ./lake --location s3://bucket/prefix
  strongroom lake ddl bronze/emissions --lake s3://bucket --tenants enum --glue
  strongroom lake ddl gold/emissions/summary --lake s3://bucket --check table.sql
  strongroom lake ddl --queries";

#[derive(Debug, Args)]
#[command(after_help = DDL_HELP)]
pub(crate) struct DdlOf {
    /// The table: `bronze/emissions`, `gold/emissions/summary`
    #[arg(required_unless_present = "queries")]
    pub(crate) table: Option<TableName>,
    /// Where the lake is: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    #[arg(
        long = "lake",
        value_name = "URL",
        env = "STRONGROOM_LAKE",
        required_unless_present = "queries"
    )]
    pub(crate) url: Option<String>,
    /// Where the engine finds the lake, if it is not there: `s3://bucket/prefix`
    #[arg(long, value_name = "URL")]
    pub(crate) location: Option<String>,
    /// Which files of it: the rows, those that were refused, those that were there already
    #[arg(long, value_enum, default_value_t = FileKind::Data)]
    pub(crate) kind: FileKind,
    /// How the engine finds tenants: one named by every query, or the list of those there are
    #[arg(long, value_enum, default_value_t = Tenants::Injected)]
    pub(crate) tenants: Tenants,
    /// Print the input of Glue's CreateTable instead of a statement
    #[arg(long, conflicts_with = "check")]
    pub(crate) glue: bool,
    /// Check the statement, or the JSON of a Glue table, in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) check: Option<PathBuf>,
    /// Print the queries that are kept by name, as input of Athena's CreateNamedQuery
    #[arg(long, conflicts_with_all = ["table", "check", "glue"])]
    pub(crate) queries: bool,
    /// How to write what was found with `--check`
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// What a file of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileKind {
    Data,
    Quarantine,
    Duplicates,
}

/// How an engine finds the values of a column such as `tenant_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tenants {
    /// Every query names one
    Injected,
    /// From a list, which is to be renewed for each new one
    Enum,
}

const COMPACT_HELP: &str = "\
Whoever reads by the log sees the old files or the new ones, and no row comes or goes. Engines that read
the folder may for a moment see both.

Examples:
  strongroom lake compact bronze/emissions --lake ./lake --dry-run
  strongroom lake compact bronze/emissions --lake s3://bucket --below 32MiB --target 128MiB";

#[derive(Debug, Args)]
#[command(after_help = COMPACT_HELP)]
pub(crate) struct CompactTable {
    /// The table: `bronze/emissions`
    pub(crate) table: TableName,
    #[command(flatten)]
    pub(crate) place: LakePlace,
    #[command(flatten)]
    pub(crate) committer: Committer,
    /// Files below this size are put together
    #[arg(long, value_name = "SIZE", value_parser = super::ingest::size, default_value = "16MiB")]
    pub(crate) below: u64,
    /// How large a file becomes, about
    #[arg(long, value_name = "SIZE", value_parser = super::ingest::size, default_value = "64MiB")]
    pub(crate) target: u64,
    /// Only say what would become of what
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to write what was done
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
pub(crate) struct TableOf {
    /// The table: `bronze/emissions`; all tables if none is named
    pub(crate) table: Option<TableName>,
    #[command(flatten)]
    pub(crate) place: LakePlace,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
