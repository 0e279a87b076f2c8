//! The document of an archive: what all who write to it agree on.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Error, Options, Result};
use crate::ledger::stamp;
use crate::numbered::{Outcome, WriteOnce};
use crate::store::{BucketState, Conditions, Key, Put, Store, Versioning, doctor};

/// The key of the document.
const KEY: &str = "_strongroom/archive.json";

/// What is written once, before anything else. The oldest version counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u32,
    conditions: Conditions,
    created_at: String,
}

/// How far the conditional writes of the store are trusted: as whoever began the archive said.
pub(super) async fn begin(
    store: &Store,
    bucket: &BucketState,
    options: &Options,
) -> Result<Conditions> {
    let versioned = bucket.versioning != Versioning::Off;
    // How far conditions are trusted stands in the document, so reading it cannot depend on that.
    let how = if versioned { Conditions::OldestVersion } else { Conditions::Atomic };
    let once = WriteOnce::new(store.clone(), how).with_retry(options.retry);
    let key = Key::new(KEY).map_err(Error::store("name the document of the archive"))?;
    let there = once.get(&key).await.map_err(Error::store("read the document of the archive"))?;
    let body = match there {
        Some(found) => found.body,
        None => write(store, &once, &key, options, versioned).await?,
    };
    let invalid = |reason: String| Error::DocumentInvalid { place: store.location(), reason };
    let document: Document =
        serde_json::from_slice(&body).map_err(|error| invalid(error.to_string()))?;
    if document.v != 1 {
        return Err(invalid(format!("its format is {}, not 1", document.v)));
    }
    if document.conditions == Conditions::OldestVersion && !versioned {
        let reason = "its writers tell by versions who was first, and the bucket keeps none";
        return Err(invalid(reason.to_owned()));
    }
    Ok(document.conditions)
}

async fn write(
    store: &Store,
    once: &WriteOnce,
    key: &Key,
    options: &Options,
    versioned: bool,
) -> Result<Bytes> {
    let conditions = match options.conditions {
        Some(Conditions::OldestVersion) if !versioned => {
            let reason = "the mode `oldest-version` needs a bucket that keeps versions".to_owned();
            return Err(Error::Unfit { place: store.location(), reason });
        }
        Some(conditions) => conditions,
        None => doctor::probe_conditions(store)
            .await
            .map_err(Error::store("find out how far the store can be trusted"))?,
    };
    let document = Document { v: 1, conditions, created_at: stamp(options.clock.now()) };
    let body = Bytes::from(serde_json::to_vec(&document).expect("the document is plain data"));
    let put = Put::absent().typed("application/json");
    let outcome = once.put(key, body.clone(), |_| false, &put).await;
    match outcome.map_err(Error::write("write the document of the archive"))? {
        Outcome::Won { .. } => Ok(body),
        Outcome::Lost { body, .. } => Ok(body),
    }
}
