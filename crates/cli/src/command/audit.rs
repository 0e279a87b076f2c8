//! `audit`: the tamper-evident log, one file per subcommand.

mod key_file;
mod keys;

use crate::args::Audit;
use crate::status::{Result, Status};

pub(super) fn run(audit: Audit) -> Result<Status> {
    match audit {
        Audit::Keys(it) => keys::run(&it),
    }
}
