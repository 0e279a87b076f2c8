//! Content named by its digest.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::Error;

/// The SHA-256 digest of some bytes, written `sha256:` and 64 hexadecimal digits (FIPS 180-4).
///
/// ```
/// use storage_core::Digest;
///
/// let empty = Digest::of(b"");
/// assert_eq!(
///     empty.to_string(),
///     "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
/// );
/// assert_eq!(empty.to_string().parse::<Digest>()?, empty);
/// # Ok::<(), storage_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// What stands before the digits.
const PREFIX: &str = "sha256:";

/// The bytes of the written form.
const SPELLED: usize = PREFIX.len() + 64;

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of several parts, one behind the other.
    pub fn of_parts<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Self {
        let mut hasher = Sha256::new();
        parts.into_iter().for_each(|part| hasher.update(part));
        Self(hasher.finalize().into())
    }

    /// How it is written, at once: lists of millions are.
    fn spelled<'b>(&self, buffer: &'b mut [u8; SPELLED]) -> &'b str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        buffer[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
        for (pair, byte) in buffer[PREFIX.len()..].chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        str::from_utf8(buffer).expect("letters and digits of ASCII")
    }

    /// The digest that is spelled with these digits, in lower case.
    pub(crate) fn of_digits(digits: &[u8; 64]) -> Option<Self> {
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// The 64 digits alone, as they stand in the keys of objects.
    ///
    /// ```
    /// let digest = storage_core::Digest::of(b"");
    /// assert_eq!(format!("sha256:{}", digest.hex()), digest.to_string());
    /// ```
    pub fn hex(&self) -> String {
        self.spelled(&mut [0; SPELLED])[PREFIX.len()..].to_owned()
    }

    /// The 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    /// A digest that was computed elsewhere, for example while the bytes streamed by.
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spelled(&mut [0; SPELLED]))
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let digits = text.strip_prefix(PREFIX).and_then(|it| it.as_bytes().try_into().ok());
        digits.and_then(Self::of_digits).ok_or(Error::DigestInvalid)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.spelled(&mut [0; SPELLED]))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Digest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`sha256:` and 64 hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_only_in_its_one_spelling() {
        let right = Digest::of(b"abc").to_string();
        assert!(right.ends_with("f20015ad"), "the vector of FIPS 180-4");
        for wrong in [&right[7..], &right.to_uppercase(), &right[..70], &format!("{right}0")] {
            assert_eq!(wrong.parse::<Digest>(), Err(Error::DigestInvalid), "{wrong}");
        }
    }
}
