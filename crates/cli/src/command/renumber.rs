//! `contract renumber`

use platform::contracts::LedgerFile;

use super::open;
use crate::args::Renumber;
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &Renumber) -> Result<Status> {
    let repository = open(std::slice::from_ref(&arguments.path), &arguments.rules)?;
    let registry = LedgerFile::of(&repository);
    let (old, id, path) = repository.renumber(&arguments.path, &registry)?;
    output::talk(&format!("{old} is now {id}; render its files again"));
    let path = repository.relative(&path).unwrap_or_else(|| path.display().to_string());
    output::data(&format!("{path}\n"))?;
    Ok(Status::Fine)
}
