//! Events, and how they become lines.

use crate::canonical::write_escaped;
use crate::json::Value;
use crate::{Error, Hash, Result};

use super::{Prepared, is_timestamp};

/// The most bytes a line of a new record may have, its line feed not counted.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// How the types of the ledger's own records begin.
pub const OWN_PREFIX: &str = "_audit.";

/// What happened, as a caller says it. The log adds place, time and link.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What kind of thing happened: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, without `..`; types that
    /// begin with [`OWN_PREFIX`] are the ledger's own.
    pub event_type: String,
    /// Who did it.
    pub actor: String,
    /// What it was done to.
    pub resource: String,
    /// What was done.
    pub action: String,
    /// Anything else, as JSON.
    pub details: Value,
    /// The retention class; spelled as an event type. `None` for the one of the log.
    pub class: Option<String>,
    /// The caller's own id of the event, so that one sent twice can be found.
    pub event_id: Option<String>,
}

impl Event {
    /// An event without retention class and id.
    ///
    /// ```
    /// use audit_chain::json::Value;
    /// use audit_chain::record::Event;
    ///
    /// let details = Value::parse_strict(br#"{"rows": 12}"#)?;
    /// Event::new("report.read", "alice", "report/1", "read", details).check()?;
    /// let error = Event::new("Report Read", "alice", "report/1", "read", Value::Null).check();
    /// assert_eq!(error.unwrap_err().code(), "audit.event_type_invalid");
    /// # Ok::<(), audit_chain::Error>(())
    /// ```
    pub fn new(
        event_type: impl Into<String>,
        actor: impl Into<String>,
        resource: impl Into<String>,
        action: impl Into<String>,
        details: Value,
    ) -> Self {
        Self {
            event_type: event_type.into(),
            actor: actor.into(),
            resource: resource.into(),
            action: action.into(),
            details,
            class: None,
            event_id: None,
        }
    }

    /// Refuses what can be refused before the place in the log is known, so that a caller hears of
    /// it at once: type and class, numbers in the details, size.
    ///
    /// # Errors
    ///
    /// [`Error::EventTypeInvalid`], [`Error::EventTypeReserved`], [`Error::ClassInvalid`],
    /// [`Error::NonFinite`], [`Error::TooDeep`], [`Error::RecordTooLarge`].
    pub fn check(&self) -> Result<()> {
        Prepared::new(self).map(drop)
    }

    /// Refuses wrong types and classes.
    pub(crate) fn check_words(&self) -> Result<()> {
        if !is_word(&self.event_type) {
            return Err(Error::EventTypeInvalid { event_type: self.event_type.clone() });
        }
        match &self.class {
            Some(class) if !is_word(class) => Err(Error::ClassInvalid { class: class.clone() }),
            _ => Ok(()),
        }
    }
}

/// Whether this can be an event type or a retention class.
fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed) && !text.contains("..")
}

/// Refuses times that are not spelled as in records.
pub(crate) fn check_timestamp(timestamp: &str) -> Result<()> {
    match is_timestamp(timestamp.as_bytes()) {
        true => Ok(()),
        false => Err(Error::TimestampInvalid { timestamp: timestamp.to_owned() }),
    }
}

/// What the log adds to an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Spelled, in quotation marks.
    pub(crate) log_id: &'a [u8],
    pub(crate) seq: u64,
    pub(crate) previous: Option<Hash>,
    /// As [`check_timestamp`] wants it.
    pub(crate) timestamp: &'a str,
    /// Spelled, in quotation marks.
    pub(crate) writer: Option<&'a [u8]>,
}

/// Text as a canonical string in quotation marks.
pub(crate) fn spell(to: &mut Vec<u8>, text: &str) {
    to.push(b'"');
    write_escaped(to, text.as_bytes());
    to.push(b'"');
}
