//! Verification of some records of a log, without reading the others.
//!
//! The segments that hold them are checked as always. What comes before and after is taken from the
//! tiles, as the few hashes that lead from these records to the newest checkpoint: if one of them is
//! not that of the log, the checkpoint does not hold.

use std::ops::Range;
use std::sync::Arc;

use audit_chain::merkle;
use audit_chain::tile;
use audit_chain::verify::{Finding, Kind, LogOptions, LogVerifier, Report};
use futures_util::{StreamExt as _, stream};

use super::fetch::Fetcher;
use super::plan::Work;
use super::{Progress, fetched, gaps, said};
use crate::ledger::objects::{self, Stored, Versions};
use crate::ledger::read_error::ReadError;
use crate::ledger::reader::{Reader, Sealed};

/// Verifies the records `asked` against the newest checkpoint that is trusted.
pub(super) async fn verify(
    fetcher: &Arc<Fetcher>,
    known: LogOptions,
    asked: Range<u64>,
    versions: Versions,
    mut findings: Vec<Finding>,
    mut progress: impl FnMut(Progress),
) -> Report {
    if asked.is_empty() {
        findings.push(Finding::new(Kind::CouldNotCheck, "no record was asked for"));
        return Report::empty().conclude(findings);
    }
    let reader = match Reader::open(&fetcher.store).await {
        Ok(reader) => reader,
        Err(error) => {
            findings.push(Finding::new(Kind::CouldNotCheck, said(&error)));
            return Report::empty().conclude(findings);
        }
    };
    let sealed = checkpoint(&reader, &known, asked.start, &mut findings).await;
    let size = sealed.as_ref().map_or(0, |sealed| sealed.checkpoint.size);
    let segments = segments(fetcher, &asked, versions, &mut findings).await;
    let first = segments.first().map_or(asked.start, |(first, _)| (*first).min(asked.start));
    let before = run(&reader, 0..first, size, &mut findings).await;
    let mut verifier = LogVerifier::among(known, asked.clone(), first, before);
    if let Some(sealed) = sealed.filter(|sealed| sealed.checkpoint.size > asked.start) {
        let key = format!("ckpt/{size:020}");
        verifier.checkpoint(&key, size, sealed.note.as_bytes());
    }
    let works = segments.into_iter().map(|segment| Work {
        segment: Some(segment),
        split_at: vec![size],
        ..Work::default()
    });
    let mut so_far = Progress::default();
    let mut fetched = std::pin::pin!(fetched(stream::iter(works), fetcher));
    while let Some((done, _room)) = fetched.next().await {
        findings.extend(done.findings);
        let Some(segment) = done.segment else { continue };
        if segment.checked.number > verifier.next() {
            gaps::fill(fetcher, &mut verifier, segment.checked.number).await;
        }
        so_far.records += segment.checked.records;
        so_far.segments += 1;
        so_far.bytes += segment.bytes;
        // What an older log says about its records is vouched for by the checkpoint.
        verifier.segment(&segment.key, segment.checked, &[]);
        progress(so_far);
    }
    if verifier.next() < asked.end.min(size) {
        gaps::fill(fetcher, &mut verifier, asked.end.min(size)).await;
    }
    if verifier.next() < asked.end.min(size) {
        let message = "these records are sealed, and neither they nor their hashes are there";
        let finding = Finding::new(Kind::Gap, message);
        findings.push(finding.between(verifier.next(), asked.end.min(size) - 1));
    }
    let after = verifier.next()..size;
    if !after.is_empty()
        && let Some(after) = run(&reader, after, size, &mut findings).await
    {
        // It begins where the records end.
        let _ = verifier.pass_over(&after);
    }
    findings.into_iter().for_each(|finding| verifier.found(finding));
    verifier.finish()
}

/// The newest checkpoint that the keyring answers for, or else the newest: what is wrong with it is
/// said where it is compared.
async fn checkpoint(
    reader: &Reader,
    known: &LogOptions,
    first: u64,
    findings: &mut Vec<Finding>,
) -> Option<Sealed> {
    let found = match &known.keyring {
        Some(keyring) => match reader.trusted(keyring, first).await {
            Err(ReadError::Untrusted { .. }) => reader.newest().await,
            found => found,
        },
        None => reader.newest().await,
    };
    match found {
        Ok(sealed) => Some(sealed),
        Err(ReadError::NoCheckpoint) => None,
        Err(ReadError::Unsound { finding }) => {
            findings.push((*finding).clone());
            None
        }
        Err(error) => {
            findings.push(Finding::new(Kind::CouldNotCheck, said(&error)));
            None
        }
    }
}

/// The segments that hold the records.
async fn segments(
    fetcher: &Fetcher,
    asked: &Range<u64>,
    versions: Versions,
    findings: &mut Vec<Finding>,
) -> Vec<(u64, Stored)> {
    let mut listing = objects::under(&fetcher.store, "seg/", versions);
    let mut segments: Vec<(u64, Stored)> = Vec::new();
    while let Some(next) = listing.next().await {
        let stored = match next {
            Ok(stored) => stored,
            Err(error) => {
                let message = format!("not everything could be listed: {}", said(&error));
                findings.push(Finding::new(Kind::CouldNotCheck, message).of("seg/"));
                break;
            }
        };
        // Another key than a number is found where the whole log is verified.
        let Some(number) = objects::number("seg/", &stored.key) else { continue };
        if number >= asked.end {
            break;
        }
        if number <= asked.start {
            segments.clear();
        }
        segments.push((number, stored));
    }
    segments
}

/// Hashes over a run of records in a tree of `size`; `None` if the tiles do not have them.
async fn run(
    reader: &Reader,
    run: Range<u64>,
    size: u64,
    findings: &mut Vec<Finding>,
) -> Option<merkle::Range> {
    if run.end > size && run.start < run.end {
        return None;
    }
    match reader.tiles(&tile::for_range(run.clone(), size)).await {
        Ok(tiles) => merkle::range(run, &tiles).ok(),
        Err(ReadError::Unsound { finding }) => {
            findings.push((*finding).clone());
            None
        }
        Err(error) => {
            findings.push(Finding::new(Kind::CouldNotCheck, said(&error)));
            None
        }
    }
}
