//! `audit verify-proof`

use std::io::Read as _;

use audit_chain::Error as Chain;
use audit_chain::proof::{MAX_EXTRA_BYTES, Verified};
use audit_chain::record::MAX_RECORD_BYTES;
use audit_chain::verify::verify_evidence;
use platform::files;
use serde::Serialize;

use super::lines;
use super::verify::trusted;
use crate::args::{Plain, VerifyProof};
use crate::output;
use crate::status::{Error, Result, Status};

/// Far more than a proof without extra data can have.
const MAX_PROOF_BYTES: usize = 4 * MAX_EXTRA_BYTES;

#[derive(Serialize)]
struct Answer<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    signed_by: &'a [String],
    witnessed_by: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    message: String,
}

pub(super) fn run(arguments: &VerifyProof) -> Result<Status> {
    let Some(keyring) = trusted(&arguments.trust)? else {
        return Err(Error::invalid(
            "a proof proves nothing without a key that is trusted",
            "name it with `--vkey` or `--keyring`",
        ));
    };
    let proof = files::read_bounded(&arguments.proof, MAX_PROOF_BYTES)?;
    let mut line = Vec::new();
    let input = lines::open(&arguments.record)?.take(MAX_RECORD_BYTES as u64 + 2);
    let read = { input }.read_to_end(&mut line);
    read.map_err(|source| Error::Input { source })?;
    match verify_evidence(proof, &line, &keyring) {
        Ok(verified) => proved(&verified, arguments.format),
        Err(
            source @ (Chain::ProofMalformed { .. }
            | Chain::NoteMalformed { .. }
            | Chain::CheckpointMalformed { .. }),
        ) => {
            let message = format!("`{}` is no proof", arguments.proof.display());
            Err(Error::Chain { message, source })
        }
        Err(error) => refuted(&error, arguments.format),
    }
}

fn proved(verified: &Verified, format: Plain) -> Result<Status> {
    let Verified { index, trusted } = verified;
    let checkpoint = &trusted.checkpoint;
    match format {
        Plain::Human => output::data(&format!(
            "record {index} is in `{}`, as one of {} records\nsigned by {}\n",
            checkpoint.origin,
            checkpoint.size,
            trusted.signed_by.join(", ")
        ))?,
        Plain::Json => print(&Answer {
            status: "ok",
            seq: Some(*index),
            origin: Some(&checkpoint.origin),
            size: Some(checkpoint.size),
            signed_by: &trusted.signed_by,
            witnessed_by: trusted.witnessed_by.iter().map(|it| it.key.as_str()).collect(),
            error: None,
        })?,
    }
    Ok(Status::Fine)
}

fn refuted(error: &Chain, format: Plain) -> Result<Status> {
    // That nobody who is trusted has signed says nothing about the record.
    let unknown = matches!(
        error,
        Chain::NoteUnsigned
            | Chain::WitnessesMissing { .. }
            | Chain::KeyRevoked { .. }
            | Chain::KeyOutOfRange { .. }
            | Chain::OriginMismatch { .. }
    );
    let (word, status) = match unknown {
        true => ("could_not_verify", Status::Unverified),
        false => ("tampered", Status::Tampered),
    };
    match format {
        Plain::Human => output::data(&format!("{word}: {error} ({})\n", error.code()))?,
        Plain::Json => print(&Answer {
            status: word,
            seq: None,
            origin: None,
            size: None,
            signed_by: &[],
            witnessed_by: Vec::new(),
            error: Some(Problem { code: error.code(), message: error.to_string() }),
        })?,
    }
    Ok(status)
}

fn print(answer: &Answer<'_>) -> Result<()> {
    output::data(&(serde_json::to_string(answer).expect("an answer is plain data") + "\n"))
}
