//! A SHA-256 value: of a record, a leaf, a node or a root.

mod lanes;
mod sha256;

use std::fmt;
use std::str::FromStr;

use crate::Error;

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
        // Arithmetic and not a table, so that the compiler does many digits at a time.
        let digit = |nibble: u8| nibble + b'0' + u8::from(nibble > 9) * (b'a' - b'0' - 10);
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair[0] = digit(byte >> 4);
            pair[1] = digit(byte & 15);
        }
        hex
    }

    /// Reads 64 lower-case hexadecimal digits, and nothing else.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        let hex: &[u8; 64] = hex.try_into().ok()?;
        let mut bytes = [0; 32];
        let mut seen = 0;
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(|digit| NIBBLES[usize::from(digit)]);
            seen |= high | low;
            *byte = high << 4 | low;
        }
        (seen != NONE).then_some(Self(bytes))
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

/// What is no digit. No digits together have all of its bits.
const NONE: u8 = 0xFF;

/// The value of each octet as a digit. A table, for a processor cannot predict the digits of a hash.
const NIBBLES: [u8; 256] = {
    let mut values = [NONE; 256];
    let digits = b"0123456789abcdef";
    let mut value = 0;
    while value < digits.len() {
        values[digits[value] as usize] = value as u8;
        value += 1;
    }
    values
};

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
