//! The one task that writes segments.
//!
//! One segment is on its way at a time, because a segment that lost its place and is locked could
//! not be removed. Events queue meanwhile and are hashed into the next one already, on the assumption
//! that this one wins: the group grows with the time a write takes.

use std::collections::VecDeque;
use std::sync::Arc;

use audit_chain::Hash;
use audit_chain::record::Head;
use audit_chain::segment;
use audit_chain::verify::{Finding, KEY_ROTATED, Kind};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::batch::{Batch, Built, Mould, receipts};
use super::follow::{Replaced, follow};
use super::look_back::LookBack;
use super::queue::Waiting;
use super::recent::Recent;
use super::sealing::{Offer, ToSealer};
use super::writer::Shared;
use super::{Error, Receipt, Result, measure};
use crate::numbered::{Found, Numbered, NumberedError, Outcome, Retry};
use crate::store::Put;

/// Answers that are given on the spot; more of them are given while the next segment is written.
const FEW_ANSWERS: usize = 64;

/// While a segment is being written, so many events are waited for before they are looked at.
const MANY_EVENTS: usize = 128;

/// Writes what is queued, until the queue is shut and empty.
pub(super) struct Committer {
    pub(super) shared: Arc<Shared>,
    pub(super) mould: Arc<Mould>,
    pub(super) segments: Numbered,
    pub(super) most_records: u64,
    /// The log as it is stored.
    pub(super) head: Head,
    pub(super) recent: Recent,
    /// Where older ids of events are, as long as nobody has looked.
    pub(super) look_back: Option<LookBack>,
    /// Who writes checkpoints.
    pub(super) sealer: mpsc::UnboundedSender<ToSealer>,
    /// Events that come before those in the queue: their segment lost its place.
    pub(super) again: VecDeque<Waiting>,
    /// How often in a row other writers were faster.
    pub(super) races: u32,
}

impl Committer {
    pub(super) fn run(self) -> BoxFuture<'static, ()> {
        self.work().boxed()
    }

    async fn work(mut self) {
        let mut next = None;
        loop {
            let shut = self.shared.queue.shut();
            self.shared.queue.wake_at(1);
            if let Some(error @ (Error::Poisoned { .. } | Error::NoRandomness { .. })) = &shut {
                return self.refuse_all(next.take(), error);
            }
            let batch = match next.take() {
                Some(batch) => Ok(batch),
                None => Batch::new(self.mould.clone(), self.head),
            };
            let mut batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    self.shared.queue.shut_for(error);
                    continue;
                }
            };
            batch = self.fill(batch).await;
            if matches!(self.shared.queue.shut(), Some(Error::Poisoned { .. })) {
                next = Some(batch);
                continue;
            }
            if !batch.is_empty() {
                next = self.commit(batch.finish().await).await;
            } else if shut.is_some() {
                // It was shut before the queue was found empty.
                return;
            } else {
                next = Some(batch);
                self.shared.queue.news().await;
            }
        }
    }

    /// Adds what waits, as much as goes in.
    async fn fill(&mut self, mut batch: Batch) -> Batch {
        while let Some((records, bytes)) = batch.room() {
            let mut taken = Vec::new();
            if self.again.is_empty() {
                self.shared.queue.take(records, bytes, &mut taken);
            } else {
                let mut length = 0;
                while taken.len() < records && length < bytes {
                    let Some(waiting) = self.again.pop_front() else { break };
                    length += waiting.event.size_bytes();
                    taken.push(waiting);
                }
            }
            if taken.is_empty() {
                break;
            }
            let taken = self.seal(taken).await;
            let Some(taken) = self.look_back(taken).await else { return batch };
            let queue = &self.shared.queue;
            let fresh = self.recent.sift(taken, |room| queue.make_room(room as usize));
            let (extended, refused) = batch.extend(fresh).await;
            batch = extended;
            for (waiting, error) in refused {
                self.answer(waiting, Err(error));
            }
            measure::queue(self.shared.queue.len());
        }
        batch
    }

    /// Seals what has to be; who cannot be sealed is answered.
    async fn seal(&mut self, taken: Vec<Waiting>) -> Vec<Waiting> {
        let Some(sealing) = &self.shared.sealing else { return taken };
        let (sealed, refused) = sealing.seal(taken, &self.mould.log_id).await;
        for (waiting, error) in refused {
            // Nobody has looked for its id yet, so that no other event waits for its answer.
            self.shared.queue.make_room(waiting.room as usize);
            let _ = waiting.reply.send(Err(error));
        }
        sealed
    }

    /// Before the first event with an id is looked for among the known ones: reads older ids. `None` if
    /// what was read does not verify.
    async fn look_back(&mut self, taken: Vec<Waiting>) -> Option<Vec<Waiting>> {
        let has_id = |it: &Waiting| it.event.event_id().is_some();
        let Some(look_back) = self.look_back.as_ref().filter(|_| taken.iter().any(has_id)) else {
            return Some(taken);
        };
        match look_back.read().await {
            Ok(ids) => {
                self.look_back = None;
                self.recent.remember_older(ids);
                Some(taken)
            }
            Err(Error::Poisoned { finding }) => {
                self.put_back(taken, None);
                self.poison((*finding).clone());
                None
            }
            Err(error) => {
                let (with_id, without): (Vec<_>, Vec<_>) = taken.into_iter().partition(has_id);
                measure::failures(with_id.len());
                for waiting in with_id {
                    self.shared.queue.make_room(waiting.room as usize);
                    let _ = waiting.reply.send(Err(error.clone()));
                }
                Some(without)
            }
        }
    }

    /// Stores a segment, and begins the next one meanwhile.
    fn commit(&mut self, built: Built) -> BoxFuture<'_, Option<Batch>> {
        self.store_and_prepare(built).boxed()
    }

    async fn store_and_prepare(&mut self, mut built: Built) -> Option<Batch> {
        let after = built.after();
        let started = Instant::now();
        let put = self.put_of(&built);
        let segments = self.segments.clone();
        let (number, nonce) = (built.before.size, built.segment.header.batch);
        // From here on only the hashes are needed.
        let body = Bytes::from(std::mem::take(&mut built.segment.body));
        let stored = Arc::new(Notify::new());
        let done = stored.clone();
        let write = async move {
            let ours = move |there: &[u8]| {
                segment::open(there).is_ok_and(|opened| opened.header.batch == nonce)
            };
            let outcome = segments.put(number, body, ours, &put).await;
            done.notify_one();
            outcome
        };
        let write = write.boxed();
        let (outcome, next) = tokio::join!(write, self.prepare(after, stored));
        measure::commit(started.elapsed());
        match outcome {
            Ok(Outcome::Won { .. }) => {
                self.races = 0;
                self.won(built);
                return next;
            }
            Ok(Outcome::Lost { body, .. }) => self.lost(body, built, next).await,
            Err(NumberedError::Altered { key }) => {
                let message = "the segment bears our nonce and other bytes than were written";
                let finding = Finding::new(Kind::ContentAltered, message);
                self.put_back(built.waiting, next);
                self.poison(finding.of(key.as_str()));
            }
            Err(error) => {
                measure::failures(built.waiting.len());
                self.put_back(Vec::new(), next);
                let error = Error::of_commit(error);
                for waiting in built.waiting {
                    self.answer(waiting, Err(error.clone()));
                }
            }
        }
        None
    }

    /// Fills the segment after `after` until the one before it is stored.
    fn prepare(&mut self, after: Head, stored: Arc<Notify>) -> BoxFuture<'_, Option<Batch>> {
        let prepare = async move {
            let mut next = Batch::new(self.mould.clone(), after).ok()?;
            // There is time, and to be woken for each event costs more than to hash it.
            self.shared.queue.wake_at(MANY_EVENTS);
            loop {
                next = self.fill(next).await;
                tokio::select! {
                    biased;
                    () = stored.notified() => return Some(next),
                    () = self.shared.queue.news() => {}
                }
            }
        };
        prepare.boxed()
    }

    fn put_of(&self, built: &Built) -> Put {
        let packed = !built.segment.body.starts_with(b"{");
        let put =
            Put::absent().typed(if packed { "application/zstd" } else { "application/x-ndjson" });
        put.locked(self.shared.lock(built.days))
    }

    /// The segment is stored: says so to everybody.
    fn won(&mut self, built: Built) {
        let after = built.after();
        let mut events = built.waiting.iter().map(|it| it.event.event_type());
        let replaced = match events.any(|event_type| event_type == KEY_ROTATED) {
            true => self.shared.offer().as_ref().map(Offer::replaced),
            false => None,
        };
        self.advance(after, built.segment.hashes.clone(), replaced.into_iter().collect());
        measure::appended(built.waiting.len());
        let Built { waiting, segment, before, .. } = built;
        let room = waiting.iter().map(|it| it.room as usize).sum();
        self.shared.queue.make_room(room);
        let many = waiting.len();
        let mut waiting = waiting;
        let stamps = waiting.iter_mut().map(|it| std::mem::take(&mut it.timestamp));
        let stamps: Vec<_> = stamps.collect();
        let receipts = receipts(before, &segment.hashes, stamps.into_iter());
        let mut answers = Vec::with_capacity(many);
        for (waiting, receipt) in waiting.into_iter().zip(receipts) {
            match waiting.event.event_id() {
                Some(_) => self.recent.answer(waiting, Ok(receipt)),
                None => answers.push((waiting, receipt)),
            }
        }
        let answer = move || {
            for (waiting, receipt) in answers {
                // Who does not wait any more needs no answer.
                let _ = waiting.reply.send(Ok::<Receipt, Error>(receipt));
            }
        };
        match many {
            0..=FEW_ANSWERS => answer(),
            _ => drop(tokio::task::spawn_blocking(answer)),
        }
    }

    /// Somebody was faster: follows the log to its end, and puts the events behind it.
    async fn lost(&mut self, body: Bytes, built: Built, next: Option<Batch>) {
        self.races += 1;
        measure::conflict();
        let followed = self.follow(body).await;
        let mut failed = followed.err();
        // Who lost twice in a row is far behind.
        while self.races > 1 && failed.is_none() {
            match self.segments.get(self.head.size).await {
                Ok(Some(Found { body, .. })) => failed = self.follow(body).await.err(),
                // The next write will tell.
                Ok(None) | Err(_) => break,
            }
        }
        if let Some(finding) = failed {
            self.put_back(built.waiting, next);
            return self.poison(*finding);
        }
        if self.races <= self.shared.races {
            self.put_back(built.waiting, next);
            Retry::between_races(self.races).await;
            return;
        }
        self.put_back(Vec::new(), next);
        measure::failures(built.waiting.len());
        for waiting in built.waiting {
            self.answer(waiting, Err(Error::Contended { times: self.races }));
        }
        self.races = 0;
    }

    async fn follow(&mut self, body: Bytes) -> Result<(), Box<Finding>> {
        let key = format!("seg/{:020}", self.head.size);
        let followed = follow(self.head, body, &self.mould.log_id, self.most_records, key).await?;
        self.advance(followed.head, followed.hashes, followed.replaced);
        for (id, content, receipt) in followed.event_ids {
            self.recent.remember(id, content, receipt);
        }
        Ok(())
    }

    fn advance(&mut self, head: Head, hashes: Vec<Hash>, replaced: Vec<Replaced>) {
        self.head = head;
        self.shared.set_head(head);
        // If there is no sealer any more, the ledger is being torn down.
        let _ = self.sealer.send(ToSealer::Stored { hashes, replaced });
    }

    /// Lets events wait again, before all others.
    fn put_back(&mut self, waiting: Vec<Waiting>, next: Option<Batch>) {
        let next = next.map(Batch::into_waiting).unwrap_or_default();
        for waiting in next.into_iter().rev().chain(waiting.into_iter().rev()) {
            self.again.push_front(waiting);
        }
    }

    /// Nothing more is written to a log that does not verify.
    fn poison(&mut self, finding: Finding) {
        measure::failures(self.again.len());
        self.shared.queue.shut_for(Error::poisoned(finding));
    }

    fn refuse_all(&mut self, next: Option<Batch>, error: &Error) {
        self.put_back(Vec::new(), next);
        while let Some(waiting) = self.again.pop_front() {
            self.answer(waiting, Err(error.clone()));
        }
        loop {
            let mut taken = Vec::new();
            self.shared.queue.take(usize::MAX, usize::MAX, &mut taken);
            if taken.is_empty() {
                return;
            }
            for waiting in taken {
                self.answer(waiting, Err(error.clone()));
            }
        }
    }

    fn answer(&mut self, waiting: Waiting, answer: Result<Receipt>) {
        self.shared.queue.make_room(waiting.room as usize);
        self.recent.answer(waiting, answer);
    }
}
