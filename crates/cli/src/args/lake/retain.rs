//! What was typed after `strongroom lake retain`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use storage_core::Digest;

use super::{Committer, LakePlace};
use crate::args::Plain;

#[derive(Debug, Subcommand)]
pub(crate) enum Retain {
    /// Print which rows would go, and why others stay although their own time is over
    Plan(PlanRetention),
    /// Remove what the plan with this digest says, if it is still what comes out
    Apply(Box<ApplyRetention>),
}

const PLAN_HELP: &str = "\
Nothing is changed. Rows of bronze stay for as long as rows of silver rest on them, and those for as long
as rows of gold do: the longest duty governs, and is named. The raw inputs are not the lake's, and whoever
keeps them says how long.

Exit status:
  2  the policy does not hold
  5  the clock cannot be believed

Examples:
  strongroom lake retain plan --lake ./lake --policy retention.yaml
  strongroom lake retain plan --lake s3://bucket --policy retention.yaml --as-of 2031-12-31 --format json";

#[derive(Debug, Args)]
#[command(after_help = PLAN_HELP)]
pub(crate) struct PlanRetention {
    #[command(flatten)]
    pub(crate) place: LakePlace,
    #[command(flatten)]
    pub(crate) what: What,
    /// How to write the plan
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// What is planned with.
#[derive(Debug, Args)]
pub(crate) struct What {
    /// How long rows are kept, and what is held: a policy (YAML or JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// What would have gone on this day [default: today, where the days of the policy begin]
    #[arg(long, value_name = "DAY")]
    pub(crate) as_of: Option<NaiveDate>,
}

const APPLY_HELP: &str = "\
The plan is made again. If it has another digest, nothing is done. Else each table gets one commit that
names the plan and the policy, from gold down to bronze, and the files go with all their versions. Given
again, the command goes on where it was interrupted; what an object lock protects stays until then, and is
gone for every engine. What was taken in stays known, and is not taken in again.

Exit status:
  4  the plan is another one now, and nothing was done; or somebody is making rows that may rest on what would go
  5  the store protects files, or the clock cannot be believed

Example:
  strongroom lake retain apply --lake ./lake --policy retention.yaml --plan-digest sha256:9f86d081…";

#[derive(Debug, Args)]
#[command(after_help = APPLY_HELP)]
pub(crate) struct ApplyRetention {
    #[command(flatten)]
    pub(crate) place: LakePlace,
    #[command(flatten)]
    pub(crate) committer: Committer,
    #[command(flatten)]
    pub(crate) what: What,
    /// The digest that `retain plan` printed
    #[arg(long, value_name = "DIGEST")]
    pub(crate) plan_digest: Digest,
    /// How to write what was done
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
