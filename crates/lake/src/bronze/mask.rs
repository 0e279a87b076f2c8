//! Masks: what is stored in place of a value that is nobody's business.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest as _, Sha256};
use storage_core::hex;
use zeroize::Zeroizing;

/// The keys of masks, by name. Never printed, and overwritten in memory when dropped.
#[derive(Clone, Default)]
pub struct MaskKeys(BTreeMap<String, Zeroizing<Vec<u8>>>);

impl MaskKeys {
    /// Adds a key. Take 32 random bytes: whoever can guess it can undo the mask by trying values.
    pub fn add(&mut self, name: impl Into<String>, key: impl Into<Vec<u8>>) {
        self.0.insert(name.into(), Zeroizing::new(key.into()));
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(|key| &key[..])
    }
}

impl fmt::Debug for MaskKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What is done to the texts of a column.
#[derive(Clone)]
pub(crate) enum Masking {
    Hash(Zeroizing<Vec<u8>>),
    Token(Zeroizing<Vec<u8>>),
}

impl fmt::Debug for Masking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hash(_) => "Hash",
            Self::Token(_) => "Token",
        })
    }
}

/// What every token begins with.
const TOKEN: &str = "tok_";

impl Masking {
    /// What is stored for `text`.
    pub(crate) fn apply(&self, text: &str) -> String {
        match self {
            Self::Hash(key) => hex::encode(&hmac(key, &[text.as_bytes()])),
            // The same key may hash another column: what it signs here says that it is a token.
            Self::Token(key) => {
                format!("{TOKEN}{}", hex::encode(&hmac(key, &[b"token\0", text.as_bytes()])[..16]))
            }
        }
    }
}

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1).
pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = Zeroizing::new([0; 64]);
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| Zeroizing::new(block.map(|byte| byte ^ with));
    let mut inner = Sha256::new_with_prefix(&padded(0x36)[..]);
    parts.iter().for_each(|part| inner.update(part));
    let mut outer = Sha256::new_with_prefix(&padded(0x5c)[..]);
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_vectors() {
        // RFC 4231, test cases 2, 3 and 6.
        let cases: [(&[u8], &[u8], &str); 3] = [
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a7"),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(&hex::encode(&hmac(key, &[data]))[..32], expected);
        }
    }

    #[test]
    fn keys_are_never_printed() {
        let mut keys = MaskKeys::default();
        keys.add("people", b"very secret".to_vec());
        let said = format!("{keys:?} {:?}", Masking::Hash(b"very secret".to_vec().into()));
        assert_eq!(said, "{\"people\"} Hash");
    }
}
