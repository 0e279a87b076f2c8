//! `audit keys keyring`

use std::path::Path;

use audit_chain::keyring::{Key, Keyring, MAX_KEYRING_BYTES};
use audit_chain::note::{Algorithm, VerifierKey};
use platform::files;

use crate::args;
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &args::Keyring) -> Result<Status> {
    match arguments {
        args::Keyring::Add(it) => add(it),
        args::Keyring::Revoke(it) => revoke(it),
    }
}

/// Reads a keyring.
pub(super) fn read(path: &Path) -> Result<Keyring> {
    let json = files::read_bounded(path, MAX_KEYRING_BYTES)?;
    Keyring::parse(&json).map_err(|source| unusable(path, source))
}

/// Reads a key that somebody typed.
pub(super) fn key(text: &str) -> Result<VerifierKey> {
    text.trim().parse().map_err(|source| Error::Chain {
        message: format!("`{text}` is no key that verifies"),
        source,
    })
}

fn add(arguments: &args::KeyringAdd) -> Result<Status> {
    let (path, new) = (arguments.keyring.as_path(), key(&arguments.vkey)?);
    let before = path.exists().then(|| read(path)).transpose()?;
    let witness = new.algorithm() == Algorithm::CosignatureV1;
    let ring = match before {
        None if witness => {
            return Err(Error::invalid(
                format!("`{}` would hold a witness and no key of a log", path.display()),
                "add the key of the log first",
            ));
        }
        None => {
            let key = Key { from_size: arguments.from.unwrap_or(0), ..Key::always(new.clone()) };
            Keyring::new(vec![key], Vec::new(), 0)
        }
        Some(ring) if witness => with_witness(&ring, new.clone(), arguments.quorum),
        Some(ring) => match arguments.from {
            Some(size) => ring.rotated(new.clone(), size),
            None => {
                return Err(Error::invalid(
                    format!("`{}` has a key already", path.display()),
                    "say with `--from SIZE` from which size of the log on the new one signs",
                ));
            }
        },
    };
    let ring = ring.map_err(|source| unusable(path, source))?;
    let ring = match (&arguments.origin, ring.origin()) {
        (Some(origin), None) => ring.with_origin(origin),
        (Some(new), Some(old)) if new != old => {
            return Err(Error::invalid(
                format!("`{}` is for the log `{old}`", path.display()),
                "make a keyring for each log",
            ));
        }
        _ => ring,
    };
    files::replace(path, &ring.to_json())?;
    output::talk(&format!("`{}` is in `{}`", new.label(), path.display()));
    Ok(Status::Fine)
}

fn with_witness(
    ring: &Keyring,
    new: VerifierKey,
    quorum: Option<usize>,
) -> audit_chain::Result<Keyring> {
    let witnesses = [ring.witnesses(), &[new]].concat();
    let quorum = quorum.unwrap_or(ring.witness_quorum());
    let more = Keyring::new(ring.keys().to_vec(), witnesses, quorum)?;
    Ok(match ring.origin() {
        Some(origin) => more.with_origin(origin),
        None => more,
    })
}

fn revoke(arguments: &args::KeyringRevoke) -> Result<Status> {
    let path = arguments.keyring.as_path();
    // The whole key or only its name and id: both name it.
    let label = arguments.key.parse::<VerifierKey>().map_or(arguments.key.clone(), |it| it.label());
    let ring = read(path)?.revoked(&label, arguments.from);
    let ring = ring.map_err(|source| unusable(path, source))?;
    files::replace(path, &ring.to_json())?;
    output::talk(&format!("`{label}` signs nothing from size {} on", arguments.from));
    Ok(Status::Fine)
}

fn unusable(path: &Path, source: audit_chain::Error) -> Error {
    Error::Chain { message: format!("the keyring `{}` cannot be used", path.display()), source }
}
