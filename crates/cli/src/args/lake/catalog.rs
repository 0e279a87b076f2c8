//! What was typed after `strongroom lake catalog`.

use clap::{Args, Subcommand};
use lake::commits::TableName;

use super::{FileKind, LakePlace, Tenants};
use crate::args::Plain;

#[derive(Debug, Subcommand)]
pub(crate) enum Catalog {
    /// Make the tables of a lake known to Glue, and keep them so
    Sync(CatalogSync),
}

const SYNC_HELP: &str = "\
Databases and tables that are not there are created, tables that say something else are brought up to date,
and nothing is ever deleted. A table that this command did not make for this lake is left alone, unless
`--adopt` says that it is to be one of the lake from now on. What others noted about a table stays.

A program that was built without the feature `glue` says how to get it. Credentials and region come from the
environment or the profile, as for S3.

Exit status:
  1  tables of others were left alone
  2  this program was built without Glue
  4  somebody else changed a table meanwhile
  6  the catalogue cannot be reached, or refuses

Examples:
  strongroom lake catalog sync --lake s3://bucket/lake --dry-run
  strongroom lake catalog sync --lake s3://bucket/lake --database-prefix esg_ --tenants enum
  strongroom lake catalog sync gold/emissions/summary --lake s3://bucket/lake --format json";

#[derive(Debug, Args)]
#[command(after_help = SYNC_HELP)]
pub(crate) struct CatalogSync {
    /// The tables: `gold/emissions/summary`; all of them if none is named
    pub(crate) table: Vec<TableName>,
    #[command(flatten)]
    pub(crate) place: LakePlace,
    /// Where engines find the lake, if it is not there: `s3://bucket/prefix`
    #[arg(long, value_name = "URL")]
    pub(crate) location: Option<String>,
    /// What the names of the databases begin with: `esg_` makes `esg_bronze`
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) database_prefix: String,
    /// Which files: the rows, those that were refused, those that were there already; may be repeated
    #[arg(long, value_enum, default_values_t = [FileKind::Data])]
    pub(crate) kind: Vec<FileKind>,
    /// How the engine finds tenants: one named by every query, or the list of those there are
    #[arg(long, value_enum, default_value_t = Tenants::Injected)]
    pub(crate) tenants: Tenants,
    /// Where Glue is, if it is not that of AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Which region, if it is not that of the environment
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Take over tables that something else made
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to write what was done
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
