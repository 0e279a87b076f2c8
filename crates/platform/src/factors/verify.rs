//! Holding everything that is stored against what it says.

use rayon::prelude::*;
use storage_core::Digest;

use super::{Error, FactorStore, Options, Result};
use crate::store::Store;

/// What was found to be whole.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Which store of factors.
    pub store_id: String,
    /// Batches, each of which names the digest of the one before.
    pub batches: u64,
    /// Events.
    pub events: u64,
    /// Factors.
    pub factors: u32,
    /// Versions, each of which has the digest that it is named by.
    pub versions: u32,
    /// The digest of the newest batch: it speaks for all of them. Compare it with one that you kept, or
    /// with the ledger's.
    pub head: Option<Digest>,
}

/// Reads everything from the store anew, cache or no cache, and checks all of it.
///
/// # Errors
///
/// [`Error::Refused`] with the first thing that does not verify; what the store says.
pub async fn verify(store: &Store, options: Options) -> Result<Verified> {
    let options =
        Options { cache: None, shared_cache: None, ledger: None, create: false, ..options };
    let factors = FactorStore::open(store, options).await?;
    let work = move || {
        const AT_ONCE: u32 = 1 << 12;
        let catalogue = factors.catalogue();
        let parts: Vec<u32> = (0..catalogue.versions().div_ceil(AT_ONCE)).collect();
        let check = |part: &u32| catalogue.check_versions(part * AT_ONCE, AT_ONCE).map(drop);
        parts.par_iter().try_for_each(check)?;
        Ok(Verified {
            store_id: factors.document().store_id.clone(),
            batches: catalogue.batches_from(0).count() as u64,
            events: catalogue.next_seq(),
            factors: catalogue.factors(),
            versions: catalogue.versions(),
            head: catalogue.head().map(|it| it.0),
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}
