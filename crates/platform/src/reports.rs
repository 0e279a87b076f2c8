//! The archive of reports: kept for as long as the law says, and not a day less.
//!
//! A report is some files and a manifest; the manifest is written last, and with it the report begins
//! to exist. Whatever happens to it is an act: decided, recorded in the ledger, carried out
//! ([`acts`](crate::acts)). What a report is, and what may be done to it, is said by
//! [`storage_core::reports`]; how long it is kept, by [`storage_core::retention`].
//!
//! A report whose content nobody else may read is sealed before it is stored ([`Archive::sealed`]), with a
//! key of its own ([`body_keys`](crate::body_keys)). Destroying that key destroys every copy of it, and
//! is done before its destruction is certified.
//!
//! What protects a report in the store is a lock on the version of each of its files, of its manifest
//! and of its acts. Reading asks for those versions: nothing that is put over or in front of them
//! hides or replaces a report.
//!
//! ```
//! use std::sync::Arc;
//!
//! use platform::clock::SetClock;
//! use platform::ledger::{self, Ledger};
//! use platform::reports::{Archive, NewFile, Options, Protection, Reports};
//! use platform::store::Store;
//! use storage_core::reports::{ReportType, Status};
//! use storage_core::retention::Trigger;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let store = Store::memory();
//! let ledger = Ledger::open(&store.at("_strongroom/ledger"), ledger::Options::default()).await?;
//! let mut options = Options::new("ana");
//! options.protection = Protection::RulesAlone; // this store cannot lock
//! let reports = Reports::open(&store, ledger, options).await?;
//!
//! let request = Archive::new(ReportType::Eudr, "acme".parse()?)
//!     .of_period("2026".parse()?)
//!     .with_file(NewFile::new("statement.pdf".parse()?, "application/pdf".parse()?, "%PDF-1.7 …"))
//!     .with_metadata(r#"{"commodity": "cocoa", "tonnes": 12.50}"#)
//!     .under("IE".parse()?)
//!     .given("files_statement", true)
//!     .given("places_on_market", true)
//!     .given("makes_available", false);
//! let archived = reports.archive(request).await?;
//!
//! let state = reports.get(ReportType::Eudr, &"acme".parse()?, &archived.report.id).await?;
//! assert_eq!(reports.read(&state, "statement.pdf").await?, "%PDF-1.7 …".as_bytes());
//! // When the statement was submitted is not known yet, so it is held.
//! assert_eq!(state.status(chrono::DateTime::UNIX_EPOCH), Status::Held);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod begin;
mod change;
mod content;
mod describe;
mod dispose;
mod error;
mod export;
mod find;
#[cfg(feature = "search")]
mod indexing;
mod load;
mod options;
mod read;
mod request;
mod sealing;
#[cfg(feature = "timestamp")]
mod stamping;
mod upload;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use storage_core::reports::Locks;

pub use archive::Archived;
pub use content::Content;
pub use dispose::{CertificateChecked, Destroyed, Reviewed};
pub use error::{Error, Result};
pub use find::{Query, Reported};
#[cfg(feature = "search")]
pub use indexing::{Found, Indexed, SealedText};
pub use options::{Options, Protection};
pub use read::Pieces;
pub use request::{Archive, NewFile, OnProgress, Undecided};

use crate::acts::{Acts, Healed};
use crate::ledger::Ledger;
use crate::numbered::WriteOnce;
use crate::store::{BucketState, Conditions, Key, Store, Versioning};

/// An archive of reports at one place of a store. Cheap to clone.
#[derive(Clone)]
pub struct Reports {
    acts: Acts,
    bucket: BucketState,
    conditions: Conditions,
    options: Arc<Options>,
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").field("store", self.store()).finish_non_exhaustive()
    }
}

impl Reports {
    /// Opens the archive at `store`, begins one if there is none, and finishes what was interrupted.
    /// Its acts are recorded in `ledger`.
    ///
    /// # Errors
    ///
    /// [`Error::Unfit`] if the store cannot protect reports as the options demand; what the store
    /// says; why something that was interrupted could not be finished.
    pub async fn open(store: &Store, ledger: Ledger, options: Options) -> Result<Self> {
        let bucket = Self::look(store, &options).await?;
        let conditions = begin::begin(store, &bucket, &options).await?;
        let mut acts = Acts::new(store.clone(), ledger, conditions).with_retry(options.retry);
        if let Some(keys) = &options.body_keys {
            acts = acts.with_keys(keys.clone());
        }
        let reports = Self { acts, bucket, conditions, options: Arc::new(options) };
        reports.heal().await?;
        Ok(reports)
    }

    /// Looks whether a store can protect reports as the options demand, before a log is begun there.
    ///
    /// # Errors
    ///
    /// [`Error::Unfit`] if it cannot; what the store says.
    pub async fn look(store: &Store, options: &Options) -> Result<BucketState> {
        let bucket = store.bucket().await.map_err(Error::store("look at the bucket"))?;
        if matches!(options.protection, Protection::Locked(_)) && !bucket.object_lock {
            let reason = "object lock is off, so that nothing can be protected".to_owned();
            return Err(Error::Unfit { place: store.location(), reason });
        }
        Ok(bucket)
    }

    /// Where the reports are.
    pub fn store(&self) -> &Store {
        self.acts.store()
    }

    /// Where their acts are recorded.
    pub fn ledger(&self) -> &Ledger {
        self.acts.ledger()
    }

    /// How the archive was opened.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Finishes every act that was interrupted, and says what became of each. Every act that changes
    /// a report begins with this: what is half done is done before anything is decided.
    ///
    /// # Errors
    ///
    /// Why one could not be finished. That somebody else had been faster is none, nor that the key which
    /// it destroys is not known here: who knows the keys finishes it.
    pub async fn heal(&self) -> Result<Vec<Healed>> {
        let healed = self.acts.heal().await?;
        let mut finished = Vec::with_capacity(healed.len());
        for it in healed {
            match it.outcome {
                Err(crate::acts::Error::Conflict { .. }) | Ok(_) => finished.push(it),
                Err(ref error) if error.lacks_keys() => finished.push(it),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(finished)
    }

    fn versioned(&self) -> bool {
        self.bucket.versioning != Versioning::Off
    }

    fn locks(&self) -> Locks {
        match self.options.protection {
            Protection::Locked(_) => Locks::Kept,
            Protection::RulesAlone => Locks::None,
        }
    }

    /// Objects that are written once: where versions are kept the oldest counts, so that nothing that
    /// is put over it is believed.
    fn once(&self) -> WriteOnce {
        WriteOnce::new(self.store().clone(), self.conditions).with_retry(self.options.retry)
    }

    async fn read_once(&self, key: &str, act: &'static str) -> Result<Option<Bytes>> {
        let key = Key::new(key).map_err(Error::store(act))?;
        let found = match self.versioned() {
            true => self.once().get_oldest(&key).await,
            false => self.once().get(&key).await,
        };
        Ok(found.map_err(Error::store(act))?.map(|it| it.body))
    }
}
