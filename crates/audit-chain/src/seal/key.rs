//! The key of a data subject.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::Path;
use crate::canonical::to_canonical;
use crate::json::Value;
use crate::{Error, Result, hex, hmac_sha256};

/// The name of a subject's key: 16 random octets, written as 32 lower-case hexadecimal digits.
///
/// Random, not derived from the subject: it stands in the log for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl FromStr for KeyId {
    type Err = Error;

    /// Reads 32 lower-case hexadecimal digits, and nothing else.
    fn from_str(text: &str) -> Result<Self> {
        hex::decode(text.as_bytes()).map(Self).ok_or(Error::KeyIdInvalid)
    }
}

/// The key that seals the fields of one data subject. Overwritten in memory when dropped.
pub struct SubjectKey {
    id: KeyId,
    secret: Zeroizing<[u8; 32]>,
}

impl SubjectKey {
    /// A key of 32 octets from a source of randomness fit for keys.
    pub fn new(id: KeyId, secret: [u8; 32]) -> Self {
        Self { id, secret: Zeroizing::new(secret) }
    }

    /// Its name in the log.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The secret, for the key store.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is known of a key when somebody wants to open a value.
#[derive(Clone, Copy, Debug)]
pub enum KeyState<'a> {
    /// Here it is.
    Held(&'a SubjectKey),
    /// It was destroyed on purpose: the subject was erased.
    Destroyed,
    /// It is not at hand, and nothing is known about why.
    Unknown,
}

/// The random octets that one sealing uses up. Not copyable, because none may be used twice.
#[derive(Debug)]
pub struct Entropy {
    /// Public; goes into the record.
    pub nonce: [u8; 24],
    /// Secret; goes into the ciphertext.
    pub salt: [u8; 32],
}

impl Entropy {
    /// The octets that seal one value of an event that may be sent again: the same for the same event,
    /// so that its record is recognised, and others for any other value, place, id or log.
    ///
    /// They are HMAC-SHA-256 (RFC 2104) of all of that under the subject's key. Two equal outcomes are
    /// two sealings of the same octets at the same place, which tells nobody anything: the `event_id`
    /// beside them is the same already.
    pub fn derived(
        key: &SubjectKey,
        log_id: &str,
        path: &Path,
        event_id: &str,
        value: &Value,
    ) -> Self {
        let canonical = Zeroizing::new(to_canonical(value));
        let path = path.to_string();
        let of = |purpose: &str| {
            let parts =
                [purpose.as_bytes(), log_id.as_bytes(), path.as_bytes(), event_id.as_bytes()];
            hmac(key.secret(), parts.into_iter().chain([&canonical[..]]))
        };
        let mut nonce = [0; 24];
        nonce.copy_from_slice(&of("nonce")[..24]);
        Self { nonce, salt: of("salt") }
    }
}

/// HMAC-SHA-256 over the parts, each with its length before it.
fn hmac<'a>(key: &[u8; 32], parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let parts: Vec<_> = parts.map(|part| ((part.len() as u64).to_be_bytes(), part)).collect();
    let parts = parts.iter().flat_map(|(length, part)| [&length[..], part]);
    hmac_sha256(key, std::iter::once(&b"strongroom sealed value v1 entropy\n"[..]).chain(parts))
}
