//! The document of the artifacts: what all its writers and readers agree on.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage_core::artifacts::ASIDE;

use super::{Error, Options, Result};
use crate::ledger::Ledger;
use crate::numbered::founding::{self, Unfounded};
use crate::numbered::{Found, Outcome, Retry, WriteOnce};
use crate::store::{Conditions, Key, Put, Store};

/// What is written once, before anything else. The oldest version counts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u32,
    conditions: Conditions,
}

/// How far conditional writes are trusted where artifacts are; they begin if there are none.
pub(super) async fn begin(store: &Store, ledger: &Ledger, options: &Options) -> Result<Conditions> {
    let (once, versioned) = document(store, options.retry).await?;
    if let Some(conditions) = found(store, &once, versioned).await? {
        return Ok(conditions);
    }
    // Of a log in the same bucket its document says so.
    let same = std::sync::Arc::ptr_eq(ledger.store().backend(), store.backend());
    let of_log = same.then(|| ledger.document().conditions);
    let wanted = options.conditions.or(of_log);
    let conditions = founding::conditions_for(store, wanted, versioned).await;
    let conditions = conditions.map_err(|error| match error {
        Unfounded::Unfit(reason) => invalid(store, reason.to_owned()),
        Unfounded::Store(error) => Error::store("find out how far the store can be trusted")(error),
    })?;
    let document = Document { v: 1, conditions };
    let body = Bytes::from(serde_json::to_vec(&document).expect("the document is plain data"));
    let put = Put::absent().typed("application/json");
    match once.put(&key()?, body, |_| false, &put).await {
        Ok(Outcome::Won { .. }) => Ok(conditions),
        Ok(Outcome::Lost { body, .. }) => read(store, &body, versioned),
        Err(source) => Err(Error::Write { act: "begin the artifacts", source: Box::new(source) }),
    }
}

/// What the document says, if there is one.
pub(super) async fn there(store: &Store, retry: Retry) -> Result<Option<Conditions>> {
    let (once, versioned) = document(store, retry).await?;
    found(store, &once, versioned).await
}

/// How the document is read and written, and whether the store keeps versions.
async fn document(store: &Store, retry: Retry) -> Result<(WriteOnce, bool)> {
    let versioned = founding::keeps_versions(store, retry).await;
    let versioned = versioned.map_err(Error::store("find out whether the store keeps versions"))?;
    Ok((founding::document_of(store, versioned, retry), versioned))
}

async fn found(store: &Store, once: &WriteOnce, versioned: bool) -> Result<Option<Conditions>> {
    let found = once.get(&key()?).await;
    match found.map_err(Error::store("read the document of the artifacts"))? {
        Some(Found { body, .. }) => read(store, &body, versioned).map(Some),
        None => Ok(None),
    }
}

fn read(store: &Store, body: &[u8], versioned: bool) -> Result<Conditions> {
    let document: Document =
        serde_json::from_slice(body).map_err(|error| invalid(store, error.to_string()))?;
    if document.v != 1 {
        return Err(invalid(store, format!("its format is {}, not 1", document.v)));
    }
    founding::still_kept(document.conditions, versioned).map_err(|it| invalid(store, it))?;
    Ok(document.conditions)
}

fn invalid(store: &Store, reason: String) -> Error {
    Error::DocumentInvalid { place: store.location(), reason }
}

fn key() -> Result<Key> {
    Key::new(format!("{ASIDE}store")).map_err(Error::store("name the document of the artifacts"))
}
