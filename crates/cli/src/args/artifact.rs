//! What was typed after `strongroom artifact`.

mod release;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use platform::artifacts::Filter;
use storage_core::Digest;
use storage_core::artifacts::{ArtifactKey, Stage};

use super::{Plain, Writing};

pub(crate) use release::{Approve, Demote, Gate, Models, Promote, Register};

#[derive(Debug, Subcommand)]
pub(crate) enum Artifact {
    /// Check a file and keep it for good
    Put(Box<Put>),
    /// Write the bytes of an artifact, once they are known to be those that were accepted
    Get(Get),
    /// Decide about a file that was put aside
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Hold the logs of the artifacts against the ledger, and their bytes against the logs
    Verify(VerifyArtifacts),
    /// Show what there is
    List(List),
    /// Make an address with which somebody without credentials can read or upload one file for a while
    Presign(Box<Presign>),
    /// Write down what a gate said about what a release holds
    Gate(Box<Gate>),
    /// Agree that a release moves on with exactly what it holds
    Approve(Box<Approve>),
    /// Move a release to the next stage: dev, staging, prod
    Promote(Box<Promote>),
    /// Move a release back
    Demote(Box<Demote>),
    /// Say something about a version of a model: metrics, parameters, what it was made from
    Register(Box<Register>),
    /// Show the models: their versions, stages, metrics and origins
    Models(Models),
    /// Act on notifications of S3: validate, index, audit
    OnEvent(Box<OnEvent>),
}

/// Where artifacts are read.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where the artifacts are: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    #[arg(long, value_name = "URL", env = "STRONGROOM_STORE")]
    pub(crate) store: String,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

/// Where artifacts are changed, by whom, and where that is recorded.
#[derive(Debug, Args)]
pub(crate) struct Change {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Where it is recorded [default: below the store, in `_strongroom/ledger`]
    #[arg(long, value_name = "URL", env = "STRONGROOM_LEDGER")]
    pub(crate) ledger: Option<String>,
    /// Who acts, for the ledger
    #[arg(long, env = "STRONGROOM_ACTOR")]
    pub(crate) actor: String,
    #[command(flatten)]
    pub(crate) writing: Writing,
}

/// What `strongroom artifact quarantine` does.
#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// Make an artifact of it all the same
    Release(Aside),
    /// Destroy it
    Discard(Aside),
}

#[derive(Debug, Args)]
#[command(after_help = "\
`strongroom artifact list --all` shows what was put aside, and why. Bytes are kept by their digest: those that
were put aside under several keys are destroyed under all of them.

Exit status:
  3  nothing is kept aside of it
  4  other bytes are there, or the release was promoted and takes no more

Example:
  strongroom artifact quarantine release models/uplift/1.2.0/model.bin --reason 'a false alarm, ticket 7' \\
    --store s3://artifacts --actor ana")]
pub(crate) struct Aside {
    /// The key
    pub(crate) key: ArtifactKey,
    /// The digest of the bytes [default: what was put aside last]
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<Digest>,
    /// Why, for the ledger
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Every change in a log has a record in the ledger, and every record a change; so each store of artifacts needs a
ledger of its own. Whether the ledger itself is as it was written is told by `strongroom audit verify`.

Exit status:
  7  something is not as it should be

Example:
  strongroom artifact verify --content --store s3://artifacts --actor cron")]
pub(crate) struct VerifyArtifacts {
    /// Read the bytes of every artifact, too
    #[arg(long)]
    pub(crate) content: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// How files are checked.
#[derive(Debug, Args)]
pub(crate) struct Checks {
    /// What is taken of each kind, as JSON [default: the built-in rules]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// A ClamAV daemon that is shown every file, such as `127.0.0.1:3310`
    #[arg(long, value_name = "HOST:PORT", env = "STRONGROOM_CLAMD")]
    pub(crate) clamd: Option<String>,
}

const PUT_HELP: &str = "\
A key has one of four forms:
  builds/{pipeline_id}/{run_id}/{name}
  models/{model}/{version}/{name}
  packs/{pack}/{version}/{pack}-{version}.tar.gz
  uploads/{tenant}/{date}/{upload_id}/{file}

The same bytes again are there already. A file that does not pass its checks is kept aside, and the
ledger says why.

Exit status:
  1  the file was put aside
  4  other bytes are there, or the release was promoted and takes no more
  6  the store or the scanner does not answer

Examples:
  strongroom artifact put builds/api/1042/app.tar.gz app.tar.gz --store s3://artifacts --actor ci
  strongroom artifact put models/uplift/1.2.0/model.onnx model.onnx --sha256 sha256:… --store ./store --actor ana";

#[derive(Debug, Args)]
#[command(after_help = PUT_HELP)]
pub(crate) struct Put {
    /// The key
    pub(crate) key: ArtifactKey,
    /// The file; `-` for standard input
    pub(crate) file: PathBuf,
    /// The digest that it must have
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<Digest>,
    /// The length that it must have, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) size: Option<u64>,
    /// What its sender calls it; has to fit the ending
    #[arg(long, value_name = "TYPE")]
    pub(crate) media_type: Option<String>,
    #[command(flatten)]
    pub(crate) checks: Checks,
    #[command(flatten)]
    pub(crate) change: Change,
}

const GET_HELP: &str = "\
Nothing is written before all of it is known to be what was accepted.

Exit status:
  1  it was put aside
  3  there is no such artifact, or it was not checked yet
  7  the bytes are others than those that were accepted

Examples:
  strongroom artifact get builds/api/1042/app.tar.gz --store s3://artifacts --out app.tar.gz
  strongroom artifact get models/uplift/1.2.0/metrics.json --store ./store --stage prod";

#[derive(Debug, Args)]
#[command(after_help = GET_HELP)]
pub(crate) struct Get {
    /// The key
    pub(crate) key: ArtifactKey,
    /// Where to write the bytes [default: to standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Refuse unless its release is in this stage or beyond
    #[arg(long)]
    pub(crate) stage: Option<Stage>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Those under this, for example `models/uplift`
    pub(crate) under: Option<String>,
    /// Those of releases in this stage
    #[arg(long)]
    pub(crate) stage: Option<Stage>,
    /// Also what is no artifact: announced, put aside, removed
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl List {
    pub(crate) fn filter(&self) -> Filter {
        Filter { under: self.under.clone(), stage: self.stage, all: self.all }
    }
}

const PRESIGN_HELP: &str = "\
The address is printed and nowhere written down; that it was given out stands in the ledger. It works
until its time is over, whatever happens to who made it, unless the credentials end before.

What is uploaded becomes an artifact when its notification reaches `strongroom artifact on-event`.

Exit status:
  2  the store has no addresses: only S3 has
  3  there is no such artifact
  4  other bytes are there, or the release was promoted and takes no more

Examples:
  strongroom artifact presign get builds/api/1042/app.tar.gz --for 15m --store s3://artifacts --actor ci
  strongroom artifact presign put --tenant acme --file data.csv --store s3://artifacts --actor portal";

#[derive(Debug, Args)]
#[command(after_help = PRESIGN_HELP)]
pub(crate) struct Presign {
    /// What the address is for
    #[arg(value_enum)]
    pub(crate) what: Opens,
    /// The key; for an upload of a tenant it is made up
    #[arg(required_unless_present = "tenant")]
    pub(crate) key: Option<ArtifactKey>,
    /// For how long: `90s`, `15m`, `2h`, at most `7d`
    #[arg(long = "for", value_name = "TIME", default_value = "15m", value_parser = time)]
    pub(crate) valid_for: Duration,
    /// Whose upload it is
    #[arg(long, requires = "file", conflicts_with = "key")]
    pub(crate) tenant: Option<String>,
    /// What the file is called
    #[arg(long, requires = "tenant")]
    pub(crate) file: Option<String>,
    /// The digest that the file must have
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<Digest>,
    /// The length that it must have, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) size: Option<u64>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Opens {
    /// To read an artifact
    Get,
    /// To upload a file
    Put,
}

const ON_EVENT_HELP: &str = "\
Takes what a Lambda, a queue or a topic is handed: records of S3, also inside messages of SQS and SNS, or
an event of EventBridge. The same message again, or one that comes late, changes nothing.

Exit status:
  1  something was put aside, or has a key that cannot be one
  2  this is no notification: delivering it again cannot help
  4, 6  try again later: let the message be delivered again

Examples:
  strongroom artifact on-event event.json --store s3://artifacts --actor intake
  aws sqs receive-message … | jq -r '.Messages[].Body' | strongroom artifact on-event - --store s3://artifacts --actor intake";

#[derive(Debug, Args)]
#[command(after_help = ON_EVENT_HELP)]
pub(crate) struct OnEvent {
    /// The message; `-` for standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) checks: Checks,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// `90s`, `15m`, `2h`, `7d`.
fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time such as `90s`, `15m`, `2h` or `7d`");
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}
