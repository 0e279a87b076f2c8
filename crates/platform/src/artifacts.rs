//! Artifacts on any store: put, get, promote, hand out addresses, act on notifications.
//!
//! Bytes stand under the keys of the artifacts; what is true about them stands in numbered changes under
//! `_strongroom/artifacts/log/`. Bytes without an accepting change are no artifact, and nobody is served
//! them. Every change goes the way of all acts: decided, recorded in the ledger, carried out (see
//! [`acts`](crate::acts)), so that whoever dies in the middle is finished by the next who opens the
//! store.
//!
//! A promotion moves no bytes. The stage is a change in the log, which gates and people decide about by
//! the digest of what the release holds; a copy for each stage would be a second thing to verify.
//!
//! ```
//! use platform::artifacts::{ArtifactStore, Options, PutOptions, Source};
//! use platform::ledger::{self, Ledger};
//! use platform::store::Store;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let store = Store::memory();
//! let ledger = Ledger::open(&store.at("_strongroom/ledger"), ledger::Options::default()).await?;
//! let artifacts = ArtifactStore::open(&store, ledger, Options::new("ci")).await?;
//!
//! let key = "builds/api/1042/notes.txt".parse()?;
//! let stored = artifacts.put(&key, Source::bytes("all green"), &PutOptions::default()).await?;
//! assert!(stored.fresh);
//! let mut body = Vec::new();
//! artifacts.reader().fetch(&key, &mut body).await?;
//! assert_eq!(body, b"all green");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod aside;
mod begin;
mod error;
mod examine;
mod grow;
mod notified;
mod options;
mod put;
mod read;
pub mod scan;
mod source;
mod verify;

pub use access::Granted;
pub use error::{Error, Result};
pub use grow::Outcome;
pub use notified::{Notice, Noticed};
pub use options::Options;
pub use put::{PutOptions, Stored};
pub use read::{ArtifactReader, Filter, Listed, Standing};
pub use scan::{Clamd, Scanned, Scanner};
pub use source::Source;
pub use verify::Finding;

use crate::acts::{Acts, Healed};
use crate::ledger::Ledger;
use crate::store::Store;

/// How often a decision is made again because somebody was faster.
const RACES: u32 = 12;

/// Artifacts at one place of a store, to be changed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ArtifactStore {
    reader: ArtifactReader,
    acts: Acts,
    options: Options,
}

impl ArtifactStore {
    /// Opens the artifacts at `store`, or begins there, and finishes what others left open.
    ///
    /// # Errors
    ///
    /// [`Error::DocumentInvalid`]; what the store says. What could not be finished is no error here:
    /// see [`ArtifactStore::heal`].
    pub async fn open(store: &Store, ledger: Ledger, options: Options) -> Result<Self> {
        let conditions = begin::begin(store, &ledger, &options).await?;
        let reader = ArtifactReader::with(store, conditions, options.retry);
        let acts = Acts::new(store.clone(), ledger, conditions).with_retry(options.retry);
        let artifacts = Self { reader, acts, options };
        artifacts.heal().await?;
        Ok(artifacts)
    }

    /// Finishes what others left open, and says what became of each act.
    ///
    /// # Errors
    ///
    /// When what is open cannot be found out.
    pub async fn heal(&self) -> Result<Vec<Healed>> {
        Ok(self.acts.heal().await?)
    }

    /// The same artifacts, to be read.
    pub fn reader(&self) -> &ArtifactReader {
        &self.reader
    }

    /// Where changes are recorded.
    pub fn ledger(&self) -> &Ledger {
        self.acts.ledger()
    }
}
