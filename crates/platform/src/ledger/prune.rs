//! Removing the bodies of old records. Their hashes stay, so that every proof and every checkpoint
//! still holds; a record says what was removed.

use audit_chain::Hash;
use audit_chain::json::Value;
use audit_chain::record::{Event, Suffixed};
use audit_chain::segment::{self, CheckOptions};
use audit_chain::tile::WIDTH;
use audit_chain::verify::{Finding, Kind, PRUNED};
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;

use super::Ledger;
use super::export::stamp;
use super::objects::{self, Stored, Versions, patiently};
use super::read_error::ReadError;
use super::reader::Reader;

/// What to remove. Whole segments only, from the oldest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneOptions {
    /// Records below this number.
    pub before_seq: Option<u64>,
    /// Records stamped before this moment.
    pub before: Option<DateTime<Utc>>,
    /// What to do about a segment that a retention or a hold protects: stop before it, or remove
    /// nothing and say so.
    pub expired_only: bool,
    /// The present moment: a retention that ends later protects.
    pub now: DateTime<Utc>,
    /// Only say what would be removed.
    pub dry_run: bool,
}

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// The first record whose body is gone now.
    pub first_seq: u64,
    /// How many.
    pub records: u64,
    /// How many segments they were.
    pub segments: u64,
    /// The record that says so; `None` if nothing was removed.
    pub recorded_at: Option<u64>,
}

/// A segment that is to go.
struct Candidate {
    stored: Stored,
    first: u64,
    end: u64,
    last_hash: Hash,
}

/// Removes the bodies of old records from the store of `ledger`.
///
/// Only what is sealed, whole in the entries of the tree, and as it was written is removed. First a
/// record says so and is sealed, then the bodies go, oldest first: broken off at any moment, the log
/// verifies, and doing it again finishes it.
///
/// # Errors
///
/// [`ReadError::Protected`] when a retention or a hold protects a segment (unless only expired ones are
/// asked for), [`ReadError::Unsound`] when a segment is not what the tree says.
pub async fn prune(ledger: &Ledger, options: &PruneOptions) -> Result<PruneReport, ReadError> {
    if options.before_seq.is_none() && options.before.is_none() {
        let reason = "say up to which record or moment".to_owned();
        return Err(ReadError::Invalid { reason });
    }
    let reader = Reader::open(ledger.store()).await?;
    let sealed = reader.newest().await?.checkpoint.size;
    let candidates = candidates(&reader, options, sealed).await?;
    let (Some(first), Some(last)) = (candidates.first(), candidates.last()) else {
        return Ok(PruneReport::default());
    };
    let mut report = PruneReport {
        first_seq: first.first,
        records: candidates.iter().map(|it| it.end - it.first).sum(),
        segments: candidates.len() as u64,
        recorded_at: None,
    };
    if options.dry_run {
        return Ok(report);
    }
    // From the first record of the log on: what went before is one hole with this.
    let details = Value::Object(vec![
        ("count".into(), Value::from(last.end - first.first)),
        ("first_seq".into(), Value::from(first.first)),
        ("last_hash".into(), Value::from(last.last_hash.to_string().as_str())),
    ]);
    let log_id = reader.document.log_id.as_str();
    let event = Event::new(PRUNED, "strongroom", log_id, "prune", details);
    let receipt = ledger.append_own(event).await.map_err(ReadError::ledger)?;
    report.recorded_at = Some(receipt.seq);
    ledger.checkpoint().await.map_err(ReadError::ledger)?;
    for candidate in &candidates {
        remove(&reader, &candidate.stored).await?;
    }
    Ok(report)
}

/// The segments that are to go, oldest first.
async fn candidates(
    reader: &Reader,
    options: &PruneOptions,
    sealed: u64,
) -> Result<Vec<Candidate>, ReadError> {
    // A partial bundle of entries is not there for ever.
    let whole = sealed - sealed % WIDTH;
    let end = options.before_seq.unwrap_or(u64::MAX).min(whole);
    let before = options.before.map(stamp);
    let failed = "list the segments";
    let versions = objects::versions(&reader.store).await.map_err(ReadError::store(failed))?;
    let mut listing = objects::under(&reader.store, "seg/", versions);
    let mut found: Vec<Candidate> = Vec::new();
    while let Some(stored) = listing.next().await {
        let stored = stored.map_err(ReadError::store(failed))?;
        let Some(first) = objects::number("seg/", &stored.key) else { continue };
        // Only a run without gaps: the record names one.
        if first >= end || found.last().is_some_and(|it| it.end != first) {
            break;
        }
        let Some((candidate, last_timestamp)) = candidate(reader, stored, first).await? else {
            break;
        };
        let late = match (&before, &last_timestamp) {
            (Some(before), Some(last)) => last >= before,
            // Records of an older log say when in many ways: they go by number only.
            (Some(_), None) => true,
            (None, _) => false,
        };
        if candidate.end > end || late {
            break;
        }
        match protection(reader, &candidate.stored, options.now, versions).await? {
            None => found.push(candidate),
            Some(_) if options.expired_only => break,
            Some(until) => {
                return Err(ReadError::Protected { key: candidate.stored.key, until });
            }
        }
    }
    Ok(found)
}

/// Checks a segment, also against the entries of the tree.
async fn candidate(
    reader: &Reader,
    stored: Stored,
    first: u64,
) -> Result<Option<(Candidate, Option<String>)>, ReadError> {
    let Some(body) = reader.segment(first).await? else { return Ok(None) };
    let log_id = Some(reader.document.log_id.as_str());
    let checked = segment::check(first, &body, &CheckOptions { log_id, split_at: &[] });
    if let Some(finding) = checked.findings.into_iter().next() {
        return Err(ReadError::unsound(finding.of(stored.key)));
    }
    let Some(last_hash) = checked.last_hash else { return Ok(None) };
    let end = first + checked.records;
    let opened = segment::open(&body)
        .map_err(|source| ReadError::Format { act: "open a segment", source })?;
    let hashes: Vec<Hash> =
        opened.lines().filter_map(|(_, line)| Some(Suffixed::of(line)?.record_hash)).collect();
    let mut seq = first;
    while seq < end {
        let index = seq / WIDTH;
        let until = end.min((index + 1) * WIDTH);
        let Ok(entries) = reader.entries(index, (index + 1) * WIDTH).await else { return Ok(None) };
        let (ours, theirs) = (
            &hashes[(seq - first) as usize..(until - first) as usize],
            &entries[(seq % WIDTH) as usize..=((until - 1) % WIDTH) as usize],
        );
        if ours != theirs {
            let message = "the entries of the tree are not the hashes of the records";
            let finding = Finding::new(Kind::ContentAltered, message).between(seq, until - 1);
            return Err(ReadError::unsound(finding.of(stored.key)));
        }
        seq = until;
    }
    Ok(Some((Candidate { stored, first, end, last_hash }, checked.last_timestamp)))
}

/// What protects a segment, in words.
async fn protection(
    reader: &Reader,
    stored: &Stored,
    now: DateTime<Utc>,
    versions: Versions,
) -> Result<Option<String>, ReadError> {
    for entry in stored.oldest.iter().chain(&stored.later) {
        let head = patiently(async || match (&entry.version, versions) {
            (Some(version), Versions::Seen) => {
                reader.store.head_version(&stored.key, version).await
            }
            _ => reader.store.head(&stored.key).await,
        });
        let object = head.await.map_err(ReadError::store("look at a segment"))?;
        if object.legal_hold {
            return Ok(Some("it is held".to_owned()));
        }
        if let Some(lock) = object.lock.filter(|lock| lock.until > now) {
            return Ok(Some(lock.until.to_string()));
        }
    }
    Ok(None)
}

/// Removes all versions of a segment, the one that counts last.
async fn remove(reader: &Reader, stored: &Stored) -> Result<(), ReadError> {
    for entry in stored.later.iter().chain(&stored.oldest) {
        let removal = patiently(async || match &entry.version {
            Some(version) if version.0 != "null" => {
                reader.store.delete_version(&stored.key, version, false).await
            }
            _ => reader.store.delete(&stored.key).await,
        });
        removal.await.map_err(ReadError::store("remove a segment"))?;
    }
    Ok(())
}
