//! What a store really promises, found out on the store itself.
//!
//! Documentation says what a server should do; servers were seen to ignore the condition of a write
//! in versioned buckets, and to let several racing writers win. So the promises that a ledger needs
//! are put to the test under a scratch prefix, with writers who race, in the bucket as it is set up.
//!
//! A race that went well a hundred times proves nothing about the next one. What was seen is
//! reported with the number of trials; whoever wants to be safe on a server nobody vouches for opens
//! the ledger with [`Conditions::OldestVersion`], which needs versions and no condition.

mod checks;
mod policy;
mod race;
mod scratch;

use std::sync::Arc;

use serde::Serialize;

use self::race::Race;
use self::scratch::Scratch;
use super::{BucketState, Conditions, Store, StoreError, StoreErrorKind, Versioning};
use crate::clock::{Clock, SystemClock};

/// For how many keys writers race where a directory of this machine is begun.
const DIRECTORY_KEYS: usize = 4;

/// How thoroughly to look.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many writers race for one key.
    pub writers: usize,
    /// For how many keys they race.
    pub keys: usize,
    /// Tells from when on a retention counts.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    /// 16 writers for 40 keys: servers that let several win were seen to do so at least once in so
    /// many races.
    fn default() -> Self {
        Self { writers: 16, keys: 40, clock: Arc::new(SystemClock) }
    }
}

/// What was found out about a store.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// Where.
    pub location: String,
    /// How the bucket says it is set up.
    pub bucket: BucketState,
    /// How a numbered log can be written here; `None` if it cannot.
    pub conditions: Option<Conditions>,
    /// Why.
    pub reason: String,
    /// How many round trips an append costs; `None` if there can be none.
    pub round_trips_per_append: Option<u32>,
    /// What was tried, in this order.
    pub checks: Vec<Check>,
    /// What is left under the scratch prefix because it is locked; empty if nothing is.
    pub left_behind: Option<String>,
    /// A bucket policy for the prefix of the ledger, with placeholders for the principals; `None`
    /// for a store that has no policies.
    pub policy: Option<serde_json::Value>,
}

impl Diagnosis {
    /// Whether a ledger can be kept here and nothing was found broken.
    pub fn is_fit(&self) -> bool {
        self.conditions.is_some() && self.checks.iter().all(|it| it.outcome != Outcome::Broken)
    }
}

/// One promise, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// Which promise, such as `racing-writers`. Stable.
    pub name: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What came of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was kept.
    Kept,
    /// The store does not make it, and a ledger can do without.
    Absent,
    /// It was broken, or a ledger needs it and it is not made.
    Broken,
}

/// Finds out how a numbered log can be written to `store`, with as few requests as that takes:
/// about 800 small writes under a scratch prefix, which are removed again.
///
/// # Errors
///
/// [`Invalid`](StoreErrorKind::Invalid) if the store is not fit for a numbered log at all; what the
/// store says if it cannot be asked.
///
/// ```
/// use platform::store::{Conditions, Store, doctor};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let conditions = doctor::probe_conditions(&Store::memory()).await?;
/// assert_eq!(conditions, Conditions::Atomic);
/// # Ok::<(), platform::store::StoreError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn probe_conditions(store: &Store) -> Result<Conditions, StoreError> {
    let mut options = Options::default();
    if store.folder().is_some() {
        // That a link is made once is what POSIX says of a file system, and not of one that was set up
        // this way or that: a few races tell whether it holds.
        options.keys = DIRECTORY_KEYS;
    }
    let bucket = store.bucket().await?;
    let scratch = Scratch::new(store, &bucket, &options.clock)?;
    let judged = judge(&scratch, &bucket, &options).await;
    // Whatever the answer is, and even if there is none.
    let _ = scratch.clean().await;
    let Judged { conditions, reason, .. } = judged?;
    conditions.ok_or_else(|| {
        let reason = format!("{} is not fit for a numbered log: {reason}", store.location());
        StoreError::new(StoreErrorKind::Invalid, "open", None, reason)
    })
}

/// Finds out everything.
///
/// # Errors
///
/// What the store says if it cannot be asked: a promise is only called broken if the store answered
/// and the answer was wrong.
pub async fn examine(store: &Store, options: &Options) -> Result<Diagnosis, StoreError> {
    let bucket = store.bucket().await?;
    let scratch = Scratch::new(store, &bucket, &options.clock)?;
    let found = look(&scratch, &bucket, options).await;
    let left_behind = scratch.clean().await;
    let (mut checks, judged) = found?;
    checks.extend(judged.checks);
    let conditions = judged.conditions;
    Ok(Diagnosis {
        location: store.location(),
        bucket,
        conditions,
        reason: judged.reason,
        round_trips_per_append: conditions.map(|it| match it {
            Conditions::Atomic => 1,
            Conditions::OldestVersion => 2,
        }),
        checks,
        left_behind,
        policy: policy::of(store),
    })
}

async fn look(
    scratch: &Scratch,
    bucket: &BucketState,
    options: &Options,
) -> Result<(Vec<Check>, Judged), StoreError> {
    let mut checks = vec![
        checks::reading(scratch).await?,
        checks::checksum(scratch).await?,
        checks::listing(scratch).await?,
        checks::versioning(bucket),
        checks::delete_marker(scratch, bucket).await?,
    ];
    checks.extend(checks::locks(scratch, bucket).await?);
    let judged = judge(scratch, bucket, options).await?;
    Ok((checks, judged))
}

/// The verdict about conditions.
struct Judged {
    conditions: Option<Conditions>,
    reason: String,
    checks: Vec<Check>,
}

async fn judge(
    scratch: &Scratch,
    bucket: &BucketState,
    options: &Options,
) -> Result<Judged, StoreError> {
    let sequential = race::one_after_the_other(scratch).await?;
    let racing = race::all_at_once(scratch, Race { writers: options.writers, keys: options.keys });
    let racing = racing.await?;
    let mut checks = vec![sequential, racing];
    let weak = checks.iter().find(|it| it.outcome == Outcome::Broken).map(|it| it.seen.clone());
    let Some(weak) = weak else {
        let reason = format!(
            "in {} races of {} writers each key had one winner",
            options.keys, options.writers
        );
        return Ok(Judged { conditions: Some(Conditions::Atomic), reason, checks });
    };
    if bucket.versioning != Versioning::On {
        let reason = format!("{weak}, and no versions are kept that could tell who was first");
        for check in &mut checks {
            if check.outcome == Outcome::Broken {
                check.remedy = Some("switch versioning on, or use another server".to_owned());
            }
        }
        return Ok(Judged { conditions: None, reason, checks });
    }
    // Half as many: each writer lists too.
    let race = Race { writers: options.writers, keys: options.keys.div_ceil(2) };
    let oldest = race::oldest_wins(scratch, race).await?;
    let fit = oldest.outcome == Outcome::Kept;
    let reason = if fit {
        format!("{weak}; the oldest version tells who was first")
    } else {
        format!("{weak}, and {}", oldest.seen)
    };
    if fit {
        // Not a finding any more: the ledger knows how to live with it.
        for check in &mut checks {
            if check.outcome == Outcome::Broken {
                check.outcome = Outcome::Absent;
                check.remedy = Some(
                    "open the ledger with the conditions `oldest-version`; it costs a listing of \
                     versions with every append"
                        .to_owned(),
                );
            }
        }
    }
    checks.push(oldest);
    Ok(Judged { conditions: fit.then_some(Conditions::OldestVersion), reason, checks })
}
