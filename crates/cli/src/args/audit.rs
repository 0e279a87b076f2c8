//! What was typed after `strongroom audit`.

mod evidence;
mod filter;
mod keys;
mod lock;
mod read;
mod subjects;
mod write;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Plain;

pub(crate) use evidence::{Export, Prove, VerifyProof};
pub(crate) use filter::{Filters, Moment};
pub(crate) use keys::{Generate, Keyring, KeyringAdd, KeyringRevoke, Keys, Show};
pub(crate) use read::{ShowRecords, Trust, Verify};
pub(crate) use subjects::EraseSubject;
pub(crate) use write::{Append, Checkpoint, ImportLegacy, Prune, Writing};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Record events, one for each line of JSON, and print a receipt for each
    Append(Box<Append>),
    /// Sign what the log holds now, and print the signed note
    Checkpoint(Box<Checkpoint>),
    /// Check a whole log, and say everything that is wrong with it
    Verify(Box<Verify>),
    /// Make evidence for one record
    Prove(Prove),
    /// Check evidence for one record, without the log
    VerifyProof(Box<VerifyProof>),
    /// Make a folder that proves what it holds, for an auditor
    Export(Box<Export>),
    /// Print the records that fit, as they are stored
    Show(Box<ShowRecords>),
    /// Take over a log of the older logger, one object for each event
    ImportLegacy(Box<ImportLegacy>),
    /// Remove the bodies of old records; every proof still verifies
    Prune(Box<Prune>),
    /// Destroy the key of a person, so that what was sealed for them opens no more
    EraseSubject(Box<EraseSubject>),
    /// Print the one spelling that is hashed of each line of JSON, and its SHA-256
    Canonicalize(Canonicalize),
    /// Make and look at the keys that sign and verify checkpoints
    #[command(subcommand)]
    Keys(Keys),
}

const CANONICALIZE_HELP: &str = "\
For each line one JSON object, `{\"canonical\": …, \"sha256\": …}` or `{\"error\": …}`. The spelling is
that of Python's `json.dumps(json.loads(line), sort_keys=True)`.

Exit status: 1 if a line could not be read.

Examples:
  echo '{\"b\": 1e5, \"a\": \"ü\"}' | strongroom audit canonicalize
  strongroom audit canonicalize --strict events.jsonl";

#[derive(Debug, Args)]
#[command(after_help = CANONICALIZE_HELP)]
pub(crate) struct Canonicalize {
    /// Lines of JSON; `-` for standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// Refuse what a new record may not hold: a name given twice, and numbers that are not finite
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to write the answers
    #[arg(long, value_enum, default_value_t = Plain::Json)]
    pub(crate) format: Plain,
}
