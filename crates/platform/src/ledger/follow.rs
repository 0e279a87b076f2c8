//! Following the log: segments that somebody else wrote are checked before anything is put behind
//! them.

use audit_chain::Hash;
use audit_chain::canonical::Scanner;
use audit_chain::json::Value;
use audit_chain::record::{Head, Line, Suffixed, text_of};
use audit_chain::segment::{self, CheckOptions, OwnRecord};
use audit_chain::verify::{Finding, KEY_ROTATED, Kind, Severity};
use bytes::Bytes;

use super::Receipt;
use super::batch::{aside, receipts};

/// What a segment adds to the log.
#[derive(Debug)]
pub(super) struct Followed {
    /// The log with this segment at its end.
    pub(super) head: Head,
    /// The hashes of its records.
    pub(super) hashes: Vec<Hash>,
    /// Its records that have an id of an event: the id, what was recorded, and where.
    pub(super) event_ids: Vec<(String, Hash, Receipt)>,
    /// Which keys it says were replaced.
    pub(super) replaced: Vec<Replaced>,
}

/// What a record of a rotation says: another key signs from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    pub(super) old_key: String,
    pub(super) new_key: String,
}

impl Replaced {
    fn read(record: &OwnRecord) -> Option<Self> {
        if record.event_type != KEY_ROTATED {
            return None;
        }
        let record = Value::parse(&record.line).ok()?;
        let key = |name| Some(record.get("details")?.get(name)?.as_str()?.to_owned());
        Some(Self { old_key: key("old_key")?, new_key: key("new_key")? })
    }
}

/// Checks that `body`, which counts as the segment after `head`, really follows it.
///
/// # Errors
///
/// What is wrong with it: then nothing may be written behind it.
pub(super) async fn follow(
    head: Head,
    body: Bytes,
    log_id: &str,
    most_records: u64,
    key: String,
) -> Result<Followed, Box<Finding>> {
    let log_id = log_id.to_owned();
    aside(body.len(), move || {
        follow_now(head, &body, &log_id, most_records)
            .map_err(|finding| Box::new((*finding).of(key)))
    })
    .await
}

fn follow_now(
    head: Head,
    body: &[u8],
    log_id: &str,
    most_records: u64,
) -> Result<Followed, Box<Finding>> {
    let options = CheckOptions { log_id: Some(log_id), split_at: &[] };
    let checked = segment::check(head.size, body, &options);
    let bad = checked.findings.iter().find(|it| it.severity() == Severity::Tampered);
    if let Some(bad) = bad {
        return Err(Box::new(bad.clone()));
    }
    let malformed = |message: &str| Box::new(Finding::new(Kind::Malformed, message).at(head.size));
    let (Some(header), Some(last_hash)) = (&checked.header, checked.last_hash) else {
        return Err(malformed("the segment has no record"));
    };
    if checked.first_previous != head.last_hash {
        let name = |hash: Option<Hash>| hash.map_or("null".to_owned(), |hash| hash.to_string());
        let message = "the first record of the segment does not name the record before it";
        let finding = Finding::new(Kind::LinkBroken, message).at(head.size);
        return Err(Box::new(finding.instead(name(head.last_hash), name(checked.first_previous))));
    }
    if header.count > most_records {
        let finding = malformed("the segment has more records than a segment of this log may");
        return Err(Box::new((*finding).instead(most_records, header.count)));
    }
    let opened = segment::open(body).map_err(|error| malformed(&error.to_string()))?;
    let lines: Vec<&[u8]> = opened.lines().map(|(_, line)| line).collect();
    let hashes: Vec<Hash> =
        lines.iter().filter_map(|line| Suffixed::of(line)).map(|it| it.record_hash).collect();
    if hashes.len() as u64 != header.count {
        return Err(malformed("the segment does not have as many records as it says"));
    }
    let event_ids = match header.kind {
        segment::SegmentKind::Records => event_ids(head, &lines, &hashes),
        segment::SegmentKind::Legacy => Vec::new(),
    };
    let head = Head { size: head.size + header.count, last_hash: Some(last_hash) };
    let replaced = checked.own.iter().filter_map(Replaced::read).collect();
    Ok(Followed { head, hashes, event_ids, replaced })
}

/// The records with an id of an event.
fn event_ids(before: Head, lines: &[&[u8]], hashes: &[Hash]) -> Vec<(String, Hash, Receipt)> {
    let mut scanner = Scanner::new();
    let places = receipts(before, hashes, std::iter::repeat_with(String::new));
    let known = lines.iter().zip(places).filter_map(|(line, place)| {
        let line = Line::read(line, &mut scanner).ok()?;
        // An id that is no Unicode is not one that this program wrote.
        let id = text_of(line.event_id?).as_str()?.to_owned();
        let timestamp = String::from_utf8_lossy(line.timestamp).into_owned();
        Some((id, line.content_hash(), Receipt { timestamp, ..place }))
    });
    known.collect()
}
