//! `audit erase-subject`. The subject is named in nothing that is printed or recorded.

use platform::ledger;

use super::{runtime, subject_keys, writing};
use crate::args::EraseSubject;
use crate::command::ledger::sealing;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &EraseSubject) -> Result<Status> {
    let subject = subject(&arguments.subject)?;
    let erased = runtime()?.block_on(async {
        let keys = subject_keys::open(&arguments.subject_keys, &arguments.url).await?;
        let ledger = writing::open(&arguments.url, &arguments.writing).await?;
        let erase = async { Ok(ledger::erase_subject(&ledger, &keys, &subject).await?) };
        sealing(&ledger, erase).await
    })?;
    if erased.is_empty() {
        let message = "the store has no key for this subject; nothing was recorded".to_owned();
        return Err(Error::NotFound { message });
    }
    for kid in erased {
        output::data(&format!("the key {kid} is destroyed\n"))?;
    }
    Ok(Status::Fine)
}

/// The subject that was typed, or the one on standard input.
fn subject(typed: &str) -> Result<String> {
    if typed != "-" {
        return Ok(typed.to_owned());
    }
    let read = std::io::read_to_string(std::io::stdin());
    let read = read.map_err(|source| Error::Input { source })?;
    Ok(read.strip_suffix('\n').unwrap_or(&read).trim_end_matches('\r').to_owned())
}
