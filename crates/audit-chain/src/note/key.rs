//! Keys of signers, witnesses and verifiers, in the encoding of Go's `sumdb/note`
//! (<https://pkg.go.dev/golang.org/x/mod/sumdb/note>).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::BASE64;
use crate::{Error, Hash, Result};

/// The longest name of a key: what `cosigner_name` of <https://c2sp.org/tlog-cosignature> can hold.
pub const MAX_NAME_BYTES: usize = 255;

const PRIVATE_MARK: &str = "PRIVATE+KEY+";

/// How a key signs; the number is the signature type of <https://c2sp.org/signed-note>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032) over the text of the note: how a log signs.
    Ed25519 = 0x01,
    /// Ed25519 over a time and the text of a checkpoint, `cosignature/v1`: how a witness signs.
    CosignatureV1 = 0x04,
}

impl Algorithm {
    fn of(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureV1].into_iter().find(|known| *known as u8 == byte)
    }
}

/// The public half of a key: `<name>+<id>+<base64>`.
///
/// ```
/// use audit_chain::note::VerifierKey;
///
/// let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// let key: VerifierKey = text.parse()?;
/// assert_eq!((key.name(), key.id()), ("PeterNeumann", 0xc74f20a3));
/// assert_eq!(key.to_string(), text);
/// # Ok::<(), audit_chain::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    algorithm: Algorithm,
    point: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, algorithm: Algorithm, point: VerifyingKey) -> Result<Self> {
        if !is_name(name) {
            return malformed(
                "its name is empty, too long, or has a space, a `+` or a control character",
            );
        }
        // With such a key, one signature fits many texts.
        if point.is_weak() {
            return malformed("it is a point of small order");
        }
        let material = [name.as_bytes(), &[b'\n', algorithm as u8], point.as_bytes()].concat();
        let [a, b, c, d, ..] = Hash::of(&material).0;
        let id = u32::from_be_bytes([a, b, c, d]);
        Ok(Self { name: name.to_owned(), id, algorithm, point })
    }

    /// The name of the key, for example `example.com/log`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over name, algorithm and public key.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How the key signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The 32 bytes of the public key (RFC 8032).
    pub fn public_key(&self) -> [u8; 32] {
        self.point.to_bytes()
    }

    /// The key as it is spoken of: `name+id`, the id as 8 hexadecimal digits.
    pub fn label(&self) -> String {
        label(&self.name, self.id)
    }

    /// Checks one signature; answers with its time if it is a cosignature.
    pub(super) fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<u64>> {
        let (time, signature) = match (self.algorithm, signature.split_first_chunk::<8>()) {
            (Algorithm::Ed25519, _) => (None, signature),
            (Algorithm::CosignatureV1, Some((time, rest))) => {
                (Some(u64::from_be_bytes(*time)), rest)
            }
            (Algorithm::CosignatureV1, None) => return Err(self.invalid()),
        };
        let message = match time {
            Some(time) if time <= i64::MAX as u64 => cosigned(text, time),
            Some(_) => return Err(self.invalid()),
            None => text.as_bytes().to_vec(),
        };
        let signature = ed25519_dalek::Signature::from_slice(signature);
        let fits = signature.and_then(|signature| self.point.verify_strict(&message, &signature));
        fits.map_err(|_| self.invalid())?;
        Ok(time)
    }

    fn invalid(&self) -> Error {
        Error::SignatureInvalid { key: self.label() }
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.starts_with(PRIVATE_MARK) {
            return malformed("it is a private key, and a verifier key is needed");
        }
        let (name, id, algorithm, point) = parts(text)?;
        let Ok(point) = VerifyingKey::from_bytes(&point) else {
            return malformed("it is not a point of the curve");
        };
        let key = Self::new(name, algorithm, point)?;
        match key.id == id {
            true => Ok(key),
            false => malformed("its name or its bytes do not fit its id"),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = BASE64.encode([&[self.algorithm as u8][..], self.point.as_bytes()].concat());
        write!(f, "{}+{:08x}+{encoded}", self.name, self.id)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl serde::Serialize for VerifierKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for VerifierKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Both halves of a key. The secret one is overwritten when this is dropped, and never printed.
struct Pair {
    secret: SigningKey,
    public: VerifierKey,
}

impl Pair {
    fn from_seed(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self> {
        let secret = SigningKey::from_bytes(seed);
        let public = VerifierKey::new(name, algorithm, secret.verifying_key())?;
        Ok(Self { secret, public })
    }

    fn read(text: &str, algorithm: Algorithm) -> Result<Self> {
        let Some(rest) = text.strip_prefix(PRIVATE_MARK) else {
            return malformed("a private key begins with `PRIVATE+KEY+`");
        };
        let (name, id, found, seed) = parts(rest)?;
        let seed = Zeroizing::new(seed);
        if found != algorithm {
            return malformed(match algorithm {
                Algorithm::Ed25519 => "it is the key of a witness, not of a log",
                Algorithm::CosignatureV1 => "it is the key of a log, not of a witness",
            });
        }
        let pair = Self::from_seed(name, algorithm, &seed)?;
        match pair.public.id == id {
            true => Ok(pair),
            false => malformed("its name or its bytes do not fit its id"),
        }
    }

    fn write(&self) -> Zeroizing<String> {
        let VerifierKey { name, id, algorithm, .. } = &self.public;
        let mut bytes = Zeroizing::new([*algorithm as u8; 33]);
        bytes[1..].copy_from_slice(self.secret.as_bytes());
        let encoded = Zeroizing::new(BASE64.encode(&bytes[..]));
        Zeroizing::new(format!("{PRIVATE_MARK}{name}+{id:08x}+{}", *encoded))
    }
}

macro_rules! signer {
    ($(#[$page:meta])* $type:ident, $algorithm:expr) => {
        $(#[$page])*
        pub struct $type(Pair);

        impl $type {
            /// A key from 32 random bytes. Equal bytes give equal keys.
            ///
            /// # Errors
            ///
            /// [`Error::KeyMalformed`] when `name` cannot be the name of a key.
            pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self> {
                Pair::from_seed(name, $algorithm, seed).map(Self)
            }

            /// The name of the key.
            pub fn name(&self) -> &str {
                self.0.public.name()
            }

            /// The id of the key.
            pub fn id(&self) -> u32 {
                self.0.public.id()
            }

            /// The public half, to be given to those who verify.
            pub fn verifier_key(&self) -> VerifierKey {
                self.0.public.clone()
            }

            /// The private key as text, `PRIVATE+KEY+<name>+<id>+<base64>`: a secret.
            pub fn to_private_key(&self) -> Zeroizing<String> {
                self.0.write()
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(private_key: &str) -> Result<Self> {
                Pair::read(private_key, $algorithm).map(Self)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({}, secret)"), self.0.public.label())
            }
        }
    };
}

signer!(
    /// The key a log signs with. `Debug` shows its name and id, never the secret.
    Signer, Algorithm::Ed25519
);

signer!(
    /// The key a witness signs with. `Debug` shows its name and id, never the secret.
    Cosigner, Algorithm::CosignatureV1
);

impl Signer {
    pub(super) fn sign(&self, text: &str) -> [u8; 64] {
        self.0.secret.sign(text.as_bytes()).to_bytes()
    }
}

impl Cosigner {
    pub(super) fn sign(&self, text: &str, time: u64) -> Vec<u8> {
        let signature = self.0.secret.sign(&cosigned(text, time)).to_bytes();
        [&time.to_be_bytes()[..], &signature].concat()
    }
}

/// What a witness signs.
fn cosigned(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// Takes `<name>+<id>+<base64 of algorithm and 32 bytes>` apart.
fn parts(text: &str) -> Result<(&str, u32, Algorithm, [u8; 32])> {
    let mut fields = text.splitn(3, '+');
    let (Some(name), Some(id), Some(encoded)) = (fields.next(), fields.next(), fields.next())
    else {
        return malformed("it is not `<name>+<id>+<base64>`");
    };
    let digits = id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let id = match u32::from_str_radix(id, 16) {
        Ok(number) if id.len() == 8 && digits => number,
        _ => return malformed("its id is not 8 hexadecimal digits in lower case"),
    };
    let Ok(bytes) = BASE64.decode(encoded).map(Zeroizing::new) else {
        return malformed("its last part is not base64");
    };
    let Some((algorithm, material)) = bytes.split_first() else {
        return malformed("its last part is empty");
    };
    let Some(algorithm) = Algorithm::of(*algorithm) else {
        return malformed("its algorithm is neither Ed25519 (1) nor cosignature/v1 (4)");
    };
    match material.try_into() {
        Ok(material) => Ok((name, id, algorithm, material)),
        Err(_) => malformed("its last part is not 33 bytes long"),
    }
}

/// Whether a key may have this name.
pub(super) fn is_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    (1..=MAX_NAME_BYTES).contains(&name.len()) && !name.contains(forbidden)
}

pub(super) fn label(name: &str, id: u32) -> String {
    format!("{name}+{id:08x}")
}

fn malformed<T>(reason: &'static str) -> Result<T> {
    Err(Error::KeyMalformed { reason })
}

/// The secret half must overwrite itself: this does not compile otherwise.
const _: fn() = || {
    fn overwritten<T: zeroize::ZeroizeOnDrop>() {}
    overwritten::<SigningKey>();
};
