//! The one task that writes checkpoints.
//!
//! Tiles first, then the checkpoint that speaks of them: whoever finds a checkpoint finds its tiles.

use std::sync::Arc;

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::note::Signer;
use audit_chain::tile::{self, Written};
use audit_chain::verify::{Finding, Kind};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::follow::Replaced;
use super::options::CheckpointEvery;
use super::resume::{HINT, Hint};
use super::writer::Shared;
use super::{Error, Result, measure};
use crate::numbered::{Numbered, Outcome, WriteOnce};
use crate::store::{Key, Put, Store, StoreError};

/// How many tiles are written at once.
const WRITE: usize = 16;

/// What the task is told.
#[derive(Debug)]
pub(super) enum ToSealer {
    /// Records were stored, after those it knows.
    Stored {
        /// Their hashes.
        hashes: Vec<Hash>,
        /// Which keys they say were replaced.
        replaced: Vec<Replaced>,
    },
    /// A checkpoint is wanted now, over all that was stored before.
    Seal(oneshot::Sender<Result<Option<Checkpoint>>>),
}

/// A key that signs as soon as a record that says so is in the log. Whether its record was stored may
/// be unknown for a while; until then the key before it signs.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) old_key: String,
    pub(super) signer: Arc<Signer>,
}

impl Offer {
    pub(super) fn replaced(&self) -> Replaced {
        let new_key = self.signer.verifier_key().to_string();
        Replaced { old_key: self.old_key.clone(), new_key }
    }
}

/// Writes checkpoints.
pub(super) struct Sealer {
    pub(super) shared: Arc<Shared>,
    pub(super) store: Store,
    pub(super) origin: String,
    pub(super) checkpoints: Numbered,
    /// For tiles: they are derived, so that no version of them is better than another.
    pub(super) tiles: WriteOnce,
    pub(super) tree: tile::Builder,
    /// The key before, until a checkpoint is signed by both.
    pub(super) signer_before: Option<Arc<Signer>>,
    /// The key that signs since the log said so, which we do not have.
    pub(super) replaced_by: Option<String>,
    pub(super) every: CheckpointEvery,
    /// How many records the newest checkpoint covers.
    pub(super) sealed: u64,
    pub(super) last: Option<Checkpoint>,
    /// When a checkpoint is due, if one is.
    pub(super) due: Option<Instant>,
}

impl Sealer {
    /// Works until nobody can tell it anything any more, and then seals what is left; gives the newest
    /// checkpoint.
    pub(super) async fn run(
        mut self,
        mut told: mpsc::UnboundedReceiver<ToSealer>,
    ) -> Result<Option<Checkpoint>> {
        self.plan();
        loop {
            let due = self.due;
            let message = tokio::select! {
                message = told.recv() => message,
                () = at(due) => {
                    // It is said in the metrics, and tried again.
                    let _ = self.seal().await;
                    continue;
                }
            };
            match message {
                Some(ToSealer::Stored { hashes, replaced }) => {
                    self.tree.extend(&hashes);
                    for replaced in replaced {
                        self.replace(&replaced);
                    }
                    if self.shared.signer().is_none() {
                        // Nobody will ask for the tiles.
                        self.tree.seal();
                    }
                    self.plan();
                }
                Some(ToSealer::Seal(reply)) => {
                    let _ = reply.send(self.seal().await);
                }
                None => break,
            }
        }
        let signs = self.shared.signer().is_some();
        let sealed = match signs {
            true => self.seal().await,
            false => Ok(None),
        };
        self.hint().await;
        sealed
    }

    /// The log says that another key signs from here on. If that is about ours, we sign with the next
    /// one, or not at all if it was not given to us.
    fn replace(&mut self, replaced: &Replaced) {
        let mut signer = self.shared.signer();
        let ours =
            signer.as_ref().is_some_and(|it| it.verifier_key().to_string() == replaced.old_key);
        if !ours {
            return;
        }
        let offer = self.shared.offer().take_if(|offer| offer.replaced() == *replaced);
        let before = match offer {
            Some(offer) => signer.replace(offer.signer),
            None => signer.take(),
        };
        if signer.is_some() {
            self.signer_before = before;
        } else {
            self.replaced_by = Some(replaced.new_key.clone());
        }
    }

    /// Decides when the next checkpoint is due.
    fn plan(&mut self) {
        let unsealed = self.tree.size().saturating_sub(self.sealed);
        measure::unsealed(unsealed);
        if self.shared.signer().is_none() || unsealed == 0 {
            self.due = None;
        } else if unsealed >= self.every.records && self.due.is_none_or(|due| due > Instant::now())
        {
            self.due = Some(Instant::now());
        } else if self.due.is_none() {
            self.due = Some(Instant::now() + self.every.time);
        }
    }

    /// Writes a checkpoint over all records, unless there is one.
    async fn seal(&mut self) -> Result<Option<Checkpoint>> {
        let sealed = self.try_seal().await;
        match &sealed {
            Ok(_) => {
                self.due = None;
                self.plan();
            }
            Err(error) => {
                measure::seal_failed();
                // Not again at once.
                self.due = Some(Instant::now() + self.every.time);
                if let Error::Poisoned { .. } = error {
                    self.due = None;
                    self.shared.queue.shut_for(error.clone());
                }
            }
        }
        sealed
    }

    async fn try_seal(&mut self) -> Result<Option<Checkpoint>> {
        let signer = self.shared.signer().clone();
        let signer = signer.ok_or_else(|| match self.replaced_by.clone() {
            Some(new_key) => Error::KeyReplaced { new_key },
            None => Error::NoSigner,
        })?;
        if let Some(error @ Error::Poisoned { .. }) = self.shared.queue.shut() {
            return Err(error);
        }
        let size = self.tree.size();
        if size == 0 || (size == self.sealed && self.signer_before.is_none()) {
            return Ok(self.last.clone());
        }
        // The files are given once, so they are taken from a copy until they are all written.
        let mut tree = self.tree.clone();
        let (mut full, mut partial) = (Vec::new(), Vec::new());
        for file in tree.seal() {
            if file.full { full.push(file) } else { partial.push(file) }
        }
        let act = "write the tiles of a checkpoint";
        let this = &*self;
        let writes = full.into_iter().map(|file| this.write_tile(file));
        stream::iter(writes).buffer_unordered(WRITE).try_collect::<()>().await?;
        for file in partial {
            // It may be there already, from a checkpoint that failed or from another writer.
            let plain = Put::default().typed("application/octet-stream");
            let mut pauses = self.shared.retry.pauses();
            loop {
                let answer = self.store.put(&file.path, file.body.clone(), &plain).await;
                if !pauses.again_after(&answer).await {
                    answer.map_err(Error::store(act))?;
                    break;
                }
            }
        }
        let checkpoint = Checkpoint { origin: self.origin.clone(), size, root: self.tree.root() };
        let mut signers = vec![&*signer];
        signers.extend(self.signer_before.as_deref());
        let note = checkpoint.sign(&signers).map_err(|error| Error::OptionsInvalid {
            reason: format!("a checkpoint cannot be signed: {error}"),
        })?;
        let ours = self.write_checkpoint(&checkpoint, note).await?;
        self.tree = tree;
        if ours {
            self.signer_before = None;
        }
        self.sealed = size;
        self.last = Some(checkpoint.clone());
        measure::checkpoint(self.shared.clock.now());
        self.hint().await;
        Ok(Some(checkpoint))
    }

    async fn write_tile(&self, file: Written) -> Result<()> {
        let key = Key::new(&file.path).map_err(Error::store("name a tile"))?;
        let put = Put::absent().typed("application/octet-stream");
        let outcome = self.tiles.put(&key, Bytes::from(file.body), |_| false, &put).await;
        match outcome.map_err(Error::write("write the tiles of a checkpoint"))? {
            Outcome::Won { .. } => Ok(()),
            Outcome::Lost { .. } => {
                let message = "there is another tile than the one of these records";
                Err(Error::poisoned(Finding::new(Kind::ContentAltered, message).of(file.path)))
            }
        }
    }

    /// Whether the note that counts now is this one: another writer may have sealed the same records
    /// with a key of its own.
    async fn write_checkpoint(&self, checkpoint: &Checkpoint, note: String) -> Result<bool> {
        let key = format!("ckpt/{:020}", checkpoint.size);
        let put = Put::absent().typed("text/plain; charset=utf-8");
        let put = put.locked(self.shared.lock_longest());
        let body = Bytes::from(note);
        let outcome = self.checkpoints.put(checkpoint.size, body, |_| false, &put).await;
        let body = match outcome {
            Ok(Outcome::Won { .. }) => return Ok(true),
            Ok(Outcome::Lost { body, .. }) => body,
            Err(error) => return Err(Error::write("write a checkpoint")(error)),
        };
        // Another writer sealed the same records, perhaps with another key.
        let text = String::from_utf8_lossy(&body);
        let text = text.split_once("\n\n").map_or("", |(text, _)| text);
        let finding = match Checkpoint::parse(&format!("{text}\n")) {
            Ok(theirs) if theirs == *checkpoint => return Ok(false),
            Ok(theirs) => {
                let message = "there is a checkpoint with another root at this size";
                Finding::new(Kind::InconsistentCheckpoints, message)
                    .instead(checkpoint.root, theirs.root)
            }
            Err(error) => Finding::new(Kind::BadCheckpoint, error.to_string()),
        };
        Err(Error::poisoned(finding.of(key)))
    }

    /// Says where the end is, to whoever cares to believe it. That it fails harms nobody.
    async fn hint(&self) {
        if self.tree.size() == 0 || !self.shared.hints {
            return;
        }
        let hint = Hint { size: self.shared.head().size, checkpoint: self.sealed };
        let body = serde_json::to_vec(&hint).expect("two numbers can be written");
        let put = Put::default().typed("application/json");
        let _: Result<_, StoreError> = self.store.put(HINT, body, &put).await;
    }
}

/// Waits for the moment, or for ever.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
