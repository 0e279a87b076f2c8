//! What every store promises, as one list of checks.
//!
//! Run on memory, on a directory and on real servers; where they disagree, the fake is wrong. A store
//! that cannot answer a question (a bucket that keeps no versions has no delete markers) is reported
//! as skipped, by name.
//!
//! ```
//! use platform::store::Store;
//! use platform::store::conformance::{CHECKS, Outcome, Settings};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let scratch = Store::memory().at("scratch");
//! let check = CHECKS.iter().find(|check| check.name == "put-if-absent").unwrap();
//! assert_eq!(check.run(&scratch, &Settings::default()).await, Outcome::Kept);
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

mod groups;
mod listing;
mod locks;
mod objects;
mod races;
mod uploads;
mod versions;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;

use super::{BucketState, Lock, LockMode, Store, StoreError, StoreErrorKind, Version, Versioning};
use crate::clock::{Clock, SystemClock};

/// One promise, and how to find out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Check {
    /// Its name, which is stable: `one-winner`.
    pub name: &'static str,
    /// The promise, as a sentence without a full stop.
    pub promise: &'static str,
    /// Whether it can be run on a bucket in use, under a scratch prefix: what it leaves behind can
    /// be removed by [`clean`].
    pub live: bool,
    run: fn(Scratch) -> BoxFuture<'static, Result<(), Trouble>>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The promise was kept.
    Kept,
    /// It was not, and what was seen instead.
    Failed(String),
    /// The store cannot answer, and why.
    Skipped(String),
}

/// How much is tried. The defaults are for tests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The clock of the store, or one that goes like it. Retentions are computed from it.
    pub clock: Arc<dyn Clock>,
    /// How long what is protected stays protected: in compliance mode nobody can shorten it.
    pub lock_for: Duration,
    /// How many writers want one key at once.
    pub racers: usize,
    /// How many keys they race for. Some stores let two win on one key of thirty.
    pub race_keys: usize,
    /// How many keys are listed; more than the 1,000 of a page of S3.
    pub many: usize,
    /// Length of a body that needs several parts, in bytes. A part of S3 has at least 5 MiB.
    pub large_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            lock_for: Duration::from_secs(24 * 60 * 60),
            racers: 16,
            race_keys: 20,
            many: 1_005,
            large_bytes: 17 * 1024 * 1024 + 1,
        }
    }
}

impl Check {
    /// Finds out whether `scratch`, which holds nothing else, keeps the promise. Objects are left
    /// there under the name of the check.
    pub async fn run(&self, scratch: &Store, settings: &Settings) -> Outcome {
        let scratch = Scratch { store: scratch.at(self.name), settings: settings.clone() };
        match (self.run)(scratch).await {
            Ok(()) => Outcome::Kept,
            Err(Trouble::Failed(why)) => Outcome::Failed(why),
            Err(Trouble::Skipped(why)) => Outcome::Skipped(why),
        }
    }
}

/// Runs all checks, one after the other, and gives each with what was found.
pub async fn run_all(scratch: &Store, settings: &Settings) -> Vec<(Check, Outcome)> {
    let mut outcomes = Vec::new();
    for check in CHECKS {
        outcomes.push((*check, check.run(scratch, settings).await));
    }
    outcomes
}

/// Removes what checks left under `scratch`, all versions of it, legal holds and governance lifted.
/// Returns how many versions could not be removed: those are protected.
///
/// # Errors
///
/// What the store says, except that something is protected.
pub async fn clean(scratch: &Store) -> Result<usize, StoreError> {
    let protects = scratch.bucket().await?.object_lock;
    let versions: Vec<_> = scratch.versions_all("").try_collect().await?;
    let mut kept = 0;
    for entry in versions {
        if protects && !entry.delete_marker {
            // It fails where there is none, on some servers.
            let _ = scratch.hold(&entry.key, Some(&entry.version), false).await;
        }
        match scratch.delete_version(&entry.key, &entry.version, protects).await {
            Err(error) if error.kind == StoreErrorKind::Protected => kept += 1,
            removed => drop(removed?),
        }
    }
    Ok(kept)
}

/// Where one check may write.
struct Scratch {
    store: Store,
    settings: Settings,
}

/// Why a check did not end well.
enum Trouble {
    Failed(String),
    Skipped(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        let mut said = error.to_string();
        let mut source = error.source();
        while let Some(below) = source {
            said.push_str(&format!(": {below}"));
            source = below.source();
        }
        Self::Failed(said)
    }
}

type Verdict = Result<(), Trouble>;

/// Fails the check unless `holds`.
fn ensure(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Trouble::Failed(why())) }
}

/// Fails the check unless both are the same.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, want: T) -> Verdict {
    ensure(got == want, || format!("{what}: {got:?} instead of {want:?}"))
}

/// Fails the check unless the store refused, and for this reason, which no repetition changes.
fn refused<T: std::fmt::Debug>(
    what: &str,
    got: Result<T, StoreError>,
    want: StoreErrorKind,
) -> Verdict {
    match got {
        Ok(done) => Err(Trouble::Failed(format!("{what} was not refused but gave {done:?}"))),
        Err(error) if error.kind == want => {
            ensure(!error.is_retryable(), || format!("{what} is to be tried again: {error}"))
        }
        Err(error) => {
            let kind = error.kind;
            let Trouble::Failed(said) = error.into() else { return Ok(()) };
            Err(Trouble::Failed(format!("{what} was refused as {kind:?}, not {want:?}: {said}")))
        }
    }
}

fn skipped<T>(why: &str) -> Result<T, Trouble> {
    Err(Trouble::Skipped(why.to_owned()))
}

impl Scratch {
    async fn versioned(&self) -> Result<BucketState, Trouble> {
        let state = self.store.bucket().await?;
        match state.versioning {
            Versioning::On => Ok(state),
            Versioning::Off => skipped("the bucket keeps no versions"),
            Versioning::Suspended => skipped("versioning is suspended"),
        }
    }

    /// A bucket that keeps versions, which can be deleted.
    async fn versioned_and_free(&self) -> Result<BucketState, Trouble> {
        let state = self.versioned().await?;
        match state.default_lock {
            None => Ok(state),
            Some(_) => skipped("the bucket protects every version"),
        }
    }

    async fn locking(&self) -> Result<BucketState, Trouble> {
        let state = self.store.bucket().await?;
        if state.object_lock { Ok(state) } else { skipped("object lock is off") }
    }

    /// A lock of this mode, `times` the usual time from now. S3 keeps whole seconds or milliseconds.
    fn lock(&self, mode: LockMode, times: u32) -> Lock {
        let until = self.settings.clock.now() + self.settings.lock_for * times;
        let until = chrono::DateTime::from_timestamp(until.timestamp(), 0).unwrap_or(until);
        Lock { mode, until }
    }

    /// The version that was written, where there must be one.
    fn version(written: super::Written) -> Result<Version, Trouble> {
        let none = || Trouble::Failed("a write in a versioned bucket named no version".to_owned());
        written.version.ok_or_else(none)
    }
}

macro_rules! checks {
    ($($name:literal $live:ident $room:ident::$run:ident: $promise:literal,)*) => {
        /// All promises, the simple ones first.
        pub const CHECKS: &[Check] = &[$(Check {
            name: $name,
            promise: $promise,
            live: $live,
            run: |scratch| Box::pin($room::$run(scratch)),
        }),*];
    };
}

// Not on a bucket in use (`false`): what leaves objects that nobody can remove.
checks! {
    "read-after-write" true objects::read_after_write:
        "what was written is read, also when it was overwritten or is empty",
    "put-if-absent" true objects::put_if_absent:
        "a second object under a key is refused, and the first one stays",
    "one-winner" true races::one_winner:
        "of many writers who want one key at once, exactly one wins",
    "ranges" true objects::ranges:
        "a part of a body can be read, and one that is not there is refused",
    "metadata" true objects::metadata:
        "the media type and what was said about an object come back",
    "checksum" true objects::checksum:
        "the SHA-256 of a body is kept",
    "not-there" true objects::not_there:
        "what is not there is not found, and can be deleted",
    "odd-keys" true listing::odd_keys:
        "keys come back as they were written, whatever they are",
    "order" true listing::order:
        "keys are listed in the order of their bytes",
    "many-keys" true listing::many_keys:
        "a listing goes on over pages, and from any key",
    "upload" true uploads::upload:
        "a large body arrives in parts and is there whole",
    "upload-if-absent" true uploads::upload_if_absent:
        "a large body is refused where an object is",
    "upload-fails" true uploads::upload_fails:
        "an upload that fails leaves nothing that could be read",
    "groups" true groups::groups:
        "many objects are written, moved and deleted at once, and a second time",
    "one-state" true versions::one_state:
        "where no versions are kept, overwriting and deleting leaves none",
    "versions" true versions::versions:
        "every state of an object is kept, and can be read and deleted by itself",
    "delete-markers" true versions::delete_markers:
        "a deletion hides what is there, and can be taken back",
    "no-lock" true locks::no_lock:
        "where nothing can be protected, asking for it is refused",
    "governance" true locks::governance:
        "what is protected in governance mode goes only when that is said",
    "compliance" false locks::compliance:
        "what is protected in compliance mode stays, whoever asks",
    "legal-hold" true locks::legal_hold:
        "what is under a legal hold stays until it is lifted",
    "default-lock" false locks::default_lock:
        "a version gets the protection of the bucket when its writer names none",
    "past-lock" true locks::past_lock:
        "a protection that ends in the past is refused",
    "lock-hides-nothing" false locks::lock_hides_nothing:
        "a protected version can be hidden and overwritten, and is still there",
}
