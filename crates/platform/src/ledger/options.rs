//! How a ledger is opened.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use audit_chain::note::{Signer, VerifierKey};
use audit_chain::segment::Compression;
use chrono::{DateTime, TimeDelta, Utc};

use super::Sealing;
use crate::clock::{Clock, SystemClock};
use crate::numbered::Retry;
use crate::store::{Conditions, Lock, LockMode};

/// How a ledger is opened. Plain data and the parts it works with; no environment is read.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Which log this has to be; a new log gets this id, or a random one. 1 to 64 of
    /// `[A-Za-z0-9._-]`.
    pub log_id: Option<String>,
    /// The first line of its checkpoints; a new log gets this one, or `strongroom/<log_id>`.
    pub origin: Option<String>,
    /// Whether a log is begun where none is.
    pub create: bool,
    /// Who writes: stands in every record. Think of a host and a process.
    pub writer: Option<String>,
    /// Signs the checkpoints. Without it none are written.
    pub signer: Option<Arc<Signer>>,
    /// Keys whose checkpoints are believed when the log is opened, besides the signer's own and those
    /// in the log's document.
    pub verifier_keys: Vec<VerifierKey>,
    /// How long the objects of the log are protected; `None` leaves that to the bucket.
    pub retention: Option<Retention>,
    /// What is sealed in each event before it is stored, and for whom; `None` for nothing.
    pub sealing: Option<Sealing>,
    /// How segments are stored.
    pub compression: Compression,
    /// When a checkpoint is written.
    pub checkpoint_every: CheckpointEvery,
    /// What is held in memory and put in one segment at most.
    pub limits: Limits,
    /// How long a failing store is tried again.
    pub retry: Retry,
    /// How far conditional writes are trusted when a log is begun; `None` finds out. A log that is
    /// there has the answer in its document.
    pub conditions: Option<Conditions>,
    /// Stamps the records.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            log_id: None,
            origin: None,
            create: true,
            writer: None,
            signer: None,
            verifier_keys: Vec::new(),
            retention: None,
            sealing: None,
            compression: Compression::default(),
            checkpoint_every: CheckpointEvery::default(),
            limits: Limits::default(),
            retry: Retry::default(),
            conditions: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of the key its name and no more.
        f.debug_struct("Options")
            .field("log_id", &self.log_id)
            .field("writer", &self.writer)
            .field("signer", &self.signer.as_ref().map(|it| it.verifier_key().label()))
            .finish_non_exhaustive()
    }
}

/// When a checkpoint is written: whichever comes first, and when the ledger is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointEvery {
    /// This long after the first record that no checkpoint covers.
    pub time: Duration,
    /// After this many records.
    pub records: u64,
}

impl Default for CheckpointEvery {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), records: 65_536 }
    }
}

/// What is held in memory and put in one segment at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Records of a segment. A new log writes this into its document, where it binds all writers; an
    /// old log's own number counts if it is smaller.
    pub segment_records: u64,
    /// Bytes of the records of a segment, before compression; a single longer record has a segment
    /// of its own.
    pub segment_bytes: usize,
    /// Records that wait to be stored. More wait for room.
    pub queue_records: usize,
    /// Bytes of records that wait to be stored.
    pub queue_bytes: usize,
    /// How many ids of events are remembered, the latest ones.
    pub event_ids: usize,
    /// How many segments are read, when the first event with an id comes, for ids that are older than
    /// what was read when the log was opened. With 0 an event that was recorded and sealed before is
    /// recorded again.
    pub event_id_segments: usize,
    /// How often in a row other writers may be faster before the waiting events fail.
    pub races: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            segment_records: 16_384,
            segment_bytes: 8 << 20,
            queue_records: 65_536,
            queue_bytes: 64 << 20,
            event_ids: 65_536,
            event_id_segments: 32,
            races: 200,
        }
    }
}

/// How long the objects of a log are protected: by class of record, the longest in a segment counts.
///
/// The ledger's own records (`_audit.…`), its checkpoints and its document are kept as long as the
/// longest class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Who may lift the protection.
    pub mode: LockMode,
    /// Days for records without a class, or with one that is not named here.
    pub days: u32,
    /// Days for the classes that differ.
    pub class_days: BTreeMap<String, u32>,
}

impl Retention {
    /// The same number of days for everything.
    pub fn days(mode: LockMode, days: u32) -> Self {
        Self { mode, days, class_days: BTreeMap::new() }
    }

    /// The days of one record.
    pub(super) fn days_of(&self, event_type: &str, class: Option<&str>) -> u32 {
        if event_type.starts_with("_audit.") {
            return self.longest();
        }
        class.and_then(|it| self.class_days.get(it)).copied().unwrap_or(self.days)
    }

    /// The days of what speaks about all records.
    pub(super) fn longest(&self) -> u32 {
        self.class_days.values().copied().max().unwrap_or(0).max(self.days)
    }

    /// The protection of an object that is written `now`.
    pub(super) fn lock(&self, now: DateTime<Utc>, days: u32) -> Lock {
        let until = now.checked_add_signed(TimeDelta::days(days.into()));
        Lock { mode: self.mode, until: until.unwrap_or(DateTime::<Utc>::MAX_UTC) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledgers_own_records_are_kept_as_long_as_the_longest_class() {
        let class_days = BTreeMap::from([("short".to_owned(), 1), ("tax".to_owned(), 3653)]);
        let retention = Retention { mode: LockMode::Compliance, days: 30, class_days };
        assert_eq!(retention.days_of("login", None), 30);
        assert_eq!(retention.days_of("login", Some("unheard-of")), 30);
        assert_eq!(retention.days_of("login", Some("short")), 1);
        assert_eq!(retention.days_of("_audit.key_rotated", Some("short")), 3653);
    }
}
