//! Making one step, so that it can be made again.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use storage_core::{Digest, Lock, Step};

use super::{Error, Result};
use crate::numbered::{Outcome, Retry, WriteOnce};
use crate::store::{
    Conditions, Key, Put, Store, StoreError, StoreErrorKind, Version, VersionEntry,
};

/// How much of an object is copied at a time.
const PIECE: u64 = 8 << 20;

/// Makes a step.
pub(super) async fn make(
    store: &Store,
    conditions: Conditions,
    retry: Retry,
    step: &Step,
) -> Result<()> {
    match step {
        Step::Put { key, body, content_type, lock, legal_hold } => {
            let mut put = Put::absent().typed(content_type).locked(*lock);
            put.legal_hold = *legal_hold;
            let objects = WriteOnce::new(store.clone(), conditions).with_retry(retry);
            let at = Key::new(key).map_err(Error::store("name an object"))?;
            let body = Bytes::from(body.clone().into_bytes());
            let outcome = objects.put(&at, body, |_| false, &put).await;
            match outcome.map_err(Error::write("write an object"))? {
                Outcome::Won { .. } => Ok(()),
                Outcome::Lost { .. } => Err(Error::Taken { key: key.clone() }),
            }
        }
        Step::Copy { from, version, to, sha256, content_type } => {
            let version = version.clone().map(Version);
            let from = Source { key: from, version: version.as_ref() };
            copy(store, conditions, from, to, *sha256, content_type).await
        }
        Step::Retain { key, version, lock } => {
            let version = version.clone().map(Version);
            patiently(retry, "protect an object", || {
                retain(store, key, version.as_ref(), *lock).boxed()
            })
            .await
        }
        Step::Relock { key, version, lock } => {
            let version = version.clone().map(Version);
            patiently(retry, "protect an object anew", || {
                store.retain(key, version.as_ref(), *lock, true).boxed()
            })
            .await
        }
        Step::Hold { key, version, on } => {
            let version = version.clone().map(Version);
            patiently(retry, "change the hold of an object", || {
                store.hold(key, version.as_ref(), *on).boxed()
            })
            .await
        }
        Step::Delete { key, version } => {
            let version = version.clone().map(Version);
            patiently(retry, "remove an object", || remove(store, key, version.as_ref()).boxed())
                .await
        }
        _ => Err(Error::PlanInvalid { reason: "it has a step of a later version".to_owned() }),
    }
}

async fn patiently<'f>(
    retry: Retry,
    act: &'static str,
    attempt: impl Fn() -> BoxFuture<'f, Result<(), StoreError>>,
) -> Result<()> {
    let mut pauses = retry.pauses();
    loop {
        let answer = attempt().await;
        if !pauses.again_after(&answer).await {
            return answer.map_err(Error::store(act));
        }
    }
}

async fn retain(
    store: &Store,
    key: &str,
    version: Option<&Version>,
    lock: Lock,
) -> Result<(), StoreError> {
    let refused = match store.retain(key, version, lock, false).await {
        Err(error) if error.kind == StoreErrorKind::Protected => error,
        answer => return answer,
    };
    // A protection that lasts as long at least is what was asked for.
    let object = match version {
        Some(version) => store.head_version(key, version).await?,
        None => store.head(key).await?,
    };
    match object.lock {
        Some(there) if there.until >= lock.until && there.mode == lock.mode => Ok(()),
        _ => Err(refused),
    }
}

async fn remove(store: &Store, key: &str, version: Option<&Version>) -> Result<(), StoreError> {
    let gone = |answer: Result<_, StoreError>| match answer {
        Err(error) if error.kind == StoreErrorKind::NotFound => Ok(()),
        answer => answer.map(drop),
    };
    if let Some(version) = version {
        return gone(store.delete_version(key, version, false).await);
    }
    // By value: a filter that is handed a reference keeps the future from being sent.
    let here = |it: VersionEntry| std::future::ready(Ok((it.key.as_str() == key).then_some(it)));
    let all: Vec<_> = store.versions_all(key).try_filter_map(here).try_collect().await?;
    if all.is_empty() {
        return gone(store.delete(key).await);
    }
    for it in all {
        gone(store.delete_version(key, &it.version, false).await)?;
    }
    Ok(())
}

/// What is copied.
#[derive(Clone, Copy)]
struct Source<'a> {
    key: &'a str,
    version: Option<&'a Version>,
}

/// Copies in pieces, and holds the bytes against their digest before the copy is there.
async fn copy(
    store: &Store,
    conditions: Conditions,
    from: Source<'_>,
    to: &str,
    sha256: Digest,
    content_type: &str,
) -> Result<()> {
    let failed = Error::store("copy an object");
    let size = match size_of(store, from).await {
        Ok(size) => size,
        // A later step of the same plan may have removed it: then the copy is there.
        Err(error) if error.kind == StoreErrorKind::NotFound => {
            return match digest_of(store, to, None).await {
                Ok(there) if there == sha256 => Ok(()),
                Ok(_) => Err(Error::Taken { key: to.to_owned() }),
                Err(there) if there.kind == StoreErrorKind::NotFound => Err(failed(error)),
                Err(there) => Err(failed(there)),
            };
        }
        Err(error) => return Err(failed(error)),
    };
    if conditions == Conditions::OldestVersion {
        // The store may write where something is, whatever it is asked.
        match digest_of(store, to, None).await {
            Ok(there) if there == sha256 => return Ok(()),
            Ok(_) => return Err(Error::Taken { key: to.to_owned() }),
            Err(error) if error.kind == StoreErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let altered = || StoreError::new(StoreErrorKind::Corrupt, "copy", None, "it was altered");
    let pieces = stream::try_unfold((0, Sha256::new()), move |(at, mut hash)| async move {
        if at >= size {
            return match Digest::from(<[u8; 32]>::from(hash.finalize())) == sha256 {
                true => Ok(None),
                false => Err(altered()),
            };
        }
        let range = at..(at + PIECE).min(size);
        let body = store.get_version_range(from.key, from.version, range).await?.body;
        hash.update(&body);
        Ok(Some((body.clone(), (at + body.len() as u64, hash))))
    });
    let put = Put::absent().typed(content_type);
    let answer = store.upload(to, pieces.boxed(), &put).await;
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.kind == StoreErrorKind::Corrupt => {
            Err(Error::ContentAltered { key: from.key.to_owned() })
        }
        // It may be our own copy, from before.
        Err(error) if matches!(error.kind, StoreErrorKind::Exists | StoreErrorKind::Ambiguous) => {
            match digest_of(store, to, None).await {
                Ok(there) if there == sha256 => Ok(()),
                Ok(_) => Err(Error::Taken { key: to.to_owned() }),
                Err(_) => Err(failed(error)),
            }
        }
        Err(error) => Err(failed(error)),
    }
}

async fn size_of(store: &Store, of: Source<'_>) -> Result<u64, StoreError> {
    let object = match of.version {
        Some(version) => store.head_version(of.key, version).await?,
        None => store.head(of.key).await?,
    };
    Ok(object.size_bytes)
}

/// The digest of an object, read in pieces.
pub(crate) async fn digest_of(
    store: &Store,
    key: &str,
    version: Option<&Version>,
) -> Result<Digest, StoreError> {
    let size = size_of(store, Source { key, version }).await?;
    let (mut at, mut hash) = (0, Sha256::new());
    while at < size {
        let range = at..(at + PIECE).min(size);
        let body = store.get_version_range(key, version, range).await?.body;
        hash.update(&body);
        at += body.len() as u64;
    }
    Ok(Digest::from(<[u8; 32]>::from(hash.finalize())))
}
