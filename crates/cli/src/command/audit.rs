//! `audit`: the tamper-evident log, one file per subcommand.

mod canonicalize;
mod key_file;
mod keyring;
mod keys;
mod lines;

use crate::args::Audit;
use crate::status::{Result, Status};

pub(super) fn run(audit: Audit) -> Result<Status> {
    match audit {
        Audit::Canonicalize(it) => canonicalize::run(&it),
        Audit::Keys(it) => keys::run(&it),
    }
}
