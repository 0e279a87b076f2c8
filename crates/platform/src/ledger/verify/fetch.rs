//! Fetching what was planned, and checking each segment by itself.

use std::sync::Arc;
use std::time::Duration;

use audit_chain::Hash;
use audit_chain::record::Suffixed;
use audit_chain::segment::{self, CheckOptions, Checked, SegmentKind};
use audit_chain::tile::Agreement;
use audit_chain::verify::{Finding, Kind};
use bytes::Bytes;
use tokio::sync::{Semaphore, oneshot};

use super::plan::Work;
use super::{DemandedLock, VerifyOptions, cosignatures, said, tiles};
use crate::ledger::document::LogDocument;
use crate::ledger::objects::{self, Entry, Stored, Versions, patiently};
use crate::store::{Conditions, Lock, LockMode, Store, StoreError, StoreErrorKind, Version};

/// A version that a racing writer left behind was stored this soon after the one that counts, at
/// the latest.
const RACE: Duration = Duration::from_secs(5 * 60);

/// How many later versions of one key are read.
pub(super) const MOST_READ: usize = 8;

/// The largest body that is read: a segment has 64 MiB at most, compressed or not.
const MOST_BYTES: u64 = 65 << 20;

/// One permit of the memory budget stands for this many bytes.
const PERMIT_BYTES: u64 = 1 << 10;

pub(super) fn permits(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(PERMIT_BYTES)).unwrap_or(u32::MAX)
}

/// Fetches and checks.
pub(super) struct Fetcher {
    pub(super) store: Store,
    versions: Versions,
    demand_lock: Option<DemandedLock>,
    threads: Threads,
    skip_tiles: bool,
    /// How many times [`tiles::TOGETHER`] small objects are read at a time.
    pub(super) small: Semaphore,
    log_id: std::sync::OnceLock<String>,
}

/// Where segments are hashed.
enum Threads {
    Own(rayon::ThreadPool),
    Shared,
}

/// What became of a [`Work`].
#[derive(Default)]
pub(super) struct Done {
    pub(super) findings: Vec<Finding>,
    pub(super) checkpoints: Vec<CheckpointRead>,
    pub(super) segment: Option<SegmentRead>,
    /// How many objects it was about.
    pub(super) objects: u64,
}

pub(super) struct CheckpointRead {
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) note: Bytes,
    /// Other versions and what they hold.
    pub(super) others: Vec<(String, Bytes)>,
    /// What witnesses said about it: keys and notes.
    pub(super) cosignatures: Vec<(String, Bytes)>,
}

pub(super) struct SegmentRead {
    pub(super) key: String,
    pub(super) checked: Checked,
    pub(super) legacy_hashes: Vec<Hash>,
    /// The tiles of leaves, by index, that are those of its records, and so are the entries.
    pub(super) tiles: Vec<u64>,
    pub(super) bytes: u64,
}

impl Fetcher {
    pub(super) fn new(store: &Store, options: &VerifyOptions, versions: Versions) -> Self {
        let own = options.threads.and_then(|threads| {
            rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build().ok()
        });
        Self {
            store: store.clone(),
            versions,
            demand_lock: options.demand_lock,
            threads: own.map_or(Threads::Shared, Threads::Own),
            skip_tiles: options.skip_tiles,
            small: Semaphore::new(2),
            log_id: std::sync::OnceLock::new(),
        }
    }

    /// Every segment has to be of this log.
    pub(super) fn set_log_id(&self, log_id: &str) {
        let _ = self.log_id.set(log_id.to_owned());
    }

    pub(super) async fn fetch(self: &Arc<Self>, work: Work) -> Done {
        let Work { segment, checkpoints, cosignatures, split_at, tiles, findings } = work;
        let mut done = Done { findings, ..Done::default() };
        cosignatures::orphans(self, &checkpoints, &cosignatures, &mut done.findings).await;
        for (size, stored) in checkpoints {
            done.objects += 1;
            self.facts(&stored, &mut done.findings).await;
            let Some(note) = self.body(&stored, &mut done.findings).await else { continue };
            let mut others = Vec::new();
            for later in stored.later.iter().take(MOST_READ) {
                if let Some(other) = self.version(&stored.key, later, &mut done.findings).await {
                    others.push((name(later), other));
                }
            }
            let cosignatures =
                cosignatures::read(self, size, &cosignatures, &mut done.findings).await;
            let key = stored.key;
            done.checkpoints.push(CheckpointRead { key, size, note, others, cosignatures });
        }
        if let Some((first, stored)) = segment {
            done.objects += 1;
            self.facts(&stored, &mut done.findings).await;
            if let Some(body) = self.body(&stored, &mut done.findings).await {
                let bytes = body.len() as u64;
                let at_hand = match self.skip_tiles {
                    true => Agreement::new(tiles.start, Vec::new()),
                    false => tiles::at_hand(self, tiles).await,
                };
                if let Some((checked, legacy_hashes, tiles)) =
                    self.check(first, body, split_at, at_hand, &mut done.findings).await
                {
                    self.others(first, &stored, &checked, &mut done.findings).await;
                    let key = stored.key;
                    done.segment = Some(SegmentRead { key, checked, legacy_hashes, tiles, bytes });
                }
            }
        }
        done
    }

    /// Hashes a segment on a thread that does nothing else.
    async fn check(
        self: &Arc<Self>,
        first: u64,
        body: Bytes,
        split_at: Vec<u64>,
        mut at_hand: Agreement<Bytes>,
        findings: &mut Vec<Finding>,
    ) -> Option<(Checked, Vec<Hash>, Vec<u64>)> {
        let (send, receive) = oneshot::channel();
        let log_id = self.log_id.get().cloned();
        let check = move || {
            let options = CheckOptions { log_id: log_id.as_deref(), split_at: &split_at };
            let mut show = |seq, record, leaf| at_hand.leaf(seq, record, leaf);
            let checked = segment::check_and_show(first, &body, &options, &mut show);
            let kind = checked.header.as_ref().map(|header| header.kind);
            let legacy = match kind {
                Some(SegmentKind::Legacy) => hashes(&body),
                _ => Vec::new(),
            };
            // Nobody waits any more if the verification was given up.
            let _ = send.send((checked, legacy, at_hand.whole().collect()));
        };
        match &self.threads {
            Threads::Own(pool) => pool.spawn(check),
            Threads::Shared => rayon::spawn(check),
        }
        let checked = receive.await.ok();
        if checked.is_none() {
            findings.push(
                Finding::new(Kind::CouldNotCheck, "the check of a segment broke off").at(first),
            );
        }
        checked
    }

    /// What else is stored under the key of a segment: a race that was lost, or something that hides
    /// the segment.
    async fn others(
        self: &Arc<Self>,
        first: u64,
        stored: &Stored,
        counted: &Checked,
        findings: &mut Vec<Finding>,
    ) {
        let Some(oldest) = &stored.oldest else { return };
        for (nth, later) in stored.later.iter().enumerate() {
            let mut lost_race = false;
            if raced(oldest, later) && nth < MOST_READ {
                let Some(body) = self.version(&stored.key, later, findings).await else { continue };
                let none = Agreement::new(0, Vec::new());
                let checked = self.check(first, body, Vec::new(), none, findings).await;
                lost_race = checked.is_some_and(|(it, ..)| {
                    it.findings.is_empty() && it.first_previous == counted.first_previous
                });
            }
            let finding = if lost_race {
                Finding::new(Kind::LostRace, "a writer that lost a race left it behind")
            } else {
                Finding::new(Kind::ShadowedVersion, "a later version hides the segment that counts")
            };
            findings.push(of_version(finding.of(&stored.key).at(first), later));
        }
    }

    /// What else is stored under the key of the document: where conditions are weak, writers who began
    /// the log at once left theirs behind, which differ in the name of the log and the moment.
    pub(super) async fn other_documents(
        &self,
        stored: &Stored,
        counted: Option<&LogDocument>,
        findings: &mut Vec<Finding>,
    ) {
        let weak = counted.filter(|it| it.conditions == Conditions::OldestVersion);
        let alike = |body: &[u8]| {
            LogDocument::read(body).is_ok_and(|it| {
                weak.is_some_and(|counted| {
                    it.conditions == counted.conditions
                        && it.max_segment_records == counted.max_segment_records
                })
            })
        };
        self.other_versions(stored, weak.is_some(), alike, findings).await;
    }

    /// The same for any document: whether a later version is `alike` says whether it lost a race, where
    /// conditions are `weak`.
    pub(super) async fn other_versions(
        &self,
        stored: &Stored,
        weak: bool,
        alike: impl Fn(&[u8]) -> bool,
        findings: &mut Vec<Finding>,
    ) {
        let Some(oldest) = &stored.oldest else { return };
        for (nth, later) in stored.later.iter().enumerate() {
            let mut lost_race = false;
            if weak && raced(oldest, later) && nth < MOST_READ {
                let Some(body) = self.version(&stored.key, later, findings).await else { continue };
                lost_race = alike(&body);
            }
            let finding = if lost_race {
                Finding::new(Kind::LostRace, "another writer began the log at the same time")
            } else {
                Finding::new(Kind::ShadowedVersion, "a later version hides the document of the log")
            };
            findings.push(of_version(finding.of(&stored.key), later));
        }
    }

    /// What the listing says about an object.
    pub(super) fn hidden(&self, stored: &Stored, findings: &mut Vec<Finding>) {
        if let Some(marker) = &stored.marker {
            let message = match stored.oldest {
                Some(_) => "a delete marker was put over it",
                None => "only a delete marker is left of it",
            };
            let finding = Finding::new(Kind::DeleteMarker, message).of(&stored.key);
            findings.push(finding.version(&marker.0));
        }
        if stored.unlisted > 0 {
            let message = format!("{} more versions hide it", stored.unlisted);
            findings.push(Finding::new(Kind::ShadowedVersion, message).of(&stored.key));
        }
    }

    /// What the listing and the lock of an object say.
    pub(super) async fn facts(&self, stored: &Stored, findings: &mut Vec<Finding>) {
        self.hidden(stored, findings);
        let (Some(demanded), Some(oldest)) = (self.demand_lock, &stored.oldest) else { return };
        match self.head(&stored.key, oldest).await {
            Ok(lock) => {
                if let Some(found) = lacking(demanded, lock) {
                    let message = "it is not locked as it must be";
                    let finding = Finding::new(Kind::LockMissing, message).of(&stored.key);
                    let expected = format!("{} until {}", mode(demanded.mode), demanded.until);
                    findings.push(of_version(finding, oldest).instead(expected, found));
                }
            }
            Err(error) => findings.push(unread(&stored.key, &error)),
        }
    }

    async fn head(&self, key: &str, entry: &Entry) -> Result<Option<Lock>, StoreError> {
        patiently(async || match &entry.version {
            Some(version) => self.store.head_version(key, version).await,
            None => self.store.head(key).await,
        })
        .await
        .map(|object| object.lock)
    }

    /// The body that counts. What cannot be read becomes a finding.
    pub(super) async fn body(&self, stored: &Stored, findings: &mut Vec<Finding>) -> Option<Bytes> {
        self.version(&stored.key, stored.oldest.as_ref()?, findings).await
    }

    pub(super) async fn version(
        &self,
        key: &str,
        entry: &Entry,
        findings: &mut Vec<Finding>,
    ) -> Option<Bytes> {
        if entry.size_bytes > MOST_BYTES {
            let message =
                format!("it has {} bytes, more than any object of a log", entry.size_bytes);
            findings.push(of_version(Finding::new(Kind::Malformed, message).of(key), entry));
            return None;
        }
        match self.read(key, entry.version.as_ref()).await {
            Ok(body) => Some(body),
            Err(error) => {
                findings.push(of_version(unread(key, &error), entry));
                None
            }
        }
    }

    async fn read(&self, key: &str, version: Option<&Version>) -> Result<Bytes, StoreError> {
        patiently(async || match version {
            Some(version) => self.store.get_version(key, version).await,
            None => self.store.get(key).await,
        })
        .await
        .map(|read| read.body)
    }

    /// The body of an object that need not be there, as a plain read gives it.
    pub(super) async fn current(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let read = patiently(async || self.store.get_if_there(key).await).await?;
        Ok(read.map(|read| read.body))
    }

    /// Everything under exactly this key.
    pub(super) async fn stored(&self, key: &str, findings: &mut Vec<Finding>) -> Option<Stored> {
        use futures_util::StreamExt as _;
        let mut listing = objects::under(&self.store, key, self.versions);
        match listing.next().await {
            // The key itself comes before the keys that begin with it.
            Some(Ok(stored)) if stored.key == key => Some(stored),
            Some(Err(error)) => {
                findings.push(unread(key, &error));
                None
            }
            Some(Ok(_)) | None => None,
        }
    }
}

/// Whether two versions were stored so close to each other that their writers may have raced. Stores take
/// the moment before they put a version in its place, so of two that race the earlier one may come last.
pub(super) fn raced(oldest: &Entry, later: &Entry) -> bool {
    let gap = (later.modified - oldest.modified).abs();
    gap.to_std().is_ok_and(|gap| gap <= RACE)
}

/// The hashes that the lines give for themselves; whether they fit is checked elsewhere.
fn hashes(body: &[u8]) -> Vec<Hash> {
    let Ok(opened) = segment::open(body) else { return Vec::new() };
    opened.lines().filter_map(|(_, line)| Some(Suffixed::of(line)?.record_hash)).collect()
}

fn unread(key: &str, error: &StoreError) -> Finding {
    match error.kind {
        // Its checksum says that these are not the bytes that were stored.
        StoreErrorKind::Corrupt => Finding::new(Kind::ContentAltered, said(error)).of(key),
        _ => Finding::new(Kind::CouldNotCheck, said(error)).of(key),
    }
}

fn name(entry: &Entry) -> String {
    entry.version.as_ref().map(|version| version.0.clone()).unwrap_or_default()
}

pub(super) fn of_version(mut finding: Finding, entry: &Entry) -> Finding {
    finding.version = entry.version.as_ref().map(|version| version.0.clone());
    finding
}

/// What is there instead of the demanded lock.
fn lacking(demanded: DemandedLock, found: Option<Lock>) -> Option<String> {
    let Some(found) = found else { return Some("no lock".to_owned()) };
    let weak = demanded.mode == LockMode::Compliance && found.mode == LockMode::Governance;
    let short = found.until < demanded.until;
    (weak || short).then(|| format!("{} until {}", mode(found.mode), found.until))
}

fn mode(mode: LockMode) -> &'static str {
    match mode {
        LockMode::Governance => "governance",
        LockMode::Compliance => "compliance",
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn writers_that_race_store_within_minutes_in_either_order() {
        let entry = |seconds: i64| Entry {
            version: None,
            size_bytes: 0,
            modified: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds),
        };
        for (later, expected) in
            [(0, true), (1, true), (-1, true), (300, true), (301, false), (-301, false)]
        {
            assert_eq!(raced(&entry(0), &entry(later)), expected, "{later} seconds");
        }
    }
}
