//! Events, written out as far as that is possible before their place in the log is known.

use std::ops::Range;

use crate::canonical::{Scanner, to_canonical, write_canonical, write_escaped};
use crate::json::Value;
use crate::{Error, Hash, Result};

use super::{Event, Line, MAX_RECORD_BYTES, OWN_PREFIX, Place, VERSION, write_suffix};

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

/// What a record says, without what the log adds, as `T`.
struct Said<T> {
    action: T,
    actor: T,
    class: Option<T>,
    event_id: Option<T>,
    event_type: T,
    resource: T,
}

/// Where things stand in what was written.
struct Spots {
    details: Range<usize>,
    resource_at: usize,
}

impl<T> Said<T> {
    /// Writes the members in their order. `text` writes what stands between the quotation marks of
    /// one, `details` all of that member.
    fn write(
        self,
        to: &mut Vec<u8>,
        text: impl Fn(&mut Vec<u8>, T),
        details: impl FnOnce(&mut Vec<u8>),
    ) -> Spots {
        let text = |to: &mut Vec<u8>, name: &str, value: T| {
            to.extend_from_slice(name.as_bytes());
            text(to, value);
            to.push(b'"');
        };
        text(to, "{\"action\": \"", self.action);
        text(to, ", \"actor\": \"", self.actor);
        if let Some(class) = self.class {
            text(to, ", \"class\": \"", class);
        }
        to.extend_from_slice(b", \"details\": ");
        let start = to.len();
        details(to);
        let details = start..to.len();
        if let Some(event_id) = self.event_id {
            text(to, ", \"event_id\": \"", event_id);
        }
        text(to, ", \"event_type\": \"", self.event_type);
        let resource_at = to.len();
        text(to, ", \"resource\": \"", self.resource);
        Spots { details, resource_at }
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
        let said = Said {
            action: &event.action,
            actor: &event.actor,
            class: event.class.as_ref(),
            event_id: event.event_id.as_ref(),
            event_type: &event.event_type,
            resource: &event.resource,
        };
        let mut spelled = Vec::with_capacity(USUAL_BYTES);
        let Spots { details, resource_at } = said.write(
            &mut spelled,
            |to, text| write_escaped(to, text.as_bytes()),
            |to| write_canonical(to, &event.details),
        );
        if spelled.len() > MAX_RECORD_BYTES {
            let bytes = spelled.len();
            return Err(Error::RecordTooLarge { bytes, limit: MAX_RECORD_BYTES });
        }
        // Details that were read have been checked; a value built by hand may be anything.
        let end = Scanner::new().end_of_member(&spelled[..details.end], details.start);
        if end != Some(details.end) {
            let reread = Value::parse_strict(&[&spelled[..], b"}"].concat())?;
            // Two halves of a surrogate pair, put together by hand, are one character to every reader,
            // which has another place among the names of members.
            let other = |it: &&Value| to_canonical(it) != spelled[details.clone()];
            if let Some(reread) = reread.get("details").filter(other) {
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
        let start = to.len();
        to.extend_from_slice(&self.spelled[..self.resource_at]);
        to.extend_from_slice(b", \"log_id\": ");
        to.extend_from_slice(place.log_id);
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
        to.extend_from_slice(b", \"seq\": ");
        write_number(to, place.seq);
        to.extend_from_slice(b", \"timestamp\": \"");
        to.extend_from_slice(place.timestamp.as_bytes());
        to.extend_from_slice(b"\", \"v\": ");
        write_number(to, VERSION);
        if let Some(writer) = place.writer {
            to.extend_from_slice(b", \"writer\": ");
            to.extend_from_slice(writer);
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
        let said = Said {
            action: self.action,
            actor: self.actor,
            class: self.class,
            event_id: self.event_id,
            event_type: self.event_type,
            resource: self.resource,
        };
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        said.write(&mut bytes, Vec::extend_from_slice, |to| to.extend_from_slice(self.details));
        Hash::of(&bytes)
    }
}

/// As many bytes as most events have.
const USUAL_BYTES: usize = 384;

/// Appends the digits of a number.
fn write_number(to: &mut Vec<u8>, number: u64) {
    // 2^64 has 20 digits.
    let mut digits = [b'0'; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    to.extend_from_slice(&digits[at..]);
}
