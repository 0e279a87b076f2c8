//! A segment in the making.

use std::sync::Arc;

use audit_chain::record::Head;
use audit_chain::segment::{Builder, Compression, Segment};

use super::options::{Limits, Retention};
use super::queue::Waiting;
use super::{Error, Receipt, Result};

/// From this many bytes on, hashing and compressing is left to a thread that may be blocked.
const MUCH_BYTES: usize = 64 << 10;

/// Bodies that are shorter are stored as they are: a frame would hardly be smaller.
const COMPRESS_FROM_BYTES: usize = 1 << 10;

/// What all batches of a ledger have in common.
#[derive(Debug)]
pub(super) struct Mould {
    pub(super) log_id: String,
    pub(super) writer: Option<String>,
    pub(super) compression: Compression,
    pub(super) retention: Option<Retention>,
    pub(super) segment_records: u64,
    pub(super) segment_bytes: usize,
}

impl Mould {
    pub(super) fn new(
        log_id: String,
        options: &super::Options,
        limits: &Limits,
        most_records: u64,
    ) -> Self {
        Self {
            log_id,
            writer: options.writer.clone(),
            compression: options.compression,
            retention: options.retention.clone(),
            segment_records: limits.segment_records.clamp(1, most_records.max(1)),
            // One record more may go in, and the whole must stay under the format's 64 MiB.
            segment_bytes: limits.segment_bytes.clamp(1, 32 << 20),
        }
    }
}

/// Events that will be one segment, chained to what is before them.
#[derive(Debug)]
pub(super) struct Batch {
    mould: Arc<Mould>,
    waiting: Vec<Waiting>,
    builder: Builder,
    before: Head,
    days: u32,
}

/// A batch with its bytes.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) waiting: Vec<Waiting>,
    pub(super) segment: Segment,
    pub(super) before: Head,
    /// How long the longest of its records is to be kept.
    pub(super) days: u32,
}

impl Batch {
    /// An empty one that continues the log after `before`.
    pub(super) fn new(mould: Arc<Mould>, before: Head) -> Result<Self> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|source| Error::NoRandomness { source })?;
        let builder = Builder::new(&mould.log_id, mould.writer.as_deref(), nonce, before);
        Ok(Self { mould, waiting: Vec::new(), builder, before, days: 0 })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many more records and bytes it takes; `None` if it is full.
    pub(super) fn room(&self) -> Option<(usize, usize)> {
        let records = self.mould.segment_records.checked_sub(self.builder.count())?;
        let bytes = self.mould.segment_bytes.checked_sub(self.builder.bytes())?;
        let records = usize::try_from(records).unwrap_or(usize::MAX);
        (records > 0 && bytes > 0).then_some((records, bytes))
    }

    /// Adds events; gives back those that cannot be recorded, with the reason.
    pub(super) async fn extend(self, events: Vec<Waiting>) -> (Self, Vec<(Waiting, Error)>) {
        let bytes: usize = events.iter().map(|it| it.event.size_bytes()).sum();
        aside(bytes, move || self.extend_now(events)).await
    }

    fn extend_now(mut self, events: Vec<Waiting>) -> (Self, Vec<(Waiting, Error)>) {
        let mut refused = Vec::new();
        for waiting in events {
            match self.builder.push_prepared(&waiting.event, &waiting.timestamp) {
                Ok(_) => {
                    if let Some(retention) = &self.mould.retention {
                        let event = &waiting.event;
                        let days = retention.days_of(event.event_type(), event.class());
                        self.days = self.days.max(days);
                    }
                    self.waiting.push(waiting);
                }
                Err(error) => refused.push((waiting, error.into())),
            }
        }
        (self, refused)
    }

    /// The segment. There must be an event in it.
    pub(super) async fn finish(self) -> Built {
        aside(self.builder.bytes(), move || {
            let compression = match self.builder.bytes() {
                ..COMPRESS_FROM_BYTES => Compression::None,
                _ => self.mould.compression,
            };
            let segment = self.builder.finish(compression);
            Built {
                waiting: self.waiting,
                segment: segment.expect("nobody finishes an empty batch"),
                before: self.before,
                days: self.days,
            }
        })
        .await
    }

    /// The events, to go into another batch.
    pub(super) fn into_waiting(self) -> Vec<Waiting> {
        self.waiting
    }
}

impl Built {
    /// The log with this segment at its end.
    pub(super) fn after(&self) -> Head {
        let size = self.before.size + self.segment.header.count;
        Head { size, last_hash: Some(self.segment.header.last_hash) }
    }
}

/// The receipts of the records of a segment, in order.
pub(super) fn receipts(
    before: Head,
    hashes: &[audit_chain::Hash],
    timestamps: impl Iterator<Item = String>,
) -> impl Iterator<Item = Receipt> {
    let previous = std::iter::once(before.last_hash).chain(hashes.iter().copied().map(Some));
    (before.size..).zip(hashes).zip(previous).zip(timestamps).map(
        |(((seq, record_hash), previous_hash), timestamp)| Receipt {
            seq,
            record_hash: *record_hash,
            previous_hash,
            timestamp,
        },
    )
}

/// Does work that is long for its bytes where it is in nobody's way.
pub(super) async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if bytes < MUCH_BYTES {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and whoever waits for this is about to be dropped.
            Err(_) => std::future::pending().await,
        },
    }
}
