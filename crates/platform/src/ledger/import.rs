//! Taking an older log over: its records become leaves of the tree, as they were hashed.

use audit_chain::Hash;
use audit_chain::json::Value;
use audit_chain::legacy::LegacyReport;
use audit_chain::merkle::{Range, leaf_hash};
use audit_chain::record::{Event, Head};
use audit_chain::segment::{self, Builder, Compression, Segment};
use audit_chain::verify::{LEGACY_IMPORT, Severity};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::follow::follow;
use super::legacy::{IN_FLIGHT, LegacyLog, object, verify_legacy};
use super::read_error::ReadError;
use super::{Error, Ledger};
use crate::numbered::{Found, Numbered, Outcome};
use crate::store::{Put, Store};

/// How many records a segment of an import has at most.
const MOST_RECORDS: u64 = 10_000;

/// How many bytes of records a segment of an import has before the next one is begun.
const MANY_BYTES: usize = 16 << 20;

/// How to take an older log over.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ImportOptions {
    /// The hash of the last record of the older log, if somebody remembers it.
    pub remembered: Option<Hash>,
    /// Whether the sound records of a log that was tampered with are taken over too. What was found
    /// is recorded either way.
    pub even_if_damaged: bool,
}

/// What was taken over.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What the older log is.
    pub report: LegacyReport,
    /// The keys of its objects, in the order in which the report counts them.
    pub keys: Vec<String>,
    /// Where its records are now: the first and how many, for each unbroken run of them. One, unless
    /// others wrote at the same time.
    pub runs: Vec<(u64, u64)>,
}

/// Reads the older log at `old`, and puts its sound records, in the order of their links, at the end of
/// `ledger`; a record of the ledger then says which they are.
///
/// If it breaks off, what was written stays: no harm is done by importing again.
///
/// # Errors
///
/// [`ReadError::LegacyUnsound`] when the older log was tampered with; as [`verify_legacy`]; what the
/// ledger says.
pub async fn import_legacy(
    old: &Store,
    ledger: &Ledger,
    options: &ImportOptions,
    mut progress: impl FnMut(u64),
) -> Result<Imported, ReadError> {
    let read = verify_legacy(old, options.remembered, |_| ()).await?;
    let report = &read.report;
    if report.severity() == Severity::Tampered && !options.even_if_damaged {
        let worst = report.findings.iter().find(|it| it.severity() == Severity::Tampered);
        let first = worst.map(|finding| finding.message.clone()).unwrap_or_default();
        return Err(ReadError::LegacyUnsound { count: report.findings.len() as u64, first });
    }
    let mut writer = Writer::new(ledger);
    let wanted: Vec<_> = report.importable().copied().collect();
    let mut done = 0;
    {
        let reads = stream::iter(wanted).map(async |entry| {
            let key = read.keys.get(entry.object as usize).cloned().unwrap_or_default();
            (entry.hash, object(old, &key, read.version(entry.object)).await)
        });
        let mut reads = std::pin::pin!(reads.buffered(IN_FLIGHT));
        while let Some((hash, read)) = reads.next().await {
            let (key, object) = read?;
            let Some(preimage) = object.preimage().filter(|_| object.record_hash() == Some(hash))
            else {
                let reason = format!("`{key}` changed while it was imported");
                return Err(ReadError::Invalid { reason });
            };
            writer.push(preimage).await?;
            done += 1;
            progress(done);
        }
    }
    let runs = writer.finish().await?;
    for run in &runs {
        let event = record(run, report, ledger);
        ledger.append_own(event).await.map_err(ReadError::ledger)?;
    }
    let runs = runs.iter().map(|run| (run.first, run.count)).collect();
    let LegacyLog { report, keys, .. } = read;
    Ok(Imported { report, keys, runs })
}

/// The record that vouches for a run.
fn record(run: &Run, report: &LegacyReport, ledger: &Ledger) -> Event {
    let text = |hash: &Hash| Value::from(hash.to_string().as_str());
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    report.findings.iter().for_each(|it| *counts.entry(it.kind.name()).or_default() += 1);
    let counts = counts.into_iter().map(|(kind, count)| (kind.into(), Value::from(count)));
    let details = Value::Object(vec![
        ("count".into(), Value::from(run.count)),
        ("findings".into(), Value::Object(counts.collect())),
        ("first_index".into(), Value::from(run.first)),
        // A log that forked or restarted has several; the tree commits to all.
        ("heads".into(), Value::Array(report.heads.iter().take(MOST_HEADS).map(text).collect())),
        ("objects".into(), Value::from(report.objects)),
        ("root".into(), text(&run.tree.root())),
    ]);
    let log_id = &ledger.document().log_id;
    Event::new(LEGACY_IMPORT, "strongroom", log_id.as_str(), "import", details)
}

/// How many heads of the older log the record names.
const MOST_HEADS: usize = 100;

/// An unbroken run of records that were taken over.
struct Run {
    first: u64,
    count: u64,
    tree: Range,
}

/// Writes segments of older records at the end of the log, beside the ledger's own writer, which
/// meets them as it meets those of any other writer.
struct Writer<'l> {
    ledger: &'l Ledger,
    segments: Numbered,
    head: Head,
    /// The records of the next segment: the bytes that were hashed.
    waiting: Vec<Vec<u8>>,
    bytes: usize,
    runs: Vec<Run>,
}

impl<'l> Writer<'l> {
    fn new(ledger: &'l Ledger) -> Self {
        let conditions = ledger.document().conditions;
        Self {
            ledger,
            segments: Numbered::new(ledger.store().clone(), "seg/", conditions),
            head: ledger.head(),
            waiting: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
        }
    }

    async fn push(&mut self, preimage: &[u8]) -> Result<(), ReadError> {
        self.waiting.push(preimage.to_vec());
        self.bytes += preimage.len();
        let most = MOST_RECORDS.min(self.ledger.document().max_segment_records);
        if self.waiting.len() as u64 >= most || self.bytes >= MANY_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Vec<Run>, ReadError> {
        self.flush().await?;
        Ok(self.runs)
    }

    /// Stores what waits, at whatever is the end of the log by then.
    async fn flush(&mut self) -> Result<(), ReadError> {
        while !self.waiting.is_empty() {
            let segment = self.segment()?;
            let nonce = segment.header.batch;
            let ours = |there: &[u8]| segment::open(there).is_ok_and(|it| it.header.batch == nonce);
            let put = Put::absent().typed("application/zstd").locked(self.ledger.lock_longest());
            let body = Bytes::from(segment.body.clone());
            let outcome = self.segments.put(self.head.size, body, ours, &put).await;
            let outcome = outcome.map_err(|error| {
                ReadError::ledger(Error::Write {
                    act: "write imported records",
                    source: std::sync::Arc::new(error),
                })
            })?;
            match outcome {
                Outcome::Won { .. } => self.won(&segment),
                Outcome::Lost { body, .. } => self.catch_up(body).await?,
            }
        }
        Ok(())
    }

    fn segment(&self) -> Result<Segment, ReadError> {
        let build = |source| ReadError::Format { act: "import a record", source };
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce)
            .map_err(|source| ReadError::ledger(Error::NoRandomness { source }))?;
        let log_id = &self.ledger.document().log_id;
        let mut builder = Builder::legacy(log_id, None, nonce, self.head);
        for preimage in &self.waiting {
            builder.push_legacy(preimage).map_err(build)?;
        }
        builder.finish(Compression::Zstd(3)).map_err(build)
    }

    fn won(&mut self, segment: &Segment) {
        let first = self.head.size;
        if self.runs.last().is_none_or(|run| run.first + run.count != first) {
            self.runs.push(Run { first, count: 0, tree: Range::empty(0) });
        }
        if let Some(run) = self.runs.last_mut() {
            run.count += segment.header.count;
            segment.hashes.iter().for_each(|hash| run.tree.append(leaf_hash(&hash.0)));
        }
        let size = first + segment.header.count;
        self.head = Head { size, last_hash: Some(segment.header.last_hash) };
        self.waiting.clear();
        self.bytes = 0;
    }

    /// Somebody else wrote: goes to the end of that.
    async fn catch_up(&mut self, body: Bytes) -> Result<(), ReadError> {
        let document = self.ledger.document();
        let mut next = Some(body);
        while let Some(body) = next {
            let key = format!("seg/{:020}", self.head.size);
            let most = document.max_segment_records;
            let followed = follow(self.head, body, &document.log_id, most, key).await;
            self.head = followed.map_err(|finding| ReadError::unsound(*finding))?.head;
            let found = self.segments.get(self.head.size).await;
            let found = found.map_err(ReadError::store("find the end of the log"))?;
            next = found.map(|Found { body, .. }| body);
        }
        Ok(())
    }
}
