//! Verification of a log where it is stored.
//!
//! Everything that is there is looked at, versions and delete markers included; whatever is wrong
//! with it, or cannot be read, is a finding. What the findings are is decided by
//! [`LogVerifier`](audit_chain::verify::LogVerifier); here its food is fetched, in parallel and in
//! order, and in bounded memory.

mod cosignatures;
mod fetch;
mod gaps;
mod lanes;
mod part;
mod plan;
mod strangers;
mod tiles;

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use audit_chain::Hash;
use audit_chain::keyring::Keyring;
use audit_chain::verify::{Finding, Kind, LogOptions, LogVerifier, Pin, Report, Vouched};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::document::{self, LogDocument};
use super::objects::{self, Versions};
use crate::store::{LockMode, Store};
use fetch::{Done, Fetcher};
use plan::Plan;

/// How many bytes of segments are in memory at a time, compressed as they are stored. Besides,
/// every thread decompresses in a window of its own.
const BUDGET_BYTES: u64 = 24 << 20;

/// How many segments are on their way at a time: enough to hide the latency of S3.
const IN_FLIGHT: usize = 48;

/// What a verifier knows beforehand and asks for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// The keys that are trusted. Without them the keys that the log names itself show whether it is
    /// at one with itself; nobody vouches for those.
    pub keyring: Option<Keyring>,
    /// How far the log was seen before.
    pub pin: Option<Pin>,
    /// Whether it counts as not checked when neither a trusted key nor a pin vouches for the log.
    pub require_anchor: bool,
    /// Whether it counts as not checked when the last records are in no checkpoint.
    pub require_sealed: bool,
    /// The lock that every object of the log must have.
    pub demand_lock: Option<DemandedLock>,
    /// Passes over the tiles, which are derived from the records and prove nothing by themselves.
    pub skip_tiles: bool,
    /// Only these records, against the newest checkpoint that the keyring answers for. What is
    /// before and after them is not read, so that a pin says nothing about it. To the end of the
    /// log if the range ends at `u64::MAX`.
    pub records: Option<Range<u64>>,
    /// How many threads hash; as many as the machine has if not given.
    pub threads: Option<NonZeroUsize>,
}

/// The least lock that every object of a log must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemandedLock {
    /// Who may lift it at most: [`LockMode::Governance`] is satisfied by both modes.
    pub mode: LockMode,
    /// It must not end before this moment.
    pub until: DateTime<Utc>,
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Records checked.
    pub records: u64,
    /// Segments checked.
    pub segments: u64,
    /// Bytes of segments read, as they are stored.
    pub bytes: u64,
}

/// Verifies the whole log at `store`, or the whole ledger if it has lanes. Never fails: what cannot be
/// read becomes a finding.
pub async fn verify(
    store: &Store,
    options: &VerifyOptions,
    mut progress: impl FnMut(Progress),
) -> Report {
    match lanes::has_lanes(store).await {
        Ok(true) => lanes::verify(store, options, &mut progress).await,
        Ok(false) => verify_log(store, options, Part::default(), &mut progress).await,
        Err(error) => Report::empty().conclude([Finding::new(Kind::CouldNotCheck, said(&error))]),
    }
}

/// What is known of a log that is part of a ledger with lanes.
#[derive(Default)]
struct Part<'a> {
    /// What others say of it.
    vouched: Vouched,
    /// It is the root log, which says something of the others.
    bounds: Option<&'a mut lanes::Bounds>,
    /// It was there once.
    begun: bool,
}

/// Verifies one log.
async fn verify_log(
    store: &Store,
    options: &VerifyOptions,
    part: Part<'_>,
    progress: &mut impl FnMut(Progress),
) -> Report {
    let mut findings = Vec::new();
    let versions = match objects::versions(store).await {
        Ok(versions) => versions,
        Err(error) => {
            findings.push(Finding::new(Kind::CouldNotCheck, said(&error)));
            return Report::empty().conclude(findings);
        }
    };
    if versions == Versions::Hidden {
        let message = "the versions of objects may not be listed, so that hidden ones go unnoticed";
        findings.push(Finding::new(Kind::CouldNotCheck, message));
    }
    let fetcher = Fetcher::new(store, options, versions);
    let (document, digest) = read_document(&fetcher, &mut findings).await;
    if let Some(document) = &document {
        fetcher.set_log_id(&document.log_id);
    }
    let mut known = log_options(options, document.as_ref(), &mut findings);
    known.document = digest;
    if let Some(asked) = &options.records {
        let fetcher = Arc::new(fetcher);
        return part::verify(&fetcher, known, asked.clone(), versions, findings, progress).await;
    }
    let mut asked: Vec<u64> = part.vouched.sizes().collect();
    asked.extend(options.pin.as_ref().map(|pin| pin.size));
    asked.sort_unstable();
    known.vouched = part.vouched;
    let mut verifier = LogVerifier::new(known);
    let most_records = document.as_ref().map(|it| it.max_segment_records);
    let plan = Plan::new(store, versions, most_records, asked);
    let fetcher = Arc::new(fetcher);
    let done = walk(plan, &fetcher, &mut verifier, part.bounds, progress).await;
    if let Some((size, root)) = verifier.sealed().filter(|_| !options.skip_tiles) {
        findings.extend(tiles::check(&fetcher, size, root, &done.tiles).await);
    }
    if document.is_none() && (done.objects > 0 || options.pin.is_some() || part.begun) {
        let message = match done.objects {
            0 => "there was a log, and it is gone",
            _ => "there are objects of a log, but not the document that says which log",
        };
        findings.push(Finding::new(Kind::MissingLogDocument, message));
    } else if document.is_none() {
        findings.push(Finding::new(Kind::CouldNotCheck, "there is no log here"));
    }
    if document.is_some() || done.objects > 0 {
        findings.extend(strangers::find(&fetcher).await);
    }
    findings.into_iter().for_each(|finding| verifier.found(finding));
    verifier.finish()
}

/// What came by.
struct Walked {
    objects: u64,
    /// The tiles of leaves that are those of the records.
    tiles: tiles::Agreed,
}

/// What became of all that is planned, in order; each with its room in memory.
fn fetched(
    works: impl Stream<Item = plan::Work>,
    fetcher: &Arc<Fetcher>,
) -> impl Stream<Item = (Done, Option<OwnedSemaphorePermit>)> {
    let budget = Arc::new(Semaphore::new(fetch::permits(BUDGET_BYTES) as usize));
    works
        .then(move |work| {
            let budget = budget.clone();
            async move {
                let wanted = fetch::permits(work.size_bytes().min(BUDGET_BYTES));
                // Never closed, so that there always is a permit in the end.
                (budget.acquire_many_owned(wanted).await.ok(), work)
            }
        })
        .map(move |(permit, work)| async move { (fetcher.fetch(work).await, permit) })
        .buffered(IN_FLIGHT)
}

/// Fetches and checks in parallel, and hands everything to the verifier in order.
async fn walk(
    plan: Plan,
    fetcher: &Arc<Fetcher>,
    verifier: &mut LogVerifier,
    mut bounds: Option<&mut lanes::Bounds>,
    progress: &mut impl FnMut(Progress),
) -> Walked {
    let mut walked = Walked { objects: 0, tiles: tiles::Agreed::default() };
    let mut so_far = Progress::default();
    let mut fetched = std::pin::pin!(fetched(plan.works(), fetcher));
    while let Some((done, _room)) = fetched.next().await {
        let Done { findings, checkpoints, segment, objects } = done;
        walked.objects += objects;
        findings.into_iter().for_each(|finding| verifier.found(finding));
        for checkpoint in checkpoints {
            let (key, size) = (&checkpoint.key, checkpoint.size);
            verifier.cosigned(key, size, &checkpoint.note, &checkpoint.cosignatures);
            for (version, note) in &checkpoint.others {
                verifier.other_checkpoint(key, size, version, &checkpoint.note, note);
            }
        }
        if let Some(segment) = segment {
            if segment.checked.number > verifier.next() {
                gaps::fill(fetcher, verifier, segment.checked.number).await;
            }
            so_far.records += segment.checked.records;
            so_far.segments += 1;
            so_far.bytes += segment.bytes;
            // Not those of a segment that stands where records are already.
            let counts = segment.checked.number >= verifier.next();
            for own in segment.checked.own.iter().filter(|_| counts) {
                if let Some(bounds) = bounds.as_deref_mut() {
                    bounds.take(&segment.key, own.seq, &own.event_type, &own.line);
                }
            }
            let (first, before) = (segment.checked.number, verifier.next());
            verifier.segment(&segment.key, segment.checked, &segment.legacy_hashes);
            // Not those of a segment that stands where records are already.
            if first >= before && verifier.next() > first {
                walked.tiles.extend(segment.tiles);
            }
            progress(so_far);
        }
    }
    walked
}

/// The document and the digest of its bytes. The oldest version counts, whatever hides it.
async fn read_document(
    fetcher: &Fetcher,
    findings: &mut Vec<Finding>,
) -> (Option<LogDocument>, Option<Hash>) {
    let Some(stored) = fetcher.stored(document::KEY, findings).await else { return (None, None) };
    fetcher.facts(&stored, findings).await;
    let body = fetcher.body(&stored, findings).await;
    let digest = body.as_ref().map(|body| Hash::of(body));
    let document = match body.as_ref().map(|body| LogDocument::read(body)) {
        Some(Ok(document)) => Some(document),
        Some(Err(reason)) => {
            let message = format!("the document of the log cannot be used: {reason}");
            findings.push(Finding::new(Kind::Malformed, message).of(document::KEY));
            None
        }
        None => None,
    };
    fetcher.other_documents(&stored, document.as_ref(), findings).await;
    (document, digest)
}

fn log_options(
    options: &VerifyOptions,
    document: Option<&LogDocument>,
    findings: &mut Vec<Finding>,
) -> LogOptions {
    let claimed_keys = document.map(|it| it.verifier_keys.clone()).unwrap_or_default();
    if let Some(keyring) = &options.keyring {
        for key in
            claimed_keys.iter().filter(|key| keyring.keys().iter().all(|known| known.vkey != **key))
        {
            let message = "the document of the log names a key that the keyring does not have";
            let mut finding = Finding::new(Kind::KeyMismatch, message).of(document::KEY);
            finding.found = Some(key.to_string());
            findings.push(finding);
        }
    }
    LogOptions {
        log_id: document.map(|it| it.log_id.clone()),
        origin: document.map(|it| it.origin.clone()),
        document: None,
        keyring: options.keyring.clone(),
        claimed_keys,
        pin: options.pin.clone(),
        vouched: Vouched::default(),
        require_anchor: options.require_anchor,
        require_sealed: options.require_sealed,
    }
}

/// An error and what caused it, in one line.
fn said(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line.push_str(&format!(": {error}"));
        source = error.source();
    }
    line
}
