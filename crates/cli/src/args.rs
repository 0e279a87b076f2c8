//! What was typed.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

const AFTER_HELP: &str = "\
Exit status:
  0  fine
  1  findings, a missing approval, or stale files
  2  invalid use or input
  3  not found
  4  conflict: somebody was faster, plan again
  6  unavailable, try later
  70 a bug of ours

Data goes to standard output, talk to standard error.";

/// Governs object storage: contracts, and soon ledgers, factors, reports and the lake.
#[derive(Debug, Parser)]
#[command(name = "strongroom", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to colour output for people
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
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
    /// Work on bucket requests
    #[command(subcommand)]
    Contract(Contract),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contract {
    /// Check contracts and say everything that is wrong with them, in one pass
    #[command(visible_alias = "check")]
    Validate(Validate),
    /// Explain a rule
    Explain(Explain),
}

/// Which policy counts, and which day it is.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// The policy of the organisation [default: strongroom.yaml, found upwards]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// The waivers [default: as the policy says]
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,
    /// The day for which waivers are judged [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<NaiveDate>,
}

/// The version before.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Base {
    /// A folder that holds the version before
    #[arg(long, value_name = "DIR")]
    pub(crate) base: Option<PathBuf>,
    /// A git revision that holds the version before
    #[arg(long, value_name = "REV")]
    pub(crate) base_rev: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Files and folders [default: the folder of contracts]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) base: Base,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// From which severity on the exit status is 1
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Advice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    /// For people
    Human,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A code or a name, such as G106 or weak-encryption; all rules if left out
    pub(crate) rule: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
