//! What was typed after the commands of `strongroom audit` that read a log.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use audit_chain::Hash;
use audit_chain::note::VerifierKey;
use clap::Args;

use super::filter::{Filters, Numbers};
use super::lock::LockUntil;
use crate::args::Plain;

/// Which keys are trusted.
#[derive(Debug, Default, Args)]
#[group(multiple = false)]
pub(crate) struct Trust {
    /// A key to trust for all sizes of the log; may be repeated
    #[arg(long, value_name = "KEY")]
    pub(crate) vkey: Vec<VerifierKey>,
    /// The keys to trust, with sizes, revocations and witnesses: a JSON file
    #[arg(long, value_name = "FILE")]
    pub(crate) keyring: Option<PathBuf>,
}

const VERIFY_HELP: &str = "\
Exit status:
  0  the log is as it was written, as far as was asked
  7  tampered: the findings say what and where
  8  something could not be checked: a key or an anchor is missing, the store did not answer

Examples:
  strongroom audit verify s3://audit-prod/orders --vkey \"$(cat orders.vkey)\" --pin orders.pin
  strongroom audit verify ./log --keyring keyring.json --require-sealed --format json
  strongroom audit verify s3://audit-prod/orders --keyring keyring.json --seq 1000..2000
  strongroom audit verify s3://audit-prod/orders --demand-lock compliance:2027-01-01";

#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct Verify {
    /// The log: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Remember in FILE how far the log was seen, and notice when it is put back
    #[arg(long, value_name = "FILE")]
    pub(crate) pin: Option<PathBuf>,
    /// Check only these records, against the newest checkpoint: `10..20` without 20, `10..=20` with it,
    /// `10..`, `..20`
    #[arg(long, value_name = "A..B", conflicts_with = "pin")]
    pub(crate) seq: Option<Numbers>,
    /// Count it as not checked when neither a trusted key nor a pin vouches for the log
    #[arg(long)]
    pub(crate) require_anchor: bool,
    /// Count it as not checked when the last records are in no checkpoint
    #[arg(long)]
    pub(crate) require_sealed: bool,
    /// Demand that each object is locked, at least until a day or for a time from now on
    #[arg(long, value_name = "MODE[:DAY|:TIME]")]
    pub(crate) demand_lock: Option<LockUntil>,
    /// Pass over the tiles, which are derived from the records
    #[arg(long)]
    pub(crate) skip_tiles: bool,
    /// The log is one of the older logger, one object for each event
    #[arg(long, conflicts_with_all = ["vkey", "keyring", "pin", "seq", "require_anchor", "require_sealed", "demand_lock"])]
    pub(crate) legacy: bool,
    /// The hash of the last record of the older log, if somebody remembers it
    #[arg(long, value_name = "HASH", requires = "legacy")]
    pub(crate) legacy_head: Option<Hash>,
    /// How many threads hash [default: as many as the machine has]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const SHOW_HELP: &str = "\
Each record is held against its own hash; `strongroom audit verify` checks the log as a whole.

With `--unseal` values that were sealed for a person are shown as they were, to whom may read the keys.
Where the key was destroyed, `{\"$erased\": \"<key>\"}` stands. These records do not have their hash any more.

Exit status:
  3  there is no log
  7  a record does not have its hash

Examples:
  strongroom audit show s3://audit-prod/orders --actor alice --from 2026-11-01 | jq .details
  strongroom audit show ./log --seq 100.. --follow --format human
  strongroom audit show ./log --seq 7..8 --unseal --subject-keys ./keys";

#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
pub(crate) struct ShowRecords {
    /// The log
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// Wait for more at the end of the log
    #[arg(long)]
    pub(crate) follow: bool,
    /// Open what was sealed, with the keys of `--subject-keys`
    #[arg(long, requires = "subject_keys")]
    pub(crate) unseal: bool,
    /// The store with the keys of the subjects
    #[arg(long, value_name = "URL", requires = "unseal")]
    pub(crate) subject_keys: Option<String>,
    /// How to write a record: as it is stored, or in short
    #[arg(long, value_enum, default_value_t = Plain::Json)]
    pub(crate) format: Plain,
}
