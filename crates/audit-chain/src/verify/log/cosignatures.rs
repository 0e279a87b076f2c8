//! The word of witnesses, which is kept beside a checkpoint and not in it.

use std::collections::BTreeSet;

use crate::checkpoint::Checkpoint;
use crate::note::{self, Signature, VerifierKey};

use super::super::{Finding, Findings, Kind};
use super::checkpoints::text;

/// What the witnesses say about one checkpoint.
#[derive(Debug, Default)]
pub(super) struct Word {
    /// The known witnesses that have signed it, as `name+id`.
    pub(super) by: BTreeSet<String>,
    /// Notes with the text of the checkpoint and the lines of those witnesses.
    pub(super) notes: Vec<String>,
}

/// Reads what is kept as the word of witnesses about `checkpoint`, whose note begins with `about`.
/// What somebody signed whom the verifier does not know is passed over.
pub(super) fn read(
    checkpoint: &Checkpoint,
    about: &str,
    cosignatures: &[(String, impl AsRef<[u8]>)],
    witnesses: &[VerifierKey],
    findings: &mut Findings,
) -> Word {
    let mut word = Word::default();
    for (key, note) in cosignatures {
        match one(checkpoint, about, note.as_ref(), witnesses) {
            Ok(signatures) => {
                let by = |witness: &&VerifierKey| {
                    let is = |it: &Signature| it.name == witness.name() && it.id == witness.id();
                    signatures.iter().any(is)
                };
                for witness in witnesses.iter().filter(by) {
                    word.by.insert(witness.label());
                    word.notes.extend(note::only(note, witness));
                }
            }
            Err(finding) => findings.push(finding.of(key).before(checkpoint.size)),
        }
    }
    word
}

/// The signatures of known witnesses, of whom there may be none.
fn one(
    checkpoint: &Checkpoint,
    about: &str,
    cosigned: &[u8],
    witnesses: &[VerifierKey],
) -> Result<Vec<Signature>, Box<Finding>> {
    let opened = note::open(cosigned, witnesses);
    let bad = |message: String| Box::new(Finding::new(Kind::BadCheckpoint, message));
    if let Err(error @ crate::Error::NoteMalformed { .. }) = &opened {
        let message = format!("it is not the word of a witness: {error}");
        return Err(Box::new(Finding::new(Kind::Malformed, message)));
    }
    if text(cosigned) == Some(about) {
        return match opened {
            Ok(opened) => Ok(opened.verified),
            Err(crate::Error::NoteUnsigned) => Ok(Vec::new()),
            Err(error) => Err(bad(format!("the word of a witness does not hold: {error}"))),
        };
    }
    let other = text(cosigned).and_then(|text| Checkpoint::parse(text).ok());
    match other.filter(|it| it.origin == checkpoint.origin && it.size == checkpoint.size) {
        Some(other) if opened.is_ok() && other.root != checkpoint.root => {
            let message = "a witness has signed another root at this size";
            let finding = Finding::new(Kind::InconsistentCheckpoints, message);
            Err(Box::new(finding.instead(checkpoint.root, other.root)))
        }
        _ => Err(bad("it is not about the checkpoint that it is kept for".to_owned())),
    }
}
