//! What was typed after `strongroom audit prove`, `verify-proof` and `export`.

use std::path::PathBuf;

use clap::Args;

use super::filter::Filters;
use super::read::Trust;
use crate::args::Plain;

const PROVE_HELP: &str = "\
Writes FILE, a C2SP tlog-proof (index, inclusion proof, signed checkpoint), and beside it the line of
the record. Both together are evidence that needs neither the log nor a network.

What witnesses said about the newest checkpoint goes with it. With `--keyring` it is the newest one that
as many witnesses have signed as the keyring asks for.

Exit status:
  3  there is no such record, no checkpoint covers it yet, or its body was pruned and `--record` asks for it
  7  the record is not what the checkpoint says
  8  with keys: they do not answer for a checkpoint that covers the record

Examples:
  strongroom audit prove s3://audit-prod/orders 1042 --out order-77.tlog-proof --record order-77.json
  strongroom audit verify-proof order-77.tlog-proof --record order-77.json --vkey \"$(cat orders.vkey)\"";

#[derive(Debug, Args)]
#[command(after_help = PROVE_HELP)]
pub(crate) struct Prove {
    /// The log
    pub(crate) url: String,
    /// The record: its number, or its hash (64 hexadecimal digits)
    pub(crate) which: String,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// Where to write the proof [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Where to write the line of the record
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// How to write the proof to standard output: as it is kept, or with what it is about
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const VERIFY_PROOF_HELP: &str = "\
Exit status:
  0  the record is in the log, unchanged, under a checkpoint that a trusted key has signed
  7  it is not what the proof speaks of, or a signature is wrong
  8  no trusted key vouches for the checkpoint

Examples:
  strongroom audit verify-proof order-77.tlog-proof --record order-77.json --vkey \"$(cat orders.vkey)\"";

#[derive(Debug, Args)]
#[command(after_help = VERIFY_PROOF_HELP)]
pub(crate) struct VerifyProof {
    /// The proof, as `strongroom audit prove` wrote it
    pub(crate) proof: PathBuf,
    /// The line of the record; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) record: PathBuf,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const EXPORT_HELP: &str = "\
Makes DIR: the records, proofs and checkpoint, and `verify.py`, which checks them with nothing but
Python. Without a filter it is the whole log. With one it proves that each record is in the log and
unchanged, not that no other fits.

Exit status:
  2  DIR is there already
  3  there is no log
  7  the log is not as it was written; no bundle is made

Examples:
  strongroom audit export s3://audit-prod/orders ./for-the-auditor
  strongroom audit export s3://audit-prod/orders ./alice --actor alice --from 2026-01-01 --to 2027-01-01
  python3 verify.py ./alice --vkey \"$(cat orders.vkey)\"";

#[derive(Debug, Args)]
#[command(after_help = EXPORT_HELP)]
pub(crate) struct Export {
    /// The log
    pub(crate) url: String,
    /// The folder to make; must not be there yet
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// How to write what was exported
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
