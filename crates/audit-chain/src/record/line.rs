//! Reading lines of records, without allocation and without searching in them.

use crate::canonical::Scanner;
use crate::json::{Text, Value};
use crate::{Error, Hash, Result};

use super::fast::{self, Known};

/// Bytes of the suffix that takes the place of the last brace.
pub const SUFFIX_BYTES: usize = OPEN.len() + 64 + CLOSE.len();

const OPEN: &[u8] = b", \"record_hash\": \"";
const CLOSE: &[u8] = b"\"}";

/// Puts the suffix in place of the last brace.
pub(crate) fn write_suffix(to: &mut Vec<u8>, hash: Hash) {
    let brace = to.pop();
    debug_assert_eq!(brace, Some(b'}'));
    to.extend_from_slice(OPEN);
    to.extend_from_slice(&hash.to_hex());
    to.extend_from_slice(CLOSE);
}

/// A line, taken apart at its end only.
#[derive(Clone, Copy, Debug)]
pub struct Suffixed<'a> {
    /// What was hashed, but for its last byte, a brace.
    pub body: &'a [u8],
    /// The hash that the line gives for itself.
    pub record_hash: Hash,
}

impl<'a> Suffixed<'a> {
    /// Takes the suffix off a line (without its line feed); `None` if it has none.
    pub fn of(line: &'a [u8]) -> Option<Self> {
        let (body, hex) = split(line)?;
        Some(Self { body, record_hash: Hash::from_hex(hex)? })
    }

    /// What was hashed.
    pub fn preimage(&self) -> Vec<u8> {
        [self.body, b"}"].concat()
    }

    /// The hash of what was hashed: `record_hash` if the line is as it was written.
    pub fn computed_hash(&self) -> Hash {
        Hash::of_and(self.body, b'}')
    }
}

/// What was hashed but for its last brace, and the digits of the hash.
pub(crate) fn split(line: &[u8]) -> Option<(&[u8], &[u8; 64])> {
    let (body, suffix) = line.split_at_checked(line.len().checked_sub(SUFFIX_BYTES)?)?;
    let hex = suffix.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    Some((body, hex.try_into().ok()?))
}

/// The members of a record, read from its line. Texts are as they are spelled between the quotation
/// marks: compare them to text that was spelled in the same way, or see [`text_of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Place in the log, from 0.
    pub seq: u64,
    /// Hash of the record before it; `None` for the first.
    pub previous_hash: Option<Hash>,
    /// The hash that the line gives for itself.
    pub record_hash: Hash,
    /// Name of the log.
    pub log_id: &'a [u8],
    /// When it happened, as `2026-01-31T09:00:00.000000Z`.
    pub timestamp: &'a [u8],
    /// What kind of thing happened.
    pub event_type: &'a [u8],
    /// Who did it.
    pub actor: &'a [u8],
    /// What it was done to.
    pub resource: &'a [u8],
    /// What was done.
    pub action: &'a [u8],
    /// Anything else: JSON, canonical.
    pub details: &'a [u8],
    /// The retention class, if it has one.
    pub class: Option<&'a [u8]>,
    /// The caller's id of the event, if it has one.
    pub event_id: Option<&'a [u8]>,
    /// Who wrote it to the log, if that is told.
    pub writer: Option<&'a [u8]>,
}

impl<'a> Line<'a> {
    /// Reads a line (without its line feed) of a record in canonical form. Whether its hash fits is
    /// not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::LineInvalid`]. For why bytes are not canonical see
    /// [`crate::canonical::uncanonical`].
    pub fn read(line: &'a [u8], scanner: &mut Scanner) -> Result<Self> {
        let invalid = |reason| Error::LineInvalid { reason };
        let suffixed =
            Suffixed::of(line).ok_or(invalid("it does not end with its `record_hash`"))?;
        Self::read_body(&suffixed, None, scanner)
    }

    /// The same for a line whose suffix was taken off, where the hash it probably names is known.
    pub(crate) fn read_body(
        suffixed: &Suffixed<'a>,
        previous: Option<&Known>,
        scanner: &mut Scanner,
    ) -> Result<Self> {
        match fast::read(suffixed.body, suffixed.record_hash, previous, scanner) {
            Some(line) => Ok(line),
            None => Self::read_any(suffixed, scanner),
        }
    }

    /// The same for a line that may have members this crate does not know.
    pub(super) fn read_any(suffixed: &Suffixed<'a>, scanner: &mut Scanner) -> Result<Self> {
        let invalid = |reason| Error::LineInvalid { reason };
        let mut members = Members::default();
        if !scanner.members(suffixed.body, |name, value| members.take(name, value)) {
            return Err(invalid("it is not in canonical form"));
        }
        members.line(suffixed.record_hash).map_err(invalid)
    }
}

/// Top-level members, as they are spelled.
#[derive(Default)]
struct Members<'a> {
    action: Option<&'a [u8]>,
    actor: Option<&'a [u8]>,
    class: Option<&'a [u8]>,
    details: Option<&'a [u8]>,
    event_id: Option<&'a [u8]>,
    event_type: Option<&'a [u8]>,
    log_id: Option<&'a [u8]>,
    previous_hash: Option<&'a [u8]>,
    resource: Option<&'a [u8]>,
    seq: Option<&'a [u8]>,
    timestamp: Option<&'a [u8]>,
    version: Option<&'a [u8]>,
    writer: Option<&'a [u8]>,
}

impl<'a> Members<'a> {
    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        let place = match name {
            b"action" => &mut self.action,
            b"actor" => &mut self.actor,
            b"class" => &mut self.class,
            b"details" => &mut self.details,
            b"event_id" => &mut self.event_id,
            b"event_type" => &mut self.event_type,
            b"log_id" => &mut self.log_id,
            b"previous_hash" => &mut self.previous_hash,
            b"resource" => &mut self.resource,
            b"seq" => &mut self.seq,
            b"timestamp" => &mut self.timestamp,
            b"v" => &mut self.version,
            b"writer" => &mut self.writer,
            // Later versions of this crate may add members.
            _ => return,
        };
        *place = Some(value);
    }

    fn line(self, record_hash: Hash) -> Result<Line<'a>, &'static str> {
        let text = |value: Option<&'a [u8]>| value?.strip_prefix(b"\"")?.strip_suffix(b"\"");
        let optional = |value: Option<&'a [u8]>, reason| match value {
            Some(_) => text(value).map(Some).ok_or(reason),
            None => Ok(None),
        };
        if self.version != Some(b"1") {
            return Err("`v` is not 1");
        }
        let previous_hash = match self.previous_hash {
            Some(b"null") => None,
            value => {
                let hash = text(value).and_then(Hash::from_hex);
                Some(hash.ok_or("`previous_hash` is no hash and not null")?)
            }
        };
        let timestamp = text(self.timestamp).filter(|timestamp| is_timestamp(timestamp));
        Ok(Line {
            seq: self.seq.and_then(number).ok_or("`seq` is no number of a record")?,
            previous_hash,
            record_hash,
            log_id: text(self.log_id).ok_or("`log_id` is no text")?,
            timestamp: timestamp
                .ok_or("`timestamp` is not a time like `2026-01-31T09:00:00.000000Z`")?,
            event_type: text(self.event_type).ok_or("`event_type` is no text")?,
            actor: text(self.actor).ok_or("`actor` is no text")?,
            resource: text(self.resource).ok_or("`resource` is no text")?,
            action: text(self.action).ok_or("`action` is no text")?,
            details: self.details.ok_or("`details` is missing")?,
            class: optional(self.class, "`class` is no text")?,
            event_id: optional(self.event_id, "`event_id` is no text")?,
            writer: optional(self.writer, "`writer` is no text")?,
        })
    }
}

/// A canonical number that fits.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then_some(u64::from(digit & 15))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Whether this is a time as records have it: RFC 3339 in UTC with six digits of a second's
/// fraction, so that the order of the bytes is that of time.
pub(crate) fn is_timestamp(text: &[u8]) -> bool {
    // Each byte lies between the two of its place.
    const LEAST: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";
    const MOST: &[u8; 27] = b"9999-99-99T99:99:99.999999Z";
    let Ok(text) = <&[u8; 27]>::try_from(text) else { return false };
    let mut fits = true;
    for place in 0..27 {
        fits &= LEAST[place] <= text[place] && text[place] <= MOST[place];
    }
    let two = |at: usize| (text[at] & 15) * 10 + (text[at + 1] & 15);
    fits
        && (1..=12).contains(&two(5))
        && (1..=31).contains(&two(8))
        && two(11) < 24
        && two(14) < 60
        // A leap second is written as `:60`.
        && two(17) <= 60
}

/// How many seconds earlier than a record before it a record may be stamped without a note.
///
/// An event is stamped when it is handed over, and gets its number when it is stored: between the two lie
/// the queue, repeated writes and races that other writers won. The clocks of machines differ besides.
/// So every log with several writers has stamps that go back a little, and a note for each would bury
/// the one that says that a clock was put back. Nothing is ordered by stamps.
pub const CLOCK_TOLERANCE_SECONDS: u64 = 300;

/// Whether a clock went back by more than [`CLOCK_TOLERANCE_SECONDS`] between two stamps that are spelled
/// as in records.
pub(crate) fn goes_back(before: &[u8], now: &[u8]) -> bool {
    match (microseconds(before), microseconds(now)) {
        (Some(before), Some(now)) => {
            before.saturating_sub(now) > CLOCK_TOLERANCE_SECONDS * 1_000_000
        }
        _ => false,
    }
}

/// Microseconds since the year 0 of a calendar that went on backwards (proleptic Gregorian).
fn microseconds(stamp: &[u8]) -> Option<u64> {
    if !is_timestamp(stamp) {
        return None;
    }
    let number = |places: std::ops::Range<usize>| {
        stamp[places].iter().fold(0, |number, digit| number * 10 + u64::from(digit & 15))
    };
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    // The year begins in March, so that a leap day is its last.
    let (year, month) = match month {
        1 | 2 => ((year + 400) - 1, month + 9),
        _ => (year + 400, month - 3),
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    let seconds = ((days * 24 + number(11..13)) * 60 + number(14..16)) * 60 + number(17..19);
    Some(seconds * 1_000_000 + number(20..26))
}

/// The text that is spelled so between quotation marks in a canonical document.
///
/// ```
/// assert_eq!(audit_chain::record::text_of(br"J\u00f6rg").as_str(), Some("Jörg"));
/// ```
pub fn text_of(spelled: &[u8]) -> Text {
    match Value::parse(&[b"\"", spelled, b"\""].concat()) {
        Ok(Value::String(text)) => text,
        // Not from a canonical document: the bytes themselves, as well as they can be shown.
        _ => String::from_utf8_lossy(spelled).into_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_back_when_it_does_so_by_more_than_clocks_and_queues_do() {
        let back = |before: &str, now: &str| goes_back(before.as_bytes(), now.as_bytes());
        for (before, now, expected) in [
            ("2026-01-01T00:05:00.000000Z", "2026-01-01T00:00:00.000000Z", false),
            ("2026-01-01T00:05:00.000001Z", "2026-01-01T00:00:00.000000Z", true),
            ("2026-01-01T00:04:59.999999Z", "2025-12-31T23:59:59.999999Z", false),
            ("2026-01-01T00:05:00.000000Z", "2025-12-31T23:59:59.999999Z", true),
            ("2024-03-01T00:04:00.000000Z", "2024-02-29T23:59:30.000000Z", false),
            ("2024-03-01T00:04:00.000000Z", "2024-02-28T23:59:30.000000Z", true),
            ("2100-03-01T00:04:00.000000Z", "2100-02-28T23:59:30.000000Z", false),
            ("0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", false),
            ("9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00.000000Z", true),
            ("yesterday", "today", false),
        ] {
            assert_eq!(back(before, now), expected, "{before} {now}");
        }
    }
}
