//! Reading everything that is stored.

use std::collections::HashSet;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use rayon::prelude::*;
use storage_core::factors::batch::{Body, Opened};
use storage_core::factors::{Catalogue, Error as Refused};

use super::begin::StoreDocument;
use super::cache::Cache;
use super::{Error, FactorStore, Options, Result};
use crate::numbered::Numbered;
use crate::store::{Conditions, Store};

/// What stands before the numbers of batches.
pub(super) const PREFIX: &str = "evt/";

/// How many bodies are fetched at once.
const AT_ONCE: usize = 16;

/// Everything that is there, checked as far as it can be without unpacking versions.
pub(super) async fn load(
    store: &Store,
    batches: &Numbered,
    document: &StoreDocument,
    options: &Options,
) -> Result<Catalogue> {
    let numbers: Vec<u64> = batches
        .list_from(0)
        .map_ok(|it| it.number)
        .try_collect()
        .await
        .map_err(Error::store("list the batches"))?;
    let cache = options.cache.as_deref().map(|root| Cache::new(root, &document.store_id));
    let lacking = |numbers: &[u64], kept: &[(u64, Bytes)]| -> Vec<u64> {
        let there: HashSet<u64> = kept.iter().map(|(number, _)| *number).collect();
        numbers.iter().filter(|it| !there.contains(it)).copied().collect()
    };
    // The newest batch speaks for all others, so it is not taken from a cache.
    let older = numbers.split_last().map_or(&[][..], |it| it.1);
    let mut kept = match &cache {
        Some(cache) => cache.read(older).await,
        None => Vec::new(),
    };
    let shared = options.shared_cache.as_deref();
    if let Some(shared) = shared {
        let found = shared.read(&document.store_id, &lacking(older, &kept)).await;
        if let Some(cache) = &cache {
            cache.write(&found).await;
        }
        kept.extend(found);
    }
    let missing = lacking(&numbers, &kept);
    let fetched = fetch(store, batches, document, &missing).await?;
    if let Some(cache) = &cache {
        cache.write(&fetched).await;
    }
    if let Some(shared) = shared {
        shared.write(&document.store_id, &fetched).await;
    }
    let from_cache = !kept.is_empty();
    let mut bodies = kept;
    bodies.extend(fetched);
    bodies.sort_by_key(|it| it.0);
    match read(bodies).await {
        // Whoever wrote to the cache does not decide what is true.
        Err(Error::Refused(error)) if from_cache && error.is_tampering() => {
            let fetched = fetch(store, batches, document, &numbers).await?;
            if let Some(cache) = &cache {
                cache.write(&fetched).await;
            }
            if let Some(shared) = shared {
                shared.write(&document.store_id, &fetched).await;
            }
            read(fetched).await
        }
        read => read,
    }
}

/// The bodies under these numbers, in their order; without those that went away.
pub(super) async fn fetch(
    store: &Store,
    batches: &Numbered,
    document: &StoreDocument,
    numbers: &[u64],
) -> Result<Vec<(u64, Bytes)>> {
    let failed = || Error::store("read the batches");
    let mut bodies = Vec::with_capacity(numbers.len());
    for some in numbers.chunks(AT_ONCE) {
        if document.conditions == Conditions::Atomic {
            let keys: Result<Vec<_>, _> = some.iter().map(|number| batches.key(*number)).collect();
            let answers = store.bodies(&keys.map_err(failed())?).await.map_err(failed())?;
            for (number, answer) in some.iter().zip(answers) {
                match answer {
                    Ok(body) => bodies.push((*number, body)),
                    // This one is patient.
                    Err(_) => bodies.extend(one(batches, *number).await?),
                }
            }
            continue;
        }
        for answer in join_all(some.iter().map(|number| one(batches, *number))).await {
            bodies.extend(answer?);
        }
    }
    Ok(bodies)
}

/// A body; `None` if it went away, which shows when the batch behind it is read.
async fn one(batches: &Numbered, number: u64) -> Result<Option<(u64, Bytes)>> {
    let found = batches.get(number).await.map_err(Error::store("read the batches"))?;
    Ok(found.map(|it| (number, it.body)))
}

/// How many batches are read while those before them are put together.
const AHEAD: usize = 8;

/// Reads bodies on all cores, and puts them together in their order. A few at a time, because events take
/// more room as they are read than as they are kept.
async fn read(bodies: Vec<(u64, Bytes)>) -> Result<Catalogue> {
    let work = move || -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let mut opened = Vec::new();
        for some in bodies.chunks(AHEAD) {
            let before = std::mem::take(&mut opened);
            let open =
                |(number, body): &(u64, Bytes)| Opened::read(*number, Body::new(body.clone()));
            let (put, read) = rayon::join(
                || put_together(&mut catalogue, before),
                || some.par_iter().map(open).collect(),
            );
            put?;
            opened = read;
        }
        put_together(&mut catalogue, opened)?;
        Ok(catalogue)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}

fn put_together(catalogue: &mut Catalogue, opened: Vec<Result<Opened, Refused>>) -> Result<()> {
    Ok(opened.into_iter().try_for_each(|batch| catalogue.append(batch?))?)
}

impl FactorStore {
    /// Reads what is behind the end that is known; gives how many events that were.
    pub(super) async fn follow(&self) -> Result<u64> {
        let before = self.catalogue().next_seq();
        loop {
            let next = self.catalogue().next_seq();
            let found = self.shared.batches.get(next).await;
            match found.map_err(Error::store("look for new batches"))? {
                Some(found) => self.take(next, found.body)?,
                None => return Ok(next - before),
            }
        }
    }

    /// Adds a batch that is stored to what is in memory.
    pub(super) fn take(&self, number: u64, body: Bytes) -> Result<()> {
        let opened = Opened::read(number, Body::new(body))?;
        let catalogue = self.shared.catalogue.write();
        Ok(catalogue.unwrap_or_else(std::sync::PoisonError::into_inner).append(opened)?)
    }
}
