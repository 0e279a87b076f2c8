//! Checking a segment: one pass, no memory per record.

use std::collections::BTreeSet;

use crate::canonical::{Rules, Scanner, Uncanonical, uncanonical};
use crate::merkle::{Range, leaf_hash};
use crate::record::{Line, MAX_RECORD_BYTES, OWN_PREFIX, Suffixed, spell, text_of};
use crate::verify::{Finding, Kind};
use crate::{Error, Hash};

use super::{Header, SegmentKind, body};

/// So many findings of one segment are told apart; one more says how many there were.
const MAX_FINDINGS: usize = 200;

/// What a check needs to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions<'a> {
    /// Name of the log; `None` leaves the names in the records unchecked.
    pub log_id: Option<&'a str>,
    /// Sizes of the log at which a root will be asked for, in rising order: the ranges are split
    /// there. Those outside of the segment do no harm.
    pub split_at: &'a [u64],
}

/// What one pass over a segment gave.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The number under which the segment is stored.
    pub number: u64,
    /// Its first line; `None` if it cannot be read, and then nothing else was looked at.
    pub header: Option<Header>,
    /// How many lines of records were read.
    pub records: u64,
    /// What the first record says about the one before it; for legacy lines, what the header says.
    pub first_previous: Option<Hash>,
    /// The hash of the last record.
    pub last_hash: Option<Hash>,
    /// The leaves of the records, as ranges that follow each other, split as asked for.
    pub ranges: Vec<Range>,
    /// Records of the ledger's own, in order.
    pub own: Vec<OwnRecord>,
    /// The retention classes that occur.
    pub classes: BTreeSet<String>,
    /// The time of the first record, spelled as in records.
    pub first_timestamp: Option<String>,
    /// The time of the last record.
    pub last_timestamp: Option<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// A record of the ledger's own: its type begins with [`OWN_PREFIX`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRecord {
    /// Its place in the log.
    pub seq: u64,
    /// Its type.
    pub event_type: String,
    /// Its line, without line feed.
    pub line: Vec<u8>,
}

/// Checks the segment that is stored under `number`: that it is what its header says, that every
/// record is in canonical form, has the hash it gives for itself, stands in its place and names the
/// record before it.
///
/// Bad input is a finding, never an error. Every record is read once; findings go on after the
/// first, and a record that is wrong does not make the next one wrong.
pub fn check(number: u64, body: &[u8], options: &CheckOptions<'_>) -> Checked {
    let mut pass = Pass::new(number, options);
    let result = body::for_each_line(body, |line| pass.line(line));
    pass.finish(result.err())
}

/// The state between two lines.
struct Pass<'a> {
    options: &'a CheckOptions<'a>,
    log_id: Option<Vec<u8>>,
    out: Checked,
    scanner: Scanner,
    header_read: bool,
    /// What the next record may name as the one before it: the hash that record gave for itself,
    /// and the one it had.
    previous: [Option<Hash>; 2],
    timestamp: Vec<u8>,
    class: Vec<u8>,
    splits: std::slice::Iter<'a, u64>,
    next_split: u64,
    omitted: u64,
}

impl<'a> Pass<'a> {
    fn new(number: u64, options: &'a CheckOptions<'a>) -> Self {
        let mut pass = Self {
            options,
            log_id: options.log_id.map(|log_id| {
                let mut spelled = Vec::new();
                spell(&mut spelled, log_id);
                spelled[1..spelled.len() - 1].to_vec()
            }),
            out: Checked {
                number,
                header: None,
                records: 0,
                first_previous: None,
                last_hash: None,
                ranges: vec![Range::empty(number)],
                own: Vec::new(),
                classes: BTreeSet::new(),
                first_timestamp: None,
                last_timestamp: None,
                findings: Vec::new(),
            },
            scanner: Scanner::new(),
            header_read: false,
            previous: [None; 2],
            timestamp: Vec::new(),
            class: Vec::new(),
            splits: options.split_at.iter(),
            next_split: 0,
            omitted: 0,
        };
        pass.next_split = pass.split_after(number);
        pass
    }

    fn line(&mut self, line: &[u8]) {
        if !self.header_read {
            self.header_read = true;
            self.header(line);
        } else if let Some(kind) = self.out.header.as_ref().map(|header| header.kind) {
            self.record(line, kind);
        }
    }

    fn header(&mut self, line: &[u8]) {
        let number = self.out.number;
        let header = match Header::from_line(line) {
            Ok(header) => header,
            Err(error) => return self.find(Finding::new(Kind::Malformed, error.to_string())),
        };
        if header.first_seq != number {
            let finding = Finding::new(Kind::Malformed, "the segment stands under another number");
            self.find(finding.instead(number, header.first_seq));
        }
        if let Some(log_id) = self.options.log_id
            && header.log_id != log_id
        {
            let finding = Finding::new(Kind::Malformed, "the segment is of another log");
            self.find(finding.instead(log_id, &header.log_id));
        }
        self.previous = [header.previous_hash; 2];
        self.out.first_previous = header.previous_hash;
        self.out.header = Some(header);
    }

    fn record(&mut self, line: &[u8], kind: SegmentKind) {
        let seq = self.out.number.saturating_add(self.out.records);
        let mut next = [None; 2];
        if line.len() > MAX_RECORD_BYTES {
            let error = Error::RecordTooLarge { bytes: line.len(), limit: MAX_RECORD_BYTES };
            self.find(Finding::new(Kind::Malformed, error.to_string()).at(seq));
        }
        let leaf = match Suffixed::of(line) {
            Some(suffixed) => {
                let computed = suffixed.computed_hash();
                let given = suffixed.record_hash;
                if computed != given {
                    let message = "the record does not have the hash it gives for itself";
                    let finding = Finding::new(Kind::ContentAltered, message).at(seq);
                    self.find(finding.instead(given, computed));
                }
                match kind {
                    SegmentKind::Records => self.read(line, seq, computed == given),
                    SegmentKind::Legacy if computed == given => self.legacy(&suffixed, seq),
                    SegmentKind::Legacy => {}
                }
                next = [Some(given), Some(computed)];
                given
            }
            None => {
                let message = "the line does not end with its `record_hash`";
                self.find(Finding::new(Kind::Malformed, message).at(seq));
                Hash::of(line)
            }
        };
        self.previous = next;
        self.out.last_hash = next[0].or(Some(leaf));
        self.out.records += 1;
        self.leaf(leaf_hash(&leaf.0), seq);
    }

    /// Looks at the members of a record.
    fn read(&mut self, line: &[u8], seq: u64, hash_fits: bool) {
        let read = match Line::read(line, &mut self.scanner) {
            Ok(read) => read,
            // That its content was altered says it all.
            Err(_) if !hash_fits => return,
            Err(error) => return self.find(why_unreadable(line, error).at(seq)),
        };
        let first = self.out.records == 0;
        if first {
            self.out.first_previous = read.previous_hash;
        }
        if hash_fits {
            self.place(&read, seq, first);
        }
        if let Some(class) = read.class
            && self.class != class
        {
            self.class = class.to_vec();
            self.out.classes.insert(text_of(class).to_string());
        }
        if read.event_type.starts_with(OWN_PREFIX.as_bytes()) {
            let event_type = text_of(read.event_type).to_string();
            self.out.own.push(OwnRecord { seq, event_type, line: line.to_vec() });
        }
    }

    /// Compares what a record says about its place with where it stands.
    fn place(&mut self, read: &Line<'_>, seq: u64, first: bool) {
        if let Some(log_id) = &self.log_id
            && read.log_id != log_id
        {
            let (expected, found) = (text_of(log_id), text_of(read.log_id));
            let finding = Finding::new(Kind::Malformed, "the record is of another log").at(seq);
            self.find(finding.instead(expected, found));
        }
        if read.seq != seq {
            let message = "the record does not stand in its place";
            let finding = Finding::new(Kind::LinkBroken, message).at(seq);
            self.find(finding.instead(format!("seq {seq}"), format!("seq {}", read.seq)));
        }
        let unknown = !first && self.previous == [None; 2];
        if !unknown && !self.previous.contains(&read.previous_hash) {
            let say = |hash: Option<Hash>| hash.map_or("null".to_owned(), |hash| hash.to_string());
            let finding =
                Finding::new(Kind::LinkBroken, "the record does not name the one before it");
            self.find(finding.at(seq).instead(say(self.previous[0]), say(read.previous_hash)));
        }
        if self.timestamp.as_slice() > read.timestamp {
            let finding = Finding::new(
                Kind::ClockRegression,
                "the record is stamped earlier than the one before it",
            );
            let (before, now) = (text_of(&self.timestamp), text_of(read.timestamp));
            self.find(finding.at(seq).instead(format!("{before} or later"), now));
        }
        if first {
            self.out.first_timestamp = Some(text_of(read.timestamp).to_string());
        }
        self.timestamp.clear();
        self.timestamp.extend_from_slice(read.timestamp);
    }

    fn legacy(&mut self, suffixed: &Suffixed<'_>, seq: u64) {
        let preimage = suffixed.preimage();
        if !self.scanner.passes(&preimage)
            && let Some(why) = uncanonical(&preimage, Rules::Legacy)
        {
            self.find(of_uncanonical(why).at(seq));
        }
    }

    fn leaf(&mut self, leaf: Hash, seq: u64) {
        if seq == self.next_split {
            self.out.ranges.push(Range::empty(seq));
            self.next_split = self.split_after(seq);
        }
        if let Some(range) = self.out.ranges.last_mut() {
            range.append(leaf);
        }
    }

    fn split_after(&mut self, seq: u64) -> u64 {
        self.splits.find(|split| **split > seq).copied().unwrap_or(u64::MAX)
    }

    fn find(&mut self, finding: Finding) {
        if self.out.findings.len() < MAX_FINDINGS {
            self.out.findings.push(finding);
        } else {
            self.omitted += 1;
        }
    }

    fn finish(mut self, error: Option<Error>) -> Checked {
        let (number, records) = (self.out.number, self.out.records);
        if let Some(error) = &error {
            self.find(Finding::new(Kind::Malformed, error.to_string()));
        } else if !self.header_read {
            self.find(Finding::new(Kind::Malformed, "the segment is empty"));
        }
        if let Some((count, last_hash)) = self.out.header.as_ref().map(|h| (h.count, h.last_hash)) {
            self.end(count, last_hash, error.is_none());
        }
        if !self.timestamp.is_empty() {
            self.out.last_timestamp = Some(text_of(&self.timestamp).to_string());
        }
        if self.omitted > 0 {
            let message = format!("{} more findings in this segment", self.omitted);
            let last = number.saturating_add(records.saturating_sub(1));
            self.out.findings.push(Finding::new(Kind::Malformed, message).between(number, last));
        }
        self.out
    }

    /// Compares what the header says about the end with the end.
    fn end(&mut self, count: u64, last_hash: Hash, whole: bool) {
        let (number, records) = (self.out.number, self.out.records);
        let end = number.saturating_add(records);
        if records == 0 && count == 0 {
            self.find(Finding::new(Kind::Malformed, "the segment has no records"));
        } else if records < count {
            let message = "records of the segment are missing";
            let last = number.saturating_add(count - 1);
            let finding = Finding::new(Kind::Truncated, message).between(end, last.max(end));
            self.find(finding.instead(format!("{count} records"), format!("{records} records")));
        } else if records > count {
            let message = "the segment has more records than its header says";
            let first = number.saturating_add(count);
            let finding = Finding::new(Kind::Malformed, message).between(first, end - 1);
            self.find(finding.instead(format!("{count} records"), format!("{records} records")));
        } else if whole
            && self.out.last_hash != Some(last_hash)
            && !self.previous.contains(&Some(last_hash))
        {
            let message = "the header does not name the last record of the segment";
            let found = self.out.last_hash.map_or("none".to_owned(), |hash| hash.to_string());
            let finding = Finding::new(Kind::LinkBroken, message).at(end - 1);
            self.find(finding.instead(last_hash, found));
        }
    }
}

/// Why a line whose hash fits could not be read.
fn why_unreadable(line: &[u8], error: Error) -> Finding {
    let preimage = Suffixed::of(line).map(|suffixed| suffixed.preimage());
    match preimage.and_then(|preimage| uncanonical(&preimage, Rules::Strict)) {
        Some(why) => of_uncanonical(why),
        None => Finding::new(Kind::Malformed, error.to_string()),
    }
}

fn of_uncanonical(why: Uncanonical) -> Finding {
    match why {
        Uncanonical::Malformed(error) => Finding::new(Kind::Malformed, error.to_string()),
        Uncanonical::DuplicateMember(error) => {
            Finding::new(Kind::DuplicateMember, error.to_string())
        }
        Uncanonical::Spelling(byte) => Finding::new(
            Kind::Noncanonical,
            format!("the record is not in canonical form, from byte {byte} on"),
        ),
    }
}
