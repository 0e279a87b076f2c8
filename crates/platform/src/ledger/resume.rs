//! Finding the end of the log, and checking it before anything is put behind it.
//!
//! What the newest checkpoint covers is checked against its root by a few hashes; every record after
//! it is read. A log that does not verify is not continued.

use audit_chain::checkpoint::Checkpoint;
use audit_chain::note::{self, VerifierKey};
use audit_chain::record::Head;
use audit_chain::segment::{self, CheckOptions};
use audit_chain::tile::{self, Tile, Tiles};
use audit_chain::verify::{Finding, Kind, Severity};
use audit_chain::{Hash, merkle};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::follow::{Followed, Replaced, follow};
use super::{Error, LogDocument, Receipt, Result};
use crate::numbered::{Found, Numbered, Retry};
use crate::store::{Read, Store, StoreError};

/// How many segments are fetched at once.
const FETCH: usize = 8;

/// The log as it was found.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) head: Head,
    /// The tree over all its records.
    pub(super) tree: tile::Builder,
    /// How many records the newest checkpoint covers.
    pub(super) sealed: u64,
    /// Where the reading of all records began.
    pub(super) read_from: Head,
    /// Ids of events in records after that.
    pub(super) event_ids: Vec<(String, Hash, Receipt)>,
    /// Which keys were replaced after the checkpoint.
    pub(super) replaced: Vec<Replaced>,
}

/// Looks for the end of a log.
#[derive(Debug)]
pub(super) struct Resume<'a> {
    pub(super) store: &'a Store,
    pub(super) document: &'a LogDocument,
    pub(super) segments: &'a Numbered,
    pub(super) checkpoints: &'a Numbered,
    pub(super) retry: Retry,
    pub(super) versioned: bool,
    /// Whether checkpoints will be written.
    pub(super) seals: bool,
    /// Keys whose signature is enough.
    pub(super) trusted: Vec<VerifierKey>,
}

/// Where a hint says that the end is.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Hint {
    /// How many records there were.
    pub(super) size: u64,
    /// How many of them a checkpoint covered.
    pub(super) checkpoint: u64,
}

/// Where the hint lies.
pub(super) const HINT: &str = "hint/head";

impl Resume<'_> {
    pub(super) async fn run(&self) -> Result<Resumed> {
        // Whatever it says: it only says where to begin to look.
        let hint = self.store.get(HINT).await.ok();
        let hint = hint.and_then(|it| serde_json::from_slice::<Hint>(&it.body).ok());
        let checkpoint = self.checkpoint(hint.unwrap_or_default()).await?;
        let sealed = checkpoint.as_ref().map_or(0, |it| it.size);
        let start = match &checkpoint {
            Some(checkpoint) => self.at(checkpoint).await?,
            None => None,
        };
        // Without tiles every record is read; the checkpoint is compared on the way.
        let start = start.unwrap_or_else(|| (Head::default(), tile::Builder::new()));
        let (head, tree) = start;
        let (event_ids, replaced) = (Vec::new(), Vec::new());
        let resumed = Resumed { head, tree, sealed, read_from: head, event_ids, replaced };
        self.rest(resumed, checkpoint.as_ref()).await
    }

    /// The newest checkpoint.
    async fn checkpoint(&self, hint: Hint) -> Result<Option<Checkpoint>> {
        let act = "find the newest checkpoint";
        let last = self.checkpoints.last(hint.checkpoint).await.map_err(Error::store(act))?;
        let Some(number) = last else { return Ok(None) };
        let found = self.read(self.checkpoints, number).await.map_err(Error::store(act))?;
        let key = format!("ckpt/{number:020}");
        let bad = |kind: Kind, message: String| {
            Error::poisoned(Finding::new(kind, message).of(key.clone()))
        };
        let Some(Found { body, .. }) = found else {
            let message = "the newest checkpoint is listed and cannot be read";
            return Err(bad(Kind::BadCheckpoint, message.to_owned()));
        };
        let checkpoint = self.opened(&body).map_err(|error| {
            let kind = match error {
                audit_chain::Error::NoteUnsigned => Kind::KeyMismatch,
                _ => Kind::BadCheckpoint,
            };
            bad(kind, format!("the newest checkpoint cannot be believed: {error}"))
        })?;
        if checkpoint.size != number || checkpoint.origin != self.document.origin {
            let message = "the newest checkpoint is of another log or another size";
            return Err(bad(Kind::BadCheckpoint, message.to_owned()));
        }
        Ok(Some(checkpoint))
    }

    /// Reads a checkpoint and verifies who signed it. The keys in the log's document come from the
    /// store as everything else, so that they did not sign proves nothing: others may have taken
    /// over.
    fn opened(&self, body: &[u8]) -> audit_chain::Result<Checkpoint> {
        let known = [&self.trusted[..], &self.document.verifier_keys[..]].concat();
        let mut keys: Vec<VerifierKey> = Vec::new();
        for key in known {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let opened = Checkpoint::open(body, &keys);
        match opened {
            Err(audit_chain::Error::NoteUnsigned) if self.trusted.is_empty() => {
                let text = String::from_utf8_lossy(body);
                let text = text.split_once("\n\n").map_or("", |(text, _)| text);
                Checkpoint::parse(&format!("{text}\n"))
            }
            opened => {
                let (checkpoint, note) = opened?;
                let trusted = |signed: &note::Signature| {
                    let fits =
                        |key: &VerifierKey| key.name() == signed.name && key.id() == signed.id;
                    self.trusted.iter().any(fits)
                };
                match self.trusted.is_empty() || note.verified.iter().any(trusted) {
                    true => Ok(checkpoint),
                    false => Err(audit_chain::Error::NoteUnsigned),
                }
            }
        }
    }

    /// Head and tree at the checkpoint; `None` if the tiles cannot be used and all has to be read.
    async fn at(&self, checkpoint: &Checkpoint) -> Result<Option<(Head, tile::Builder)>> {
        let size = checkpoint.size;
        let (bundle, edge) = tile::right_edge(size);
        let act = "read the tiles of the newest checkpoint";
        let bundle = match bundle {
            Some(bundle) => self.plain(&bundle.path()).await.map_err(Error::store(act))?,
            None => None,
        };
        let bundle = bundle.map(|it| it.body).unwrap_or_default();
        // The last leaf, to know that the last record is the one that the root covers.
        let Some(leaf) = size.checked_sub(1) else { return Ok(None) };
        let proving = tile::for_inclusion(leaf, size).unwrap_or_default();
        let tiles = self.tiles(edge.into_iter().chain(proving)).await.map_err(Error::store(act))?;
        let Ok(tree) = tile::Builder::resume(size, &bundle, &tiles) else { return Ok(None) };
        let Ok(proof) = merkle::inclusion(leaf, size, &tiles) else { return Ok(None) };
        if tree.root() != checkpoint.root {
            return Ok(None);
        }
        let last = self.last_before(size).await?;
        let leaf_hash = merkle::leaf_hash(&last.0);
        let proved = merkle::verify_inclusion(leaf, size, leaf_hash, &proof, checkpoint.root);
        match proved {
            Ok(()) => Ok(Some((Head { size, last_hash: Some(last) }, tree))),
            // Either the tiles are spoiled or the record: reading all tells.
            Err(_) => Ok(None),
        }
    }

    async fn tiles(&self, places: impl Iterator<Item = Tile>) -> Result<Tiles, StoreError> {
        let mut tiles = Tiles::default();
        for place in places {
            if tiles.get(place).is_none()
                && let Some(read) = self.plain(&place.path()).await?
            {
                // A spoiled tile is as good as none.
                let _ = tiles.insert(place, &read.body);
            }
        }
        Ok(tiles)
    }

    /// What a plain read gives.
    async fn plain(&self, key: &str) -> Result<Option<Read>, StoreError> {
        let mut pauses = self.retry.pauses();
        loop {
            let read = self.store.get_if_there(key).await;
            if !pauses.again_after(&read).await {
                return read;
            }
        }
    }

    /// The hash of the last record of a log with `size` records, from its segment.
    async fn last_before(&self, size: u64) -> Result<Hash> {
        let act = "find the last segment under the newest checkpoint";
        let first = size.saturating_sub(self.document.max_segment_records);
        let numbers = self.segments.list_from(first);
        let before = numbers.try_take_while(|it| std::future::ready(Ok(it.number < size)));
        let before: Vec<_> = before.try_collect().await.map_err(Error::store(act))?;
        let truncated = || {
            let message = "the last records under the newest checkpoint are missing";
            Error::poisoned(Finding::new(Kind::Truncated, message).at(size - 1))
        };
        let number = before.last().ok_or_else(truncated)?.number;
        let found = self.read(self.segments, number).await.map_err(Error::store(act))?;
        let body = found.ok_or_else(truncated)?.body;
        let options = CheckOptions { log_id: Some(&self.document.log_id), split_at: &[] };
        let checked = segment::check(number, &body, &options);
        let bad = checked.findings.into_iter().find(|it| it.severity() == Severity::Tampered);
        if let Some(finding) = bad {
            return Err(Error::poisoned(finding.of(format!("seg/{number:020}"))));
        }
        match checked.last_hash {
            Some(last) if number + checked.records == size => Ok(last),
            _ => Err(truncated()),
        }
    }

    /// Follows the log to its end.
    async fn rest(&self, mut resumed: Resumed, checkpoint: Option<&Checkpoint>) -> Result<Resumed> {
        let act = "read the end of the log";
        loop {
            let numbers = self.segments.list_from(resumed.head.size);
            let bodies = numbers
                .map_ok(
                    |it| async move { Ok((it.number, self.read(self.segments, it.number).await?)) },
                )
                .try_buffered(FETCH);
            let mut bodies = std::pin::pin!(bodies);
            while let Some(next) = bodies.next().await {
                let (number, found) = next.map_err(Error::store(act))?;
                let Some(Found { body, .. }) = found else {
                    let message = "the segment was listed and is not there";
                    let finding = Finding::new(Kind::Gap, message).at(number);
                    return Err(Error::poisoned(finding.of(format!("seg/{number:020}"))));
                };
                // A listing is no picture of one moment: it may hold a segment that was written
                // while it was made, and not the one before. Asked for by its key, that is there.
                while number > resumed.head.size {
                    let size = resumed.head.size;
                    let unlisted = self.read(self.segments, size).await;
                    let Some(Found { body, .. }) = unlisted.map_err(Error::store(act))? else {
                        return Err(self.gap(size, number).await?);
                    };
                    self.take(&mut resumed, body, checkpoint).await?;
                }
                if number < resumed.head.size {
                    continue;
                }
                self.take(&mut resumed, body, checkpoint).await?;
            }
            if !self.versioned {
                break;
            }
            // What a delete marker hides is not listed.
            let size = resumed.head.size;
            let hidden = self.segments.get_oldest(size).await.map_err(Error::store(act))?;
            let Some(hidden) = hidden else { break };
            let plain = self.plain(&format!("seg/{size:020}")).await;
            if plain.map_err(Error::store(act))?.is_none() {
                return Err(Error::poisoned(marked(size)));
            }
            // Somebody has just written it.
            self.take(&mut resumed, hidden.body, checkpoint).await?;
        }
        match checkpoint {
            Some(checkpoint) if resumed.head.size < checkpoint.size => {
                let message = "the log ends before its newest checkpoint";
                let finding = Finding::new(Kind::Truncated, message)
                    .instead(checkpoint.size, resumed.head.size);
                Err(Error::poisoned(finding.at(resumed.head.size)))
            }
            _ => Ok(resumed),
        }
    }

    async fn take(
        &self,
        resumed: &mut Resumed,
        body: bytes::Bytes,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<()> {
        let number = resumed.head.size;
        let key = format!("seg/{number:020}");
        let most = self.document.max_segment_records;
        let followed = follow(resumed.head, body, &self.document.log_id, most, key).await;
        let Followed { head, hashes, event_ids, replaced } =
            followed.map_err(|finding| Error::poisoned(*finding))?;
        for hash in hashes {
            resumed.tree.append(hash);
            if let Some(checkpoint) = checkpoint
                && checkpoint.size == resumed.tree.size()
                && checkpoint.root != resumed.tree.root()
            {
                let message = "the newest checkpoint is not of these records";
                let finding = Finding::new(Kind::BadCheckpoint, message)
                    .of(format!("ckpt/{:020}", checkpoint.size))
                    .instead(checkpoint.root, resumed.tree.root());
                return Err(Error::poisoned(finding));
            }
        }
        if !self.seals {
            // Nobody will ask for the tiles.
            resumed.tree.seal();
        }
        resumed.head = head;
        resumed.event_ids.extend(event_ids);
        resumed.replaced.extend(replaced);
        Ok(())
    }

    async fn gap(&self, size: u64, next: u64) -> Result<Error> {
        let act = "look behind a delete marker";
        let hidden = match self.versioned {
            true => self.segments.get_oldest(size).await.map_err(Error::store(act))?,
            false => None,
        };
        Ok(Error::poisoned(match hidden {
            Some(_) => marked(size),
            None => Finding::new(Kind::Gap, "there is no segment with these records")
                .between(size, next - 1)
                .of(format!("seg/{size:020}")),
        }))
    }

    /// What counts under a number, for somebody who does not trust the store.
    async fn read(&self, numbers: &Numbered, number: u64) -> Result<Option<Found>, StoreError> {
        let numbers = numbers.clone().with_retry(self.retry);
        match self.versioned {
            true => numbers.get_oldest(number).await,
            false => numbers.get(number).await,
        }
    }
}

fn marked(size: u64) -> Finding {
    Finding::new(Kind::DeleteMarker, "a delete marker hides the segment")
        .at(size)
        .of(format!("seg/{size:020}"))
}
