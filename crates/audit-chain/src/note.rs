//! Signed notes (<https://c2sp.org/signed-note>): a text, an empty line, one line per signature.
//!
//! Signatures by keys the reader does not know are passed over, so that keys can be rotated and
//! witnesses can sign; a signature that names a known key and does not fit spoils the whole note.
//!
//! ```
//! use audit_chain::note::{self, Signer};
//!
//! let signer = Signer::from_seed("example.com/log", &[7; 32])?; // 32 random bytes, really
//! let note = note::sign("a text\nends in a newline\n", &[&signer])?;
//!
//! let opened = note::open(&note, &[signer.verifier_key()])?;
//! assert_eq!(opened.text, "a text\nends in a newline\n");
//! assert_eq!(opened.verified[0].name, "example.com/log");
//!
//! let error = note::open(note.replace("a text", "a test"), &[signer.verifier_key()]);
//! assert_eq!(error.unwrap_err().code(), "audit.signature_invalid");
//! # Ok::<(), audit_chain::Error>(())
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::{Error, Result};

mod key;
mod parse;

pub use key::{Algorithm, Cosigner, MAX_NAME_BYTES, Signer, VerifierKey};
pub use parse::{MAX_NOTE_BYTES, MAX_SIGNATURES};

/// A note of which at least one signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was signed; ends in a newline.
    pub text: String,
    /// The signatures by known keys, each key once, in the order of the note.
    pub verified: Vec<Signature>,
    /// The signatures by other keys. They prove nothing.
    pub unverified: Vec<Signature>,
}

/// Who signed a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The id of the key: the first four bytes of its hash.
    pub id: u32,
    /// When a witness signed, in seconds since 1970; `None` for other signatures, and for those not
    /// verified.
    pub timestamp: Option<u64>,
}

impl Signature {
    /// The key as it is spoken of: `name+id`, the id as 8 hexadecimal digits.
    pub fn key(&self) -> String {
        key::label(&self.name, self.id)
    }
}

/// Signs a text with every signer, in their order.
///
/// # Errors
///
/// [`Error::NoteMalformed`] when the text does not end in a newline, has other control characters,
/// or when there is no signer or more than [`MAX_SIGNATURES`] of them.
pub fn sign(text: &str, signers: &[&Signer]) -> Result<String> {
    parse::signable(text)?;
    if signers.is_empty() || signers.len() > MAX_SIGNATURES {
        return Err(Error::NoteMalformed { reason: "a note has 1 to 100 signatures" });
    }
    let mut note = format!("{text}\n");
    for signer in signers {
        note.push_str(&line(signer.name(), signer.id(), &signer.sign(text)));
    }
    Ok(note)
}

/// A note with this text and one line: the cosignature (<https://c2sp.org/tlog-cosignature>, Ed25519)
/// of a witness at `timestamp`, in seconds since 1970.
///
/// The text must be that of a checkpoint whose history the witness has checked. [`join`] adds the
/// line to the log's own note.
///
/// # Errors
///
/// [`Error::NoteMalformed`] or [`Error::CheckpointMalformed`] when it is no such text, or the time
/// does not fit in 63 bits.
pub fn cosign(text: &str, cosigner: &Cosigner, timestamp: u64) -> Result<String> {
    parse::signable(text)?;
    crate::checkpoint::Checkpoint::parse(text)?;
    if i64::try_from(timestamp).is_err() {
        return Err(Error::NoteMalformed { reason: "the time of a cosignature is out of range" });
    }
    let signature = cosigner.sign(text, timestamp);
    Ok(format!("{text}\n{}", line(cosigner.name(), cosigner.id(), &signature)))
}

/// One note with the signature lines of all, each line once. Nothing is verified.
///
/// # Errors
///
/// [`Error::NoteMalformed`], or [`Error::TextsDiffer`] when they are not about the same text.
pub fn join<N: AsRef<[u8]>>(notes: &[N]) -> Result<String> {
    let mut joined = String::new();
    let mut text = None;
    let mut lines = std::collections::BTreeSet::new();
    for note in notes {
        let raw = parse::Raw::read(note.as_ref())?;
        if *text.get_or_insert(raw.text) != raw.text {
            return Err(Error::TextsDiffer);
        }
        if joined.is_empty() {
            joined = format!("{}\n", raw.text);
        }
        for line in raw.lines() {
            if lines.insert(line) {
                joined.push_str(line);
                joined.push('\n');
            }
        }
    }
    if lines.is_empty() || lines.len() > MAX_SIGNATURES {
        return Err(Error::NoteMalformed { reason: "a note has 1 to 100 signatures" });
    }
    Ok(joined)
}

/// The note with the signature lines of one key only. Nothing is verified.
///
/// # Errors
///
/// [`Error::NoteMalformed`], or [`Error::NoteUnsigned`] when there is no such line.
pub fn only(note: impl AsRef<[u8]>, key: &VerifierKey) -> Result<String> {
    let raw = parse::Raw::read(note.as_ref())?;
    let mut kept = String::new();
    for (line, signature) in raw.lines().zip(&raw.signatures) {
        if signature.name == key.name() && signature.id == key.id() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    match kept.is_empty() {
        true => Err(Error::NoteUnsigned),
        false => Ok(format!("{}\n{kept}", raw.text)),
    }
}

/// Reads a note and verifies every signature that names one of `keys`.
///
/// # Errors
///
/// [`Error::NoteMalformed`]; [`Error::KeyAmbiguous`] when two of `keys` have the name and id of a
/// signature; [`Error::SignatureInvalid`] when a known key did not sign this text;
/// [`Error::NoteUnsigned`] when none of `keys` signed.
pub fn open(note: impl AsRef<[u8]>, keys: &[VerifierKey]) -> Result<Note> {
    let raw = parse::Raw::read(note.as_ref())?;
    let (mut verified, mut unverified) = (Vec::<Signature>::new(), Vec::<Signature>::new());
    for signature in &raw.signatures {
        let (name, id) = (signature.name, signature.id);
        let mut matching = keys.iter().filter(|key| key.name() == name && key.id() == id);
        let known = matching.next();
        if matching.next().is_some() {
            return Err(Error::KeyAmbiguous { key: key::label(name, id) });
        }
        let timestamp = match known {
            Some(key) => key.verify(raw.text, &signature.bytes)?,
            None => None,
        };
        let signed = Signature { name: name.to_owned(), id, timestamp };
        let group = if known.is_some() { &mut verified } else { &mut unverified };
        match group.iter_mut().find(|other| other.name == name && other.id == id) {
            // A witness may have signed twice: the later time counts.
            Some(earlier) => earlier.timestamp = earlier.timestamp.max(timestamp),
            None => group.push(signed),
        }
    }
    if verified.is_empty() {
        return Err(Error::NoteUnsigned);
    }
    Ok(Note { text: raw.text.to_owned(), verified, unverified })
}

/// Refuses what has not the form of a signed note. Nothing is verified.
pub(crate) fn check_form(note: &str) -> Result<()> {
    parse::Raw::read(note.as_bytes()).map(drop)
}

fn line(name: &str, id: u32, signature: &[u8]) -> String {
    let bytes = [&id.to_be_bytes()[..], signature].concat();
    format!("{}{name} {}\n", parse::SIGNATURE_MARK, BASE64.encode(bytes))
}

#[cfg(test)]
mod tests;
