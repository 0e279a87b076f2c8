//! Masks: what is stored in place of a value that is nobody's business.

use std::collections::BTreeMap;
use std::fmt;

use audit_chain::hmac_sha256;
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
            Self::Hash(key) => hex::encode(&hmac_sha256(key, [text])),
            // The same key may hash another column: what it signs here says that it is a token.
            Self::Token(key) => {
                format!("{TOKEN}{}", hex::encode(&hmac_sha256(key, ["token\0", text])[..16]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_never_printed() {
        let mut keys = MaskKeys::default();
        keys.add("people", b"very secret".to_vec());
        let said = format!("{keys:?} {:?}", Masking::Hash(b"very secret".to_vec().into()));
        assert_eq!(said, "{\"people\"} Hash");
    }
}
