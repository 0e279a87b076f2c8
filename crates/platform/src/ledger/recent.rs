//! Which ids of events are known, so that an event that is sent twice is recorded once.

use std::collections::{HashMap, VecDeque};

use audit_chain::Hash;

use super::queue::{Reply, Waiting};
use super::{Error, Receipt, Result};

/// The ids of events that were recorded lately, or are about to be.
#[derive(Debug)]
pub(super) struct Recent {
    capacity: usize,
    recorded: HashMap<String, (Hash, Receipt)>,
    /// The ids of `recorded`, oldest first.
    order: VecDeque<String>,
    /// Events on their way, and who else waits for the same one.
    flying: HashMap<String, (Hash, Vec<Reply>)>,
}

impl Recent {
    pub(super) fn new(capacity: usize) -> Self {
        let (recorded, flying) = (HashMap::new(), HashMap::new());
        Self { capacity, recorded, order: VecDeque::new(), flying }
    }

    /// Hands back the events that have to be recorded, and answers the others.  `done` learns how
    /// much room those took.
    pub(super) fn sift(&mut self, taken: Vec<Waiting>, mut done: impl FnMut(u32)) -> Vec<Waiting> {
        if taken.iter().all(|it| it.event.event_id().is_none()) {
            return taken;
        }
        let mut fresh = Vec::with_capacity(taken.len());
        for mut waiting in taken {
            let Some(id) = waiting.event.event_id().map(str::to_owned) else {
                fresh.push(waiting);
                continue;
            };
            let content = waiting.event.content_hash();
            if let Some((recorded, receipt)) = self.recorded.get(&id) {
                let answer = same(&id, *recorded == content, receipt.seq).map(|()| receipt.clone());
                done(waiting.room);
                // An event that was on its way when somebody's segment turned out to have it.
                match waiting.known {
                    true => self.answer(waiting, answer),
                    false => drop(waiting.reply.send(answer)),
                }
            } else if waiting.known {
                fresh.push(waiting);
            } else if let Some((flying, others)) = self.flying.get_mut(&id) {
                done(waiting.room);
                match *flying == content {
                    true => others.push(waiting.reply),
                    // Its number is not known yet; that it differs is.
                    false => drop(waiting.reply.send(Err(Error::EventIdInUse { event_id: id }))),
                }
            } else {
                self.flying.insert(id, (content, Vec::new()));
                waiting.known = true;
                fresh.push(waiting);
            }
        }
        fresh
    }

    /// Answers the one who sent the event, and all who sent it again.
    pub(super) fn answer(&mut self, waiting: Waiting, answer: Result<Receipt>) {
        if let Some(id) = waiting.event.event_id()
            && let Some((content, others)) = self.flying.remove(id)
        {
            if let Ok(receipt) = &answer {
                self.remember(id.to_owned(), content, receipt.clone());
            }
            for other in others {
                // Who does not wait any more needs no answer.
                let _ = other.send(answer.clone());
            }
        }
        let _ = waiting.reply.send(answer);
    }

    /// Keeps the ids of records, oldest first, that are older than all that are known: as many as there
    /// is room for.
    pub(super) fn remember_older(&mut self, ids: Vec<(String, Hash, Receipt)>) {
        for (id, content, receipt) in ids.into_iter().rev() {
            if self.order.len() >= self.capacity {
                return;
            }
            if !self.recorded.contains_key(&id) {
                self.order.push_front(id.clone());
                self.recorded.insert(id, (content, receipt));
            }
        }
    }

    /// Keeps the id of a record.
    pub(super) fn remember(&mut self, id: String, content: Hash, receipt: Receipt) {
        if self.capacity == 0 {
            return;
        }
        if self.recorded.insert(id.clone(), (content, receipt)).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > self.capacity {
            let oldest = self.order.pop_front();
            oldest.and_then(|id| self.recorded.remove(&id));
        }
    }
}

fn same(event_id: &str, same: bool, seq: u64) -> Result<()> {
    match same {
        true => Ok(()),
        false => Err(Error::EventIdTaken { event_id: event_id.to_owned(), seq }),
    }
}
