//! The sealed value itself: how it is made, written, read and opened.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::canonical::to_canonical;
use crate::json::{Text, Value};
use crate::{Error, Hash, Result};

use super::{Entropy, KeyId, KeyState, Path, SubjectKey};

const MEMBER: &str = "$sealed";
const ALGORITHM: &str = "XChaCha20-Poly1305";
/// What is encrypted has a length that is a multiple of this, apart from the salt.
const BLOCK: usize = 64;
const SALT: usize = 32;
/// Poly1305's.
const TAG: usize = 16;

/// The parts of a sealed value, unverified.
struct Envelope {
    kid: KeyId,
    nonce: [u8; 24],
    ciphertext: Vec<u8>,
    commit: Hash,
}

/// Whether a value claims to be sealed.
pub(super) fn looks_sealed(value: &Value) -> bool {
    matches!(value, Value::Object(members) if members.iter().any(|(name, _)| is(name, MEMBER)))
}

/// The key of a sealed value: `None` if it is none, `Some(None)` if it is malformed.
pub(super) fn kid_of(value: &Value) -> Option<Option<KeyId>> {
    looks_sealed(value).then(|| read(value).map(|envelope| envelope.kid))
}

pub(super) fn seal(
    value: &Value,
    path: &Path,
    log_id: &str,
    key: &SubjectKey,
    entropy: Entropy,
) -> Result<Value> {
    let canonical = Zeroizing::new(to_canonical(value));
    // What could not be read back must not be sealed.
    Value::parse_strict(&canonical)?;
    let commit = commitment(&entropy.salt, &canonical);
    let length = canonical.len().next_multiple_of(BLOCK);
    // All of it from the start: a vector that grows leaves copies behind.
    let mut buffer = Vec::with_capacity(SALT + length + TAG);
    buffer.extend_from_slice(&entropy.salt);
    buffer.extend_from_slice(&canonical);
    buffer.resize(SALT + length, b' ');
    let bound = associated(log_id, key.id(), path);
    cipher(key)
        .encrypt_in_place(&entropy.nonce.into(), &bound, &mut buffer)
        .map_err(|_| Error::SealTooLong)?;
    let text = |bytes: &[u8]| Value::from(STANDARD.encode(bytes).as_str());
    let members = [
        ("alg", Value::from(ALGORITHM)),
        ("commit", text(&commit.0)),
        ("ct", text(&buffer)),
        ("kid", Value::from(key.id().to_string().as_str())),
        ("nonce", text(&entropy.nonce)),
        ("v", Value::from(1)),
    ];
    let members = members.map(|(name, value)| (Text::from(name), value)).into();
    Ok(Value::Object(vec![(Text::from(MEMBER), Value::Object(members))]))
}

/// The value, and the salt of its commitment.
pub(super) fn open(
    sealed: &Value,
    path: &Path,
    log_id: &str,
    key: KeyState<'_>,
) -> Result<(Value, [u8; SALT])> {
    let place = || path.to_string();
    let Some(envelope) = read(sealed) else {
        return Err(Error::SealMalformed { path: place() });
    };
    let kid = envelope.kid;
    let broken = || Error::SealBroken { path: place(), kid: kid.to_string() };
    let key = match key {
        KeyState::Held(key) => key,
        KeyState::Destroyed => {
            return Err(Error::SealErased { path: place(), kid: kid.to_string() });
        }
        KeyState::Unknown => {
            return Err(Error::SealKeyUnknown { path: place(), kid: kid.to_string() });
        }
    };
    if key.id() != kid {
        return Err(broken());
    }
    let mut buffer = Zeroizing::new(envelope.ciphertext);
    cipher(key)
        .decrypt_in_place(&envelope.nonce.into(), &associated(log_id, kid, path), &mut *buffer)
        .map_err(|_| broken())?;
    let (salt, padded) = buffer.split_first_chunk::<SALT>().ok_or_else(broken)?;
    let canonical = padded.trim_ascii_end();
    // Canonical text has no blank at its end, so the filling is unambiguous.
    if padded.len() != canonical.len().next_multiple_of(BLOCK)
        || commitment(salt, canonical) != envelope.commit
    {
        return Err(broken());
    }
    Ok((Value::parse_strict(canonical).map_err(|_| broken())?, *salt))
}

pub(super) fn commitment(salt: &[u8; SALT], canonical: &[u8]) -> Hash {
    let mut digest = Sha256::new();
    digest.update(b"strongroom sealed value v1 commitment\n");
    digest.update(salt);
    digest.update(canonical);
    Hash(digest.finalize().into())
}

fn cipher(key: &SubjectKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.secret().into())
}

/// Each part with its length, so that no two places have the same octets.
fn associated(log_id: &str, kid: KeyId, path: &Path) -> Vec<u8> {
    let mut bytes = b"strongroom sealed value v1\n".to_vec();
    for part in [log_id, &kid.to_string(), &path.to_string()] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// Reads the one form there is: these members, each in its one spelling.
fn read(value: &Value) -> Option<Envelope> {
    let Value::Object(outer) = value else { return None };
    let [(name, Value::Object(members))] = outer.as_slice() else { return None };
    let only = |wanted: &str| {
        let mut found = members.iter().filter(|(name, _)| is(name, wanted));
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    };
    let octets = |wanted: &str| STANDARD.decode(only(wanted)?.as_str()?).ok();
    let known = members.len() == 6
        && is(name, MEMBER)
        && only("v")?.as_u64() == Some(1)
        && only("alg")?.as_str() == Some(ALGORITHM);
    known.then_some(Envelope {
        kid: only("kid")?.as_str()?.parse().ok()?,
        nonce: octets("nonce")?.try_into().ok()?,
        ciphertext: octets("ct")?,
        commit: Hash(octets("commit")?.try_into().ok()?),
    })
}

fn is(name: &Text, wanted: &str) -> bool {
    name.as_bytes() == wanted.as_bytes()
}
