//! `audit prove`

use std::path::PathBuf;

use audit_chain::Hash;
use platform::files;
use platform::ledger::{self, Evidence, RecordName};
use serde_json::json;

use super::verify::trusted;
use super::{runtime, store};
use crate::args::{Plain, Prove};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Prove) -> Result<Status> {
    let which = named(&arguments.which)?;
    let keyring = trusted(&arguments.trust)?;
    let evidence = runtime()?.block_on(async {
        let store = store(&arguments.url).await?;
        Ok::<_, Error>(match &keyring {
            Some(keyring) => ledger::prove_to(&store, which, keyring).await?,
            None => ledger::prove(&store, which).await?,
        })
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
    if let Some(path) = &arguments.out {
        files::replace(path, &text)?;
    }
    if arguments.format == Plain::Json {
        return answer(arguments, &evidence, &text);
    }
    if arguments.out.is_none() {
        output::data(&text)?;
    }
    output::talk(&format!("record {} has the hash {}", evidence.proof.index, evidence.record_hash));
    Ok(Status::Fine)
}

/// What was proved, for a program: the proof itself only where no file has it.
fn answer(arguments: &Prove, evidence: &Evidence, text: &str) -> Result<Status> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|it| it.display().to_string());
    output::json(&json!({
        "seq": evidence.proof.index,
        "record_hash": evidence.record_hash.to_string(),
        "proof": arguments.out.is_none().then_some(text),
        "proof_file": path(&arguments.out),
        "record_file": path(&arguments.record),
    }))?;
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
