//! Which keys a verifier trusts, for which part of a log, and how many witnesses it asks for.
//!
//! The keyring is the verifier's own document. What a log says about its keys is a claim that this is
//! held against.
//!
//! ```
//! use audit_chain::keyring::Keyring;
//!
//! let keyring = Keyring::parse(
//!     br#"{
//!       "v": 1,
//!       "keys": [{
//!         "vkey": "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
//!         "from_size": 0,
//!         "to_size": 70000,
//!         "revoked_from_size": null
//!       }],
//!       "witnesses": [],
//!       "witness_quorum": 0
//!     }"#,
//! )?;
//! assert_eq!(keyring.keys_at(70_000).count(), 1);
//! assert_eq!(keyring.keys_at(70_001).count(), 0);
//! # Ok::<(), audit_chain::Error>(())
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::merkle::MAX_SIZE;
use crate::note::{Algorithm, Signature, VerifierKey};
use crate::{Error, Result};

/// The largest keyring that is read.
pub const MAX_KEYRING_BYTES: usize = 1024 * 1024;

/// The keys that a verifier trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    origin: Option<String>,
    keys: Vec<Key>,
    witnesses: Vec<VerifierKey>,
    witness_quorum: usize,
}

/// A key of the log, and the sizes of the log for which it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The public key.
    pub vkey: VerifierKey,
    /// The smallest log it may sign for.
    #[serde(default)]
    pub from_size: u64,
    /// The largest log it may sign for; `None` for no end. At the size of a rotation both the old key
    /// and the new one may sign.
    #[serde(default)]
    pub to_size: Option<u64>,
    /// From this size on its signatures prove nothing, for others may have the key. Checkpoints below
    /// it count only as far as an older checkpoint, a pin or a witness bears them out: who has the key
    /// can also sign for a smaller log.
    #[serde(default)]
    pub revoked_from_size: Option<u64>,
}

/// A checkpoint that the keyring answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The keys of the log that signed it and may, as `name+id`.
    pub signed_by: Vec<String>,
    /// The known witnesses that cosigned it.
    pub witnessed_by: Vec<Witnessed>,
}

/// The word of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// Its key, as `name+id`.
    pub key: String,
    /// When it signed, in seconds since 1970, by its own clock.
    pub timestamp: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    keys: Vec<Key>,
    #[serde(default)]
    witnesses: Vec<VerifierKey>,
    #[serde(default)]
    witness_quorum: usize,
}

impl Key {
    /// A key that may sign for every size.
    pub fn always(vkey: VerifierKey) -> Self {
        Self { vkey, from_size: 0, to_size: None, revoked_from_size: None }
    }

    fn is_valid_at(&self, size: u64) -> bool {
        let ended = self.to_size.is_some_and(|last| size > last);
        self.from_size <= size && !ended && !self.is_revoked_at(size)
    }

    fn is_revoked_at(&self, size: u64) -> bool {
        self.revoked_from_size.is_some_and(|first| size >= first)
    }
}

impl Keyring {
    /// A keyring of these keys of a log, and of witnesses of whom `witness_quorum` must have signed.
    ///
    /// # Errors
    ///
    /// [`Error::KeyringInvalid`] when it has no key, one twice, one of the wrong kind, sizes that are
    /// no range, or fewer witnesses than it asks for.
    pub fn new(keys: Vec<Key>, witnesses: Vec<VerifierKey>, witness_quorum: usize) -> Result<Self> {
        let keyring = Self { origin: None, keys, witnesses, witness_quorum };
        keyring.check()?;
        Ok(keyring)
    }

    /// The same, for checkpoints of one log only. Without an origin the keyring takes the checkpoints
    /// of every log that one of its keys signs; [`Trusted::checkpoint`] says which it was.
    #[must_use]
    pub fn with_origin(self, origin: impl Into<String>) -> Self {
        Self { origin: Some(origin.into()), ..self }
    }

    /// Reads the JSON document of a keyring.
    ///
    /// # Errors
    ///
    /// [`Error::KeyringInvalid`].
    pub fn parse(json: &[u8]) -> Result<Self> {
        if json.len() > MAX_KEYRING_BYTES {
            return invalid("it is larger than 1 MiB");
        }
        let document: Document =
            serde_json::from_slice(json).or_else(|error| invalid(one_line(&error.to_string())))?;
        let Document { v, origin, keys, witnesses, witness_quorum } = document;
        if v != 1 {
            return invalid(format!("its version is {v}, and only 1 is known"));
        }
        let keyring = Self { origin, keys, witnesses, witness_quorum };
        keyring.check()?;
        Ok(keyring)
    }

    /// The JSON document, as [`Keyring::parse`] reads it.
    pub fn to_json(&self) -> String {
        let Self { origin, keys, witnesses, witness_quorum } = self.clone();
        let document = Document { v: 1, origin, keys, witnesses, witness_quorum };
        let json = serde_json::to_string_pretty(&document);
        json.expect("text and numbers can be written") + "\n"
    }

    /// The log it is for, if it is for one only.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The keys of the log, in the order of the document.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys that may sign for a log of this size.
    pub fn keys_at(&self, size: u64) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.is_valid_at(size))
    }

    /// The witnesses, in the order of the document.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// How many of the witnesses must have signed a checkpoint.
    pub fn witness_quorum(&self) -> usize {
        self.witness_quorum
    }

    /// The keyring after a rotation at this size: no key known so far may sign for a larger log, and
    /// `new` may sign from this size on.
    ///
    /// # Errors
    ///
    /// [`Error::KeyringInvalid`] when `new` is known already, or a key begins only after this size.
    pub fn rotated(&self, new: VerifierKey, at_size: u64) -> Result<Self> {
        let mut rotated = self.clone();
        for key in &mut rotated.keys {
            key.to_size = Some(key.to_size.unwrap_or(at_size));
        }
        rotated.keys.push(Key { from_size: at_size, ..Key::always(new) });
        rotated.check()?;
        Ok(rotated)
    }

    /// The keyring after the key (as `name+id`) has been revoked from this size on.
    ///
    /// # Errors
    ///
    /// [`Error::KeyringInvalid`] when there is no such key.
    pub fn revoked(&self, key: &str, from_size: u64) -> Result<Self> {
        let mut revoked = self.clone();
        let Some(found) = revoked.keys.iter_mut().find(|known| known.vkey.label() == key) else {
            return invalid(format!("it has no key `{key}`"));
        };
        let first = found.revoked_from_size.unwrap_or(from_size).min(from_size);
        found.revoked_from_size = Some(first);
        Ok(revoked)
    }

    /// Verifies a signed checkpoint: a key that is valid at its size has signed it, enough witnesses
    /// have, and no signature by a known key is wrong.
    ///
    /// # Errors
    ///
    /// As [`crate::note::open`] and [`Checkpoint::parse`]; [`Error::OriginMismatch`];
    /// [`Error::KeyRevoked`] or [`Error::KeyOutOfRange`] when only such keys have signed;
    /// [`Error::WitnessesMissing`].
    pub fn verify(&self, note: impl AsRef<[u8]>) -> Result<Trusted> {
        let trusted = self.verify_signed(note)?;
        let (found, needed) = (trusted.witnessed_by.len(), self.witness_quorum);
        match found >= needed {
            true => Ok(trusted),
            false => Err(Error::WitnessesMissing { found, needed }),
        }
    }

    /// The same, however few witnesses have signed: where their word is kept apart from the
    /// checkpoint, and for checkpoints before one that enough of them have signed.
    ///
    /// # Errors
    ///
    /// As [`Keyring::verify`], but for [`Error::WitnessesMissing`].
    pub fn verify_signed(&self, note: impl AsRef<[u8]>) -> Result<Trusted> {
        let of_log = self.keys.iter().map(|key| &key.vkey);
        let known: Vec<VerifierKey> = of_log.chain(&self.witnesses).cloned().collect();
        let (checkpoint, note) = Checkpoint::open(note, &known)?;
        if let Some(expected) = self.origin.as_ref().filter(|known| **known != checkpoint.origin) {
            let (expected, found) = (expected.clone(), checkpoint.origin);
            return Err(Error::OriginMismatch { expected, found });
        }
        let signed = |key: &&Key| note.verified.iter().any(|signature| is_by(signature, &key.vkey));
        let signers: Vec<&Key> = self.keys.iter().filter(signed).collect();
        let size = checkpoint.size;
        let valid = signers.iter().filter(|key| key.is_valid_at(size));
        let signed_by: Vec<String> = valid.map(|key| key.vkey.label()).collect();
        if signed_by.is_empty() {
            return Err(refusal(&signers, size));
        }
        let witness = |signature: &Signature| {
            let known = self.witnesses.iter().find(|witness| is_by(signature, witness))?;
            Some(Witnessed { key: known.label(), timestamp: signature.timestamp? })
        };
        let witnessed_by = note.verified.iter().filter_map(witness).collect();
        Ok(Trusted { checkpoint, signed_by, witnessed_by })
    }

    /// Verifies the checkpoint at a rotation: as [`Keyring::verify`], and every key that is valid at
    /// its size has signed, of which there are at least two.
    ///
    /// # Errors
    ///
    /// As [`Keyring::verify`]; [`Error::RotationUnsigned`].
    pub fn verify_rotation(&self, note: impl AsRef<[u8]>) -> Result<Trusted> {
        let trusted = self.verify(note)?;
        let size = trusted.checkpoint.size;
        let mut valid = self.keys_at(size).map(|key| key.vkey.label());
        let unsigned = valid.find(|key| !trusted.signed_by.contains(key));
        match trusted.signed_by.len() {
            2.. if unsigned.is_none() => Ok(trusted),
            _ => Err(Error::RotationUnsigned { size }),
        }
    }

    fn check(&self) -> Result<()> {
        if self.keys.is_empty() {
            return invalid("it has no key");
        }
        let (mut labels, mut points) = (BTreeSet::new(), BTreeSet::new());
        for key in &self.keys {
            let label = key.vkey.label();
            if key.vkey.algorithm() != Algorithm::Ed25519 {
                return invalid(format!(
                    "`{label}` is the key of a witness, among those of the log"
                ));
            }
            let ends = key.to_size.unwrap_or(MAX_SIZE);
            if key.from_size > ends || ends > MAX_SIZE {
                let (from, to) = (key.from_size, ends);
                return invalid(format!(
                    "`{label}` is valid from {from} to {to}, which is no range"
                ));
            }
            if !labels.insert(label.clone()) {
                return invalid(format!("`{label}` is in it twice"));
            }
        }
        for witness in &self.witnesses {
            let label = witness.label();
            if witness.algorithm() != Algorithm::CosignatureV1 {
                return invalid(format!("`{label}` is the key of a log, among those of witnesses"));
            }
            // One witness under two names would count twice.
            if !labels.insert(label.clone()) || !points.insert(witness.public_key()) {
                return invalid(format!("`{label}` is in it twice"));
            }
        }
        let (have, quorum) = (self.witnesses.len(), self.witness_quorum);
        match quorum <= have {
            true => Ok(()),
            false => invalid(format!("it asks for {quorum} witnesses and names {have}")),
        }
    }
}

fn is_by(signature: &Signature, key: &VerifierKey) -> bool {
    signature.name == key.name() && signature.id == key.id()
}

/// Why none of those who signed may sign for this size.
fn refusal(signers: &[&Key], size: u64) -> Error {
    let revoked = signers.iter().find(|key| key.is_revoked_at(size));
    match (revoked.and_then(|key| Some((key, key.revoked_from_size?))), signers.first()) {
        (Some((key, from_size)), _) => Error::KeyRevoked { key: key.vkey.label(), from_size, size },
        (None, Some(key)) => Error::KeyOutOfRange { key: key.vkey.label(), size },
        // Only witnesses have signed.
        (None, None) => Error::NoteUnsigned,
    }
}

/// A message may repeat a name from the document, of whatever length and with whatever in it.
fn one_line(message: &str) -> String {
    match message.char_indices().nth(300) {
        Some((end, _)) => message[..end].replace(char::is_control, " ") + "…",
        None => message.replace(char::is_control, " "),
    }
}

fn invalid<T>(reason: impl Into<String>) -> Result<T> {
    Err(Error::KeyringInvalid { reason: reason.into() })
}

#[cfg(test)]
mod tests;
