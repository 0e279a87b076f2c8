//! The document of the artifacts: what all its writers and readers agree on.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage_core::artifacts::ASIDE;

use super::{Error, Options, Result};
use crate::ledger::Ledger;
use crate::numbered::{Found, Outcome, Retry, WriteOnce};
use crate::store::{Conditions, Key, Put, Store, Versioning, doctor};

/// What is written once, before anything else. The oldest version counts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u32,
    conditions: Conditions,
}

/// How far conditional writes are trusted where artifacts are; they begin if there are none.
pub(super) async fn begin(store: &Store, ledger: &Ledger, options: &Options) -> Result<Conditions> {
    if let Some(conditions) = there(store, options.retry).await? {
        return Ok(conditions);
    }
    // Of a log in the same bucket its document says so.
    let same = std::sync::Arc::ptr_eq(ledger.store().backend(), store.backend());
    let conditions = match options.conditions {
        Some(conditions) => conditions,
        None if same => ledger.document().conditions,
        None => {
            let probed = doctor::probe_conditions(store).await;
            probed.map_err(Error::store("find out how far the store can be trusted"))?
        }
    };
    let document = Document { v: 1, conditions };
    let body = Bytes::from(serde_json::to_vec(&document).expect("the document is plain data"));
    let put = Put::absent().typed("application/json");
    let once = once(store, options.retry).await?;
    let outcome = once.put(&key()?, body, |_| false, &put).await;
    match outcome {
        Ok(Outcome::Won { .. }) => Ok(conditions),
        Ok(Outcome::Lost { body, .. }) => read(store, &body),
        Err(source) => Err(Error::Write { act: "begin the artifacts", source: Box::new(source) }),
    }
}

/// What the document says, if there is one.
pub(super) async fn there(store: &Store, retry: Retry) -> Result<Option<Conditions>> {
    let found = once(store, retry).await?.get(&key()?).await;
    match found.map_err(Error::store("read the document of the artifacts"))? {
        Some(Found { body, .. }) => read(store, &body).map(Some),
        None => Ok(None),
    }
}

fn read(store: &Store, body: &[u8]) -> Result<Conditions> {
    let invalid = |reason: String| Error::DocumentInvalid { place: store.location(), reason };
    let document: Document =
        serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    match document.v {
        1 => Ok(document.conditions),
        other => Err(invalid(format!("its format is {other}, not 1"))),
    }
}

/// How far conditions are trusted stands in the document, so reading it cannot depend on that.
async fn once(store: &Store, retry: Retry) -> Result<WriteOnce> {
    let mut pauses = retry.pauses();
    let versioned = loop {
        let answer = store.bucket().await;
        if pauses.again_after(&answer).await {
            continue;
        }
        break match answer {
            Ok(bucket) => bucket.versioning != Versioning::Off,
            Err(error) if error.is_retryable() => {
                return Err(Error::store("find out whether the store keeps versions")(error));
            }
            Err(_) => false,
        };
    };
    let conditions = if versioned { Conditions::OldestVersion } else { Conditions::Atomic };
    Ok(WriteOnce::new(store.clone(), conditions).with_retry(retry))
}

fn key() -> Result<Key> {
    Key::new(format!("{ASIDE}store")).map_err(Error::store("name the document of the artifacts"))
}
