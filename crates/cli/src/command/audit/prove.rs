//! `audit prove`

use audit_chain::Hash;
use platform::files;
use platform::ledger::{self, RecordName};

use super::{runtime, store};
use crate::args::Prove;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Prove) -> Result<Status> {
    let which = named(&arguments.which)?;
    let evidence = runtime()?.block_on(async {
        Ok::<_, Error>(ledger::prove(&store(&arguments.url).await?, which).await?)
    })?;
    if let Some(path) = &arguments.record {
        let line = evidence.line.as_deref().and_then(|line| std::str::from_utf8(line).ok());
        let Some(line) = line else {
            return Err(Error::NotFound {
                message: format!("the body of record {} was pruned", evidence.proof.index),
            });
        };
        files::replace(path, &format!("{line}\n"))?;
    }
    let text = evidence.proof.to_text();
    match &arguments.out {
        Some(path) => files::replace(path, &text).map(|_| ())?,
        None => output::data(&text)?,
    }
    output::talk(&format!("record {} has the hash {}", evidence.proof.index, evidence.record_hash));
    Ok(Status::Fine)
}

fn named(text: &str) -> Result<RecordName> {
    if let Ok(seq) = text.parse() {
        return Ok(RecordName::Seq(seq));
    }
    let hash: std::result::Result<Hash, _> = text.parse();
    hash.map(RecordName::Hash).map_err(|_| {
        Error::invalid(
            format!("`{text}` names no record"),
            "write its number, or its hash as 64 hexadecimal digits in lower case",
        )
    })
}
