//! Ids of events in records that were not read when the log was opened.
//!
//! Whoever opens a log reads what no checkpoint covers. An event that is sent again after a restart may
//! be older than that: a writer that closes writes a checkpoint. So the newest segments before are read
//! as well, once, when the first event with an id comes.

use audit_chain::Hash;
use audit_chain::record::Head;
use audit_chain::segment;
use audit_chain::verify::{Finding, Kind};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::follow::follow;
use super::{Error, Receipt, Result};
use crate::numbered::{Found, Numbered};

/// How many segments are fetched at once.
const FETCH: usize = 8;

/// How much further back is looked when the segments were too few.
const FURTHER: u64 = 8;

/// Where to look.
#[derive(Debug)]
pub(super) struct LookBack {
    pub(super) segments: Numbered,
    pub(super) versioned: bool,
    pub(super) log_id: String,
    pub(super) most_records: u64,
    /// How many segments.
    pub(super) count: usize,
    /// The log before everything that was read already.
    pub(super) until: Head,
}

impl LookBack {
    /// The ids, oldest first. Bodies that were pruned hold none.
    ///
    /// # Errors
    ///
    /// [`Error::Poisoned`] if a segment is not what it has to be: its ids are not believed, and the log
    /// is not continued. [`Error::Store`].
    pub(super) async fn read(&self) -> Result<Vec<(String, Hash, Receipt)>> {
        let act = "look for an event that was recorded before";
        let bodies = stream::iter(self.numbers().await?).map(async |number| {
            let body = match self.versioned {
                true => self.segments.get_oldest(number).await,
                false => self.segments.get(number).await,
            };
            Ok::<_, Error>((number, body.map_err(Error::store(act))?))
        });
        let mut bodies = std::pin::pin!(bodies.buffered(FETCH));
        let (mut ids, mut head) = (Vec::new(), None::<Head>);
        while let Some(next) = bodies.next().await {
            // It may have been pruned since it was listed.
            let (number, Some(Found { body, .. })) = next? else { continue };
            let key = format!("seg/{number:020}");
            let before = match head.filter(|it| it.size == number) {
                Some(head) => head,
                None => {
                    let opened = segment::open(&body).map_err(|error| {
                        let finding = Finding::new(Kind::Malformed, error.to_string());
                        Error::poisoned(finding.at(number).of(key.as_str()))
                    })?;
                    Head { size: number, last_hash: opened.header.previous_hash }
                }
            };
            let followed = follow(before, body, &self.log_id, self.most_records, key).await;
            let followed = followed.map_err(|finding| Error::poisoned(*finding))?;
            ids.extend(followed.event_ids);
            head = Some(followed.head);
        }
        match head {
            Some(head) if head.size == self.until.size && head != self.until => {
                let message =
                    "the last record before the newest checkpoint is not the one in its tree";
                let finding =
                    Finding::new(Kind::LinkBroken, message).at(head.size.saturating_sub(1));
                Err(Error::poisoned(finding))
            }
            _ => Ok(ids),
        }
    }

    /// The numbers of the newest segments, in order. Keys can only be listed forwards, so it is begun
    /// ever further back.
    async fn numbers(&self) -> Result<Vec<u64>> {
        let act = "list the segments before the newest checkpoint";
        let (end, count) = (self.until.size, self.count as u64);
        let farthest = count.saturating_mul(self.most_records);
        let mut reach = count;
        loop {
            let from = end.saturating_sub(reach);
            let listed = self.segments.list_from(from);
            let before = listed.try_take_while(|it| std::future::ready(Ok(it.number < end)));
            let found: Vec<_> = before.try_collect().await.map_err(Error::store(act))?;
            if found.len() >= self.count || from == 0 || reach >= farthest {
                let passed_over = found.len().saturating_sub(self.count);
                return Ok(found.into_iter().skip(passed_over).map(|it| it.number).collect());
            }
            reach = reach.saturating_mul(FURTHER);
        }
    }
}
