//! Making segments.

use crate::canonical::{Rules, Uncanonical, uncanonical};
use crate::record::{
    Event, Head, MAX_RECORD_BYTES, Place, Prepared, check_timestamp, spell, write_suffix,
};
use crate::{Error, Hash, Result};

use super::{Header, MAX_BODY_BYTES, SegmentKind};

/// How the body of a segment is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// As lines.
    #[default]
    None,
    /// As one zstd frame, of level 1 to 19.
    Zstd(i32),
}

/// A segment, ready to be stored under the number `header.first_seq`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its first line.
    pub header: Header,
    /// What is stored.
    pub body: Vec<u8>,
    /// The hashes of its records, in order.
    pub hashes: Vec<Hash>,
}

/// Collects the records of one segment.
///
/// ```
/// use audit_chain::json::Value;
/// use audit_chain::record::{Event, Head};
/// use audit_chain::segment::{Builder, CheckOptions, Compression, check};
///
/// let mut builder = Builder::new("log-1", None, [7; 16], Head::default());
/// let event = Event::new("report.read", "alice", "report/1", "read", Value::Object(vec![]));
/// let hash = builder.push(&event, "2026-01-31T09:00:00.000000Z")?;
/// let segment = builder.finish(Compression::Zstd(3))?;
///
/// let checked = check(0, &segment.body, &CheckOptions { log_id: Some("log-1"), split_at: &[] });
/// assert_eq!((checked.findings, checked.last_hash), (vec![], Some(hash)));
/// # Ok::<(), audit_chain::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    log_id: String,
    writer: Option<String>,
    /// The two as they are spelled in records, which is always the same.
    spelled_log_id: Vec<u8>,
    spelled_writer: Option<Vec<u8>>,
    batch: [u8; 16],
    head: Head,
    kind: SegmentKind,
    lines: Vec<u8>,
    hashes: Vec<Hash>,
}

impl Builder {
    /// A segment of records that follow `head`. `batch` is a nonce of the caller's.
    pub fn new(log_id: &str, writer: Option<&str>, batch: [u8; 16], head: Head) -> Self {
        let spelled = |text: &str| {
            let mut bytes = Vec::new();
            spell(&mut bytes, text);
            bytes
        };
        Self {
            log_id: log_id.to_owned(),
            writer: writer.map(str::to_owned),
            spelled_log_id: spelled(log_id),
            spelled_writer: writer.map(spelled),
            batch,
            head,
            kind: SegmentKind::Records,
            lines: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// A segment of records of an older log that take the places after `head`.
    pub fn legacy(log_id: &str, writer: Option<&str>, batch: [u8; 16], head: Head) -> Self {
        Self { kind: SegmentKind::Legacy, ..Self::new(log_id, writer, batch, head) }
    }

    /// Adds a record of an event and gives its hash. `timestamp` is RFC 3339 in UTC with
    /// microseconds, like `2026-01-31T09:00:00.000000Z`.
    ///
    /// # Errors
    ///
    /// Those of [`Event::check`], [`Error::TimestampInvalid`] and [`Error::SegmentTooLarge`]; the
    /// builder is as it was then.
    pub fn push(&mut self, event: &Event, timestamp: &str) -> Result<Hash> {
        self.push_prepared(&Prepared::new(event)?, timestamp)
    }

    /// Adds a record of the ledger's own, whose type begins with [`OWN_PREFIX`](crate::record::OWN_PREFIX).
    ///
    /// # Errors
    ///
    /// [`Error::EventTypeNotReserved`] and those of [`Builder::push`].
    pub fn push_own(&mut self, event: &Event, timestamp: &str) -> Result<Hash> {
        self.push_prepared(&Prepared::own(event)?, timestamp)
    }

    /// Adds a record of an event that was prepared, of the ledger's own or not.
    ///
    /// # Errors
    ///
    /// [`Error::TimestampInvalid`], [`Error::RecordTooLarge`] and [`Error::SegmentTooLarge`]; the
    /// builder is as it was then.
    pub fn push_prepared(&mut self, event: &Prepared, timestamp: &str) -> Result<Hash> {
        if self.kind == SegmentKind::Legacy {
            return Err(Error::SegmentInvalid { reason: "legacy lines and records mixed".into() });
        }
        check_timestamp(timestamp)?;
        let place = Place {
            log_id: &self.spelled_log_id,
            seq: self.head.size + self.hashes.len() as u64,
            previous: self.last_hash(),
            timestamp,
            writer: self.spelled_writer.as_deref(),
        };
        let before = self.lines.len();
        let hash = event.write_line(&mut self.lines, &place)?;
        self.keep(before, hash)
    }

    /// Adds a record of an older log: the bytes that were hashed then.
    ///
    /// # Errors
    ///
    /// [`Error::JsonInvalid`], [`Error::DuplicateMember`] and the like when they are not what Python
    /// printed, [`Error::RecordTooLarge`], [`Error::SegmentTooLarge`].
    pub fn push_legacy(&mut self, preimage: &[u8]) -> Result<Hash> {
        if self.kind == SegmentKind::Records {
            return Err(Error::SegmentInvalid { reason: "legacy lines and records mixed".into() });
        }
        match uncanonical(preimage, Rules::Legacy) {
            None if preimage.len() > 2 && preimage[0] == b'{' => {}
            None => return Err(Error::RecordNotObject),
            Some(Uncanonical::Malformed(error) | Uncanonical::DuplicateMember(error)) => {
                return Err(error);
            }
            Some(Uncanonical::Spelling(_)) => {
                return Err(Error::LineInvalid { reason: "it is not in canonical form" });
            }
        }
        let before = self.lines.len();
        let hash = Hash::of(preimage);
        self.lines.extend_from_slice(preimage);
        write_suffix(&mut self.lines, hash);
        let bytes = self.lines.len() - before;
        if bytes > MAX_RECORD_BYTES {
            self.lines.truncate(before);
            return Err(Error::RecordTooLarge { bytes, limit: MAX_RECORD_BYTES });
        }
        self.lines.push(b'\n');
        self.keep(before, hash)
    }

    /// Keeps the line that was just written, if a segment can hold it.
    fn keep(&mut self, before: usize, hash: Hash) -> Result<Hash> {
        let limit = MAX_BODY_BYTES - HEADER_BYTES;
        let bytes = self.lines.len();
        if bytes > limit {
            self.lines.truncate(before);
            return Err(Error::SegmentTooLarge { bytes, limit });
        }
        self.hashes.push(hash);
        Ok(hash)
    }

    /// How many records there are.
    pub fn count(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// How many bytes their lines have.
    pub fn bytes(&self) -> usize {
        self.lines.len()
    }

    fn last_hash(&self) -> Option<Hash> {
        self.hashes.last().copied().or(self.head.last_hash)
    }

    /// The segment.
    ///
    /// # Errors
    ///
    /// [`Error::SegmentEmpty`].
    pub fn finish(self, compression: Compression) -> Result<Segment> {
        let header = Header {
            batch: self.batch,
            count: self.count(),
            first_seq: self.head.size,
            kind: self.kind,
            last_hash: self.hashes.last().copied().ok_or(Error::SegmentEmpty)?,
            log_id: self.log_id,
            previous_hash: self.head.last_hash,
            writer: self.writer,
        };
        let mut body = header.to_line();
        body.push(b'\n');
        body.extend_from_slice(&self.lines);
        if let Compression::Zstd(level) = compression {
            body = super::body::compress(&body, level);
        }
        Ok(Segment { header, body, hashes: self.hashes })
    }
}

/// What is set aside for the header: names of log and writer are short.
const HEADER_BYTES: usize = 1 << 16;
