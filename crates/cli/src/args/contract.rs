//! What was typed after `strongroom contract`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::Plain;

#[derive(Debug, Subcommand)]
pub(crate) enum Contract {
    /// Check contracts and say everything that is wrong with them, in one pass
    #[command(visible_alias = "check")]
    Validate(Validate),
    /// Decide who has to approve, and whether an approval still covers what is there
    Approval(Approval),
    /// Show what changes between two versions
    Plan(Plan),
    /// Write everything that follows from a contract
    Render(Render),
    /// Write a new contract with the next free number
    New(Box<New>),
    /// Give a contract the next free number, after two requests took the same one
    Renumber(Renumber),
    /// Record applied contracts in the catalogue and the audit file
    Catalog(Catalog),
    /// Print the schema for editors, the form for Backstage or the variables for Terraform
    Schema(Schema),
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
#[derive(Debug, Default, Args)]
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
    /// Mend what can be mended mechanically, without touching comments or layout
    #[arg(long)]
    pub(crate) fix: bool,
    /// From which severity on the exit status is 1
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,
    /// Also append a summary in Markdown to FILE, such as "$GITHUB_STEP_SUMMARY"
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
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

#[derive(Debug, Args)]
pub(crate) struct Approval {
    /// Files and folders [default: the folder of contracts]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) base: Base,
    /// The labels that are set
    #[arg(long, value_delimiter = ',')]
    pub(crate) labels: Vec<String>,
    /// The digest that was approved
    #[arg(long, value_name = "sha256:…")]
    pub(crate) digest: Option<String>,
    /// How to write the decision
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Files and folders [default: the folder of contracts]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) base: Base,
    /// How to write the plan
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
pub(crate) struct Render {
    /// Files and folders
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: Rules,
    /// The folder to write to [default: the root of the repository]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Write nothing; fail if a file is missing or stale
    #[arg(long, conflicts_with = "print")]
    pub(crate) check: bool,
    /// Write one rendering to standard output instead
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) print: Option<Rendering>,
    /// The web page of the repository, for links in the text of a pull request
    #[arg(long, value_name = "URL", env = "STRONGROOM_REPOSITORY_URL")]
    pub(crate) repository_url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rendering {
    /// The input of the Terraform module
    Tfvars,
    /// The IAM policy of the application
    Iam,
    /// The policy of the bucket
    BucketPolicy,
    /// The input of `aws cloudwatch put-metric-alarm`
    Alarm,
    /// The text of the pull request
    PrBody,
    /// The summary of a job, in Markdown
    Summary,
    /// The key of the Terraform state
    StateKey,
    /// The desired state, as JSON
    Spec,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The application that uses the bucket
    #[arg(long)]
    pub(crate) application: Option<String>,
    /// What the bucket is for
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// What is stored, in words
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// The team that answers for the bucket
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// The person who asks
    #[arg(long)]
    pub(crate) requester: Option<String>,
    /// Where the bucket lives
    #[arg(long)]
    pub(crate) environment: Option<String>,
    /// Who pays
    #[arg(long)]
    pub(crate) cost_center: Option<String>,
    /// From how many GiB on the owner is alerted
    #[arg(long)]
    pub(crate) cost_alert_gb: Option<u32>,
    /// The storage class [default: what suits the purpose]
    #[arg(long)]
    pub(crate) storage_class: Option<String>,
    /// Whether versions are kept [default: what suits the purpose]
    #[arg(long)]
    pub(crate) versioning: Option<bool>,
    /// Whether browsers may read from other origins
    #[arg(long)]
    pub(crate) cors_enabled: Option<bool>,
    /// How long objects are kept
    #[arg(long)]
    pub(crate) retention: Option<String>,
    /// Why
    #[arg(long)]
    pub(crate) rationale: Option<String>,
    /// Whether the world is kept out
    #[arg(long)]
    pub(crate) public_access: Option<String>,
    /// Days after which objects are deleted
    #[arg(long)]
    pub(crate) expire_days: Option<u32>,
    /// Days after which objects move to Standard-IA
    #[arg(long)]
    pub(crate) transition_to_ia_days: Option<u32>,
    /// Days after which objects move to Glacier
    #[arg(long)]
    pub(crate) transition_to_glacier_days: Option<u32>,
    /// A further tag; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) tag: Vec<String>,
    /// Read the fields from a JSON file, such as a form's payload; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// The root of the repository [default: found upwards]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Take the number from a store, where open requests cannot meet: `s3://bucket/prefix`,
    /// `file:///dir` [default: from the ledger in the repository]
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Print the contract instead of writing it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask for nothing, even on a terminal
    #[arg(long)]
    pub(crate) no_input: bool,
    #[command(flatten)]
    pub(crate) rules: Rules,
}

#[derive(Debug, Args)]
pub(crate) struct Renumber {
    /// The contract that has to give way
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) rules: Rules,
}

#[derive(Debug, Args)]
pub(crate) struct Catalog {
    /// Files and folders
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: Rules,
    /// The region that the bucket is in
    #[arg(long, env = "AWS_REGION", default_value = "unknown")]
    pub(crate) region: String,
    /// The state of the bucket: active, retired, …
    #[arg(long, default_value = "active")]
    pub(crate) status: String,
    /// Also append to the audit file
    #[arg(long)]
    pub(crate) audit: bool,
    /// What was done, for the audit file
    #[arg(long, default_value = "apply")]
    pub(crate) action: String,
    /// How it ended, for the audit file
    #[arg(long, default_value = "success")]
    pub(crate) outcome: String,
    /// Who approved, for the audit file
    #[arg(long, env = "GITHUB_ACTOR", default_value = "unknown")]
    pub(crate) approver: String,
    /// What tells this run from others, so that a repeated run adds no second row
    #[arg(long, env = "GITHUB_RUN_ID")]
    pub(crate) run_id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// What to print
    #[arg(long, value_enum, default_value_t = SchemaKind::JsonSchema)]
    pub(crate) kind: SchemaKind,
    #[command(flatten)]
    pub(crate) rules: Rules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// JSON Schema, for editors
    JsonSchema,
    /// The template of a Backstage form
    Backstage,
    /// The variables of the Terraform module
    Terraform,
    /// The fields and rules as Markdown
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A code or a name, such as G106 or weak-encryption; all rules if left out
    pub(crate) rule: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
