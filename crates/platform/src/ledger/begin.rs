//! Finding the document of a log, or writing it.

use audit_chain::checkpoint::MAX_ORIGIN_BYTES;
use audit_chain::verify::{Finding, Kind};
use bytes::Bytes;

use super::document::{KEY, LogDocument, VERSION};
use super::stamp::stamp;
use super::{Error, Options, Result};
use crate::numbered::{Found, Outcome, WriteOnce};
use crate::store::{Conditions, Key, Put, Store, Versioning, doctor};

/// The document of the log at `store`; a new one if there is none and the options allow it. Of
/// several who begin a log at once, all get the same.
pub(super) async fn begin(
    store: &Store,
    options: &Options,
    versioned: bool,
) -> Result<LogDocument> {
    // How far conditions are trusted stands in the document, so reading the document cannot depend
    // on it. Where there are versions, the oldest counts.
    let conditions = if versioned { Conditions::OldestVersion } else { Conditions::Atomic };
    let once = WriteOnce::new(store.clone(), conditions).with_retry(options.retry);
    let key = Key::new(KEY).map_err(Error::store("name the document of the log"))?;
    let there = once.get(&key).await.map_err(Error::store("read the document of the log"))?;
    let body = match there {
        Some(Found { body, .. }) => body,
        None if options.create => {
            nothing_without_a_document(store).await?;
            let document = new_document(store, options).await?;
            let now = options.clock.now();
            let lock = options.retention.as_ref().map(|it| it.lock(now, it.longest()));
            let put = Put::absent().typed("application/json").locked(lock);
            let body = serde_json::to_vec(&document).expect("the document is plain data");
            let body = Bytes::from(body);
            // There is no nonce: if two write the same, both have begun it.
            let outcome = once.put(&key, body.clone(), |_| false, &put).await;
            match outcome.map_err(Error::write("begin a log"))? {
                Outcome::Won { .. } => body,
                Outcome::Lost { body, .. } => body,
            }
        }
        None => return Err(Error::NoLog { place: store.location() }),
    };
    let document = LogDocument::read(&body)
        .map_err(|reason| Error::DocumentInvalid { place: store.location(), reason })?;
    the_one_asked_for(&document, options)?;
    Ok(document)
}

/// Whether old states of objects are kept. Who may not ask is told no: then the plain read counts.
pub(super) async fn keeps_versions(store: &Store) -> bool {
    store.bucket().await.is_ok_and(|bucket| bucket.versioning != Versioning::Off)
}

/// A log whose document is gone is not continued under another name.
async fn nothing_without_a_document(store: &Store) -> Result<()> {
    for prefix in ["seg/", "ckpt/"] {
        let page = store.list(prefix, None, 1).await;
        let page = page.map_err(Error::store("look for a log without a document"))?;
        if let Some(entry) = page.entries.first() {
            let message = "there are objects of a log, but not its document";
            let finding = Finding::new(Kind::MissingLogDocument, message);
            return Err(Error::poisoned(finding.of(entry.key.as_str())));
        }
    }
    Ok(())
}

async fn new_document(store: &Store, options: &Options) -> Result<LogDocument> {
    let log_id = match &options.log_id {
        Some(log_id) => log_id.clone(),
        None => {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if log_id.is_empty() || log_id.len() > 64 || !log_id.bytes().all(plain) {
        let reason = format!("the log id `{log_id}` is not 1 to 64 of `A-Z a-z 0-9 . _ -`");
        return Err(Error::OptionsInvalid { reason });
    }
    let origin = options.origin.clone().unwrap_or_else(|| format!("strongroom/{log_id}"));
    if origin.is_empty() || origin.len() > MAX_ORIGIN_BYTES || origin.contains(char::is_control) {
        let reason =
            format!("an origin has 1 to {MAX_ORIGIN_BYTES} bytes and no control character");
        return Err(Error::OptionsInvalid { reason });
    }
    let conditions = match options.conditions {
        Some(conditions) => conditions,
        None => {
            let probed = doctor::probe_conditions(store).await;
            probed.map_err(Error::store("find out how far the store can be trusted"))?
        }
    };
    Ok(LogDocument {
        v: VERSION,
        log_id,
        origin,
        conditions,
        max_segment_records: options.limits.segment_records.max(1),
        created_at: stamp(options.clock.now()),
        verifier_keys: options.signer.iter().map(|it| it.verifier_key()).collect(),
    })
}

fn the_one_asked_for(document: &LogDocument, options: &Options) -> Result<()> {
    let pairs =
        [("id", &document.log_id, &options.log_id), ("origin", &document.origin, &options.origin)];
    for (what, found, asked) in pairs {
        if let Some(asked) = asked
            && asked != found
        {
            return Err(Error::OtherLog { what, found: found.clone(), asked: asked.clone() });
        }
    }
    Ok(())
}
