//! `audit keys`

use audit_chain::note::{Algorithm, Cosigner, Signer, VerifierKey};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{key_file, keyring};
use crate::args::{Generate, Keys, Plain, Show};
use crate::output;
use crate::status::{Error, Result, Status};

#[derive(Serialize)]
struct Answer {
    name: String,
    id: String,
    kind: &'static str,
    vkey: String,
}

pub(super) fn run(keys: &Keys) -> Result<Status> {
    match keys {
        Keys::Generate(it) => generate(it),
        Keys::Show(it) => show(it),
        Keys::Keyring(it) => keyring::run(it),
    }
}

fn generate(arguments: &Generate) -> Result<Status> {
    let (secret, key) = if arguments.witness {
        let key = random(|seed| Cosigner::from_seed(&arguments.name, seed))?;
        (key.to_private_key(), key.verifier_key())
    } else {
        let key = random(|seed| Signer::from_seed(&arguments.name, seed))?;
        (key.to_private_key(), key.verifier_key())
    };
    key_file::create(&arguments.out, &secret)?;
    output::talk(&format!("wrote the secret half to `{}`", arguments.out.display()));
    print(&key, arguments.format)
}

/// A new key.
pub(in crate::command) fn random<K>(
    key: impl FnOnce(&[u8; 32]) -> audit_chain::Result<K>,
) -> Result<K> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|error| Error::System {
        act: "get random bytes",
        source: std::io::Error::other(error),
    })?;
    key(&seed).map_err(|source| Error::Chain { message: "no key can be made".to_owned(), source })
}

fn show(arguments: &Show) -> Result<Status> {
    print(&key_file::read(&arguments.file)?.verifier_key(), arguments.format)
}

fn print(key: &VerifierKey, format: Plain) -> Result<Status> {
    let text = match format {
        Plain::Human => key.to_string(),
        Plain::Json => serde_json::to_string(&Answer {
            name: key.name().to_owned(),
            id: format!("{:08x}", key.id()),
            kind: match key.algorithm() {
                Algorithm::Ed25519 => "log",
                Algorithm::CosignatureV1 => "witness",
            },
            vkey: key.to_string(),
        })
        .expect("a key is plain data"),
    };
    output::data(&(text + "\n"))?;
    Ok(Status::Fine)
}
