//! The first line of a segment.

use crate::canonical::to_canonical;
use crate::json::Value;
use crate::record::VERSION;
use crate::{Error, Hash, Result, hex};

/// What the lines of a segment are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentKind {
    /// Records of this log.
    Records,
    /// Records of an older log, as they were hashed then.
    Legacy,
}

/// The first line of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// A random number by which a writer knows its own segment again.
    pub batch: [u8; 16],
    /// How many records follow.
    pub count: u64,
    /// The place of the first record in the log; the number of the segment.
    pub first_seq: u64,
    /// What the lines are.
    pub kind: SegmentKind,
    /// The hash of the last record.
    pub last_hash: Hash,
    /// Name of the log.
    pub log_id: String,
    /// The hash of the record before the first; `None` at the start of the log.
    pub previous_hash: Option<Hash>,
    /// Who wrote it, if that is told.
    pub writer: Option<String>,
}

impl Header {
    /// The line, without line feed.
    pub fn to_line(&self) -> Vec<u8> {
        let hash = |hash: Hash| Value::from(hash.to_string().as_str());
        let batch = hex::encode(&self.batch);
        let kind = match self.kind {
            SegmentKind::Records => "records",
            SegmentKind::Legacy => "legacy",
        };
        let mut members = vec![
            ("batch", Value::from(batch.as_str())),
            ("count", Value::from(self.count)),
            ("first_seq", Value::from(self.first_seq)),
            ("kind", Value::from(kind)),
            ("last_hash", hash(self.last_hash)),
            ("log_id", Value::from(self.log_id.as_str())),
            ("previous_hash", self.previous_hash.map_or(Value::Null, hash)),
            ("v", Value::from(VERSION)),
        ];
        members.extend(self.writer.as_deref().map(|writer| ("writer", Value::from(writer))));
        let members = members.into_iter().map(|(name, value)| (name.into(), value));
        to_canonical(&Value::Object(members.collect()))
    }

    /// Reads the line, without line feed, in its one spelling.
    ///
    /// # Errors
    ///
    /// [`Error::SegmentInvalid`].
    pub fn from_line(line: &[u8]) -> Result<Self> {
        let invalid = |reason: String| Error::SegmentInvalid { reason };
        let value =
            Value::parse_strict(line).map_err(|error| invalid(format!("header: {error}")))?;
        let wrong = |name: &str| invalid(format!("header: `{name}` is missing or wrong"));
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let number = |name: &str| value.get(name).and_then(Value::as_u64).ok_or(wrong(name));
        let hash = |name: &str| text(name).and_then(|hex| hex.parse().ok()).ok_or(wrong(name));
        if number("v")? != VERSION {
            return Err(invalid(format!("header: version {} is not known here", number("v")?)));
        }
        let header = Self {
            batch: text("batch").and_then(|it| hex::decode(it.as_bytes())).ok_or(wrong("batch"))?,
            count: number("count")?,
            first_seq: number("first_seq")?,
            kind: match text("kind") {
                Some("records") => SegmentKind::Records,
                Some("legacy") => SegmentKind::Legacy,
                _ => return Err(wrong("kind")),
            },
            last_hash: hash("last_hash")?,
            log_id: text("log_id").ok_or(wrong("log_id"))?.to_owned(),
            previous_hash: match value.get("previous_hash") {
                Some(Value::Null) => None,
                _ => Some(hash("previous_hash")?),
            },
            writer: match value.get("writer") {
                Some(_) => Some(text("writer").ok_or(wrong("writer"))?.to_owned()),
                None => None,
            },
        };
        if header.to_line() != line {
            return Err(invalid("header: not in canonical form, or with unknown members".into()));
        }
        Ok(header)
    }
}
