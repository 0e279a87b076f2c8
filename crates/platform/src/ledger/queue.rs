//! Events that wait for their segment.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use audit_chain::record::Prepared;
use tokio::sync::{Notify, Semaphore, oneshot};

use super::personal::ToSeal;
use super::{Error, Limits, Receipt, Result};

/// To hash so many bytes takes longer than to wake somebody, so that they always are news.
const LARGE_BYTES: usize = 4 << 10;

/// An event that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    /// What will be recorded, as far as it is known by now.
    pub(super) event: Prepared,
    /// What has to be sealed in it first, and for whom.
    pub(super) to_seal: Option<Box<ToSeal>>,
    /// When it was queued: 27 characters, RFC 3339.
    pub(super) timestamp: String,
    /// Who waits for the answer.
    pub(super) reply: Reply,
    /// Whether it was looked for among the known ids.
    pub(super) known: bool,
    /// The room it takes in the queue.
    pub(super) room: u32,
}

pub(super) type Reply = oneshot::Sender<Result<Receipt>>;
pub(super) type Answer = oneshot::Receiver<Result<Receipt>>;

/// The queue between all who append and the one task that commits. It is bounded: who finds no room
/// waits for it.
#[derive(Debug)]
pub(super) struct Queue {
    inside: Mutex<Inside>,
    /// Wakes the task that commits.
    news: Notify,
    /// One permit for each byte; see [`Queue::room_of`].
    room: Semaphore,
    /// What a record takes at least, so that bytes bound the number too.
    least_room: u32,
    all_room: u32,
}

#[derive(Debug, Default)]
struct Inside {
    waiting: VecDeque<Waiting>,
    /// With so many events in the queue there are news.
    wake_at: usize,
    /// Set once: why nothing more is taken.
    shut: Option<Error>,
}

impl Queue {
    pub(super) fn new(limits: &Limits) -> Self {
        let all = limits.queue_bytes.clamp(1, (u32::MAX >> 4) as usize);
        let least = (all / limits.queue_records.max(1)).max(1);
        // Both fit: `all` was clamped to 28 bits.
        let (all_room, least_room) = (all as u32, least as u32);
        let room = Semaphore::new(all);
        Self { inside: Mutex::default(), news: Notify::new(), room, least_room, all_room }
    }

    /// How much room an event of this length takes. One that is longer than the whole queue takes all
    /// of it.
    pub(super) fn room_of(&self, size_bytes: usize) -> u32 {
        u32::try_from(size_bytes).unwrap_or(u32::MAX).clamp(self.least_room, self.all_room)
    }

    /// Queues an event if there is room, else hands it back.
    pub(super) fn try_push(&self, waiting: Waiting) -> Result<Option<Waiting>> {
        match self.room.try_acquire_many(waiting.room) {
            Ok(permit) => {
                self.push(waiting)?;
                permit.forget();
                Ok(None)
            }
            Err(_) => match &self.inside().shut {
                Some(error) => Err(error.clone()),
                None => Ok(Some(waiting)),
            },
        }
    }

    /// Queues an event as soon as there is room.
    pub(super) async fn push_when_room(&self, waiting: Waiting) -> Result<()> {
        let permit = self.room.acquire_many(waiting.room).await.map_err(|_| Error::Stopped)?;
        self.push(waiting)?;
        permit.forget();
        Ok(())
    }

    fn push(&self, waiting: Waiting) -> Result<()> {
        let large = waiting.event.size_bytes() >= LARGE_BYTES;
        let mut inside = self.inside();
        if let Some(error) = &inside.shut {
            return Err(error.clone());
        }
        inside.waiting.push_back(waiting);
        // Who finds more in the queue knows that the news are out.
        let news = large || inside.waiting.len() == inside.wake_at.max(1);
        drop(inside);
        if news {
            self.news.notify_one();
        }
        Ok(())
    }

    /// Takes what waits, at most `records`, as long as together they have under `bytes`.
    pub(super) fn take(&self, records: usize, bytes: usize, into: &mut Vec<Waiting>) {
        let mut inside = self.inside();
        let (mut taken, mut length) = (0, 0);
        while taken < records && length < bytes {
            let Some(waiting) = inside.waiting.pop_front() else { break };
            length += waiting.event.size_bytes();
            taken += 1;
            into.push(waiting);
        }
        // What is left is news still.
        if !inside.waiting.is_empty() {
            self.news.notify_one();
        }
    }

    /// Lets there be news when so many events wait, and not before; 1 is for one who has nothing
    /// else to do. What waits already counts.
    pub(super) fn wake_at(&self, events: usize) {
        let mut inside = self.inside();
        inside.wake_at = events;
        if inside.waiting.len() >= events {
            self.news.notify_one();
        }
    }

    /// Waits until something was queued or the queue was shut. It may return for nothing.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// Why nothing more is taken, once that is so.
    pub(super) fn shut(&self) -> Option<Error> {
        self.inside().shut.clone()
    }

    /// Takes nothing more from here on; what waits stays. The first reason counts, except that being
    /// closed is none to go on with a log that does not verify.
    pub(super) fn shut_for(&self, reason: Error) {
        let shut = &mut self.inside().shut;
        if matches!(shut, None | Some(Error::Closed)) {
            *shut = Some(reason);
        }
        self.news.notify_one();
    }

    pub(super) fn len(&self) -> usize {
        self.inside().waiting.len()
    }

    /// Gives room back.
    pub(super) fn make_room(&self, room: usize) {
        self.room.add_permits(room);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Every change is one step, so a panic elsewhere leaves it whole.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
