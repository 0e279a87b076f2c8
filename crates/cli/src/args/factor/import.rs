//! What was typed after `strongroom factor import`.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, ValueEnum};
use storage_core::factors::Interval;

use super::{Place, Writer};
use crate::args::Plain;

const IMPORT_HELP: &str = "\
Rows that cannot be read are listed with their number, their column and what stood there; the others
are taken. A release that was taken already is found unchanged.

Exit status:
  0  taken, or would be
  1  so too, but rows were refused

Examples:
  strongroom factor import flat-file-2024.xlsx --store ./factors --kind uk --dry-run
  strongroom factor import hub-2025.xlsx --store ./factors --kind epa --tag epa-hub-2025
  strongroom factor import book.csv --store ./factors --kind csv --mapping book.yaml --format json";

#[derive(Debug, Args)]
#[command(after_help = IMPORT_HELP)]
pub(crate) struct ImportFactors {
    /// The file of the publisher
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) writer: Writer,
    /// How the file is laid out
    #[arg(long, value_enum)]
    pub(crate) kind: FileKind,
    /// What the columns mean, for csv and json: a YAML or JSON file
    #[arg(long, value_name = "FILE", required_if_eq_any([("kind", "csv"), ("kind", "json")]))]
    pub(crate) mapping: Option<PathBuf>,
    /// Only say what would be added, changed and removed
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Name the position of the log after it, for good
    #[arg(long, value_name = "NAME")]
    pub(crate) tag: Option<String>,
    /// Which edition it is, where the file does not say
    #[arg(long)]
    pub(crate) edition: Option<String>,
    /// For which days it is valid, where the file does not say: `2024-01-01/2025-01-01`, `2025-01-15/..`
    #[arg(long, value_name = "DAYS")]
    pub(crate) valid: Option<Interval>,
    /// With which warming potentials it was weighted, where the file does not say: AR4, AR5, AR6
    #[arg(long, value_name = "SET")]
    pub(crate) gwp_set: Option<String>,
    /// Under which licence it may be used, where it is not the publisher's usual one
    #[arg(long, value_name = "NAME")]
    pub(crate) licence: Option<String>,
    /// With `--licence`: it may not be handed on
    #[arg(long, requires = "licence")]
    pub(crate) no_redistribution: bool,
    /// With `--licence`: what has to be said when it is handed on
    #[arg(long, requires = "licence", value_name = "TEXT")]
    pub(crate) attribution: Option<String>,
    /// Where it was found
    #[arg(long, value_name = "URL")]
    pub(crate) source_url: Option<String>,
    /// When it was fetched: `2026-03-01T09:00:00Z`
    #[arg(long, value_name = "MOMENT")]
    pub(crate) accessed_at: Option<DateTime<Utc>>,
    /// When it was published: `2024-07-08`
    #[arg(long, value_name = "DAY")]
    pub(crate) published_at: Option<NaiveDate>,
    /// Allow figures below zero: credits, removals
    #[arg(long)]
    pub(crate) allow_negative: bool,
    /// What counts already is wrong: record what changed as corrected
    #[arg(long)]
    pub(crate) correction: bool,
    /// Put versions again that were there and have been replaced since
    #[arg(long)]
    pub(crate) revert: bool,
    /// Withdraw what the release no longer has; not while a row is refused
    #[arg(long)]
    pub(crate) withdraw_removed: bool,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// How a file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileKind {
    /// Flat file of the UK Government GHG Conversion Factors, xlsx or csv
    Uk,
    /// US EPA Emission Factors Hub, stationary combustion
    Epa,
    /// US EPA eGRID, total output rates
    Egrid,
    /// Carbon intensity by area and year, as Ember publishes it
    Ember,
    /// Any csv or xlsx, with a mapping
    Csv,
    /// Any list of JSON records, with a mapping
    Json,
}
