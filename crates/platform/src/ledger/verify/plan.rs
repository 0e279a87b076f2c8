//! What is to be fetched, in order: segments, each with the checkpoints up to its end.

use std::ops::Range;

use audit_chain::tile::WIDTH;
use audit_chain::verify::{Finding, Kind};
use futures_util::stream::{self, BoxStream, Peekable, Stream, StreamExt as _};

use super::cosignatures::Cosignatures;
use crate::ledger::objects::{self, Stored, Versions};
use crate::store::{Store, StoreError};

/// How long the last segment may be if nothing else says so.
const MOST_RECORDS: u64 = 1 << 20;

/// How many checkpoints are taken at once where no segment comes with them.
const AT_ONCE: usize = 64;

/// How many tiles are read with a segment, at most: those of 65,536 records.
const MOST_TILES: u64 = 256;

/// Bytes of a full tile of leaves and of its bundle of entries.
const TILE_BYTES: u64 = WIDTH * (32 + 34);

pub(super) type Listing = BoxStream<'static, Result<Stored, StoreError>>;

/// Walks the listings of segments and of checkpoints side by side.
pub(super) struct Plan {
    segments: Numbered,
    checkpoints: Numbered,
    cosignatures: Cosignatures,
    most_records: u64,
    /// Other sizes at which a root is asked for, in order.
    asked: Vec<u64>,
    /// The first record of the segment that was planned last.
    at: Option<u64>,
}

/// What is fetched together.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) segment: Option<(u64, Stored)>,
    /// Those of sizes up to the next segment.
    pub(super) checkpoints: Vec<(u64, Stored)>,
    /// The word of witnesses about checkpoints of these sizes.
    pub(super) cosignatures: Vec<(u64, Stored)>,
    /// Where the tree has to be known within the segment.
    pub(super) split_at: Vec<u64>,
    /// The full tiles of leaves (by index) that lie within the segment and should be there.
    pub(super) tiles: Range<u64>,
    /// What was found while listing.
    pub(super) findings: Vec<Finding>,
}

impl Work {
    pub(super) fn size_bytes(&self) -> u64 {
        let (segment, checkpoints) = (self.segment.iter(), self.checkpoints.iter());
        let sizes = segment.chain(checkpoints).flat_map(|(_, stored)| &stored.oldest);
        let tiles = self.tiles.end.saturating_sub(self.tiles.start) * TILE_BYTES;
        sizes.map(|entry| entry.size_bytes).sum::<u64>() + tiles
    }
}

impl Plan {
    pub(super) fn new(
        store: &Store,
        versions: Versions,
        most_records: Option<u64>,
        asked: Vec<u64>,
    ) -> Self {
        Self {
            segments: Numbered::new(store, "seg/", versions),
            checkpoints: Numbered::new(store, "ckpt/", versions),
            cosignatures: Cosignatures::new(store, versions),
            most_records: most_records.unwrap_or(MOST_RECORDS),
            asked,
            at: None,
        }
    }

    /// All of it.
    pub(super) fn works(self) -> impl Stream<Item = Work> {
        stream::unfold(self, |mut plan| async move { Some((plan.next().await?, plan)) })
    }

    async fn next(&mut self) -> Option<Work> {
        let mut work = Work::default();
        work.segment = self.segments.next(&mut work.findings).await;
        let end = match &work.segment {
            None => u64::MAX,
            Some((first, _)) => {
                let next = self.segments.peek(&mut work.findings).await;
                next.unwrap_or_else(|| first.saturating_add(self.most_records))
            }
        };
        while let Some(size) = self.checkpoints.peek(&mut work.findings).await {
            let full = work.segment.is_none() && work.checkpoints.len() >= AT_ONCE;
            if size > end || full {
                break;
            }
            work.checkpoints.extend(self.checkpoints.next(&mut work.findings).await);
        }
        // Whatever is kept for a size that is passed over belongs to a checkpoint that is not there.
        let up_to = match (self.checkpoints.peek(&mut work.findings).await, work.checkpoints.last())
        {
            (Some(_), None) => None,
            (Some(_), Some((size, _))) => Some(*size),
            (None, _) => Some(u64::MAX),
        };
        if let Some(size) = up_to {
            work.cosignatures = self.cosignatures.up_to(size, &mut work.findings).await;
        }
        if let Some((first, _)) = &work.segment {
            let inside = |size: &u64| first < size && *size <= end;
            let sizes = work.checkpoints.iter().map(|(size, _)| *size);
            let asked = self.asked.partition_point(|size| size <= first);
            let asked = self.asked[asked..].iter().copied().take_while(|size| *size <= end);
            work.split_at = sizes.filter(inside).chain(asked).collect();
            work.split_at.sort_unstable();
            work.split_at.dedup();
            // Tiles are written with a checkpoint.
            let sealed = match self.checkpoints.peek(&mut work.findings).await {
                Some(later) => later.min(end),
                None => work.checkpoints.last().map_or(0, |(size, _)| *size),
            };
            let tiles = first.div_ceil(WIDTH)..sealed / WIDTH;
            work.tiles = tiles.start..tiles.end.min(tiles.start + MOST_TILES);
            self.at = Some(*first);
        }
        let nothing =
            work.segment.is_none() && work.checkpoints.is_empty() && work.cosignatures.is_empty();
        (!nothing || !work.findings.is_empty()).then_some(work)
    }
}

/// A listing of numbered objects; everything else under the prefix is a finding.
struct Numbered {
    prefix: &'static str,
    listing: Peekable<Listing>,
    ahead: Option<(u64, Stored)>,
    ended: bool,
}

impl Numbered {
    fn new(store: &Store, prefix: &'static str, versions: Versions) -> Self {
        let listing = objects::under(store, prefix, versions).peekable();
        Self { prefix, listing, ahead: None, ended: false }
    }

    async fn peek(&mut self, findings: &mut Vec<Finding>) -> Option<u64> {
        if self.ahead.is_none() {
            self.ahead = self.advance(findings).await;
        }
        self.ahead.as_ref().map(|(number, _)| *number)
    }

    async fn next(&mut self, findings: &mut Vec<Finding>) -> Option<(u64, Stored)> {
        match self.ahead.take() {
            Some(ahead) => Some(ahead),
            None => self.advance(findings).await,
        }
    }

    async fn advance(&mut self, findings: &mut Vec<Finding>) -> Option<(u64, Stored)> {
        while !self.ended {
            match self.listing.next().await {
                None => self.ended = true,
                Some(Ok(stored)) => match objects::number(self.prefix, &stored.key) {
                    Some(number) => return Some((number, stored)),
                    None => {
                        let message = "its key is not a number of twenty digits";
                        findings.push(Finding::new(Kind::Malformed, message).of(stored.key));
                        // One at a time: what is found is handed on before it becomes much.
                        if findings.len() > AT_ONCE {
                            findings.truncate(AT_ONCE);
                        }
                    }
                },
                Some(Err(error)) => {
                    let message =
                        format!("not everything could be listed: {}", super::said(&error));
                    findings.push(Finding::new(Kind::CouldNotCheck, message).of(self.prefix));
                    self.ended = true;
                }
            }
        }
        None
    }
}
