//! How something durable begins: with a document that says how far the conditional writes of its store
//! are trusted.

use super::{Retry, WriteOnce};
use crate::store::{Conditions, Store, StoreError, Versioning, doctor};

/// Why nothing can begin. Deliberately exhaustive.
#[derive(Debug)]
pub enum Unfounded {
    /// The options contradict the store; the text says how.
    Unfit(&'static str),
    /// The store could not be asked.
    Store(StoreError),
}

/// Whether a store keeps versions. One that does not say so keeps none; one that does not answer for the
/// moment is an error, because whoever guessed would read something else than everybody else.
///
/// # Errors
///
/// What the store says, where it may say something else later.
pub async fn keeps_versions(store: &Store, retry: Retry) -> Result<bool, StoreError> {
    match retry.again(|| store.bucket()).await {
        Ok(bucket) => Ok(bucket.versioning != Versioning::Off),
        Err(error) if error.is_retryable() => Err(error),
        Err(_) => Ok(false),
    }
}

/// How the document is written and read. How far conditions are trusted stands in it, so that it cannot
/// depend on that: where there are versions, the oldest counts.
pub fn document_of(store: &Store, versioned: bool, retry: Retry) -> WriteOnce {
    let conditions = if versioned { Conditions::OldestVersion } else { Conditions::Atomic };
    WriteOnce::new(store.clone(), conditions).with_retry(retry)
}

/// How far conditions are to be trusted: as is `wanted`, or as is found out.
///
/// # Errors
///
/// [`Unfounded`].
pub async fn conditions_for(
    store: &Store,
    wanted: Option<Conditions>,
    versioned: bool,
) -> Result<Conditions, Unfounded> {
    match wanted {
        Some(Conditions::OldestVersion) if !versioned => {
            Err(Unfounded::Unfit("the mode `oldest-version` needs a bucket that keeps versions"))
        }
        Some(conditions) => Ok(conditions),
        None => doctor::probe_conditions(store).await.map_err(Unfounded::Store),
    }
}

/// Refuses a document whose conditions the store cannot keep any more.
///
/// # Errors
///
/// Why they cannot be kept.
pub fn still_kept(conditions: Conditions, versioned: bool) -> Result<(), String> {
    if conditions == Conditions::OldestVersion && !versioned {
        let reason = "its writers tell by the versions of an object who was first, and the bucket keeps none, \
                      or does not say so";
        return Err(reason.to_owned());
    }
    Ok(())
}
