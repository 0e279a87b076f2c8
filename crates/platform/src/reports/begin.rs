//! The document of an archive: what all who write to it agree on.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Error, Options, Result};
use crate::ledger::stamp;
use crate::numbered::founding::{self, Unfounded};
use crate::numbered::{Outcome, WriteOnce};
use crate::store::{BucketState, Conditions, Key, Put, Store, Versioning};

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
    let once = founding::document_of(store, versioned, options.retry);
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
    founding::still_kept(document.conditions, versioned).map_err(invalid)?;
    Ok(document.conditions)
}

async fn write(
    store: &Store,
    once: &WriteOnce,
    key: &Key,
    options: &Options,
    versioned: bool,
) -> Result<Bytes> {
    let conditions = founding::conditions_for(store, options.conditions, versioned).await;
    let conditions = conditions.map_err(|error| match error {
        Unfounded::Unfit(reason) => {
            Error::Unfit { place: store.location(), reason: reason.to_owned() }
        }
        Unfounded::Store(error) => Error::store("find out how far the store can be trusted")(error),
    })?;
    let document = Document { v: 1, conditions, created_at: stamp(options.clock.now()) };
    let body = Bytes::from(serde_json::to_vec(&document).expect("the document is plain data"));
    let put = Put::absent().typed("application/json");
    let outcome = once.put(key, body.clone(), |_| false, &put).await;
    match outcome.map_err(Error::write("write the document of the archive"))? {
        Outcome::Won { .. } => Ok(body),
        Outcome::Lost { body, .. } => Ok(body),
    }
}
