//! Several logs for one ledger, when one segment for each round trip is not enough.
//!
//! A log has one order, so that its writers take turns: one segment for each round trip to the store,
//! however many write. A ledger with lanes is a number of complete logs that are written side by side,
//! and a root log whose records say how far each of them was sealed.
//!
//! ```text
//! lanes                 which ledger this is and how many lanes it has; written once
//! lane/000/…            a log, as described elsewhere
//! lane/001/…            another
//! root/…                the root log
//! ```
//!
//! **Order.** Within a lane it is total. Events of one key, the resource unless said otherwise, go to
//! one lane. Of records in different lanes nothing is known, except that what a record of the root log
//! binds was stored before that record, and what an earlier one did not bind was sealed after it.

mod binding;
pub(super) mod document;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use audit_chain::checkpoint::Checkpoint;
use audit_chain::lanes::{self, BOUND, ROOT, folder, lane_id, lane_of, root_id};
use audit_chain::note::Signer;
use audit_chain::record::Event;
use audit_chain::verify::{Finding, Kind};
use futures_util::future::{join_all, try_join_all};
use tokio::sync::Mutex;

use super::begin::bucket_of;
use super::{Error, Ledger, Options, Receipt, Result, measure};
use crate::numbered::{Retry, WriteOnce};
use crate::store::{Conditions, Key, Store, StoreErrorKind, Versioning};
use binding::Binding;

pub use document::LanesDocument;

/// How a ledger with lanes is opened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LanesOptions {
    /// How many lanes there are: 1 to 256 in a new ledger, which has to say it; one that is there must
    /// have as many if it is said.
    pub lanes: Option<u16>,
    /// How each of its logs is opened. The id and the origin are those of the ledger, the limits are
    /// for each lane, and the lanes are bound in the root log as often as checkpoints are written.
    pub log: Options,
}

/// What a caller keeps of an event: its record is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneReceipt {
    /// The lane, from 0.
    pub lane: u16,
    /// The place in the log of this lane.
    pub receipt: Receipt,
}

/// An open ledger with lanes that can be written. Cheap to clone; all clones are one writer.
///
/// Other processes may write the same lanes at the same time, each lane with the guarantees of a
/// [`Ledger`]. When the last clone is gone, what is queued is still stored; [`Lanes::close`] it to wait
/// for that and to have it bound by the root log.
///
/// ```
/// use audit_chain::json::Value;
/// use audit_chain::record::Event;
/// use platform::ledger::{Lanes, LanesOptions};
/// use platform::store::Store;
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let mut options = LanesOptions::default();
/// options.lanes = Some(4);
/// let ledger = Lanes::open(&Store::memory(), options).await?;
/// let event = Event::new("report.read", "alice", "report/1", "read", Value::Object(vec![]));
/// let first = ledger.append(event.clone()).await?;
/// let second = ledger.append(event).await?;
/// assert_eq!(first.lane, second.lane, "one resource, one lane");
/// assert_eq!(second.receipt.previous_hash, Some(first.receipt.record_hash));
/// ledger.close().await?;
/// # Ok::<(), platform::ledger::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Lanes {
    handle: Arc<Handle>,
}

struct Handle {
    document: LanesDocument,
    lanes: Vec<Ledger>,
    root: Ledger,
    /// What the root log says, as far as this writer has bound it. Locked while a record is written.
    bound: Mutex<Binding>,
}

/// Whether there is a ledger with lanes at `store`: its document tells.
///
/// # Errors
///
/// [`Error::Store`].
pub async fn has_lanes(store: &Store) -> Result<bool> {
    let act = "look for a ledger with lanes";
    let key = Key::new(document::KEY).map_err(Error::store(act))?;
    // The oldest version counts, and where versions may not be listed what a plain read gives.
    let versions = WriteOnce::new(store.clone(), Conditions::OldestVersion);
    let found = match versions.get_oldest(&key).await {
        Err(error) if matches!(error.kind, StoreErrorKind::Denied | StoreErrorKind::Invalid) => {
            WriteOnce::new(store.clone(), Conditions::Atomic).get(&key).await
        }
        answer => answer,
    };
    Ok(found.map_err(Error::store(act))?.is_some())
}

/// Whether there is anything under `prefix`.
async fn holds(store: &Store, prefix: &str) -> Result<bool> {
    let mut pauses = Retry::default().pauses();
    loop {
        let page = store.list(prefix, None, 1).await;
        if !pauses.again_after(&page).await {
            let page = page.map_err(Error::store("look for a log without a document"))?;
            return Ok(!page.entries.is_empty());
        }
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LanesDocument { ledger_id, lanes, .. } = &self.handle.document;
        f.debug_struct("Lanes").field("ledger_id", ledger_id).field("lanes", lanes).finish()
    }
}

impl Lanes {
    /// Opens the ledger at `store` to write it, or begins one where none is.
    ///
    /// Every log is checked as [`Ledger::open`] does it, and every lane is compared with what the root
    /// log has said of it last. If one does not fit, the ledger is not opened.
    ///
    /// # Errors
    ///
    /// [`Error::NoLanes`] where a single log is, [`Error::OtherLog`] when the ledger has another number
    /// of lanes than asked for; those of [`Ledger::open`], with keys below the prefix of the ledger.
    pub async fn open(store: &Store, options: LanesOptions) -> Result<Self> {
        let bucket = bucket_of(store, &options.log).await?;
        let versioned = bucket.is_some_and(|it| it.versioning != Versioning::Off);
        let document = document::begin(store, &options, versioned).await?;
        let mut of_log = options.log.clone();
        let mut named = |id: String, folder: &str| {
            of_log.log_id = Some(id);
            of_log.origin = Some(lanes::origin(&document.origin, folder));
            of_log.clone()
        };
        let place = store.at(ROOT);
        // The ledger begins with a record of the root log. Until that is written there is nothing in
        // the lanes, and whatever is missing was not made yet.
        let begun = holds(&place, "seg/").await?;
        if !begun {
            refuse_orphans(store, &document, &place).await?;
        }
        let mut of_root = named(root_id(&document.ledger_id), ROOT);
        of_root.create = !begun;
        let root =
            Ledger::open(&place, of_root).await.map_err(|error| in_log(ROOT, begun, error))?;
        // Before the lanes are looked at: they only grow.
        let known = binding::newest(&root, &document).await?;
        let mut opening = Vec::new();
        for lane in 0..document.lanes {
            let folder = folder(lane);
            let mut of_lane = named(lane_id(&document.ledger_id, lane), &folder);
            of_lane.create = known.is_none();
            of_lane.conditions = Some(root.document().conditions);
            let (place, begun) = (store.at(&folder), known.is_some());
            opening.push(async move {
                let opened = Ledger::open(&place, of_lane).await;
                opened.map_err(|error| in_log(&folder, begun, error))
            });
        }
        let lanes: Vec<Ledger> = try_join_all(opening).await?;
        if let Some(known) = &known {
            let checks = lanes.iter().zip(known);
            let checks = checks.map(|(lane, bound)| binding::holds(lane, bound));
            try_join_all(checks).await?;
        }
        let every = options.log.checkpoint_every.time;
        let bound = Mutex::new(known.clone().unwrap_or_else(|| binding::empty(&document)));
        let signs = options.log.signer.is_some();
        let handle = Arc::new(Handle { document, lanes, root, bound });
        if known.is_none() {
            handle.write(&*handle.bound.lock().await).await?;
        }
        if signs {
            keep_binding(&handle, every);
        }
        Ok(Self { handle })
    }

    /// Appends an event to the lane of its resource; as [`Ledger::append`].
    ///
    /// An `event_id` is looked for in that lane: send the event again with the same resource.
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::append`].
    pub fn append(&self, event: Event) -> impl Future<Output = Result<LaneReceipt>> + Send + use<> {
        let lane = self.lane_of(&event.resource);
        self.append_to(lane, event)
    }

    /// Appends an event to the lane of `key`: events of one key have one order.
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::append`].
    pub fn append_by(
        &self,
        key: &str,
        event: Event,
    ) -> impl Future<Output = Result<LaneReceipt>> + Send + use<> {
        self.append_to(self.lane_of(key), event)
    }

    fn append_to(
        &self,
        lane: u16,
        event: Event,
    ) -> impl Future<Output = Result<LaneReceipt>> + Send + use<> {
        // It is queued now, not when somebody waits.
        let answer = self.lane(lane).map(|ledger| ledger.append(event));
        async move {
            let answer = answer.ok_or(Error::Closed)?;
            let receipt = answer.await.map_err(|error| in_log(&folder(lane), true, error))?;
            Ok(LaneReceipt { lane, receipt })
        }
    }

    /// Queues an event for the lane of its resource, waiting for room if there is none; as
    /// [`Ledger::submit`].
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::submit`].
    pub async fn submit(
        &self,
        event: Event,
    ) -> Result<impl Future<Output = Result<LaneReceipt>> + Send + use<>> {
        let lane = self.lane_of(&event.resource);
        let ledger = self.lane(lane).ok_or(Error::Closed)?;
        let queued = ledger.submit(event).await;
        let answer = queued.map_err(|error| in_log(&folder(lane), true, error))?;
        Ok(async move {
            let receipt = answer.await.map_err(|error| in_log(&folder(lane), true, error))?;
            Ok(LaneReceipt { lane, receipt })
        })
    }

    /// The lane for events of this key.
    pub fn lane_of(&self, key: &str) -> u16 {
        lane_of(key, self.handle.document.lanes)
    }

    /// The log of a lane. What is appended to it directly is in no other order than that.
    pub fn lane(&self, lane: u16) -> Option<&Ledger> {
        self.handle.lanes.get(usize::from(lane))
    }

    /// The root log.
    pub fn root(&self) -> &Ledger {
        &self.handle.root
    }

    /// The document of the ledger.
    pub fn document(&self) -> &LanesDocument {
        &self.handle.document
    }

    /// Seals every lane, binds what is new in the root log and seals that. Gives the newest checkpoint
    /// of the root log.
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::checkpoint`]. If one lane cannot be sealed, the others are bound
    /// nevertheless.
    pub async fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        self.handle.seal().await
    }

    /// Lets another key sign from here on, in all logs; see [`Ledger::rotate_key`]. A keyring gives the
    /// sizes of the root log at which keys change. If this fails, do it again.
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::rotate_key`].
    pub async fn rotate_key(&self, signer: impl Into<Arc<Signer>>) -> Result<Receipt> {
        let signer = signer.into();
        for (lane, ledger) in (0..).zip(&self.handle.lanes) {
            let rotated = ledger.rotate_key(signer.clone()).await;
            rotated.map_err(|error| in_log(&folder(lane), true, error))?;
        }
        self.handle.seal().await?;
        self.handle.root.rotate_key(signer.clone()).await
    }

    /// Takes nothing more, stores what is queued, seals and binds it if there is a key, and waits for
    /// all of it.
    ///
    /// # Errors
    ///
    /// The first of why a lane or the root log could not be closed; the others are closed nevertheless.
    pub async fn close(&self) -> Result<()> {
        let handle = &self.handle;
        let mut bound = handle.bound.lock().await;
        let closed = join_all(handle.lanes.iter().map(Ledger::close_and_tell)).await;
        let written = handle.bind(&mut bound, closed).await;
        let closed = handle.root.close().await.map_err(|error| in_log(ROOT, true, error));
        written.and(closed)
    }
}

impl Handle {
    /// Seals and binds.
    async fn seal(&self) -> Result<Option<Checkpoint>> {
        let mut bound = self.bound.lock().await;
        let sealed = join_all(self.lanes.iter().map(Ledger::checkpoint)).await;
        let bound = self.bind(&mut bound, sealed).await;
        let sealed = self.root.checkpoint().await.map_err(|error| in_log(ROOT, true, error));
        bound.and(sealed)
    }

    /// Says in the root log how far the lanes are sealed now, if that is more than it says already.
    async fn bind(
        &self,
        bound: &mut Binding,
        sealed: Vec<Result<Option<Checkpoint>>>,
    ) -> Result<()> {
        let mut next = bound.clone();
        let mut failed = None;
        for (bound, sealed) in next.iter_mut().zip(sealed) {
            match sealed {
                // Another process may have bound more than this one has seen.
                Ok(Some(Checkpoint { size, root, .. })) if size > bound.size => {
                    (bound.size, bound.root) = (size, root);
                }
                Ok(_) => {}
                Err(error) => {
                    failed.get_or_insert(in_log(&folder(bound.lane), true, error));
                }
            }
        }
        if next != *bound {
            self.write(&next).await?;
            *bound = next;
        }
        failed.map_or(Ok(()), Err)
    }

    /// Writes a record of the root log.
    async fn write(&self, binding: &Binding) -> Result<()> {
        let (id, details) = (&self.document.ledger_id, lanes::details(binding));
        let event = Event::new(BOUND, "strongroom", id, "bind", details);
        let written = self.root.append_own(event).await;
        written.map(drop).map_err(|error| in_log(ROOT, true, error))
    }
}

/// Binds the lanes now and then, until the ledger is closed or gone.
fn keep_binding(handle: &Arc<Handle>, every: Duration) {
    let handle = Arc::downgrade(handle);
    let every = every.max(Duration::from_millis(1));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(every).await;
            let Some(handle) = handle.upgrade() else { return };
            match handle.seal().await {
                Err(Error::Closed | Error::Stopped) => return,
                // It is said in the metrics, and tried again.
                Err(_) => measure::seal_failed(),
                Ok(_) => {}
            }
        }
    });
}

/// Refuses lanes that have records without a root log: it was there before the first of them.
async fn refuse_orphans(store: &Store, document: &LanesDocument, root: &Store) -> Result<()> {
    for lane in 0..document.lanes {
        // Another process may have begun the ledger since.
        if holds(&store.at(&folder(lane)), "seg/").await? && !holds(root, "seg/").await? {
            let message =
                "lanes have records, and the root log, which begins before them, has none";
            return Err(Error::poisoned(Finding::new(Kind::Truncated, message).of(ROOT)));
        }
    }
    Ok(())
}

/// An error of one log, seen from the ledger: findings name objects below its prefix, and what cannot
/// be in a ledger that was `begun` is a finding.
fn in_log(folder: &str, begun: bool, error: Error) -> Error {
    let found = |kind: Kind, message: &str| Finding::new(kind, message).of(folder);
    Error::poisoned(match error {
        Error::Poisoned { finding } => {
            let key = match &finding.key {
                Some(key) => format!("{folder}/{key}"),
                None => folder.to_owned(),
            };
            Finding::clone(&finding).of(key)
        }
        Error::NoLog { .. } if begun => {
            found(Kind::MissingLogDocument, "there was a log, and it is gone")
        }
        Error::OtherLog { found: there, asked, .. } => {
            let message = "another log stands in the place of this one";
            found(Kind::Malformed, message).instead(asked, there)
        }
        other => return other,
    })
}
