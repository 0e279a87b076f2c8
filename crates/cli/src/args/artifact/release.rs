//! What was typed after the commands of `strongroom artifact` that are about releases.

use std::path::PathBuf;

use clap::Args;
use storage_core::artifacts::{Lineage, ReleaseName, Stage};
use storage_core::{Decimal, Digest};

use super::{Change, Place};

/// The gates that count.
#[derive(Debug, Args)]
pub(crate) struct Pathway {
    /// What has to happen before each stage, as JSON [default: nothing before staging, the agreement of
    /// one person who put none of the files before prod]
    #[arg(long, value_name = "FILE", env = "STRONGROOM_GATES")]
    pub(crate) gates: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("result").required(true).args(["passed", "failed"]))]
pub(crate) struct Gate {
    /// The release, for example `models/uplift/1.2.0`
    pub(crate) release: ReleaseName,
    /// The gate: 1 to 64 letters, digits and `. _ - @ /`
    pub(crate) gate: String,
    /// It was passed
    #[arg(long)]
    pub(crate) passed: bool,
    /// It was not
    #[arg(long)]
    pub(crate) failed: bool,
    /// About which contents [default: what the release holds now]
    #[arg(long, value_name = "DIGEST")]
    pub(crate) contents: Option<Digest>,
    /// Where the evidence is: an address or a digest
    #[arg(long)]
    pub(crate) evidence: Option<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

const APPROVE_HELP: &str = "\
The digest is that of the contents, as `strongroom artifact promote --dry-run` prints it. If the release
holds something else by then, nothing is agreed to.

Exit status: 3 no such release, 4 it holds something else or is elsewhere

Examples:
  strongroom artifact approve models/uplift/1.2.0 --to prod --contents sha256:… --store s3://artifacts --actor ana";

#[derive(Debug, Args)]
#[command(after_help = APPROVE_HELP)]
pub(crate) struct Approve {
    /// The release, for example `models/uplift/1.2.0`
    pub(crate) release: ReleaseName,
    /// The stage
    #[arg(long)]
    pub(crate) to: Stage,
    /// What is agreed to
    #[arg(long, value_name = "DIGEST")]
    pub(crate) contents: Digest,
    /// What else there is to say
    #[arg(long)]
    pub(crate) comment: Option<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

const PROMOTE_HELP: &str = "\
No bytes are moved: that a release is in a stage is a change in its log, recorded in the ledger with the
digest of its contents, the gates and who agreed. A release that is there already stays there. What a
crash interrupted is finished by the next command.

Exit status:
  1  something is missing; it is named
  3  there is no such release
  4  the release is elsewhere, or holds something else

Examples:
  strongroom artifact promote models/uplift/1.2.0 --to staging --store s3://artifacts --actor ci
  strongroom artifact promote packs/cbam/2.1.0 --to prod --gates gates.json --dry-run --store ./store --actor ci";

#[derive(Debug, Args)]
#[command(after_help = PROMOTE_HELP)]
pub(crate) struct Promote {
    /// The release, for example `models/uplift/1.2.0`
    pub(crate) release: ReleaseName,
    /// The stage
    #[arg(long)]
    pub(crate) to: Stage,
    /// Only if it holds this
    #[arg(long, value_name = "DIGEST")]
    pub(crate) contents: Option<Digest>,
    /// Only say what it holds and what is missing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) pathway: Pathway,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Args)]
pub(crate) struct Demote {
    /// The release, for example `models/uplift/1.2.0`
    pub(crate) release: ReleaseName,
    /// The stage
    #[arg(long)]
    pub(crate) to: Stage,
    /// Why
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) change: Change,
}

const REGISTER_HELP: &str = "\
What is said replaces what was said before about the same version.

Examples:
  strongroom artifact register models/uplift/1.2.0 --metric rmse=0.125 --parameter depth=6 \\
    --from dataset=s3://lake/gold/2026@sha256:… --from code=git:4f2c1e0 --store s3://artifacts --actor ana";

#[derive(Debug, Args)]
#[command(after_help = REGISTER_HELP)]
pub(crate) struct Register {
    /// The version, for example `models/uplift/1.2.0`
    pub(crate) release: ReleaseName,
    /// A figure of merit; may be repeated
    #[arg(long, value_name = "NAME=NUMBER", value_parser = metric)]
    pub(crate) metric: Vec<(String, Decimal)>,
    /// How it was trained; may be repeated
    #[arg(long, value_name = "NAME=TEXT", value_parser = pair)]
    pub(crate) parameter: Vec<(String, String)>,
    /// What it was made from; may be repeated
    #[arg(long, value_name = "ROLE=NAME[@DIGEST]", value_parser = lineage)]
    pub(crate) from: Vec<Lineage>,
    /// What people should know
    #[arg(long)]
    pub(crate) description: Option<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Args)]
pub(crate) struct Models {
    /// One model [default: all]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(format!("`{text}` has no `=`")),
    }
}

fn metric(text: &str) -> Result<(String, Decimal), String> {
    let (name, value) = pair(text)?;
    let value = value.parse().map_err(|error: storage_core::Error| error.to_string())?;
    Ok((name, value))
}

fn lineage(text: &str) -> Result<Lineage, String> {
    let (role, name) = pair(text)?;
    match name.rsplit_once("@sha256:") {
        Some((name, digest)) => {
            let digest = format!("sha256:{digest}").parse::<Digest>();
            let sha256 = Some(digest.map_err(|error| error.to_string())?);
            Ok(Lineage { role, name: name.to_owned(), sha256 })
        }
        None => Ok(Lineage { role, name, sha256: None }),
    }
}
