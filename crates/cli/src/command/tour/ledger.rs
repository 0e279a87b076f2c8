//! The ledger in the tour: what happened is recorded, sealed and verified, and a copy changed.

use std::path::Path;
use std::sync::Arc;

use audit_chain::json::Value;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::note::Signer;
use audit_chain::record::Event;
use audit_chain::segment::Compression;
use audit_chain::verify::Report;
use futures_util::TryStreamExt as _;
use platform::ledger::{self, Ledger, Options, VerifyOptions};
use platform::store::{Put, Store};

use super::say;
use crate::command::audit::{key_file, keys, runtime};
use crate::command::ledger::sealing;
use crate::status::{Error, Result};

/// Where the log, its key and the changed copy lie, below the folder of the tour.
pub(super) const FOLDER: &str = "ledger";

/// What happened to one contract.
pub(super) struct Happened {
    pub(super) event_type: &'static str,
    pub(super) path: String,
    pub(super) outcome: String,
}

/// Records what happened and shows what a change does.
pub(super) fn run(directory: &Path, happened: &[Happened]) -> Result<()> {
    let folder = directory.join(FOLDER);
    // Each tour tells its own story; the folder holds nothing but the one before.
    if folder.exists() {
        let removed = std::fs::remove_dir_all(&folder);
        removed.map_err(|source| platform::Error::File {
            act: "remove",
            path: folder.clone(),
            source,
        })?;
    }
    let created = std::fs::create_dir_all(&folder);
    created.map_err(|source| platform::Error::File {
        act: "make",
        path: folder.clone(),
        source,
    })?;
    let signer = keys::random(|seed| Signer::from_seed("example.com/tour", seed))?;
    key_file::create(&folder.join("tour.key"), &signer.to_private_key())?;
    let keyring = Keyring::new(vec![Key::always(signer.verifier_key())], Vec::new(), 0);
    let mut options = VerifyOptions::default();
    options.keyring = keyring.ok();

    runtime()?.block_on(async {
        let log = Store::local(folder.join("log"));
        let recorded = record(&log, signer, happened).await?;
        say(&format!(
            "\n5. What happened is recorded: {recorded} events, each with the hash of the one before,\n   \
             under a checkpoint that the key of the log has signed. A verifier says:\n"
        ))?;
        print(&ledger::verify(&log, &options, |_| ()).await)?;

        let changed = Store::local(folder.join("changed"));
        copy_changed(&log, &changed).await?;
        say("\n6. Somebody changes one byte of a record in a copy. The verifier says:\n")?;
        print(&ledger::verify(&changed, &options, |_| ()).await)
    })
}

/// Gives the number of events.
async fn record(log: &Store, signer: Signer, happened: &[Happened]) -> Result<usize> {
    let mut options = Options::default();
    options.origin = Some("example.com/tour".to_owned());
    options.signer = Some(Arc::new(signer));
    // So that the log can be read with `less`.
    options.compression = Compression::None;
    let ledger = Ledger::open(log, options).await?;
    let events = happened.iter().map(|it| {
        let details = Value::Object(vec![("outcome".into(), Value::from(it.outcome.as_str()))]);
        Event::new(it.event_type, "tour", it.path.as_str(), "check", details)
    });
    let receipts =
        sealing(&ledger, async { Ok(ledger.append_all(events.collect()).await?) }).await?;
    Ok(receipts.len())
}

/// Copies a log, with one letter of the first record changed.
async fn copy_changed(from: &Store, to: &Store) -> Result<()> {
    let objects: Vec<_> = from.list_all("", None).try_collect().await?;
    let mut changed = false;
    for object in objects {
        let mut body = from.get(&object.key).await?.body.to_vec();
        let actor = b"\"actor\": \"";
        let at = body.windows(actor.len()).position(|bytes| bytes == actor);
        if let Some(at) = at.filter(|_| !changed) {
            body[at + actor.len()] = b'T';
            changed = true;
        }
        to.put(&object.key, body, &Put::default()).await?;
    }
    if changed {
        Ok(())
    } else {
        Err(Error::NotFound { message: "the log of the tour holds no record".to_owned() })
    }
}

fn print(report: &Report) -> Result<()> {
    report.to_string().lines().try_for_each(|line| say(&format!("   {line}")))
}
