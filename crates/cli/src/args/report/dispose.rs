//! What was typed after `strongroom report dispose`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use storage_core::Digest;

use super::{Asked, Keeper, Protect};
use crate::args::Plain;

const LIST_HELP: &str = "\
Nothing is destroyed, and nothing noted. What is held, or waits for an event, or is not over yet, is not
on the list. A report that does not verify is named as a finding, and keeps nothing else off the list.

Exit status: 7 if a report does not verify; the list is written all the same.

Example:
  strongroom report dispose list --tenant acme --out list.json --store s3://reports-prod --actor ana";

#[derive(Debug, Subcommand)]
pub(crate) enum Dispose {
    /// List what may be destroyed now
    List(ListEligible),
    /// Agree to a list that somebody else drew up
    Approve(ApproveList),
    /// Destroy the content of every report on an approved list, and certify it
    Destroy(DestroyList),
}

#[derive(Debug, Args)]
#[command(after_help = LIST_HELP)]
pub(crate) struct ListEligible {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Where to write the list, for whoever approves it; a file that does not exist yet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    #[command(flatten)]
    pub(crate) protect: Protect,
    /// How to write the list
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 5 if the list has another digest, or its author approves it.

Example:
  strongroom report dispose approve list.json sha256:9f86d081… --store s3://reports-prod --actor ben")]
pub(crate) struct ApproveList {
    /// The list, as `dispose list --out` wrote it
    pub(crate) list: PathBuf,
    /// The digest of the list that was agreed to
    pub(crate) digest: Digest,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    #[command(flatten)]
    pub(crate) protect: Protect,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each report is looked at once more: one that was changed, held or extended since stays. Given again, the
command goes on where it was interrupted. The manifest, the acts and the certificate stay.

Exit status: 5 if nobody approved the list, or a report had to stay.

Example:
  strongroom report dispose destroy sha256:9f86d081… --store s3://reports-prod --actor ana \\
    --signer archive.key")]
pub(crate) struct DestroyList {
    /// The digest of the approved list
    pub(crate) digest: Digest,
    #[command(flatten)]
    pub(crate) keeper: Keeper,
    #[command(flatten)]
    pub(crate) protect: Protect,
    /// How to write what became of each
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
