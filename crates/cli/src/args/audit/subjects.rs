//! What was typed about the people that a log speaks of.

use audit_chain::seal::Path;
use clap::Args;
use platform::ledger::SubjectAt;

use super::write::Writing;

/// What is sealed before it is recorded, and for whom.
#[derive(Debug, Default, Args)]
pub(crate) struct Sealing {
    /// Seal what stands at these places in the `details`: `customer.mail,/phones/0`
    #[arg(long, value_name = "PATH[,PATH]", value_delimiter = ',', requires = "subject_keys")]
    pub(crate) seal: Vec<Path>,
    /// Let some of the places be missing from an event; a slip in a place is then not noticed
    #[arg(long, requires = "seal")]
    pub(crate) seal_if_there: bool,
    /// Seal the actor too
    #[arg(long, requires = "subject_keys")]
    pub(crate) seal_actor: bool,
    /// The `subject` of lines without one: the person whose key seals
    #[arg(long, requires = "subject_keys", conflicts_with = "subject_at")]
    pub(crate) subject: Option<String>,
    /// Where in the `details` lines without `subject` say whom they are about; `actor` for the actor
    #[arg(long, value_name = "PATH", value_parser = subject_at, requires = "subject_keys")]
    pub(crate) subject_at: Option<SubjectAt>,
    /// The store with the keys of the subjects: not that of the log, and one that forgets
    #[arg(long, value_name = "URL")]
    pub(crate) subject_keys: Option<String>,
}

/// A place in the details, or the actor; a member `actor` of the details is `/actor`.
fn subject_at(text: &str) -> Result<SubjectAt, audit_chain::Error> {
    match text {
        "actor" => Ok(SubjectAt::Actor),
        path => path.parse().map(SubjectAt::Details),
    }
}

const ERASE_HELP: &str = "\
The records stay as they are, and so does every proof; what was sealed for the subject opens no more. A
record says which keys were destroyed, and not whose they were. Copies of the store of keys, backups too,
must be destroyed as well. If it breaks off, do it again.

Exit status: 3 if the store has no key for the subject.

Examples:
  strongroom audit erase-subject s3://audit-prod/orders customer-77 --subject-keys s3://audit-keys/orders
  strongroom audit erase-subject ./log - --subject-keys ./keys < subject";

#[derive(Debug, Args)]
#[command(after_help = ERASE_HELP)]
pub(crate) struct EraseSubject {
    /// The log
    pub(crate) url: String,
    /// The person, as `append` was told; `-` reads it from standard input, where no list of processes
    /// and no history of a shell shows it
    pub(crate) subject: String,
    /// The store with the keys of the subjects
    #[arg(long, value_name = "URL")]
    pub(crate) subject_keys: String,
    #[command(flatten)]
    pub(crate) writing: Writing,
}
