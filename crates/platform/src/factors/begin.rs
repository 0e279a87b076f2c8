//! The document of a store of factors: what all its writers and readers agree on.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Error, Options, Result, load};
use crate::ledger::stamp;
use crate::numbered::founding::{self, Unfounded};
use crate::numbered::{Found, Outcome, WriteOnce};
use crate::store::{Conditions, Key, Put, Store};

/// The key of the document.
const KEY: &str = "factors";

/// The version of the format that is written and read.
const VERSION: u32 = 1;

/// What is written once, before anything else. The oldest version counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreDocument {
    /// The version of this format.
    pub v: u32,
    /// Which store of factors this is: drawn at random.
    pub store_id: String,
    /// How far the conditional writes of the store are trusted.
    pub conditions: Conditions,
    /// When it was begun. Nobody vouches for it.
    pub created_at: String,
}

/// The document at `store`; a new one if there is none and the options allow it. Of several who begin
/// at once, all get the same.
pub(super) async fn begin(store: &Store, options: &Options) -> Result<StoreDocument> {
    let versioned = founding::keeps_versions(store, options.retry).await;
    let versioned = versioned.map_err(Error::store("find out whether the store keeps versions"))?;
    let once = founding::document_of(store, versioned, options.retry);
    let key = Key::new(KEY).map_err(Error::store("name the document of the factors"))?;
    let there = once.get(&key).await.map_err(Error::store("read the document of the factors"))?;
    let body = match there {
        Some(Found { body, .. }) => body,
        None if options.create => {
            // Batches whose document is gone are not continued under another name.
            let page = store.list(load::PREFIX, None, 1).await;
            let page = page.map_err(Error::store("look for factors without a document"))?;
            let there = once.get(&key).await;
            match there.map_err(Error::store("read the document of the factors"))? {
                Some(Found { body, .. }) => body,
                None if !page.entries.is_empty() => {
                    let reason = "there are batches, but no document".to_owned();
                    return Err(Error::DocumentInvalid { place: store.location(), reason });
                }
                None => write(store, &once, &key, options, versioned).await?,
            }
        }
        None => return Err(Error::NoFactors { place: store.location() }),
    };
    let invalid = |reason: String| Error::DocumentInvalid { place: store.location(), reason };
    let document: StoreDocument =
        serde_json::from_slice(&body).map_err(|error| invalid(error.to_string()))?;
    if document.v != VERSION {
        return Err(invalid(format!("its format is {}, not {VERSION}", document.v)));
    }
    if !document.store_id.bytes().all(|it| it.is_ascii_hexdigit()) || document.store_id.len() != 32
    {
        return Err(invalid("it does not say which store this is".to_owned()));
    }
    founding::still_kept(document.conditions, versioned).map_err(invalid)?;
    Ok(document)
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
        Unfounded::Unfit(reason) => Error::OptionsInvalid { reason: reason.to_owned() },
        Unfounded::Store(error) => Error::store("find out how far the store can be trusted")(error),
    })?;
    let document = StoreDocument {
        v: VERSION,
        store_id: storage_core::hex::encode(&random()?),
        conditions,
        created_at: stamp(options.clock.now()),
    };
    let body = Bytes::from(serde_json::to_vec(&document).expect("the document is plain data"));
    let put = Put::absent().typed("application/json").locked(options.lock());
    match once.put(key, body.clone(), |_| false, &put).await.map_err(Error::of_write)? {
        Outcome::Won { .. } => Ok(body),
        Outcome::Lost { body, .. } => Ok(body),
    }
}

pub(super) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
    Ok(bytes)
}
