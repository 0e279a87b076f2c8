//! The store of emission factors: what was published, and since when it was known.
//!
//! Every act is a batch of events under a number of its own, written once and never changed. All of it
//! is read when the store is opened; questions are answered from memory. What the words mean stands in
//! [`storage_core::factors`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use platform::factors::{FactorStore, Options};
//! use platform::store::Store;
//! use storage_core::factors::{
//!     Factor, GasBasis, Interval, KnownAt, Licence, ResultUnit, Source, Terms, Version,
//! };
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let factors = FactorStore::open(&Store::memory(), Options::new("alice")).await?;
//! let id: storage_core::factors::FactorId = "grid/gb".parse()?;
//! let source = Source { publisher: "DESNZ".into(), dataset: "factors".into(), ..Source::default() };
//! let licence = Licence { name: "OGL-UK-3.0".into(), redistribute: true, attribution: None };
//! let version = Version::new(
//!     id.clone(), GasBasis::Co2e, ResultUnit::Kg, source.into(), licence.into(), Interval::of_year(2024)?,
//! );
//! let version = version.with("co2e", "0.20705".parse()?);
//! let factor = Factor::new(id, "electricity.grid", Some("GB"), "kWh");
//! factors.put(&Arc::new(factor), &Arc::new(version), &Terms::default()).await?;
//!
//! let answer = factors.get_at("grid/gb", "2024-05-01".parse()?, &KnownAt::Now)?;
//! assert_eq!(answer.version().unwrap().version.gases["co2e"].to_string(), "0.20705");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ask;
mod begin;
mod cache;
mod commit;
mod error;
mod import;
mod load;
mod options;
#[cfg(feature = "redis")]
mod redis;
mod report;
mod results;
mod shared;
mod verify;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;
use storage_core::factors::{
    Catalogue, Change, Factor, FactorId, Interval, Outcome, Terms, Version,
};

pub use begin::StoreDocument;
pub use error::Error;
pub use import::{Import, Imported};
pub use options::Options;
#[cfg(feature = "redis")]
pub use redis::RedisCache;
pub use results::Impact;
pub use shared::SharedCache;
pub use verify::{Verified, verify};

use crate::numbered::{Numbered, WriteOnce};
use crate::store::Store;

/// What a flow over factors returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Factors at one place of a store. Cheap to clone; all clones see the same.
#[derive(Clone)]
pub struct FactorStore {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    document: StoreDocument,
    batches: Numbered,
    /// Results that are kept.
    results: WriteOnce,
    options: Options,
    catalogue: RwLock<Catalogue>,
    /// One batch is on its way at a time.
    writing: tokio::sync::Mutex<()>,
}

impl fmt::Debug for FactorStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactorStore").field("store", &self.shared.store).finish_non_exhaustive()
    }
}

impl FactorStore {
    /// Opens the factors at `store`, or begins there, and reads everything.
    ///
    /// # Errors
    ///
    /// [`Error::NoFactors`] where nothing is and nothing shall be begun, [`Error::DocumentInvalid`];
    /// [`Error::Refused`] with what does not verify; what the store says.
    pub async fn open(store: &Store, options: Options) -> Result<Self> {
        let document = begin::begin(store, &options).await?;
        let batches = Numbered::new(store.clone(), load::PREFIX, document.conditions);
        let batches = batches.with_retry(options.retry);
        let results = WriteOnce::new(store.clone(), document.conditions);
        let catalogue = load::load(store, &batches, &document, &options).await?;
        let shared = Shared {
            store: store.clone(),
            document,
            batches,
            results: results.with_retry(options.retry),
            options,
            catalogue: RwLock::new(catalogue),
            writing: tokio::sync::Mutex::new(()),
        };
        let factors = Self { shared: Arc::new(shared) };
        factors.follow().await?;
        factors.report_what_was_not().await?;
        Ok(factors)
    }

    /// Reads what others have written since; gives how many events that were.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with what does not verify; what the store says.
    pub async fn refresh(&self) -> Result<u64> {
        let _writing = self.shared.writing.lock().await;
        self.follow().await
    }

    /// The bodies of all batches that are in memory, in their order, each with its number: whoever reads
    /// them one after the other knows the same factors.
    ///
    /// # Errors
    ///
    /// What the store says. One that is gone is missing here, and refused where the next one is read.
    pub async fn bodies(&self) -> Result<Vec<(u64, Bytes)>> {
        let Shared { store, batches, document, .. } = &*self.shared;
        let numbers: Vec<u64> = self.catalogue().batches_from(0).map(|it| it.first_seq).collect();
        load::fetch(store, batches, document, &numbers).await
    }

    /// The document of this store of factors.
    pub fn document(&self) -> &StoreDocument {
        &self.shared.document
    }

    /// Where the factors are stored.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The factors in memory. Writers wait while it is held: hold it briefly, and not across an `await`.
    pub fn catalogue(&self) -> RwLockReadGuard<'_, Catalogue> {
        self.shared.catalogue.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a version, and the factor with it if it is new. The same a second time adds nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`]; [`Error::NotStored`] and [`Error::Contended`] when it is certain that nothing
    /// was stored, [`Error::Unknown`] when it is not: then do the same again.
    pub async fn put(
        &self,
        factor: &Arc<Factor>,
        version: &Arc<Version>,
        terms: &Terms,
    ) -> Result<Outcome> {
        let change = Change::Put { factor: factor.clone(), version: version.clone() };
        self.change("put", change, terms).await
    }

    /// Adds a version because what counts for its days is wrong.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and if there is nothing to correct.
    pub async fn correct(
        &self,
        factor: &Arc<Factor>,
        version: &Arc<Version>,
        terms: &Terms,
    ) -> Result<Outcome> {
        let change = Change::Correct { factor: factor.clone(), version: version.clone() };
        self.change("corrected", change, terms).await
    }

    /// Lets what counts on some days, or on all, count no longer.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and if there is nothing to withdraw.
    pub async fn withdraw(
        &self,
        factor_id: &FactorId,
        valid: Option<Interval>,
        terms: &Terms,
    ) -> Result<Outcome> {
        let change = Change::Withdraw { factor_id: factor_id.clone(), valid };
        self.change("withdrawn", change, terms).await
    }

    /// Lets what was withdrawn count again.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and if there is nothing to reinstate.
    pub async fn reinstate(
        &self,
        factor_id: &FactorId,
        valid: Option<Interval>,
        terms: &Terms,
    ) -> Result<Outcome> {
        let change = Change::Reinstate { factor_id: factor_id.clone(), valid };
        self.change("reinstated", change, terms).await
    }

    /// Lets another name lead to a factor.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub async fn alias(
        &self,
        factor_id: &FactorId,
        alias: &FactorId,
        terms: &Terms,
    ) -> Result<Outcome> {
        let change = Change::Alias { factor_id: factor_id.clone(), alias: alias.clone() };
        self.change("aliased", change, terms).await
    }

    /// Names a position of the log, or its end, for good.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub async fn tag(&self, name: &str, position: Option<u64>, terms: &Terms) -> Result<Outcome> {
        let change = Change::Tag { name: name.to_owned(), position };
        self.change("tagged", change, terms).await
    }

    async fn change(&self, act: &'static str, change: Change, terms: &Terms) -> Result<Outcome> {
        let plan = |draft: &mut storage_core::factors::Draft<'_>| Ok(draft.change(&change, terms)?);
        let act = commit::Act { name: act, actor: terms.actor.as_deref(), reason: None };
        self.commit(&act, plan).await
    }

    /// Makes several changes at once: all of them or none. Their outcomes come in their order.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), for the first change that is refused.
    pub async fn put_all(&self, changes: &[(Change, Terms)]) -> Result<Vec<Outcome>> {
        let plan = |draft: &mut storage_core::factors::Draft<'_>| {
            let outcomes = changes.iter().map(|(change, terms)| draft.change(change, terms));
            Ok(outcomes.collect::<Result<Vec<_>, _>>()?)
        };
        self.commit(&commit::Act { name: "changed", actor: None, reason: None }, plan).await
    }
}
