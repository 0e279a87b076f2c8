//! The key of a data subject.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::{Error, Result};

/// The name of a subject's key: 16 random octets, written as 32 lower-case hexadecimal digits.
///
/// Random, not derived from the subject: it stands in the log for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for KeyId {
    type Err = Error;

    /// Reads 32 lower-case hexadecimal digits, and nothing else.
    fn from_str(text: &str) -> Result<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut id = [0; 16];
        if text.len() != 32 {
            return Err(Error::KeyIdInvalid);
        }
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
                return Err(Error::KeyIdInvalid);
            };
            *byte = high << 4 | low;
        }
        Ok(Self(id))
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
