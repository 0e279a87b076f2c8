//! Checking a segment: one pass, no memory per record.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::canonical::{Rules, Scanner, Uncanonical, uncanonical};
use crate::merkle::{Range, leaf_hash, leaf_hashes};
use crate::record::{Known, Line, MAX_RECORD_BYTES, OWN_PREFIX, Suffixed};
use crate::record::{goes_back, spell, split, text_of};
use crate::verify::{Finding, Kind};
use crate::{Error, Hash};

use super::{Header, SegmentKind, body};

/// After so many findings the rest of a segment is not looked at.
const MAX_FINDINGS: usize = 200;

/// Leaves are joined to trees when there are so many, which takes half the time.
const MOST_LEAVES: usize = 256;

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
    /// The leaves of the records, as ranges that follow each other, split as asked for. Where records
    /// are missing there is a hole between two ranges.
    pub ranges: Vec<Range>,
    /// Records of the ledger's own, in order.
    pub own: Vec<OwnRecord>,
    /// The retention classes that occur.
    pub classes: BTreeSet<String>,
    /// The time of the first record, spelled as in records.
    pub first_timestamp: Option<String>,
    /// The latest time of a record; after a clock was put back, the latest since then.
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
    check_and_show(number, body, options, &mut |_, _, _| ())
}

/// The same, and shows every leaf to `leaf` that goes into [`Checked::ranges`]: its place in the
/// log, the hash of the record, and the hash of the leaf.
pub fn check_and_show(
    number: u64,
    body: &[u8],
    options: &CheckOptions<'_>,
    leaf: &mut dyn FnMut(u64, Hash, Hash),
) -> Checked {
    let mut pass = Pass::new(number, options, leaf);
    let result = body::for_each_lines(body, |lines| pass.lines(lines));
    pass.finish(result.err())
}

/// A line that has a suffix.
#[derive(Clone, Copy)]
struct Hashed<'a> {
    body: &'a [u8],
    /// The digits of the hash it gives for itself.
    hex: &'a [u8; 64],
    /// The hash it has, and the leaf that this makes.
    computed: Hash,
    leaf: Hash,
}

impl<'a> Hashed<'a> {
    /// Hashes lines together; `None` for those without a suffix.
    fn of(lines: &[&'a [u8]]) -> [Option<Self>; body::TOGETHER] {
        let none = Hash([0; 32]);
        let mut all = [None; body::TOGETHER];
        let (mut bodies, mut places, mut count) =
            ([&[][..]; body::TOGETHER], [0; body::TOGETHER], 0);
        for (place, line) in lines.iter().enumerate() {
            if let Some((body, hex)) = split(line) {
                all[place] = Some(Self { body, hex, computed: none, leaf: none });
                (bodies[count], places[count]) = (body, place);
                count += 1;
            }
        }
        let mut computed = [none; body::TOGETHER];
        Hash::of_each_and(&bodies[..count], b'}', |index, hash| computed[index] = hash);
        let mut index = 0;
        leaf_hashes(&computed[..count], |leaf| {
            if let Some(hashed) = &mut all[places[index]] {
                (hashed.computed, hashed.leaf) = (computed[index], leaf);
            }
            index += 1;
        });
        all
    }
}

/// The state between two lines.
struct Pass<'a> {
    options: &'a CheckOptions<'a>,
    show: &'a mut dyn FnMut(u64, Hash, Hash),
    log_id: Option<Vec<u8>>,
    /// Who wrote the records, as the header says.
    writer: Option<Vec<u8>>,
    out: Checked,
    scanner: Scanner,
    stopped: bool,
    /// The place of the next record.
    next: u64,
    /// What the next record may name as the one before it: the hash that record gave for itself,
    /// and the one it had. `None` if that is not known, because it is missing or spoiled.
    previous: Option<[Option<Hash>; 2]>,
    /// The hash of the record before, if it fits.
    known: Option<Known>,
    timestamp: Vec<u8>,
    class: Vec<u8>,
    next_split: u64,
    /// Leaves that go into the last range.
    leaves: Vec<Hash>,
    /// How many records are stamped earlier than the one before, and the first of them.
    regressions: u64,
    regression: Option<Finding>,
}

impl<'a> Pass<'a> {
    fn new(
        number: u64,
        options: &'a CheckOptions<'a>,
        show: &'a mut dyn FnMut(u64, Hash, Hash),
    ) -> Self {
        let mut pass = Self {
            options,
            show,
            log_id: options.log_id.map(unquoted),
            writer: None,
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
            stopped: false,
            next: number,
            previous: None,
            known: None,
            timestamp: Vec::new(),
            class: Vec::new(),
            next_split: 0,
            leaves: Vec::with_capacity(MOST_LEAVES),
            regressions: 0,
            regression: None,
        };
        pass.next_split = pass.split_after(number);
        pass
    }

    fn lines(&mut self, lines: &[&[u8]]) -> ControlFlow<()> {
        let mut lines = lines;
        if self.out.header.is_none()
            && let Some((first, rest)) = lines.split_first()
        {
            self.header(first);
            lines = rest;
        }
        let Some(kind) = self.out.header.as_ref().map(|header| header.kind) else {
            self.stopped = true;
            return ControlFlow::Break(());
        };
        let hashed = Hashed::of(lines);
        for (line, hashed) in lines.iter().zip(hashed) {
            self.record(line, hashed, kind);
            if self.out.findings.len() >= MAX_FINDINGS {
                self.stopped = true;
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
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
        self.writer = header.writer.as_deref().map(unquoted);
        self.previous = Some([header.previous_hash; 2]);
        self.out.first_previous = header.previous_hash;
        self.out.header = Some(header);
    }

    fn record(&mut self, line: &[u8], hashed: Option<Hashed<'_>>, kind: SegmentKind) {
        self.out.records += 1;
        if line.len() > MAX_RECORD_BYTES {
            let error = Error::RecordTooLarge { bytes: line.len(), limit: MAX_RECORD_BYTES };
            self.find(Finding::new(Kind::Malformed, error.to_string()).at(self.next));
        }
        let Some(Hashed { body, hex, computed, leaf }) = hashed else {
            let message = "the line does not end with its `record_hash`";
            self.find(Finding::new(Kind::Malformed, message).at(self.next));
            let hash = Hash::of(line);
            return self.advance(hash, leaf_hash(&hash.0), None);
        };
        let known = Known { hex: computed.to_hex(), hash: computed };
        if known.hex != *hex {
            let message = "the record does not have the hash it gives for itself";
            let finding = Finding::new(Kind::ContentAltered, message).at(self.next);
            let found = String::from_utf8_lossy(hex);
            self.find(finding.instead(found, computed));
            self.known = None;
            let given = Hash::from_hex(hex).unwrap_or(computed);
            return self.advance(given, leaf_hash(&given.0), Some([Some(given), Some(computed)]));
        }
        let suffixed = Suffixed { body, record_hash: computed };
        let place = match kind {
            SegmentKind::Records => self.read(line, &suffixed),
            SegmentKind::Legacy => {
                self.legacy(&suffixed);
                Place::Next
            }
        };
        if place == Place::Next {
            self.known = Some(known);
            self.advance(computed, leaf, Some([Some(computed); 2]));
        }
    }

    /// Takes a record as the next one. Its leaf is the hash it gives for itself, so that one record
    /// that was altered does not also spoil the root.
    fn advance(&mut self, record_hash: Hash, leaf: Hash, previous: Option<[Option<Hash>; 2]>) {
        self.out.last_hash = Some(record_hash);
        self.previous = previous;
        if self.next == self.next_split {
            self.range_from(self.next);
        } else if self.leaves.len() == MOST_LEAVES {
            self.join_leaves();
        }
        self.leaves.push(leaf);
        (self.show)(self.next, record_hash, leaf);
        self.next = self.next.saturating_add(1);
    }

    /// Begins a new range of leaves.
    fn range_from(&mut self, seq: u64) {
        self.join_leaves();
        self.out.ranges.push(Range::empty(seq));
        self.next_split = self.split_after(seq);
    }

    fn join_leaves(&mut self) {
        if let Some(range) = self.out.ranges.last_mut() {
            range.extend(&self.leaves);
        }
        self.leaves.clear();
    }

    /// Looks at the members of a record whose hash fits.
    fn read(&mut self, line: &[u8], suffixed: &Suffixed<'_>) -> Place {
        let read = match Line::read_body(suffixed, self.known.as_ref(), &mut self.scanner) {
            Ok(read) => read,
            Err(error) => {
                self.find(why_unreadable(line, error).at(self.next));
                return Place::Next;
            }
        };
        if let Some(log_id) = &self.log_id
            && read.log_id != log_id
        {
            let (expected, found) = (text_of(log_id), text_of(read.log_id));
            let finding = Finding::new(Kind::Malformed, "the record is of another log");
            self.find(finding.at(read.seq).instead(expected, found));
        }
        if read.seq != self.next && self.misplaced(&read) == Place::Nowhere {
            return Place::Nowhere;
        }
        if read.writer != self.writer.as_deref() {
            let name = |writer: Option<&[u8]>| match writer {
                Some(writer) => text_of(writer).to_string(),
                None => "none".to_owned(),
            };
            let message = "the header names another writer than the record";
            let finding = Finding::new(Kind::Malformed, message).at(read.seq);
            let (header, record) = (name(self.writer.as_deref()), name(read.writer));
            self.find(finding.instead(record, header));
            // Once is enough.
            self.writer = read.writer.map(<[u8]>::to_vec);
        }
        self.link(&read);
        self.time(&read);
        if let Some(class) = read.class
            && self.class != class
        {
            self.class = class.to_vec();
            self.out.classes.insert(text_of(class).to_string());
        }
        if read.event_type.starts_with(OWN_PREFIX.as_bytes()) {
            let event_type = text_of(read.event_type).to_string();
            let own = OwnRecord { seq: self.next, event_type, line: line.to_vec() };
            self.out.own.push(own);
        }
        Place::Next
    }

    /// A record that says it has another place than it stands in: records before it are missing,
    /// or it does not belong here at all.
    fn misplaced(&mut self, read: &Line<'_>) -> Place {
        let count = self.out.header.as_ref().map_or(0, |header| header.count);
        let in_segment = read.seq.checked_sub(self.out.number).is_some_and(|index| index < count);
        if read.seq < self.next || !in_segment {
            let message = "the record does not stand in its place";
            let finding = Finding::new(Kind::LinkBroken, message).at(read.seq);
            self.find(finding.instead(format!("seq {}", self.next), format!("seq {}", read.seq)));
            return Place::Nowhere;
        }
        let missing = Finding::new(Kind::Gap, "records of the segment are missing");
        self.find(missing.between(self.next, read.seq - 1));
        self.next = read.seq;
        self.previous = None;
        self.range_from(self.next);
        Place::Next
    }

    fn link(&mut self, read: &Line<'_>) {
        if self.next == self.out.number {
            self.out.first_previous = read.previous_hash;
        }
        if let Some(previous) = self.previous
            && !previous.contains(&read.previous_hash)
        {
            let say = |hash: Option<Hash>| hash.map_or("null".to_owned(), |hash| hash.to_string());
            let message = "the record does not name the one before it";
            let finding = Finding::new(Kind::LinkBroken, message).at(read.seq);
            self.find(finding.instead(say(previous[0]), say(read.previous_hash)));
        }
    }

    fn time(&mut self, read: &Line<'_>) {
        if self.timestamp.is_empty() {
            self.out.first_timestamp = Some(text_of(read.timestamp).to_string());
        } else if self.timestamp.as_slice() > read.timestamp {
            if !goes_back(&self.timestamp, read.timestamp) {
                // Against the latest stamp, so that many small steps back are noticed too.
                return;
            }
            self.regressions += 1;
            self.regression.get_or_insert_with(|| {
                let message = "the record is stamped much earlier than one before it";
                let finding = Finding::new(Kind::ClockRegression, message).at(read.seq);
                let (before, now) = (text_of(&self.timestamp), text_of(read.timestamp));
                finding.instead(format!("about {before} or later"), now)
            });
        }
        self.timestamp.clear();
        self.timestamp.extend_from_slice(read.timestamp);
    }

    fn legacy(&mut self, suffixed: &Suffixed<'_>) {
        if self.out.records == 1
            && let Ok(read) = Line::read_body(suffixed, None, &mut self.scanner)
            && self.log_id.as_deref() == Some(read.log_id)
        {
            let message = "the header says that these are records of an older log";
            self.find(Finding::new(Kind::Malformed, message).at(self.next));
        }
        let preimage = suffixed.preimage();
        if !self.scanner.passes(&preimage)
            && let Some(why) = uncanonical(&preimage, Rules::Legacy)
        {
            self.find(of_uncanonical(why).at(self.next));
        }
    }

    /// The next size to split at, above `seq`.
    fn split_after(&self, seq: u64) -> u64 {
        let splits = self.options.split_at;
        let above = splits.partition_point(|split| *split <= seq);
        splits.get(above).copied().unwrap_or(u64::MAX)
    }

    fn find(&mut self, finding: Finding) {
        self.out.findings.push(finding);
    }

    fn finish(mut self, error: Option<Error>) -> Checked {
        self.join_leaves();
        if let Some(mut finding) = self.regression.take() {
            if self.regressions > 1 {
                finding.message += &format!(", and {} more of the segment", self.regressions - 1);
            }
            self.find(finding);
        }
        if self.out.header.is_none() {
            if self.out.findings.is_empty() {
                let reason = error.map_or("the segment is empty".to_owned(), |e| e.to_string());
                self.find(Finding::new(Kind::Malformed, reason));
            }
        } else if self.stopped {
            let message = "the rest of the segment was not looked at, so much is wrong with it";
            self.find(Finding::new(Kind::CouldNotCheck, message).at(self.next));
        } else {
            if let Some(error) = &error {
                self.find(Finding::new(Kind::Malformed, error.to_string()));
            }
            self.end(error.is_none());
        }
        if !self.timestamp.is_empty() {
            self.out.last_timestamp = Some(text_of(&self.timestamp).to_string());
        }
        self.out
    }

    /// Compares what the header says about the end with the end.
    fn end(&mut self, whole: bool) {
        let Some(header) = &self.out.header else { return };
        let (count, last_hash) = (header.count, header.last_hash);
        let (number, next) = (self.out.number, self.next);
        let end = number.saturating_add(count);
        if count == 0 {
            self.find(Finding::new(Kind::Malformed, "the segment has no records"));
        } else if next < end {
            let message = "the last records of the segment are missing";
            self.find(Finding::new(Kind::Truncated, message).between(next, end - 1));
        } else if next > end {
            let message = "the segment has more records than its header says";
            let finding = Finding::new(Kind::Malformed, message).between(end, next - 1);
            self.find(
                finding.instead(format!("{count} records"), format!("{} records", next - number)),
            );
        } else if whole
            && let Some(previous) = self.previous
            && !previous.contains(&Some(last_hash))
        {
            let message = "the header does not name the last record of the segment";
            let found = previous[0].map_or("none".to_owned(), |hash| hash.to_string());
            let finding = Finding::new(Kind::LinkBroken, message).at(end - 1);
            self.find(finding.instead(last_hash, found));
        }
    }
}

/// A text as it is spelled within a record, without the quotation marks.
fn unquoted(text: &str) -> Vec<u8> {
    let mut spelled = Vec::new();
    spell(&mut spelled, text);
    spelled[1..spelled.len() - 1].to_vec()
}

/// Whether a record stands where it belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the next one.
    Next,
    /// It belongs elsewhere, and the next one is still to come.
    Nowhere,
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
