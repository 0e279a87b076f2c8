//! How a store of factors is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;

use super::SharedCache;
use crate::clock::{Clock, SystemClock};
use crate::ledger::Ledger;
use crate::numbered::Retry;
use crate::store::{Conditions, Lock, LockMode};

/// How a store of factors is opened. Plain data and the parts it works with; no environment is read.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Who writes, where a change does not say it itself.
    pub actor: String,
    /// Whether a store of factors is begun where none is.
    pub create: bool,
    /// A directory in which batches are kept that were fetched; worth its room where the store is far
    /// away. What is in it is held against the digests before it is believed.
    pub cache: Option<PathBuf>,
    /// The same for several machines, such as `RedisCache` (feature `redis`); asked after the directory.
    pub shared_cache: Option<Arc<dyn SharedCache>>,
    /// Where every batch is recorded as well.
    pub ledger: Option<Ledger>,
    /// How long batches are protected: mode and days. `None` leaves that to the bucket.
    pub lock: Option<(LockMode, u32)>,
    /// How long a failing store is tried again.
    pub retry: Retry,
    /// How far conditional writes are trusted when a store of factors is begun; `None` finds out.
    pub conditions: Option<Conditions>,
    /// How often in a row other writers may be faster.
    pub races: u32,
    /// About how many bytes, unpacked, a batch of an import has.
    pub batch_bytes: usize,
    /// Stamps the batches.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The usual ones, for this writer.
    pub fn new(actor: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            create: true,
            cache: None,
            shared_cache: None,
            ledger: None,
            lock: None,
            retry: Retry::default(),
            conditions: None,
            races: 200,
            batch_bytes: 24 << 20,
            clock: Arc::new(SystemClock),
        }
    }

    /// The protection of what is written now.
    pub(super) fn lock(&self) -> Option<Lock> {
        let (mode, days) = self.lock?;
        let until = self.clock.now().checked_add_signed(TimeDelta::days(days.into()))?;
        Some(Lock { mode, until })
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("actor", &self.actor)
            .field("create", &self.create)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
