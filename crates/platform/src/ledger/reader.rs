//! Looking things up in a log with few reads.

use std::collections::VecDeque;

use audit_chain::checkpoint::Checkpoint;
use audit_chain::keyring::Keyring;
use audit_chain::lanes::folder;
use audit_chain::note::{self, MAX_SIGNATURES};
use audit_chain::tile::{Bundle, Tile, Tiles, WIDTH};
use audit_chain::verify::{Finding, Kind};
use audit_chain::{Hash, segment};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::document::{self, LogDocument};
use super::lanes::{self, LanesDocument};
use super::objects::{self, patiently};
use super::read_error::ReadError;
use crate::numbered::{Numbered, WriteOnce};
use crate::store::{Conditions, Key, Store, StoreError, StoreErrorKind};

/// How many small objects are on their way at a time.
const IN_FLIGHT: usize = 16;

/// How many checkpoints are looked at to find one that enough witnesses have signed.
const MOST_WITNESSED: usize = 64;

/// The shortest stretch of numbers in which a segment is looked for: one page of a listing.
const STRETCH: u64 = 1000;

/// A log that is read here and there.
pub(super) struct Reader {
    pub(super) store: Store,
    pub(super) document: LogDocument,
    /// As it is stored.
    pub(super) document_bytes: Bytes,
    segments: Numbered,
    checkpoints: Numbered,
}

/// A checkpoint as it is stored. Who signed it was not looked at.
pub(super) struct Sealed {
    pub(super) checkpoint: Checkpoint,
    pub(super) note: String,
}

impl Reader {
    pub(super) async fn open(store: &Store) -> Result<Self, ReadError> {
        let read = async || oldest(store, document::KEY).await;
        let body =
            patiently(read).await.map_err(ReadError::store("read the document of the log"))?;
        let Some(body) = body else { return Err(no_log(store).await) };
        let document = LogDocument::read(&body).map_err(|reason| {
            ReadError::unsound(Finding::new(Kind::Malformed, reason).of(document::KEY))
        })?;
        let numbered = |prefix| Numbered::new(store.clone(), prefix, document.conditions);
        let (segments, checkpoints) = (numbered("seg/"), numbered("ckpt/"));
        Ok(Self { store: store.clone(), document, document_bytes: body, segments, checkpoints })
    }

    /// The newest checkpoint.
    pub(super) async fn newest(&self) -> Result<Sealed, ReadError> {
        let failed = "find the newest checkpoint";
        let hint = self.hint().await;
        let size = self.checkpoints.last(hint).await.map_err(ReadError::store(failed))?;
        let size = size.ok_or(ReadError::NoCheckpoint)?;
        self.checkpoint(size).await
    }

    /// The checkpoint of this size.
    pub(super) async fn checkpoint(&self, size: u64) -> Result<Sealed, ReadError> {
        let found = self.checkpoints.get_oldest(size).await;
        let found = found.map_err(ReadError::store("read a checkpoint"))?;
        let body = found.ok_or(ReadError::NoCheckpoint)?.body;
        let bad = |reason: String| {
            let finding = Finding::new(Kind::BadCheckpoint, reason);
            ReadError::unsound(finding.of(format!("ckpt/{size:020}")))
        };
        let note = String::from_utf8(body.to_vec()).map_err(|error| bad(error.to_string()))?;
        let end = note.rfind("\n\n").ok_or_else(|| bad("it is not a signed note".to_owned()))?;
        let checkpoint =
            Checkpoint::parse(&note[..=end]).map_err(|error| bad(error.to_string()))?;
        if checkpoint.size != size || checkpoint.origin != self.document.origin {
            return Err(bad("it is of another size or another log than its key says".to_owned()));
        }
        Ok(Sealed { checkpoint, note })
    }

    /// The checkpoint with everything that witnesses said about it. Nothing is verified.
    pub(super) async fn cosigned(&self, sealed: Sealed) -> Result<Sealed, ReadError> {
        let failed = || ReadError::store("read the cosignatures");
        let prefix = format!("cosig/{:020}/", sealed.checkpoint.size);
        let mut listing = self.store.list_all(&prefix, None).take(MAX_SIGNATURES);
        let Sealed { checkpoint, mut note } = sealed;
        while let Some(entry) = listing.next().await {
            let key = entry.map_err(failed())?.key;
            let body = patiently(async || oldest(&self.store, key.as_str()).await).await;
            let Some(body) = body.map_err(failed())? else { continue };
            // What somebody put there that is no note about this text is nobody's word.
            if let Ok(joined) = note::join(&[note.as_bytes(), &body]) {
                note = joined;
            }
        }
        Ok(Sealed { checkpoint, note })
    }

    /// The newest checkpoint of more than `seq` records that the keyring answers for, with the word
    /// of witnesses.
    pub(super) async fn trusted(&self, keyring: &Keyring, seq: u64) -> Result<Sealed, ReadError> {
        let newest = self.newest().await?;
        let newest = self.cosigned(newest).await?;
        let refused = match keyring.verify(&newest.note) {
            Ok(_) => return Ok(newest),
            Err(error) => error,
        };
        if matches!(refused, audit_chain::Error::WitnessesMissing { .. }) {
            for size in self.witnessed_after(seq).await?.into_iter().rev() {
                let sealed = self.cosigned(self.checkpoint(size).await?).await?;
                if keyring.verify(&sealed.note).is_ok() {
                    return Ok(sealed);
                }
            }
        }
        Err(ReadError::Untrusted { size: newest.checkpoint.size, source: refused })
    }

    /// The largest sizes above `seq` of checkpoints that witnesses have signed, in order.
    async fn witnessed_after(&self, seq: u64) -> Result<VecDeque<u64>, ReadError> {
        let after = format!("cosig/{seq:020}0");
        let mut listing = self.store.list_all("cosig/", Some(&after));
        let mut sizes = VecDeque::new();
        while let Some(entry) = listing.next().await {
            let key = entry.map_err(ReadError::store("list the cosignatures"))?.key;
            let size = key.as_str().strip_prefix("cosig/").and_then(|key| key.split_once('/'));
            let size = size.and_then(|(size, _)| objects::number("", size));
            if let Some(size) = size.filter(|size| sizes.back() != Some(size)) {
                sizes.push_back(size);
            }
            if sizes.len() > MOST_WITNESSED {
                sizes.pop_front();
            }
        }
        Ok(sizes)
    }

    /// Where the newest checkpoint was last seen. Nothing depends on it but how long it takes.
    async fn hint(&self) -> u64 {
        let Ok(Some(read)) = self.store.get_if_there("hint/head").await else { return 0 };
        let hint: Option<serde_json::Value> = serde_json::from_slice(&read.body).ok();
        let size = hint.and_then(|hint| hint.get("checkpoint")?.as_u64());
        size.unwrap_or_default()
    }

    /// The tiles, each read once. For a partial one that is gone the full one will do.
    pub(super) async fn tiles(&self, wanted: &[Tile]) -> Result<Tiles, ReadError> {
        let reads = stream::iter(wanted.to_vec()).map(async |tile| (tile, self.tile(tile).await));
        let read: Vec<_> = reads.buffered(IN_FLIGHT).collect().await;
        let mut tiles = Tiles::default();
        for (tile, body) in read {
            let body = body?;
            let body = body.get(..tile.size_bytes()).unwrap_or(&body);
            let unusable = |error: audit_chain::Error| {
                let finding = Finding::new(Kind::Malformed, error.to_string());
                ReadError::unsound(finding.of(tile.path()))
            };
            tiles.insert(tile, body).map_err(unusable)?;
        }
        Ok(tiles)
    }

    /// One tile; a full one in its place is longer.
    pub(super) async fn tile(&self, tile: Tile) -> Result<Bytes, ReadError> {
        for path in [tile.path(), tile.full().path()] {
            if let Some(body) = self.current(&path, "read a tile").await? {
                return Ok(body);
            }
        }
        Err(ReadError::TileMissing { path: tile.path() })
    }

    /// The hashes of the records in one bundle of a tree of `size`; for a partial one that is gone
    /// the full one will do.
    pub(super) async fn entries(&self, index: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        let none = || ReadError::NoSuchRecord { seq: index.saturating_mul(WIDTH) };
        let bundle = Bundle::of(index, size).ok_or_else(none)?;
        for path in [bundle.path(), bundle.full().path()] {
            if let Some(body) = self.current(&path, "read entries of the tree").await? {
                return bundle.decode(&body).map_err(|error| {
                    ReadError::unsound(Finding::new(Kind::Malformed, error.to_string()).of(path))
                });
            }
        }
        Err(ReadError::TileMissing { path: bundle.path() })
    }

    /// What a plain read gives, if there is anything.
    pub(super) async fn current(
        &self,
        key: &str,
        act: &'static str,
    ) -> Result<Option<Bytes>, ReadError> {
        let read = patiently(async || self.store.get_if_there(key).await).await;
        Ok(read.map_err(ReadError::store(act))?.map(|read| read.body))
    }

    /// The number of the segment that has to hold the record, if there is one before it at all.
    ///
    /// Stores list forwards only. So a stretch before the record is listed, and one that reaches
    /// twice as far back if that was empty, up to the longest segment this log may have.
    pub(super) async fn segment_of(&self, seq: u64) -> Result<Option<u64>, ReadError> {
        let mut stretch = STRETCH;
        loop {
            let first = seq.saturating_sub(stretch - 1);
            let listed = self.segments.list_from(first);
            let listed = listed.take_while(|entry| {
                let past = entry.as_ref().is_ok_and(|entry| entry.number > seq);
                std::future::ready(!past)
            });
            let mut listed = std::pin::pin!(listed);
            let mut found = None;
            while let Some(entry) = listed.next().await {
                found = Some(entry.map_err(ReadError::store("find a segment"))?.number);
            }
            if found.is_some() || first == 0 || stretch >= self.document.max_segment_records {
                return Ok(found);
            }
            stretch = (stretch * 2).min(self.document.max_segment_records);
        }
    }

    /// The numbers of the segments from this one on, in order.
    pub(super) fn segment_numbers(
        &self,
        from: u64,
    ) -> impl futures_util::Stream<Item = Result<u64, ReadError>> + '_ {
        let listed = self.segments.list_from(from);
        listed.map(|it| it.map(|it| it.number).map_err(ReadError::store("list the segments")))
    }

    /// The body that counts of the segment with this number.
    pub(super) async fn segment(&self, number: u64) -> Result<Option<Bytes>, ReadError> {
        let found = self.segments.get_oldest(number).await;
        Ok(found.map_err(ReadError::store("read a segment"))?.map(|found| found.body))
    }

    /// The line of a record, without its line feed; `None` if its body is not there (any more).
    pub(super) async fn line(&self, seq: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(number) = self.segment_of(seq).await? else { return Ok(None) };
        let Some(body) = self.segment(number).await? else { return Ok(None) };
        let opened = segment::open(&body).map_err(|error| {
            let finding = Finding::new(Kind::Malformed, error.to_string());
            ReadError::unsound(finding.of(format!("seg/{number:020}")))
        })?;
        if opened.header.first_seq != number {
            let finding = Finding::new(Kind::Malformed, "it is the segment of another number");
            let finding = finding.instead(number, opened.header.first_seq);
            return Err(ReadError::unsound(finding.of(format!("seg/{number:020}"))));
        }
        Ok(opened.line(seq).map(<[u8]>::to_vec))
    }
}

/// There is no log; perhaps there are several.
async fn no_log(store: &Store) -> ReadError {
    let place = store.location();
    let place = place.trim_end_matches('/').to_owned();
    let read = patiently(async || oldest(store, lanes::document::KEY).await).await;
    let document = read.ok().flatten().and_then(|body| LanesDocument::read(&body).ok());
    match document.map(|document| document.lanes) {
        Some(lanes) => {
            let last = folder(lanes.saturating_sub(1));
            ReadError::HasLanes { place, lanes, last }
        }
        None => ReadError::NoLog { place: store.location() },
    }
}

/// What counts under a key that is written once: the oldest version. Where versions may not be
/// listed, the current one.
pub(super) async fn oldest(store: &Store, key: &str) -> Result<Option<Bytes>, StoreError> {
    // The mode does not matter for a read of the oldest.
    let once = WriteOnce::new(store.clone(), Conditions::OldestVersion);
    match once.get_oldest(&Key::new(key)?).await {
        Ok(found) => Ok(found.map(|found| found.body)),
        Err(error) if error.kind == StoreErrorKind::Denied => {
            let read = patiently(async || store.get_if_there(key).await).await?;
            Ok(read.map(|read| read.body))
        }
        Err(error) => Err(error),
    }
}
