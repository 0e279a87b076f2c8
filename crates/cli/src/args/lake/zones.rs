//! What was typed after `strongroom lake refine` and `aggregate`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use lake::commits::{TableName, Zone};
use lake::gold::{Metric, Scope2Method};
use storage_core::factors::KnownAt;
use storage_core::gwp::GwpSet;

use super::{Committer, LakePlace};
use crate::args::Plain;

const REFINE_HELP: &str = "\
Every row gets the factor that counted on the day of the activity, as it was known at `--known-at`, and
its emissions in exact decimals. Rows without an answer go to the quarantine of the silver table, with
the reason. A row that was refined once never changes by itself: `--retry` tries the quarantine again,
`--restate` calculates what is there once more and links what came out differently to what it said.

Exit status:
  2  the options do not fit the rows
  3  there is no such lake or table

Examples:
  strongroom lake refine bronze/emissions --lake ./lake --factors ./factors
  strongroom lake refine bronze/emissions --lake s3://bucket --factors s3://factors --gwp AR6 --known-at defra-2024
  strongroom lake refine bronze/emissions --lake ./lake --factors ./factors --reference source=systems.csv
  strongroom lake refine bronze/emissions --lake ./lake --factors ./factors --retry --format json";

#[derive(Debug, Args)]
#[command(after_help = REFINE_HELP)]
pub(crate) struct RefineTable {
    /// The table of bronze: `bronze/emissions`
    #[arg(value_parser = zone(Zone::Bronze))]
    pub(crate) table: TableName,
    #[command(flatten)]
    pub(crate) place: LakePlace,
    #[command(flatten)]
    pub(crate) factors: FactorPlace,
    /// The table of silver (`silver/<entity>/<entity>` unless named)
    #[arg(long, value_name = "TABLE", value_parser = zone(Zone::Silver))]
    pub(crate) into: Option<TableName>,
    /// Resolve the texts of a column by a table (CSV with `id`, `name`, `aliases` and attributes); may be
    /// repeated
    #[arg(long, value_name = "COLUMN=FILE")]
    pub(crate) reference: Vec<ReferenceFile>,
    /// Try the rows of the quarantine again
    #[arg(long)]
    pub(crate) retry: bool,
    /// Calculate rows of silver once more, and the quarantine too
    #[arg(long)]
    pub(crate) restate: bool,
    #[command(flatten)]
    pub(crate) committer: Committer,
    /// How to write what was done
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// Where factors are, and how they are taken.
#[derive(Debug, Args)]
pub(crate) struct FactorPlace {
    /// Where the factors are: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    #[arg(long = "factors", value_name = "URL", env = "STRONGROOM_FACTORS")]
    pub(crate) factors: String,
    #[command(flatten)]
    pub(crate) how: FactorUse,
}

/// How factors are taken.
#[derive(Debug, Args)]
pub(crate) struct FactorUse {
    /// As they were known then: the number of an event, a moment (RFC 3339), or a tag
    #[arg(long, value_name = "WHEN", default_value = "now", hide_default_value = true)]
    pub(crate) known_at: KnownAt,
    /// Weigh the gases of factors by mass with these warming potentials
    #[arg(long, value_name = "AR4|AR5|AR6")]
    pub(crate) gwp: Option<GwpSet>,
    /// Weigh factors again that their publisher has weighed
    #[arg(long, requires = "gwp")]
    pub(crate) weigh_again: bool,
}

/// A column, and the file of a reference table.
#[derive(Clone, Debug)]
pub(crate) struct ReferenceFile {
    pub(crate) column: String,
    pub(crate) path: PathBuf,
}

impl FromStr for ReferenceFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((column, path)) if !column.is_empty() && !path.is_empty() => {
                Ok(Self { column: column.to_owned(), path: path.into() })
            }
            _ => Err("it is not a column, `=` and a file".to_owned()),
        }
    }
}

const AGGREGATE_HELP: &str = "\
Only months whose rows changed are summed up, and only those that come out differently are written.
Sums are exact and do not depend on any order. The methods of scope 2 are never added: a summary counts
by one of them, the table `scope2` has both.

Exit status:
  2  the options do not fit the rows
  3  there is no such lake or table

Examples:
  strongroom lake aggregate silver/emissions/emissions --lake ./lake
  strongroom lake aggregate silver/emissions/emissions --lake ./lake --factors ./factors
  strongroom lake aggregate silver/emissions/emissions --lake ./lake --scope2 market --metric summary
  strongroom lake aggregate silver/emissions/emissions --lake ./lake --benchmarks sector.csv";

#[derive(Debug, Args)]
#[command(after_help = AGGREGATE_HELP)]
pub(crate) struct AggregateTable {
    /// The table of silver: `silver/emissions/emissions`
    #[arg(value_parser = zone(Zone::Silver))]
    pub(crate) table: TableName,
    #[command(flatten)]
    pub(crate) place: LakePlace,
    /// The domain of the tables of gold [default: that of the table]
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<String>,
    /// Make only this table: `summary`, `activity`, `scope2`, `coverage`, `yoy`, `benchmark`; may be
    /// repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) metric: Vec<Metric>,
    /// By which method a summary counts scope 2: `location` or `market`
    #[arg(long, value_name = "METHOD", default_value_t)]
    pub(crate) scope2: Scope2Method,
    /// Compare years like for like with the factors that are here
    #[arg(long, value_name = "URL", env = "STRONGROOM_FACTORS")]
    pub(crate) factors: Option<String>,
    #[command(flatten)]
    pub(crate) how: FactorUse,
    /// Compare with the figures in this file (CSV with `benchmark`, `value`, `per`, `source`)
    #[arg(long, value_name = "FILE")]
    pub(crate) benchmarks: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) committer: Committer,
    /// How to write what was done
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// The name of a table of one zone.
fn zone(zone: Zone) -> impl Fn(&str) -> Result<TableName, String> + Clone {
    move |text| {
        let name: TableName =
            text.parse().map_err(|error: lake::commits::Error| error.to_string())?;
        match name.zone() == zone {
            true => Ok(name),
            false => Err(format!("it is not a table of {zone}")),
        }
    }
}
