//! What was typed after the commands of `strongroom audit` that write a log.

use std::num::{NonZeroU16, NonZeroU64};
use std::path::PathBuf;

use audit_chain::Hash;
use audit_chain::note::VerifierKey;
use clap::Args;

use super::filter::Moment;
use super::lock::{ClassDays, LockFor};
use super::subjects::Sealing;
use crate::args::Plain;

/// How a log is written.
#[derive(Debug, Default, Args)]
pub(crate) struct Writing {
    /// The key that signs checkpoints, as `strongroom audit keys generate` wrote it
    #[arg(long, value_name = "FILE", env = "STRONGROOM_SIGNER")]
    pub(crate) signer: Option<PathBuf>,
    /// A key whose checkpoints are believed when the log is opened; may be repeated
    #[arg(long, value_name = "KEY")]
    pub(crate) trust: Vec<VerifierKey>,
    /// Lock each object for a time [default: as the bucket does]
    #[arg(long, value_name = "MODE:TIME")]
    pub(crate) lock: Option<LockFor>,
    /// Lock the records of a retention class for another time; may be repeated
    #[arg(long, value_name = "CLASS=TIME", requires = "lock")]
    pub(crate) class_lock: Vec<ClassDays>,
    /// Who writes, for the records; think of a host and a process
    #[arg(long, value_name = "NAME")]
    pub(crate) writer: Option<String>,
}

const APPEND_HELP: &str = "\
Each line is an object with `event_type`, `actor`, `resource`, `action` and `details`, and perhaps
`event_id`, `class` and `subject`. For each line a receipt is printed as soon as the record is stored, in the order
of the lines. A line that cannot be recorded ends the command before anything after it is taken; what
has a receipt stays. Send an event again with the same `event_id` and it is not recorded twice: as long
as the first is not in a checkpoint, or this process has recorded it.

With `--seal` the values at those places are sealed for the `subject` of the line, who is not recorded,
and `strongroom audit erase-subject` makes them noise. `--subject-at` takes the person from the `details`
instead. A line that has something to seal and names nobody is refused, and so is one without a place of
`--seal`.

SIGINT or SIGTERM: takes no more lines, stores what is on its way, prints the receipts. A second one
leaves at once.

Exit status: 2 if a line could not be recorded, 1 with `--keep-going`, 130 or 143 after a signal.

Examples:
  echo '{\"event_type\": \"report.read\", \"actor\": \"alice\", \"resource\": \"report/1\", \"action\": \"read\"}' |
    strongroom audit append s3://audit-prod/orders --signer orders.key
  tail -F app.jsonl | strongroom audit append ./log --actor app --event-type app.log --keep-going
  strongroom audit append s3://audit-prod/tax --lock compliance:10y --class-lock short=90d < events
  strongroom audit append ./log events.jsonl --seal customer.mail --subject-at customer.number \\
    --subject-keys ./keys";

#[derive(Debug, Args)]
#[command(after_help = APPEND_HELP)]
pub(crate) struct Append {
    /// The log: `s3://bucket/prefix`, `file:///dir` or a path that begins with `/` or `./`
    pub(crate) url: String,
    /// Lines of JSON; `-` for standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// The `event_type` of lines without one
    #[arg(long, value_name = "TYPE")]
    pub(crate) event_type: Option<String>,
    /// The `actor` of lines without one
    #[arg(long)]
    pub(crate) actor: Option<String>,
    /// The `resource` of lines without one
    #[arg(long)]
    pub(crate) resource: Option<String>,
    /// The `action` of lines without one
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// The retention class of lines without one
    #[arg(long)]
    pub(crate) class: Option<String>,
    /// Pass over lines that cannot be recorded
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// How many events may be on their way at a time
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) in_flight: u32,
    /// After how many records a checkpoint is written at the latest, with `--signer`; one is written
    /// after ten seconds and at the end anyway
    #[arg(long, value_name = "N", requires = "signer")]
    pub(crate) checkpoint_records: Option<NonZeroU64>,
    /// The first line of the checkpoints, if the log is new [default: `strongroom/` and its id]
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// Begin a ledger of N logs side by side, for more events than one log takes; the lane of an event
    /// follows from its resource, and N is fixed for good. A ledger that is there knows its lanes
    #[arg(long, value_name = "N")]
    pub(crate) lanes: Option<NonZeroU16>,
    #[command(flatten)]
    pub(crate) sealing: Sealing,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Write figures for Prometheus to FILE, every ten seconds and at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
    /// How to write the receipts
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const CHECKPOINT_HELP: &str = "\
Prints the newest checkpoint: a signed note, to be kept elsewhere or shown to a witness.

Exit status:
  3  there is no log, or no checkpoint yet
  7  the log does not verify, and nothing was signed

Examples:
  strongroom audit checkpoint s3://audit-prod/orders --signer orders.key > orders.checkpoint
  strongroom audit checkpoint s3://audit-prod/orders --add-cosignature note --witness KEY";

#[derive(Debug, Args)]
#[command(after_help = CHECKPOINT_HELP)]
pub(crate) struct Checkpoint {
    /// The log
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Let this key sign from here on: a record says so, and both keys sign the checkpoint
    #[arg(long, value_name = "FILE", requires = "signer")]
    pub(crate) rotate_to: Option<PathBuf>,
    /// Keep the word of a witness: the note that it gave, signed with the key of `--witness`
    #[arg(long, value_name = "FILE", requires = "witness")]
    pub(crate) add_cosignature: Option<PathBuf>,
    /// The key of the witness
    #[arg(long, value_name = "KEY")]
    pub(crate) witness: Option<VerifierKey>,
    /// How to write the checkpoint: the note itself, or with what it says
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const IMPORT_HELP: &str = "\
Rebuilds the order of the older log from its links, says what was found, and puts its records at the end
of the new log; a record then says which they are. `--dry-run` only says what was found.

Exit status, also with `--dry-run`:
  7  the older log was tampered with; without `--even-if-damaged` nothing is taken over
  8  there is no record in it, or not all could be read

Examples:
  strongroom audit import-legacy s3://old-audit s3://audit-prod/orders --dry-run
  strongroom audit import-legacy s3://old-audit s3://audit-prod/orders --signer orders.key";

#[derive(Debug, Args)]
#[command(after_help = IMPORT_HELP)]
pub(crate) struct ImportLegacy {
    /// The older log, one object for each event
    pub(crate) old_url: String,
    /// The log that takes its records
    pub(crate) new_url: String,
    /// Write nothing; say what the older log is
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The hash of the last record of the older log, if somebody remembers it
    #[arg(long, value_name = "HASH")]
    pub(crate) legacy_head: Option<Hash>,
    /// Take over the sound records of a log that was tampered with; what was found is recorded
    #[arg(long)]
    pub(crate) even_if_damaged: bool,
    /// The first line of the checkpoints, if the log is new [default: `strongroom/` and its id]
    #[arg(long)]
    pub(crate) origin: Option<String>,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

const PRUNE_HELP: &str = "\
Removes the bodies of sealed records. Their hashes stay, so that every proof still verifies, and a record
says what was removed.

Exit status:
  3  there is no log
  5  a retention or a hold protects a segment, and nothing was removed
  7  a segment is not what the checkpoints say, and nothing was removed

Examples:
  strongroom audit prune s3://audit-prod/orders --before 2020-01-01 --expired-only --signer orders.key
  strongroom audit prune ./log --before-seq 10000 --dry-run";

#[derive(Debug, Args)]
#[command(after_help = PRUNE_HELP)]
pub(crate) struct Prune {
    /// The log
    pub(crate) url: String,
    /// Records stamped before this moment
    #[arg(long, value_name = "MOMENT", required_unless_present = "before_seq")]
    pub(crate) before: Option<Moment>,
    /// Records below this number
    #[arg(long, value_name = "SEQ")]
    pub(crate) before_seq: Option<u64>,
    /// Stop before a segment that a retention or a hold protects, instead of removing nothing
    #[arg(long)]
    pub(crate) expired_only: bool,
    /// Only say what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// How to write what was removed
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
