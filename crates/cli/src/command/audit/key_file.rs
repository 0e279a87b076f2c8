//! Files that hold keys: the secret ones are for their owner alone.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use audit_chain::note::{Cosigner, Signer, VerifierKey};
use platform::files::Whole;
use zeroize::Zeroizing;

use crate::status::{Error, Result};

/// A key as it was found in a file.
pub(super) enum Key {
    Signer(Signer),
    Cosigner(Cosigner),
    Verifier(VerifierKey),
}

impl Key {
    pub(super) fn verifier_key(&self) -> VerifierKey {
        match self {
            Self::Signer(key) => key.verifier_key(),
            Self::Cosigner(key) => key.verifier_key(),
            Self::Verifier(key) => key.clone(),
        }
    }
}

/// Reads the key that signs the checkpoints of a log.
pub(in crate::command) fn signer(path: &Path) -> Result<Signer> {
    match read(path)? {
        Key::Signer(signer) => Ok(signer),
        Key::Cosigner(_) => Err(Error::invalid(
            format!("`{}` is the key of a witness, not of a log", path.display()),
            "make one with `strongroom audit keys generate NAME --out FILE`",
        )),
        Key::Verifier(_) => Err(Error::invalid(
            format!("`{}` holds the half that verifies, which cannot sign", path.display()),
            "name the file that `strongroom audit keys generate --out` wrote",
        )),
    }
}

/// Reads a key of any kind. A secret one that others can read is refused: whoever read it can sign.
pub(super) fn read(path: &Path) -> Result<Key> {
    let malformed = |source| Error::Chain {
        message: format!("`{}` holds no key that can be used", path.display()),
        source,
    };
    // Far more than a key can be: names have at most 255 bytes.
    let bytes = Zeroizing::new(platform::files::read_bounded(path, 4096)?);
    let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    if !text.starts_with("PRIVATE+KEY+") {
        return text.parse().map(Key::Verifier).map_err(malformed);
    }
    for_the_owner_alone(path)?;
    // The algorithm stands in the key; a witness's is tried second.
    let signer = text.parse::<Signer>().map(Key::Signer);
    signer.or_else(|error| text.parse().map(Key::Cosigner).map_err(|_| malformed(error)))
}

/// Writes a secret that must not be there yet, readable by its owner alone, and durable before
/// anything is signed with it.
pub(in crate::command) fn create(path: &Path, secret: &str) -> Result<()> {
    let write = || -> platform::Result<()> {
        let mut file = Whole::secret(path)?;
        let written = file.write_all(secret.as_bytes()).and_then(|()| file.write_all(b"\n"));
        written.map_err(|source| platform::Error::File {
            act: "write",
            path: path.to_owned(),
            source,
        })?;
        file.finish()
    };
    write().map_err(|error| match error {
        platform::Error::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            Error::NotFound { message: format!("there is no folder for `{}`", path.display()) }
        }
        error => error.into(),
    })
}

#[cfg(unix)]
fn for_the_owner_alone(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let about = fs::metadata(path);
    let about = about.map_err(|source| platform::Error::File {
        act: "read",
        path: path.to_owned(),
        source,
    })?;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::invalid(
        format!("others can read the key in `{}` (mode {mode:03o})", path.display()),
        format!("`chmod 600 {}`, and make a new key if somebody did", path.display()),
    ))
}

#[cfg(not(unix))]
fn for_the_owner_alone(_path: &Path) -> Result<()> {
    Ok(())
}
