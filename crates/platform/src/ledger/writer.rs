//! The ledger as its callers hold it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::json::Value;
use audit_chain::note::Signer;
use audit_chain::record::{Event, Head, Prepared};
use tokio::sync::{mpsc, oneshot, watch};

use super::batch::Mould;
use super::begin::{begin, bucket_of};
use super::commit::Committer;
use super::look_back::LookBack;
use super::options::Retention;
use super::personal::{self, ToSeal};
use super::queue::{Answer, Queue, Waiting};
use super::recent::Recent;
use super::resume::Resume;
use super::sealing::{Offer, Sealer, ToSealer};
use super::stamp::stamp;
use super::{Error, LogDocument, Options, Result, Sealing, measure};
use crate::clock::Clock;
use crate::numbered::{Numbered, Retry, WriteOnce};
use crate::store::{Conditions, Lock, Store, Versioning};

/// What a caller keeps of an event: its record is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the log, from 0.
    pub seq: u64,
    /// The hash of the record.
    pub record_hash: Hash,
    /// The hash of the record before it; `None` for the first.
    pub previous_hash: Option<Hash>,
    /// When it was appended, as the record has it: RFC 3339, UTC, microseconds.
    pub timestamp: String,
}

/// An open log that can be written. Cheap to clone; all clones are one writer.
///
/// The log is written by tasks on the runtime in which it was opened. When the last clone is gone they
/// write what is queued and end; to wait for that, and for a last checkpoint, [`Ledger::close`] it.
///
/// ```
/// use audit_chain::json::Value;
/// use audit_chain::record::Event;
/// use platform::ledger::{Ledger, Options};
/// use platform::store::Store;
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let ledger = Ledger::open(&Store::memory(), Options::default()).await?;
/// let event = Event::new("report.read", "alice", "report/1", "read", Value::Object(vec![]));
/// let first = ledger.append(event.clone()).await?;
/// let second = ledger.append(event).await?;
/// assert_eq!((second.seq, second.previous_hash), (1, Some(first.record_hash)));
/// ledger.close().await?;
/// # Ok::<(), platform::ledger::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Ledger {
    // The last clone shuts the queue.
    handle: Arc<Handle>,
}

struct Handle {
    shared: Arc<Shared>,
    /// Gone once the ledger was closed.
    sealer: Mutex<Option<mpsc::UnboundedSender<ToSealer>>>,
    done: watch::Receiver<Option<Result<Option<Checkpoint>>>>,
    document: LogDocument,
    store: Store,
    /// One rotation after the other.
    rotating: tokio::sync::Mutex<()>,
}

/// What the callers and the tasks have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) races: u32,
    /// Whether a hint may be written: not where each would be kept for years.
    pub(super) hints: bool,
    retention: Option<Retention>,
    pub(super) sealing: Option<Sealing>,
    pub(super) retry: Retry,
    head: Mutex<Head>,
    signer: Mutex<Option<Arc<Signer>>>,
    offer: Mutex<Option<Offer>>,
}

impl Shared {
    pub(super) fn head(&self) -> Head {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_head(&self, head: Head) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }

    /// The key that signs checkpoints. Never kept locked while something is waited for.
    pub(super) fn signer(&self) -> MutexGuard<'_, Option<Arc<Signer>>> {
        self.signer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that signs next, once the log says so.
    pub(super) fn offer(&self) -> MutexGuard<'_, Option<Offer>> {
        self.offer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The protection of an object that is written now and kept for some days.
    pub(super) fn lock(&self, days: u32) -> Option<Lock> {
        self.retention.as_ref().map(|it| it.lock(self.clock.now(), days))
    }

    pub(super) fn lock_longest(&self) -> Option<Lock> {
        self.retention.as_ref().and_then(|it| self.lock(it.longest()))
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log_id = &self.handle.document.log_id;
        f.debug_struct("Ledger").field("log_id", log_id).field("head", &self.head()).finish()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.queue.shut_for(Error::Closed);
    }
}

impl Ledger {
    /// Opens the log at `store` to write it, or begins one where none is.
    ///
    /// Before anything is appended, the end of the log is found and checked: the newest checkpoint, its
    /// signature, and every record after it. If it does not verify, the log is not opened.
    ///
    /// # Errors
    ///
    /// [`Error::Poisoned`] with the finding, [`Error::OtherLog`], [`Error::NoLog`],
    /// [`Error::DocumentInvalid`], [`Error::OptionsInvalid`]; [`Error::Store`] when the store does not
    /// answer.
    pub async fn open(store: &Store, options: Options) -> Result<Self> {
        measure::describe();
        let bucket = bucket_of(store, &options).await?;
        let versioned = bucket.as_ref().is_some_and(|it| it.versioning != Versioning::Off);
        let document = begin(store, &options, versioned).await?;
        let numbered = |prefix: &str| {
            Numbered::new(store.clone(), prefix, document.conditions).with_retry(options.retry)
        };
        let (segments, checkpoints) = (numbered("seg/"), numbered("ckpt/"));
        let mut trusted = options.verifier_keys.clone();
        trusted.extend(options.signer.iter().map(|it| it.verifier_key()));
        let resumed = Resume {
            store,
            document: &document,
            segments: &segments,
            checkpoints: &checkpoints,
            retry: options.retry,
            versioned,
            seals: options.signer.is_some(),
            trusted,
        };
        let resumed = resumed.run().await?;
        let shared = Arc::new(Shared {
            queue: Queue::new(&options.limits),
            clock: options.clock.clone(),
            races: options.limits.races,
            hints: bucket.is_none_or(|it| it.default_lock.is_none()),
            retention: options.retention.clone(),
            sealing: options.sealing.clone(),
            retry: options.retry,
            head: Mutex::new(resumed.head),
            signer: Mutex::new(options.signer.clone()),
            offer: Mutex::new(None),
        });
        let most_records = document.max_segment_records;
        let mould = Mould::new(document.log_id.clone(), &options, &options.limits, most_records);
        let mut recent = Recent::new(options.limits.event_ids);
        for (id, content, receipt) in resumed.event_ids {
            recent.remember(id, content, receipt);
        }
        let look_back = LookBack {
            segments: segments.clone(),
            versioned,
            log_id: document.log_id.clone(),
            most_records,
            count: options.limits.event_id_segments,
            until: resumed.read_from,
        };
        let (sealer, told) = mpsc::unbounded_channel();
        // The records after the newest checkpoint may say that another key signs from there on.
        let _ = sealer.send(ToSealer::Stored { hashes: Vec::new(), replaced: resumed.replaced });
        let committer = Committer {
            shared: shared.clone(),
            mould: Arc::new(mould),
            segments,
            most_records,
            head: resumed.head,
            recent,
            look_back: Some(look_back).filter(|it| it.count > 0 && it.until.size > 0),
            sealer: sealer.clone(),
            again: VecDeque::new(),
            races: 0,
        };
        let newest = (resumed.sealed > 0 && resumed.sealed == resumed.tree.size()).then(|| {
            let (origin, size) = (document.origin.clone(), resumed.sealed);
            Checkpoint { origin, size, root: resumed.tree.root() }
        });
        let sealing = Sealer {
            shared: shared.clone(),
            store: store.clone(),
            origin: document.origin.clone(),
            checkpoints,
            tiles: WriteOnce::new(store.clone(), Conditions::Atomic).with_retry(options.retry),
            tree: resumed.tree,
            signer_before: None,
            replaced_by: None,
            every: options.checkpoint_every,
            sealed: resumed.sealed,
            last: newest,
            due: None,
        };
        let (finished, done) = watch::channel(None);
        tokio::spawn(committer.run());
        tokio::spawn(async move {
            let sealed = sealing.run(told).await;
            // Nobody may be waiting for it.
            let _ = finished.send(Some(sealed));
        });
        let sealer = Mutex::new(Some(sealer));
        let store = store.clone();
        let rotating = tokio::sync::Mutex::new(());
        Ok(Self { handle: Arc::new(Handle { shared, sealer, done, document, store, rotating }) })
    }

    /// Appends an event. It is queued at once, while this is called, so that one caller can have
    /// thousands on their way; the future resolves when the record is stored, never before.
    ///
    /// Events of one caller are recorded in the order of the calls. If the queue is full, the event is
    /// queued when there is room, while the future is waited for. A future that is dropped takes
    /// nothing back.
    ///
    /// An event with an `event_id` is recorded once within a window: the receipt of a second time is that
    /// of the first, and another event under the id is [`Error::EventIdTaken`]. The window is
    ///
    /// - what this writer has recorded since it was opened, and what others wrote meanwhile as far as it
    ///   has met it; it meets everything before its own next record is stored, so that of two writers who
    ///   record one event at once one gets the receipt of the other;
    /// - all records that no checkpoint covered when it was opened;
    /// - before those the newest segments, as many as
    ///   [`Limits::event_id_segments`](super::Limits::event_id_segments).
    ///
    /// Of all these the latest [`Limits::event_ids`](super::Limits::event_ids) are remembered. An id that
    /// comes again later than that is a new record.
    ///
    /// # Errors
    ///
    /// [`Error::EventInvalid`], [`Error::EventIdTaken`]; [`Error::NotStored`] and
    /// [`Error::Contended`] when it is certain that it was not stored, [`Error::Unknown`] when it is
    /// not; [`Error::Poisoned`], [`Error::Closed`].
    pub fn append(&self, event: Event) -> impl Future<Output = Result<Receipt>> + Send + use<> {
        self.queue(self.about(event, None))
    }

    /// As [`Ledger::append`], for an event that is about `subject`: what [`Options::sealing`] names is
    /// sealed with the key of that person, who is recorded nowhere.
    ///
    /// # Errors
    ///
    /// As [`Ledger::append`], and [`Error::EventNotSealed`].
    pub fn append_for(
        &self,
        event: Event,
        subject: &str,
    ) -> impl Future<Output = Result<Receipt>> + Send + use<> {
        self.queue(self.about(event, Some(subject)))
    }

    /// Appends events, in their order and if there is no other writer one behind the other. They are
    /// queued as [`Ledger::append`] does it.
    ///
    /// # Errors
    ///
    /// The first error; events after the one that failed may be recorded nevertheless.
    pub async fn append_all(&self, events: Vec<Event>) -> Result<Vec<Receipt>> {
        let mut waiting = Vec::with_capacity(events.len());
        for event in events {
            waiting.push(self.submit(event).await?);
        }
        let mut receipts = Vec::with_capacity(waiting.len());
        for answer in waiting {
            receipts.push(answer.await?);
        }
        Ok(receipts)
    }

    /// Queues an event, waiting for room if there is none, and gives the future that resolves when the
    /// record is stored.
    ///
    /// # Errors
    ///
    /// [`Error::EventInvalid`], [`Error::Poisoned`], [`Error::Closed`].
    pub async fn submit(
        &self,
        event: Event,
    ) -> Result<impl Future<Output = Result<Receipt>> + Send + use<>> {
        self.submit_as(self.about(event, None)?).await
    }

    /// As [`Ledger::submit`], for an event that is about `subject`; see [`Ledger::append_for`].
    ///
    /// # Errors
    ///
    /// As [`Ledger::submit`], and [`Error::EventNotSealed`].
    pub async fn submit_for(
        &self,
        event: Event,
        subject: &str,
    ) -> Result<impl Future<Output = Result<Receipt>> + Send + use<>> {
        self.submit_as(self.about(event, Some(subject))?).await
    }

    async fn submit_as(
        &self,
        queued: (Waiting, Answer),
    ) -> Result<impl Future<Output = Result<Receipt>> + Send + use<>> {
        let (waiting, answer) = queued;
        if let Some(waiting) = self.handle.shared.queue.try_push(waiting)? {
            self.handle.shared.queue.push_when_room(waiting).await?;
        }
        Ok(answered(answer))
    }

    /// Appends a record of the ledger's own, whose type begins with `_audit.`.
    pub(super) fn append_own(
        &self,
        event: Event,
    ) -> impl Future<Output = Result<Receipt>> + Send + use<> {
        let prepared = Prepared::own(&event).map_err(Error::from);
        self.queue(prepared.map(|event| self.waiting(event, None)))
    }

    /// An event of a caller's, with what has to be sealed in it.
    fn about(&self, event: Event, subject: Option<&str>) -> Result<(Waiting, Answer)> {
        // What is wrong with it is said before anybody waits.
        let prepared = Prepared::new(&event)?;
        let to_seal = personal::to_seal(self.handle.shared.sealing.as_ref(), event, subject)?;
        Ok(self.waiting(prepared, to_seal))
    }

    fn queue(
        &self,
        waiting: Result<(Waiting, Answer)>,
    ) -> impl Future<Output = Result<Receipt>> + Send + use<> {
        let shared = self.handle.shared.clone();
        let queued =
            waiting.and_then(|(waiting, answer)| Ok((shared.queue.try_push(waiting)?, answer)));
        async move {
            let (no_room, answer) = queued?;
            if let Some(waiting) = no_room {
                shared.queue.push_when_room(waiting).await?;
            }
            drop(shared);
            answered(answer).await
        }
    }

    fn waiting(&self, event: Prepared, to_seal: Option<Box<ToSeal>>) -> (Waiting, Answer) {
        let (reply, answer) = oneshot::channel();
        let room = self.handle.shared.queue.room_of(event.size_bytes());
        let timestamp = stamp(self.handle.shared.clock.now());
        (Waiting { event, to_seal, timestamp, reply, known: false, room }, answer)
    }

    /// Writes a checkpoint over everything that was acknowledged before, now. Gives the newest one;
    /// `None` for an empty log.
    ///
    /// # Errors
    ///
    /// [`Error::NoSigner`], [`Error::Poisoned`], [`Error::Closed`]; what the store says.
    pub async fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        let (reply, answer) = oneshot::channel();
        self.tell(ToSealer::Seal(reply))?;
        answer.await.map_err(|_| Error::Stopped)?
    }

    /// Lets another key sign from here on. A record says so, and the next checkpoint, which covers it,
    /// is signed by both keys. With [`Error::Unknown`] the key before signs on until it turns out that
    /// the record is there.
    ///
    /// # Errors
    ///
    /// [`Error::NoSigner`] if there was no key before; those of [`Ledger::append`] and
    /// [`Ledger::checkpoint`].
    pub async fn rotate_key(&self, signer: impl Into<Arc<Signer>>) -> Result<Receipt> {
        let _one = self.handle.rotating.lock().await;
        let shared = &self.handle.shared;
        let signer = signer.into();
        let before = shared.signer().clone().ok_or(Error::NoSigner)?;
        let (old, new) = (before.verifier_key().to_string(), signer.verifier_key().to_string());
        let details = Value::Object(vec![
            ("new_key".into(), Value::from(new.as_str())),
            ("old_key".into(), Value::from(old.as_str())),
        ]);
        let log_id = &self.handle.document.log_id;
        let event = Event::new("_audit.key_rotated", "strongroom", log_id, "rotate", details);
        *shared.offer() = Some(Offer { old_key: old, signer });
        let receipt = self.append_own(event).await?;
        self.checkpoint().await?;
        Ok(receipt)
    }

    /// Where the log ends, as far as this writer has seen it.
    pub fn head(&self) -> Head {
        self.handle.shared.head()
    }

    /// Where the log is stored.
    pub fn store(&self) -> &Store {
        &self.handle.store
    }

    /// The protection of what has to be kept as long as anything in the log.
    pub(super) fn lock_longest(&self) -> Option<Lock> {
        self.handle.shared.lock_longest()
    }

    /// The document of the log.
    pub fn document(&self) -> &LogDocument {
        &self.handle.document
    }

    /// Takes nothing more, stores what is queued, writes a last checkpoint if there is a key, and waits
    /// for all of it.
    ///
    /// # Errors
    ///
    /// Why the last checkpoint could not be written, or what was found. What became of an event is the
    /// answer to its own append.
    pub async fn close(&self) -> Result<()> {
        self.close_and_tell().await.map(drop)
    }

    /// The same, and gives the newest checkpoint.
    pub(super) async fn close_and_tell(&self) -> Result<Option<Checkpoint>> {
        self.handle.shared.queue.shut_for(Error::Closed);
        // With this and the sender of the task that commits, the other task ends.
        drop(self.lock_sealer().take());
        let mut done = self.handle.done.clone();
        let finished = done.wait_for(Option::is_some).await;
        let finished = finished.map_err(|_| Error::Stopped)?.clone().unwrap_or(Ok(None));
        match self.handle.shared.queue.shut() {
            Some(error @ Error::Poisoned { .. }) => Err(error),
            _ => finished,
        }
    }

    fn tell(&self, message: ToSealer) -> Result<()> {
        let sealer = self.lock_sealer();
        sealer.as_ref().ok_or(Error::Closed)?.send(message).map_err(|_| Error::Stopped)
    }

    fn lock_sealer(&self) -> MutexGuard<'_, Option<mpsc::UnboundedSender<ToSealer>>> {
        self.handle.sealer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the answer to an event.
async fn answered(answer: Answer) -> Result<Receipt> {
    // The task that commits answers everybody before it ends, unless the runtime ends it.
    answer.await.unwrap_or(Err(Error::Stopped))
}
