//! Keys: of one report, of the application, and the first wrapped in the second.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::Error;
use crate::hex;

const ALGORITHM: &str = "XChaCha20-Poly1305";

/// The key of one report's bodies. Overwritten in memory when dropped, never printed.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A key of 32 octets from a source of randomness fit for keys.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// Another one in memory, overwritten when dropped as this one is.
    pub(super) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }

    /// What a body says of the key it was sealed with. The key is random, so it tells nothing more.
    pub(super) fn commitment(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"strongroom sealed body v1 commitment\n");
        hasher.update(&self.0[..]);
        hasher.finalize().into()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").finish_non_exhaustive()
    }
}

/// The name of an application key: the first 16 digits of the SHA-256 of a fixed text and the key, so that
/// it need not be chosen and cannot be wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyName(String);

impl KeyName {
    /// A name that somebody else gave to a key, such as that of a key management service.
    pub fn foreign(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key that wraps the keys of reports. Overwritten in memory when dropped, never printed.
pub struct ApplicationKey {
    name: KeyName,
    secret: Zeroizing<[u8; 32]>,
}

impl ApplicationKey {
    /// A key of 32 octets from a source of randomness fit for keys.
    pub fn new(secret: [u8; 32]) -> Self {
        let secret = Zeroizing::new(secret);
        let mut hasher = Sha256::new();
        hasher.update(b"strongroom application key v1 name\n");
        hasher.update(&secret[..]);
        let digest: [u8; 32] = hasher.finalize().into();
        Self { name: KeyName(hex::encode(&digest[..8])), secret }
    }

    /// Reads 64 hexadecimal digits; blanks and line breaks around them do not count.
    ///
    /// # Errors
    ///
    /// [`Error::ApplicationKeyInvalid`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let secret = hex::decode(text.trim()).ok_or(Error::ApplicationKeyInvalid)?;
        let secret = Zeroizing::new(secret);
        let secret = <[u8; 32]>::try_from(&secret[..]);
        Ok(Self::new(secret.map_err(|_| Error::ApplicationKeyInvalid)?))
    }

    /// The name of this key, which stands beside what it wrapped.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Wraps a data key for `place`: the report it belongs to. `nonce` is random and used once.
    pub fn wrap(&self, key: &DataKey, place: &str, nonce: [u8; 24]) -> WrappedKey {
        let bound = associated(&self.name, place);
        let payload = Payload { msg: &key.0[..], aad: &bound };
        let wrapped = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let wrapped = wrapped.expect("32 octets are not too many to encrypt");
        WrappedKey {
            v: 1,
            alg: ALGORITHM.to_owned(),
            application_key: self.name.clone(),
            nonce: hex::encode(&nonce),
            wrapped: hex::encode(&wrapped),
        }
    }

    /// Unwraps a data key of `place`.
    ///
    /// # Errors
    ///
    /// [`Error::OtherApplicationKey`], [`Error::WrappedKeyInvalid`], [`Error::WrappedKeyAltered`].
    pub fn unwrap(&self, wrapped: &WrappedKey, place: &str) -> Result<DataKey, Error> {
        if (wrapped.v, wrapped.alg.as_str()) != (1, ALGORITHM) {
            return Err(Error::WrappedKeyInvalid { broken: "it is of another version" });
        }
        if wrapped.application_key != self.name {
            let needed = wrapped.application_key.0.chars().take(80).flat_map(char::escape_debug);
            return Err(Error::OtherApplicationKey { needed: needed.collect() });
        }
        let broken = Error::WrappedKeyInvalid { broken: "its nonce has 48 hexadecimal digits" };
        let nonce = hex::decode(&wrapped.nonce).and_then(|it| <[u8; 24]>::try_from(it).ok());
        let nonce = XNonce::from(nonce.ok_or(broken)?);
        let broken = Error::WrappedKeyInvalid { broken: "what is wrapped is hexadecimal" };
        let body = hex::decode(&wrapped.wrapped).ok_or(broken)?;
        let bound = associated(&self.name, place);
        let opened = self.cipher().decrypt(&nonce, Payload { msg: &body, aad: &bound });
        let opened = Zeroizing::new(opened.map_err(|_| Error::WrappedKeyAltered)?);
        let secret = <[u8; 32]>::try_from(&opened[..]).map_err(|_| Error::WrappedKeyAltered)?;
        Ok(DataKey::new(secret))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.secret))
    }
}

impl fmt::Debug for ApplicationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A data key as it is stored: nobody reads it without the application key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedKey {
    /// The version of this format: 1.
    pub v: u32,
    /// How it was wrapped.
    pub alg: String,
    /// The name of the application key.
    pub application_key: KeyName,
    /// Hexadecimal.
    pub nonce: String,
    /// Hexadecimal: the encrypted key and its tag.
    pub wrapped: String,
}

fn associated(name: &KeyName, place: &str) -> Vec<u8> {
    let mut bytes = b"strongroom wrapped key v1\n".to_vec();
    for part in [name.as_str(), place] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}
