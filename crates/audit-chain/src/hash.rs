//! A SHA-256 value: of a record, a leaf, a node or a root.

mod lanes;
mod sha256;

use std::fmt;
use std::str::FromStr;

use crate::{Error, hex};

/// A SHA-256 digest (FIPS 180-4), written as 64 lower-case hexadecimal digits.
///
/// ```
/// use audit_chain::Hash;
///
/// let empty = Hash::of(b"");
/// assert!(empty.to_string().starts_with("e3b0c442"));
/// assert_eq!(empty.to_string().parse::<Hash>()?, empty);
/// # Ok::<(), audit_chain::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, std::hash::Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256::digest(bytes, None))
    }

    /// The digest of `bytes` and one byte more.
    pub(crate) fn of_and(bytes: &[u8], last: u8) -> Self {
        Self(sha256::digest(bytes, Some(last)))
    }

    /// The digests of messages, each with one byte more; `found` gets them in any order, with the
    /// index of the message. Many at a time take half as long.
    pub(crate) fn of_each_and(messages: &[&[u8]], last: u8, mut found: impl FnMut(usize, Self)) {
        sha256::digest_each(messages, Some(last), |index, digest| found(index, Self(digest)));
    }

    /// The digests of messages of `B` blocks that end with their padding (FIPS 180-4, section
    /// 5.1.1), in their order.
    pub(crate) fn of_padded<const B: usize>(
        messages: impl ExactSizeIterator<Item = [[u8; 64]; B]>,
        mut found: impl FnMut(Self),
    ) {
        sha256::digest_padded(messages, |digest| found(Self(digest)));
    }

    /// The 64 digits as ASCII bytes.
    pub fn to_hex(self) -> [u8; 64] {
        let mut hex = [0; 64];
        hex::write(&self.0, &mut hex);
        hex
    }

    /// Reads 64 lower-case hexadecimal digits, and nothing else.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        hex::decode(hex).map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_hex()))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_hex(text.as_bytes()).ok_or(Error::HashInvalid)
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_only_in_its_one_spelling() {
        let right = Hash::of(b"abc").to_string();
        assert!(right.ends_with("f20015ad"), "the vector of FIPS 180-4");
        assert_eq!(right.parse::<Hash>().map(|hash| hash.to_string()), Ok(right.clone()));
        for wrong in [&right[1..], &right.to_uppercase(), &format!("{right}0"), ""] {
            assert_eq!(wrong.parse::<Hash>(), Err(Error::HashInvalid), "{wrong}");
        }
    }
}
