//! What was typed after `strongroom factor`.

mod import;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Plain;

pub(crate) use import::{FileKind, ImportFactors};

#[derive(Debug, Subcommand)]
pub(crate) enum Factor {
    /// Take what a publisher published, or say what it would bring
    Import(Box<ImportFactors>),
    /// Read everything that is stored and hold it against what it says
    Verify(VerifyFactors),
}

/// Where factors are kept.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where the factors are: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    #[arg(long = "store", value_name = "URL", env = "STRONGROOM_FACTORS")]
    pub(crate) url: String,
    /// Keep batches that were fetched in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}

/// Who adds to the factors.
#[derive(Debug, Args)]
pub(crate) struct Writer {
    /// Who acts, for the record
    #[arg(long, value_name = "NAME", default_value = "strongroom")]
    pub(crate) actor: String,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyFactors {
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
