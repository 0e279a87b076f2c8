//! The verification of a whole log, fed with its parts in order.

mod checkpoints;
mod cosignatures;
mod events;
mod holes;
mod legacy;

use crate::Hash;
use crate::keyring::Keyring;
use crate::merkle::{Range, leaf_hash};
use crate::note::VerifierKey;
use crate::record::goes_back;
use crate::segment::Checked;

use super::{Finding, Findings, Kind, Pin, Report, Vouched};
use checkpoints::Checkpoints;
use events::{Event, Pruned};
use holes::{Hole, Holes};
use legacy::Legacy;

pub use events::{KEY_ROTATED, LEGACY_IMPORT, PRUNED, SUBJECT_ERASED};

/// How many `_audit.pruned` records are remembered.
const MOST_REMOVALS: usize = 10_000;

/// What a verifier knows of a log beforehand, and what it asks for.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    /// The log, as its document says.
    pub log_id: Option<String>,
    /// The origin of its checkpoints, as its document says.
    pub origin: Option<String>,
    /// SHA-256 of the document.
    pub document: Option<Hash>,
    /// The keys that the verifier trusts.
    pub keyring: Option<Keyring>,
    /// The keys that the log names itself. Where there is no keyring they tell whether the log is
    /// at one with itself; nobody vouches for them.
    pub claimed_keys: Vec<VerifierKey>,
    /// How far the log was seen before.
    pub pin: Option<Pin>,
    /// What others vouch for: have [`segment::check`](crate::segment::check) split ranges there too.
    pub vouched: Vouched,
    /// Whether it counts as not checked when neither a trusted key nor a pin vouches for the log.
    pub require_anchor: bool,
    /// Whether it counts as not checked when the last records are in no checkpoint.
    pub require_sealed: bool,
}

/// What the next record has to name as its previous hash.
#[derive(Debug, PartialEq, Eq)]
enum Link {
    /// This; `None` for the first record of a log.
    Known(Option<Hash>),
    /// What came before is not there or not readable.
    Unknown,
}

/// Verifies a log whose parts are handed in in order, in memory that does not grow with its length.
///
/// Before the segment that reaches or crosses a size for which there is a checkpoint (or which the
/// pin names), hand in the checkpoint; and have [`segment::check`](crate::segment::check) split its ranges there.
#[derive(Debug)]
pub struct LogVerifier {
    options: LogOptions,
    findings: Findings,
    checkpoints: Checkpoints,
    vouched: Vouched,
    holes: Holes,
    legacy: Legacy,
    pruned: Vec<Pruned>,
    /// Verifier keys that the log names in records of a rotation.
    announced: Vec<String>,
    /// The number of the next record.
    next: u64,
    link: Link,
    /// The tree over all records so far; `None` after a hole that nothing filled.
    tree: Option<Range>,
    last_timestamp: Option<String>,
    /// Where a segment stands that could not be read: the hole there needs no second explanation.
    unreadable: Option<u64>,
    records: u64,
    segments: u64,
    pin_holds: bool,
    /// The checkpoint of the pin is not there yet.
    awaited: Option<u64>,
    /// How many checkpoints there are up to that of the pin.
    up_to_pinned: u64,
    /// Only these records were asked for: the first, and the one after the last.
    asked: Option<(u64, u64)>,
}

impl LogVerifier {
    /// Begins with the first record.
    pub fn new(options: LogOptions) -> Self {
        let mut verifier = Self::resume(options, Range::empty(0));
        verifier.link = Link::Known(None);
        verifier
    }

    /// Begins with the record at the end of `tree`, whose nodes nobody vouches for: if they are not
    /// those of the log, no checkpoint and no pin after them holds.
    pub fn resume(mut options: LogOptions, tree: Range) -> Self {
        let pinned = options.pin.as_ref().and_then(Pin::checkpoint_size);
        let awaited = pinned.filter(|size| *size >= tree.end());
        Self {
            checkpoints: Checkpoints::new(&options),
            vouched: std::mem::take(&mut options.vouched),
            options,
            findings: Findings::default(),
            holes: Holes::default(),
            legacy: Legacy::default(),
            pruned: Vec::new(),
            announced: Vec::new(),
            next: tree.end(),
            link: Link::Unknown,
            tree: Some(tree),
            last_timestamp: None,
            unreadable: None,
            records: 0,
            segments: 0,
            pin_holds: false,
            awaited,
            up_to_pinned: 0,
            asked: None,
        }
    }

    /// For the records `asked` only, to the end of the log if it ends at `u64::MAX`: begins with the record `first`, which is one of them or comes
    /// before. `tree` is the one before it, as in [`LogVerifier::resume`], if that is known.
    ///
    /// What is needed after them to reach a checkpoint is handed to [`LogVerifier::pass_over`].
    pub fn among(
        options: LogOptions,
        asked: std::ops::Range<u64>,
        first: u64,
        tree: Option<Range>,
    ) -> Self {
        let mut verifier = Self::resume(options, Range::empty(first));
        verifier.tree = tree.filter(|tree| tree.begin() == 0 && tree.end() == first);
        verifier.asked = Some((asked.start, asked.end));
        if first == 0 {
            verifier.link = Link::Known(None);
        }
        verifier
    }

    /// Takes the nodes over the next records, which are not looked at. Nobody vouches for them: if
    /// they are not those of the log, no checkpoint after them holds.
    ///
    /// # Errors
    ///
    /// [`crate::Error::RangesApart`] when it begins elsewhere.
    pub fn pass_over(&mut self, range: &Range) -> crate::Result<()> {
        if let Some(tree) = &mut self.tree {
            tree.merge(range)?;
        }
        self.next = range.end();
        self.link = Link::Unknown;
        self.settle();
        Ok(())
    }

    /// The number of the next record.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The tree over all records so far; `None` if records are missing.
    pub fn tree(&self) -> Option<&Range> {
        self.tree.as_ref()
    }

    /// Size and root of the newest checkpoint that holds, whether witnesses have signed it or not.
    pub fn sealed(&self) -> Option<(u64, Hash)> {
        self.checkpoints.newest
    }

    /// Adds what was found outside of segments and checkpoints: about versions, locks, the store.
    pub fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Takes the checkpoint that lies at `key`, which says it is of `size`.
    pub fn checkpoint(&mut self, key: &str, size: u64, note: &[u8]) {
        self.cosigned(key, size, note, &[] as &[(String, &[u8])]);
    }

    /// The same, with what is kept as the word of witnesses about it: keys and notes.
    pub fn cosigned(
        &mut self,
        key: &str,
        size: u64,
        note: &[u8],
        cosignatures: &[(String, impl AsRef<[u8]>)],
    ) {
        self.awaited = self.awaited.filter(|awaited| *awaited != size);
        let pinned = self.options.pin.as_ref().and_then(Pin::checkpoint_size);
        self.up_to_pinned += u64::from(pinned.is_some_and(|pinned| size <= pinned));
        self.checkpoints.take(key, size, note, cosignatures, &mut self.findings);
        self.settle();
    }

    /// Takes another version of a checkpoint than the one that counts: two rightly signed ones that
    /// differ in the root are told from other things that hide a checkpoint.
    pub fn other_checkpoint(
        &mut self,
        key: &str,
        size: u64,
        version: &str,
        counted: &[u8],
        note: &[u8],
    ) {
        let finding = if self.checkpoints.contradict(size, counted, note) {
            let message = "two versions, both rightly signed, have different roots";
            Finding::new(Kind::InconsistentCheckpoints, message)
        } else if self.checkpoints.agree(size, counted, note) {
            Finding::new(Kind::LostRace, "another writer signed the same checkpoint")
        } else {
            Finding::new(Kind::ShadowedVersion, "a later version hides the checkpoint that counts")
        };
        self.findings.push(finding.of(key).version(version));
    }

    /// Takes the hashes of the next records, whose bodies are not there, from the entries of the
    /// tree. Nobody vouches for them; what follows has to fit them.
    pub fn fill(&mut self, hashes: &[Hash]) {
        for hash in hashes {
            if let Some(tree) = &mut self.tree {
                tree.append(leaf_hash(&hash.0));
            }
            let first = self.next;
            self.next += 1;
            self.settle();
            self.link = Link::Known(Some(*hash));
            match self.holes.last_mut() {
                Some(hole) if hole.end == first && hole.filled && hole.continued.is_none() => {
                    hole.end = self.next;
                    hole.last_hash = Some(*hash);
                }
                _ => {
                    let explained = self.unreadable == Some(first);
                    let hole = Hole {
                        first,
                        end: self.next,
                        filled: true,
                        last_hash: Some(*hash),
                        continued: None,
                        explained,
                    };
                    self.holes.push(hole, &mut self.findings);
                }
            }
        }
    }

    /// Takes the next segment, or one after records that are not there.
    ///
    /// `legacy_hashes` are the hashes of its records if it is of the kind `legacy`, else nothing.
    pub fn segment(&mut self, key: &str, checked: Checked, legacy_hashes: &[Hash]) {
        let Checked { number: first, ranges, first_previous, last_hash, .. } = checked;
        let end = ranges.last().map_or(first, Range::end);
        for mut finding in checked.findings {
            finding.key.get_or_insert_with(|| key.to_owned());
            self.findings.push(finding);
        }
        if end == first {
            self.unreadable = Some(first);
            return;
        }
        if first < self.next {
            let message = format!("records up to {} are there already", self.next - 1);
            let finding = Finding::new(Kind::Fork, message).of(key);
            self.findings.push(finding.between(first, end.min(self.next) - 1));
            return;
        }
        if first > self.next {
            self.skip_to(first);
        }
        self.follow(key, first, first_previous);
        self.link = match last_hash {
            Some(hash) => Link::Known(Some(hash)),
            None => Link::Unknown,
        };
        for range in ranges {
            self.next = range.end();
            if self.tree.as_mut().is_some_and(|tree| tree.merge(&range).is_err()) {
                self.tree = None;
            }
            self.settle();
        }
        self.records += end - first;
        self.segments += 1;
        self.time(first, checked.first_timestamp, checked.last_timestamp);
        if !legacy_hashes.is_empty() {
            self.legacy.extend(first, legacy_hashes);
        }
        for own in checked.own {
            self.event(own.seq, &own.event_type, &own.line, key);
        }
    }

    /// Records up to `first` are not there, and nothing gives their hashes.
    fn skip_to(&mut self, first: u64) {
        let explained = self.unreadable == Some(self.next);
        let hole = Hole {
            first: self.next,
            end: first,
            filled: false,
            last_hash: None,
            continued: None,
            explained,
        };
        self.holes.push(hole, &mut self.findings);
        self.next = first;
        self.tree = None;
        self.link = Link::Unknown;
        self.settle();
    }

    /// Compares what the record `first` names with the hash of the one before it.
    fn follow(&mut self, key: &str, first: u64, previous: Option<Hash>) {
        let Link::Known(expected) = self.link else { return };
        let fits = previous == expected;
        if let Some(hole) = self.holes.last_mut().filter(|it| it.end == first) {
            // Whether this is a broken link or records removed the wrong way is told by what the
            // log says about the hole.
            hole.continued = Some(fits);
            if !hole.explained {
                return;
            }
        }
        if !fits {
            let say = |hash: Option<Hash>| hash.map_or("none".to_owned(), |hash| hash.to_string());
            let finding = Finding::new(
                Kind::LinkBroken,
                "the record does not name the hash of the one before",
            );
            self.findings.push(finding.at(first).of(key).instead(say(expected), say(previous)));
        }
    }

    /// Notes a segment that begins much earlier than one before it.
    fn time(&mut self, seq: u64, first: Option<String>, last: Option<String>) {
        if let (Some(before), Some(first)) = (&self.last_timestamp, &first)
            && goes_back(before.as_bytes(), first.as_bytes())
        {
            let message = "it is stamped much earlier than one before it";
            let finding = Finding::new(Kind::ClockRegression, message).at(seq);
            self.findings.push(finding.instead(format_args!("about {before} or later"), first));
            self.last_timestamp = None;
        }
        // The latest: one spelling, so the order of texts is the order of moments.
        self.last_timestamp = last.max(self.last_timestamp.take());
    }

    fn event(&mut self, seq: u64, event_type: &str, line: &[u8], key: &str) {
        match events::read(seq, event_type, line) {
            Ok(Event::Pruned(pruned)) if self.pruned.len() < MOST_REMOVALS => {
                self.pruned.push(pruned);
            }
            Ok(Event::Pruned(_)) => {
                let message = "too many records of removals; this one is not considered";
                self.findings.push(Finding::new(Kind::CouldNotCheck, message).at(seq).of(key));
            }
            Ok(Event::LegacyImport(import)) => self.legacy.vouch(import),
            Ok(Event::KeyRotated(keys)) => self.announced.extend(keys),
            Ok(Event::SubjectErased) => {
                let finding = Finding::new(Kind::Erased, "the key of a subject was destroyed");
                self.findings.push(finding.at(seq).of(key));
            }
            Ok(Event::Unknown) => {}
            Err(reason) => {
                let message = format!("a record of the ledger's own makes no sense: {reason}");
                self.findings.push(Finding::new(Kind::Malformed, message).at(seq).of(key));
            }
        }
    }

    /// Compares the tree with the checkpoints and the pin of the size that is reached.
    fn settle(&mut self) {
        self.checkpoints.settle(self.next, self.tree.as_ref(), &mut self.findings);
        self.vouched.settle(self.next, self.tree.as_ref(), &mut self.findings);
        let Some(pin) = self.options.pin.as_ref().filter(|pin| pin.size == self.next) else {
            return;
        };
        if self.pin_holds {
            return;
        }
        let Some(root) = self.tree.as_ref().map(Range::root) else { return };
        if root == pin.root {
            self.pin_holds = true;
        } else {
            let message =
                format!("the first {} records are not those that were seen before", pin.size);
            let finding = Finding::new(Kind::Fork, message).instead(pin.root, root);
            self.findings.push(match pin.size.checked_sub(1) {
                Some(last) => finding.between(0, last),
                None => finding,
            });
        }
    }

    /// Whether there are all the records that were asked for.
    fn reach(&mut self) {
        let Some((first, end)) = self.asked.filter(|(_, end)| self.next < *end) else { return };
        if end == u64::MAX {
            return;
        }
        let message = format!("there are only {} records", self.next);
        let finding = Finding::new(Kind::CouldNotCheck, message);
        self.findings.push(finding.between(first.max(self.next), end - 1));
    }

    /// The answer. Hand in what was found outside before.
    pub fn finish(mut self) -> Report {
        // A log without records has reached its size without any segment.
        self.settle();
        self.reach();
        if let Some(pin) = &self.options.pin {
            self.findings.extend(pin_findings(pin, &self.options, self.next));
            if let Some(size) = self.awaited {
                let message =
                    format!("the checkpoint of size {size}, which was seen before, is gone");
                self.findings.push(Finding::new(Kind::RolledBack, message));
            } else if let Some(seen) = pin.checkpoints.filter(|seen| self.up_to_pinned < *seen) {
                // How many more there may be depends on writers that were slow; fewer there are not.
                let message = "checkpoints that were seen before are gone";
                let finding = Finding::new(Kind::RolledBack, message);
                self.findings.push(finding.instead(seen, self.up_to_pinned));
            }
        }
        self.findings.extend(self.vouched.finish(self.next));
        let (holding, quorum) = (self.checkpoints.holding, self.checkpoints.quorum);
        let newest = self.checkpoints.sealed.take();
        let sealed = newest.as_ref().map_or(0, |newest| newest.size);
        let whole = |first, end| !self.holes.touch(first, end);
        self.legacy.judge(whole, sealed, &mut self.findings);
        self.holes.judge(&self.pruned, self.asked.is_some(), &mut self.findings);
        let anchored = self.checkpoints.anchored || self.pin_holds;
        let in_part = self.asked.is_some();
        self.checkpoints.finish(self.next, &self.announced, in_part, &mut self.findings);
        let unsealed = self.asked.map_or(sealed, |(first, _)| sealed.max(first));
        if unsealed < self.next {
            let count = self.next - unsealed;
            let message = match quorum {
                0 => format!("{count} records are in no checkpoint yet"),
                _ => format!("{count} records are in no checkpoint that enough witnesses signed"),
            };
            let finding = Finding::new(Kind::UnsealedTail, message.clone());
            self.findings.push(finding.between(unsealed, self.next - 1));
            if self.options.require_sealed {
                let finding = Finding::new(Kind::CouldNotCheck, message);
                self.findings.push(finding.between(unsealed, self.next - 1));
            }
        }
        if self.options.require_anchor && !anchored {
            let message = "no key of the keyring and no pin vouches for this log";
            self.findings.push(Finding::new(Kind::CouldNotCheck, message));
        }
        let (findings, omitted) = self.findings.take();
        let report = Report {
            log_id: self.options.log_id,
            origin: self.options.origin,
            document: self.options.document,
            asked: self.asked.map(|(first, end)| [first, end.min(self.next.max(first + 1)) - 1]),
            records: self.records,
            segments: self.segments,
            size: self.next,
            root: self.tree.as_ref().map(Range::root),
            last_hash: match self.link {
                Link::Known(hash) => hash,
                Link::Unknown => None,
            },
            checkpoints: holding,
            sealed_size: sealed,
            sealed_checkpoints: newest.as_ref().map_or(0, |newest| newest.nth),
            witnessed_by: newest
                .iter()
                .flat_map(|newest| newest.witnessed_by.iter().cloned())
                .collect(),
            checkpoint: newest.map(|newest| newest.note),
            anchored,
            findings_omitted: omitted,
            ..Report::empty()
        };
        report.conclude(findings)
    }
}

/// What a pin says that does not depend on roots.
fn pin_findings(pin: &Pin, options: &LogOptions, size: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut other = |what: &str, pinned: &str, found: &Option<String>| {
        if let Some(found) = found.as_ref().filter(|found| *found != pinned) {
            let message = format!("the log has another {what} than the one that was seen before");
            findings.push(Finding::new(Kind::Fork, message).instead(pinned, found));
        }
    };
    other("id", &pin.log_id, &options.log_id);
    other("origin", &pin.origin, &options.origin);
    if let (Some(pinned), Some(found)) = (pin.document, options.document)
        && pinned != found
    {
        let message = "the document of the log is not the one that was seen before";
        findings.push(Finding::new(Kind::ContentAltered, message).of("log").instead(pinned, found));
    }
    if size < pin.size {
        let message = format!("{} records were seen before, and there are only {size}", pin.size);
        let finding = Finding::new(Kind::RolledBack, message).instead(pin.size, size);
        findings.push(finding.between(size, pin.size - 1));
    }
    findings
}
