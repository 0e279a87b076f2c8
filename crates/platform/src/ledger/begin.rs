//! Finding the document of a log, or writing it.

use audit_chain::checkpoint::MAX_ORIGIN_BYTES;
use audit_chain::verify::{Finding, Kind};
use bytes::Bytes;

use super::document::{KEY, LogDocument, VERSION};
use super::lanes::has_lanes;
use super::stamp::stamp;
use super::{Error, Options, Result};
use crate::numbered::founding::{self, Unfounded};
use crate::numbered::{Found, Outcome};
use crate::store::{BucketState, Key, Put, Store};

/// The document of the log at `store`; a new one if there is none and the options allow it. Of
/// several who begin a log at once, all get the same.
pub(super) async fn begin(
    store: &Store,
    options: &Options,
    versioned: bool,
) -> Result<LogDocument> {
    let once = founding::document_of(store, versioned, options.retry);
    let key = Key::new(KEY).map_err(Error::store("name the document of the log"))?;
    let there = once.get(&key).await.map_err(Error::store("read the document of the log"))?;
    let body = match there {
        Some(Found { body, .. }) => body,
        None if has_lanes(store).await? => {
            return Err(Error::HasLanes { place: store.location() });
        }
        None if options.create && there_is_a_log(store, options).await? => {
            // Somebody may have begun it since.
            let there = once.get(&key).await;
            match there.map_err(Error::store("read the document of the log"))? {
                Some(Found { body, .. }) => body,
                None => {
                    let message = "there are objects of a log, but not its document";
                    let finding = Finding::new(Kind::MissingLogDocument, message);
                    return Err(Error::poisoned(finding.of(KEY)));
                }
            }
        }
        None if options.create => {
            let document = new_document(store, options, versioned).await?;
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
    founding::still_kept(document.conditions, versioned)
        .map_err(|reason| Error::DocumentInvalid { place: store.location(), reason })?;
    the_one_asked_for(&document, options)?;
    Ok(document)
}

/// What the store says about itself; `None` if it says nothing to us, and then the plain read counts.
///
/// A store that does not answer for the moment is no such store: whoever took it for one would read
/// another version of the log than everybody else.
pub(super) async fn bucket_of(store: &Store, options: &Options) -> Result<Option<BucketState>> {
    match options.retry.again(|| store.bucket()).await {
        Ok(bucket) => Ok(Some(bucket)),
        Err(error) if error.is_retryable() => {
            Err(Error::store("find out whether the store keeps versions")(error))
        }
        Err(_) => Ok(None),
    }
}

/// Whether there are objects of a log: one whose document is gone is not continued under another
/// name.
async fn there_is_a_log(store: &Store, options: &Options) -> Result<bool> {
    for prefix in ["seg/", "ckpt/"] {
        let page = options.retry.again(|| store.list(prefix, None, 1)).await;
        let page = page.map_err(Error::store("look for a log without a document"))?;
        if !page.entries.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn new_document(store: &Store, options: &Options, versioned: bool) -> Result<LogDocument> {
    let (log_id, origin) = names(options, 64, MAX_ORIGIN_BYTES)?;
    let conditions = founding::conditions_for(store, options.conditions, versioned).await;
    let conditions = conditions.map_err(|error| match error {
        Unfounded::Unfit(reason) => Error::OptionsInvalid { reason: reason.to_owned() },
        Unfounded::Store(error) => Error::store("find out how far the store can be trusted")(error),
    })?;
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

/// The id and the origin of something new: as asked for, or a random id.
pub(super) fn names(
    options: &Options,
    most_id_bytes: usize,
    most_origin_bytes: usize,
) -> Result<(String, String)> {
    let log_id = match &options.log_id {
        Some(log_id) => log_id.clone(),
        None => {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
            storage_core::hex::encode(&bytes)
        }
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if log_id.is_empty() || log_id.len() > most_id_bytes || !log_id.bytes().all(plain) {
        let reason =
            format!("the log id `{log_id}` is not 1 to {most_id_bytes} of `A-Z a-z 0-9 . _ -`");
        return Err(Error::OptionsInvalid { reason });
    }
    let origin = options.origin.clone().unwrap_or_else(|| format!("strongroom/{log_id}"));
    if origin.is_empty() || origin.len() > most_origin_bytes || origin.contains(char::is_control) {
        let reason =
            format!("an origin has 1 to {most_origin_bytes} bytes and no control character");
        return Err(Error::OptionsInvalid { reason });
    }
    Ok((log_id, origin))
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
