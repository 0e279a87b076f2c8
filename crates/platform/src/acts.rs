//! Acts: a plan is noted, claimed, recorded in the ledger and carried out, in this order.
//!
//! Whatever a crash interrupts is finished by [`Acts::heal`], with the plan as it was decided:
//!
//! 1. the plan is noted under `_strongroom/open/`: from here on it can be found again;
//! 2. it claims its number among the acts of its resource; who loses gives up, and nothing happened;
//! 3. the ledger records it, under the digest of the plan as its `event_id`;
//! 4. its steps are made, each of which can be made twice;
//! 5. the note is removed.
//!
//! ```
//! use platform::acts::Acts;
//! use platform::ledger::{Ledger, Options};
//! use platform::store::{Conditions, Store};
//! use storage_core::{Plan, Step};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let store = Store::memory();
//! let ledger = Ledger::open(&store.at("ledger"), Options::default()).await?;
//! let acts = Acts::new(store.clone(), ledger, Conditions::Atomic);
//! let plan = Plan::new("note.left", "ana", "note/1", "2026-03-01T12:00:00Z".parse()?)
//!     .claiming("note/1/_events/", 0)
//!     .with_step(Step::Put {
//!         key: "note/1/text".to_owned(),
//!         body: "hello".to_owned(),
//!         content_type: "text/plain".to_owned(),
//!         lock: None,
//!         legal_hold: false,
//!     });
//! let done = acts.perform(&plan).await?;
//! assert_eq!((done.receipt.seq, store.get("note/1/text").await?.body), (0, "hello".into()));
//! // Decided from the same facts, a second time: somebody was faster.
//! let mut other = plan.clone();
//! other.actor = "ben".to_owned();
//! assert_eq!(acts.perform(&other).await.unwrap_err().code(), "acts.conflict");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod look_up;
mod note;
mod step;

use audit_chain::json::Value;
use audit_chain::record::Event;
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use storage_core::{Digest, Plan, Step};

pub use error::{Error, Result};
pub(crate) use look_up::first_record;
pub(crate) use step::digest_of;

use crate::body_keys::BodyKeys;
use crate::ledger::{Filter, Ledger, Receipt};
use crate::numbered::{Numbered, Outcome, Retry};
use crate::store::{Conditions, Put, Store};
use note::Note;

/// Where plans stand that are not carried out yet.
pub const OPEN: &str = "_strongroom/open/";

/// Performs acts on one store, and records them in one ledger.
#[derive(Clone, Debug)]
pub struct Acts {
    store: Store,
    ledger: Ledger,
    conditions: Conditions,
    retry: Retry,
    keys: Option<BodyKeys>,
}

/// An act that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// What names its plan.
    pub plan: Digest,
    /// Its place in the ledger.
    pub receipt: Receipt,
}

/// What became of a plan that was found open.
#[derive(Debug)]
pub struct Healed {
    /// What was to be done.
    pub plan: Plan,
    /// Whether it is done now. [`Error::Conflict`] means that it never began.
    pub outcome: Result<Performed>,
}

impl Acts {
    /// Acts on `store`, whose conditional writes can be trusted as `conditions` says.
    pub fn new(store: Store, ledger: Ledger, conditions: Conditions) -> Self {
        Self { store, ledger, conditions, retry: Retry::default(), keys: None }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The same, able to destroy these keys.
    #[must_use]
    pub fn with_keys(mut self, keys: BodyKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Where the acts happen.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where they are recorded.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Notes, claims, records and carries out `plan`. The same plan again is finished, not repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when another act took the number: nothing was done, look again and decide
    /// anew. After any other error the plan may be open; [`Acts::heal`] finishes it.
    pub async fn perform(&self, plan: &Plan) -> Result<Performed> {
        let note = Note::of(plan, self.ledger.head().size)?;
        let (note, fresh) = self.leave(note).await?;
        self.finish(&note, fresh).await
    }

    /// Finishes what was interrupted, oldest key first, and says what became of each.
    ///
    /// A plan that another process is carrying out at this moment is carried out by both; its steps
    /// allow it, and the ledger may then hold its event twice, with the same `event_id`.
    ///
    /// # Errors
    ///
    /// When the open plans cannot be listed or read. That one of them failed is in its answer.
    pub async fn heal(&self) -> Result<Vec<Healed>> {
        let keys: Vec<_> = self
            .store
            .list_all(OPEN, None)
            .map_ok(|it| it.key)
            .try_collect()
            .await
            .map_err(Error::store("list the open plans"))?;
        let mut healed = Vec::with_capacity(keys.len());
        let mut notes = futures_util::stream::iter(keys)
            .map(|key| {
                // A future of its own, boxed: whoever awaits this may be on any thread.
                let store = self.store.clone();
                async move {
                    let read = store.get_if_there(key.as_str()).await;
                    (key, read)
                }
                .boxed()
            })
            .buffered(8);
        while let Some((key, read)) = notes.next().await {
            // Who was at it has finished meanwhile.
            let Some(read) = read.map_err(Error::store("read an open plan"))? else { continue };
            let note = Note::read(key.as_str(), &read.body)?;
            let outcome = self.finish(&note, false).await;
            healed.push(Healed { plan: note.plan, outcome });
        }
        Ok(healed)
    }

    /// Leaves a note of the plan, and gives the one that is there: with it, whether it is ours.
    async fn leave(&self, note: Note) -> Result<(Note, bool)> {
        let act = "note a plan";
        let mut pauses = self.retry.pauses();
        loop {
            let there = self.store.get_if_there(&note.key).await;
            if let Ok(Some(read)) = &there {
                return Ok((Note::read(&note.key, &read.body)?, false));
            }
            let answer = match there {
                Ok(_) => {
                    let put = Put::default().typed("application/json");
                    self.store.put(&note.key, note.body.clone(), &put).await.map(drop)
                }
                Err(error) => Err(error),
            };
            if !pauses.again_after(&answer).await {
                answer.map_err(Error::store(act))?;
                return Ok((note, true));
            }
        }
    }

    async fn finish(&self, note: &Note, fresh: bool) -> Result<Performed> {
        if let Err(error) = self.claim(note).await {
            if let Error::Conflict { .. } = error {
                self.forget(note).await?;
            }
            return Err(error);
        }
        let recorded = match fresh {
            true => None,
            false => self.recorded(note).await?,
        };
        let receipt = match recorded {
            Some(receipt) => receipt,
            None => self.record(note).await?,
        };
        for step in &note.plan.steps {
            // Boxed, so that whoever awaits all this may be on any thread.
            self.make(step).boxed().await.map_err(Error::step(step))?;
        }
        self.forget(note).await?;
        Ok(Performed { plan: note.digest, receipt })
    }

    async fn make(&self, step: &Step) -> Result<()> {
        let Step::DestroyKey { of } = step else {
            return step::make(&self.store, self.conditions, self.retry, step).await;
        };
        let keys = self.keys.as_ref();
        let keys = keys.ok_or_else(|| Error::KeysMissing { report: of.clone() })?;
        keys.destroy(of).await.map_err(|source| Error::Key { source: Box::new(source) })
    }

    async fn claim(&self, note: &Note) -> Result<()> {
        let Some(claim) = &note.plan.claim else { return Ok(()) };
        let numbers = Numbered::new(self.store.clone(), claim.prefix.clone(), self.conditions)
            .with_retry(self.retry);
        let put = Put::absent().typed("application/json");
        let body = Bytes::from(note.plan.to_bytes()?);
        let outcome = numbers.put(claim.number, body, |_| false, &put).await;
        match outcome.map_err(Error::write("claim the number of an act"))? {
            Outcome::Won { .. } => Ok(()),
            Outcome::Lost { .. } => {
                Err(Error::Conflict { resource: note.plan.resource.clone(), number: claim.number })
            }
        }
    }

    /// Whether the ledger has this act already.
    async fn recorded(&self, note: &Note) -> Result<Option<Receipt>> {
        let filter = Filter {
            first_seq: Some(note.from_seq),
            event_type: Some(note.plan.act.clone()),
            ..Filter::default()
        };
        let event_id = note.digest.to_string();
        let found = first_record(self.ledger.store(), filter, move |line| {
            note::receipt_of(line, &event_id)
        });
        found.await.map_err(|source| Error::Lookup { source: Box::new(source) })
    }

    async fn record(&self, note: &Note) -> Result<Receipt> {
        let plan = &note.plan;
        let mut details = serde_json::Map::new();
        details.insert("plan".to_owned(), note.digest.to_string().into());
        details.extend(plan.details.clone());
        let spelled = serde_json::to_vec(&details).expect("a map of JSON values can be written");
        let details = Value::parse_strict(&spelled).map_err(Error::unspeakable)?;
        let action = plan.act.rsplit('.').next().unwrap_or(&plan.act);
        let mut event = Event::new(&*plan.act, &*plan.actor, &*plan.resource, action, details);
        event.event_id = Some(note.digest.to_string());
        self.ledger.append(event).await.map_err(|source| Error::Record { source })
    }

    /// Removes the note.
    async fn forget(&self, note: &Note) -> Result<()> {
        let mut pauses = self.retry.pauses();
        loop {
            let answer = self.store.delete(&note.key).await;
            if !pauses.again_after(&answer).await {
                return match answer {
                    Err(error) if error.kind != crate::store::StoreErrorKind::NotFound => {
                        Err(Error::store("remove the note of a plan")(error))
                    }
                    _ => Ok(()),
                };
            }
        }
    }
}
