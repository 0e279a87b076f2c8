//! Events, written out as far as that is possible before their place in the log is known.

use sha2::{Digest as _, Sha256};

use crate::canonical::{Scanner, to_canonical};
use crate::json::Value;
use crate::{Error, Hash, Result};

use super::{Event, Line, MAX_RECORD_BYTES, OWN_PREFIX, Place, VERSION, spell, write_suffix};

/// An event that was checked and written out, but for what the log adds: number, link, time, writer.
///
/// Whoever queues events prepares them in the thread of their caller; what is left for the one place
/// where records are chained is to copy and to hash.
///
/// ```
/// use audit_chain::json::Value;
/// use audit_chain::record::{Event, Head, Prepared};
/// use audit_chain::segment::Builder;
///
/// let event = Event::new("report.read", "alice", "report/1", "read", Value::Object(vec![]));
/// let (mut one, mut other) =
///     (Builder::new("log-1", None, [7; 16], Head::default()), Builder::new("log-1", None, [7; 16], Head::default()));
/// let now = "2026-01-31T09:00:00.000000Z";
/// assert_eq!(one.push(&event, now)?, other.push_prepared(&Prepared::new(&event)?, now)?);
/// # Ok::<(), audit_chain::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The members before `log_id`, and then, from `resource_at` on, `resource`.
    spelled: Vec<u8>,
    resource_at: usize,
    event_type: String,
    class: Option<String>,
    event_id: Option<String>,
}

/// What a record says, spelled, without what the log adds.
struct Spelled<'a> {
    action: &'a [u8],
    actor: &'a [u8],
    class: Option<&'a [u8]>,
    details: &'a [u8],
    event_id: Option<&'a [u8]>,
    event_type: &'a [u8],
    resource: &'a [u8],
}

impl Spelled<'_> {
    /// Writes the members in their order, and says where `resource` begins.
    fn write(&self, to: &mut Vec<u8>) -> usize {
        let text = |to: &mut Vec<u8>, name: &str, value: &[u8]| {
            to.extend_from_slice(name.as_bytes());
            to.push(b'"');
            to.extend_from_slice(value);
            to.push(b'"');
        };
        text(to, "{\"action\": ", self.action);
        text(to, ", \"actor\": ", self.actor);
        if let Some(class) = self.class {
            text(to, ", \"class\": ", class);
        }
        to.extend_from_slice(b", \"details\": ");
        to.extend_from_slice(self.details);
        if let Some(event_id) = self.event_id {
            text(to, ", \"event_id\": ", event_id);
        }
        text(to, ", \"event_type\": ", self.event_type);
        let resource_at = to.len();
        text(to, ", \"resource\": ", self.resource);
        resource_at
    }
}

impl Prepared {
    /// Checks an event and writes it out.
    ///
    /// # Errors
    ///
    /// Those of [`Event::check`].
    pub fn new(event: &Event) -> Result<Self> {
        if event.event_type.starts_with(OWN_PREFIX) {
            return Err(Error::EventTypeReserved { event_type: event.event_type.clone() });
        }
        Self::any(event)
    }

    /// The same for a record of the ledger's own, whose type begins with [`OWN_PREFIX`].
    ///
    /// # Errors
    ///
    /// [`Error::EventTypeNotReserved`] and those of [`Event::check`].
    pub fn own(event: &Event) -> Result<Self> {
        if !event.event_type.starts_with(OWN_PREFIX) {
            return Err(Error::EventTypeNotReserved { event_type: event.event_type.clone() });
        }
        Self::any(event)
    }

    pub(crate) fn any(event: &Event) -> Result<Self> {
        event.check_words()?;
        let details = to_canonical(&event.details);
        let spelled = |text: &str| {
            let mut bytes = Vec::with_capacity(text.len() + 2);
            spell(&mut bytes, text);
            bytes[1..bytes.len() - 1].to_vec()
        };
        let [action, actor, event_type, resource] =
            [&event.action, &event.actor, &event.event_type, &event.resource].map(|it| spelled(it));
        let [class, event_id] =
            [&event.class, &event.event_id].map(|it| it.as_ref().map(|it| spelled(it)));
        let said = Spelled {
            action: &action,
            actor: &actor,
            class: class.as_deref(),
            details: &details,
            event_id: event_id.as_deref(),
            event_type: &event_type,
            resource: &resource,
        };
        let mut spelled = Vec::with_capacity(128 + details.len());
        let resource_at = said.write(&mut spelled);
        if spelled.len() > MAX_RECORD_BYTES {
            let bytes = spelled.len();
            return Err(Error::RecordTooLarge { bytes, limit: MAX_RECORD_BYTES });
        }
        // Details that were read have been checked; a value built by hand may be anything.
        if !Scanner::new().members(&spelled, |_, _| ()) {
            let reread = Value::parse_strict(&[&spelled[..], b"}"].concat())?;
            // Two halves of a surrogate pair, put together by hand, are one character to every reader,
            // which has another place among the names of members.
            if let Some(reread) = reread.get("details").filter(|it| to_canonical(it) != details) {
                return Self::any(&Event { details: reread.clone(), ..event.clone() });
            }
        }
        Ok(Self {
            spelled,
            resource_at,
            event_type: event.event_type.clone(),
            class: event.class.clone(),
            event_id: event.event_id.clone(),
        })
    }

    /// Its type.
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// Its retention class, if it has one.
    pub fn class(&self) -> Option<&str> {
        self.class.as_deref()
    }

    /// The caller's own id of it, if it has one.
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// About how many bytes its record will have.
    pub fn size_bytes(&self) -> usize {
        // Links, number, time and suffix come to about 300 bytes.
        self.spelled.len() + 300
    }

    /// A digest of what the caller said: equal for an event that is sent twice, and for the record
    /// that was made of it ([`Line::content_hash`]).
    pub fn content_hash(&self) -> Hash {
        Hash::of(&self.spelled)
    }

    /// Appends the line of the record and its line feed, and gives its hash. On an error nothing is
    /// appended.
    pub(crate) fn write_line(&self, to: &mut Vec<u8>, place: &Place<'_>) -> Result<Hash> {
        use std::io::Write as _;
        let start = to.len();
        to.extend_from_slice(&self.spelled[..self.resource_at]);
        to.extend_from_slice(b", \"log_id\": ");
        spell(to, place.log_id);
        to.extend_from_slice(b", \"previous_hash\": ");
        match place.previous {
            Some(hash) => {
                to.push(b'"');
                to.extend_from_slice(&hash.to_hex());
                to.push(b'"');
            }
            None => to.extend_from_slice(b"null"),
        }
        to.extend_from_slice(&self.spelled[self.resource_at..]);
        write!(to, ", \"seq\": {}, \"timestamp\": ", place.seq).expect("a vector takes all bytes");
        spell(to, place.timestamp);
        write!(to, ", \"v\": {VERSION}").expect("a vector takes all bytes");
        if let Some(writer) = place.writer {
            to.extend_from_slice(b", \"writer\": ");
            spell(to, writer);
        }
        to.push(b'}');
        let hash = Hash::of(&to[start..]);
        write_suffix(to, hash);
        let bytes = to.len() - start;
        if bytes > MAX_RECORD_BYTES {
            to.truncate(start);
            return Err(Error::RecordTooLarge { bytes, limit: MAX_RECORD_BYTES });
        }
        to.push(b'\n');
        Ok(hash)
    }
}

impl Line<'_> {
    /// A digest of what the caller said: that of [`Prepared::content_hash`].
    pub fn content_hash(&self) -> Hash {
        let said = Spelled {
            action: self.action,
            actor: self.actor,
            class: self.class,
            details: self.details,
            event_id: self.event_id,
            event_type: self.event_type,
            resource: self.resource,
        };
        let mut bytes = Vec::new();
        said.write(&mut bytes);
        Hash(Sha256::digest(&bytes).into())
    }
}
