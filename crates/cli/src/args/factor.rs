//! What was typed after `strongroom factor`.

mod ask;
mod change;
mod compute;
mod import;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Plain;

pub(crate) use ask::{Diff, ExportFactors, Get, History, ImpactOf, Instead, Purpose, Resolve};
pub(crate) use change::{Circumstances, PutFactors, TagFactors, Withdraw};
pub(crate) use compute::{Compute, Recompute};
pub(crate) use import::{FileKind, ImportFactors};

#[derive(Debug, Subcommand)]
pub(crate) enum Factor {
    /// Take what a publisher published, or say what it would bring
    Import(Box<ImportFactors>),
    /// Add versions of factors, or correct them
    Put(Box<PutFactors>),
    /// Print what counts for a factor on a day, as it was known then
    Get(Box<Get>),
    /// Find the figure for a purpose, and say how it was found
    Resolve(Box<Resolve>),
    /// Print everything that was done to a factor
    History(Box<History>),
    /// Print what differs between two states of knowledge, or two days
    Diff(Box<Diff>),
    /// Calculate emissions, pinned to everything that they come from
    Compute(Box<Compute>),
    /// Calculate a result again from its pins, and compare every byte
    Recompute(Box<Recompute>),
    /// Let a factor count no longer, on some days or all
    Withdraw(Box<Withdraw>),
    /// Let what was withdrawn count again
    Reinstate(Box<Withdraw>),
    /// Name a position of the log for good, or list the names
    Tag(Box<TagFactors>),
    /// Print which stored results used a version
    Impact(Box<ImpactOf>),
    /// Hand figures on, as far as their licences allow
    Export(Box<ExportFactors>),
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
    /// Record what is done in this log as well, which is begun if it is not there
    #[arg(long, value_name = "URL")]
    pub(crate) ledger: Option<String>,
    /// The key that signs the checkpoints of the log
    #[arg(long, value_name = "FILE", env = "STRONGROOM_SIGNER")]
    pub(crate) signer: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyFactors {
    #[command(flatten)]
    pub(crate) place: Place,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
