//! The form of a signed note, before any key is looked at.

use base64::Engine as _;

use super::{BASE64, key};
use crate::{Error, Result};

/// The largest note that is read: room for [`MAX_SIGNATURES`] signatures, also those of algorithms
/// that this crate does not know (2,420 bytes for ML-DSA-44).
pub const MAX_NOTE_BYTES: usize = 512 * 1024;

/// The most signatures a note may have. The specification asks for at least 16; 100 is the limit of
/// Go's `sumdb/note`.
pub const MAX_SIGNATURES: usize = 100;

/// What a signature line begins with: an em dash and a space.
pub(super) const SIGNATURE_MARK: &str = "\u{2014} ";

/// A note taken apart, unverified.
pub(super) struct Raw<'n> {
    pub(super) text: &'n str,
    pub(super) signatures: Vec<RawSignature<'n>>,
    lines: &'n str,
}

pub(super) struct RawSignature<'n> {
    pub(super) name: &'n str,
    pub(super) id: u32,
    /// Without the id.
    pub(super) bytes: Vec<u8>,
}

impl<'n> Raw<'n> {
    pub(super) fn read(note: &'n [u8]) -> Result<Self> {
        if note.len() > MAX_NOTE_BYTES {
            return malformed("it is larger than 512 KiB");
        }
        let Ok(note) = std::str::from_utf8(note) else {
            return malformed("it is not UTF-8");
        };
        if has_control_characters(note) {
            return malformed("it has control characters other than newlines");
        }
        // The last empty line parts the text from the signatures.
        let Some(end) = note.rfind("\n\n") else {
            return malformed("no empty line stands between a text and signatures");
        };
        let (text, lines) = (&note[..=end], &note[end + 2..]);
        if lines.is_empty() || !lines.ends_with('\n') {
            return malformed("it does not end in a line with a signature");
        }
        let mut signatures = Vec::new();
        for line in lines.lines() {
            if signatures.len() == MAX_SIGNATURES {
                return malformed("it has more than 100 signatures");
            }
            signatures.push(RawSignature::read(line)?);
        }
        Ok(Self { text, signatures, lines })
    }

    /// The signature lines as they stand, without their newlines.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'n str> {
        self.lines.lines()
    }
}

impl<'n> RawSignature<'n> {
    fn read(line: &'n str) -> Result<Self> {
        let parts = line.strip_prefix(SIGNATURE_MARK).and_then(|rest| rest.split_once(' '));
        let Some((name, encoded)) = parts else {
            return malformed("a signature line is not a dash, a name and a signature");
        };
        if !key::is_name(name) {
            return malformed("a signature has no proper name of a key");
        }
        let bytes = BASE64.decode(encoded).ok();
        match bytes.as_deref().and_then(|bytes| bytes.split_first_chunk::<4>()) {
            Some((id, rest)) if !rest.is_empty() => {
                Ok(Self { name, id: u32::from_be_bytes(*id), bytes: rest.to_vec() })
            }
            _ => malformed("a signature is not base64 of 5 or more bytes"),
        }
    }
}

/// Refuses a text that no note can hold.
pub(super) fn signable(text: &str) -> Result<()> {
    if !text.ends_with('\n') {
        return malformed("its text does not end in a newline");
    }
    if has_control_characters(text) {
        return malformed("it has control characters other than newlines");
    }
    // Half the limit leaves room for the signatures of others.
    match text.len() <= MAX_NOTE_BYTES / 2 {
        true => Ok(()),
        false => malformed("its text is larger than 256 KiB"),
    }
}

fn has_control_characters(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}

fn malformed<T>(reason: &'static str) -> Result<T> {
    Err(Error::NoteMalformed { reason })
}
