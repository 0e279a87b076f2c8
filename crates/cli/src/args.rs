//! What was typed.

pub(crate) mod artifact;
mod audit;
mod contract;
mod factor;
pub(crate) mod lake;
mod report;
mod store;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use audit::{
    Append, Audit, Canonicalize, Checkpoint, EraseSubject, Export, Filters, Generate, ImportLegacy,
    Keyring, KeyringAdd, KeyringRevoke, Keys, Prove, Prune, Show, ShowRecords, Trust, Verify,
    VerifyProof, Writing,
};
pub(crate) use contract::{
    Approval, Base, Catalog, Contract, Explain, FailOn, Format, New, Plan, Render, Rendering,
    Renumber, Rules, Schema, SchemaKind, Validate,
};
pub(crate) use factor::{
    Circumstances, Compute, Diff, ExportFactors, Factor, FileKind, Get, History, ImpactOf,
    ImportFactors, Instead, Place, Purpose, PutFactors, Recompute, Resolve, TagFactors,
    VerifyFactors, Withdraw, Writer,
};
pub(crate) use report::{
    AddDuty, ApproveList, ArchiveReport, DestroyList, Dispose, Duty, ExportReport, Extend,
    GetReport, Hold, IndexReports, Keeper, ListEligible, ListReports, Named, Protect, Release,
    Report, SearchReports, SetTrigger, Shorten, Strengthen, Target, Timestamp, VerifyReports, Why,
    WithdrawDuty,
};
pub(crate) use store::{Doctor, Store};

const AFTER_HELP: &str = "\
Exit status:
  0  fine
  1  findings, a missing approval, or stale files
  2  invalid use or input
  3  not found
  4  conflict: somebody was faster, plan again
  5  protected: a retention or a hold forbids it
  6  unavailable, try later
  7  tampered: a log is not as it was written (outranks all others)
  8  could not verify: a key, an anchor or an answer is missing
  70 a bug of ours

Data goes to standard output, talk to standard error.";

/// Governs object storage: contracts, ledgers, factors, reports, artifacts and the lake.
#[derive(Debug, Parser)]
#[command(name = "strongroom", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to colour output for people
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, display_order = 900)]
    pub(crate) colour: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Walk the whole story on a local directory, with examples
    Tour(Tour),
    /// Work on bucket requests
    #[command(subcommand)]
    Contract(Box<Contract>),
    /// Keep a tamper-evident log: append, seal, verify, prove, hand out
    #[command(subcommand)]
    Audit(Box<Audit>),
    /// Keep emission factors: what was published, and since when it was known
    #[command(subcommand)]
    Factor(Box<Factor>),
    /// Keep what was built, trained, packed or uploaded, and promote it
    #[command(subcommand)]
    Artifact(Box<artifact::Artifact>),
    /// Archive reports for as long as the law says: retention, holds, fixity, disposal
    #[command(subcommand)]
    Report(Box<Report>),
    /// Keep a data lake in which no row is lost: raw, bronze, silver, gold
    #[command(subcommand)]
    Lake(Box<lake::Lake>),
    /// Look after the place where everything is kept
    #[command(subcommand)]
    Store(Store),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct Tour {
    /// Where to lay out the example; a folder that does not exist yet or is a tour already
    #[arg(default_value = "strongroom-tour")]
    pub(crate) directory: PathBuf,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    /// For people
    Human,
    /// For programs
    Json,
}
