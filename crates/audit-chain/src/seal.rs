//! Fields sealed for a data subject, so that destroying one key erases them everywhere.
//!
//! A record can never be changed, but a person may ask for their data to be erased. So a field that
//! is about a person is encrypted before the record is hashed, with a key that belongs to that
//! person alone and is kept outside the locked store. Once the key is destroyed the field is noise,
//! while chain, tree and every proof go on to verify, because they were made over the noise.
//!
//! In a record a sealed value is
//!
//! ```json
//! {"$sealed": {"alg": "XChaCha20-Poly1305", "commit": "…", "ct": "…", "kid": "…", "nonce": "…", "v": 1}}
//! ```
//!
//! with `kid` in hexadecimal and the rest in base64. The rules:
//!
//! - **Where it belongs is authenticated.** The associated data is the log, the key's id and the
//!   path inside `details`, each with its length, so a sealed value cannot be moved.
//! - **Nothing can be guessed.** What is encrypted is 32 random octets (the salt) and the canonical
//!   JSON of the value, filled up with blanks to a multiple of 64 octets: `true` and `false` look
//!   alike. `commit` is SHA-256 over a fixed text, the salt and the canonical JSON; the salt goes
//!   with the key.
//! - **One ciphertext, one value.** Poly1305 alone does not bind a ciphertext to one key; `commit`
//!   does, and whoever opens a value checks it.
//! - **No personal data in the log.** `kid` is random. Which subject it belongs to is written in the
//!   key store and nowhere else.

mod envelope;
mod key;
mod path;

pub use key::{Entropy, KeyId, KeyState, SubjectKey};
pub use path::Path;

use crate::json::Value;
use crate::{Error, Hash, Result};

/// Replaces the value at `path` in `details` by a sealed one.
///
/// # Errors
///
/// [`Error::SealPathMissing`] if there is nothing at the path, [`Error::SealNested`] if the value is
/// sealed already or lies in one that is, and what [`Value::parse_strict`] has against the value.
///
/// ```
/// use audit_chain::json::Value;
/// use audit_chain::seal::{Entropy, KeyId, KeyState, Path, SubjectKey, open_field, seal_field};
///
/// let key = SubjectKey::new(KeyId([7; 16]), [8; 32]);
/// let path: Path = "customer.email".parse()?;
/// let mut details = Value::parse(br#"{"customer": {"email": "ada@example.com"}}"#)?;
/// let before = details.clone();
///
/// // In earnest both are random, and never used twice.
/// let entropy = Entropy { nonce: [1; 24], salt: [2; 32] };
/// seal_field(&mut details, &path, "log-1", &key, entropy)?;
/// assert_ne!(details, before);
///
/// let mut opened = details.clone();
/// open_field(&mut opened, &path, "log-1", KeyState::Held(&key))?;
/// assert_eq!(opened, before);
///
/// let erased = open_field(&mut details, &path, "log-1", KeyState::Destroyed);
/// assert_eq!(erased.map_err(|error| error.code()), Err("audit.seal_erased"));
/// # Ok::<(), audit_chain::Error>(())
/// ```
pub fn seal_field(
    details: &mut Value,
    path: &Path,
    log_id: &str,
    key: &SubjectKey,
    entropy: Entropy,
) -> Result<()> {
    let place = path.find(details)?;
    if envelope::looks_sealed(place) {
        return Err(Error::SealNested { path: path.to_string() });
    }
    *place = envelope::seal(place, path, log_id, key, entropy)?;
    Ok(())
}

/// Replaces the sealed value at `path` in `details` by what was sealed.
///
/// # Errors
///
/// [`Error::SealErased`] if the key was destroyed, [`Error::SealKeyUnknown`] if it is merely not at
/// hand, [`Error::SealBroken`] if the value does not open with it here: altered, moved, or sealed
/// with another key; [`Error::SealMalformed`] if no sealed value stands there.
pub fn open_field(details: &mut Value, path: &Path, log_id: &str, key: KeyState<'_>) -> Result<()> {
    let place = path.find(details)?;
    *place = envelope::open(place, path, log_id, key)?.0;
    Ok(())
}

/// Opens everything in `details` that can be opened, sealed values inside of sealed ones too.
///
/// `keys` says what is known of a key. What does not open stays as it is and is returned with the
/// reason, in the order of the document.
pub fn open_all<'k>(
    details: &mut Value,
    log_id: &str,
    keys: impl Fn(KeyId) -> KeyState<'k>,
) -> Vec<(Path, Error)> {
    let mut closed = Vec::new();
    visit(details, &mut Path::root(), &mut |value, path| {
        while let Some(kid) = envelope::kid_of(value) {
            match envelope::open(value, path, log_id, kid.map_or(KeyState::Unknown, &keys)) {
                Ok((opened, _)) => *value = opened,
                Err(error) => {
                    closed.push((path.clone(), error));
                    return false;
                }
            }
        }
        true
    });
    closed
}

/// Where `details` holds sealed values and for which keys, in the order of the document.
///
/// A malformed one has no key. Values inside of sealed ones cannot be seen.
pub fn sealed_fields(details: &Value) -> Vec<(Path, Option<KeyId>)> {
    let mut found = Vec::new();
    visit(&mut details.clone(), &mut Path::root(), &mut |value, path| {
        let kid = envelope::kid_of(value);
        found.extend(kid.map(|kid| (path.clone(), kid)));
        kid.is_none()
    });
    found
}

/// Opens a sealed value and hands out the salt as well.
///
/// Value and salt together convince somebody who has no key, see [`commitment`].
///
/// # Errors
///
/// As [`open_field`].
pub fn disclose(
    details: &mut Value,
    path: &Path,
    log_id: &str,
    key: KeyState<'_>,
) -> Result<(Value, [u8; 32])> {
    envelope::open(path.find(details)?, path, log_id, key)
}

/// What `commit` of a sealed value is, given the salt and the value.
pub fn commitment(salt: &[u8; 32], value: &Value) -> Hash {
    envelope::commitment(salt, &crate::canonical::to_canonical(value))
}

/// Calls `each` for every value from the outside in, as long as it wants to go deeper.
fn visit(value: &mut Value, path: &mut Path, each: &mut impl FnMut(&mut Value, &Path) -> bool) {
    if !each(value, path) {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                path.inside(&name.to_string(), |path| visit(member, path, each));
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter_mut().enumerate() {
                path.inside(&number.to_string(), |path| visit(item, path, each));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
