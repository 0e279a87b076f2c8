//! The order of the records, and what it shows.

use std::collections::BTreeMap;

use crate::Hash;
use crate::merkle::{Range, leaf_hash};
use crate::verify::Severity;

use super::object::Record;
use super::{Finding, Kind, Object};

/// One record at its place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the object, counted from 0 in the order in which they were added.
    pub object: u64,
    /// The hash the record gives.
    pub hash: Hash,
    /// Whether the record has that hash, so that it can be imported as a leaf.
    pub sound: bool,
}

/// What an older log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyReport {
    /// How many objects there were.
    pub objects: u64,
    /// Each record once, a predecessor always before what names it.
    ///
    /// Chains are kept together: a fork's first branch (the earlier stamp, then the smaller hash)
    /// is followed to its ends before the next one begins. The same objects give the same order,
    /// however they were listed.
    pub order: Vec<Entry>,
    /// The records that name none before them, earliest first. One, if the logger never restarted.
    pub geneses: Vec<Hash>,
    /// The records that no other names, in order. One, if there are no forks and no restarts.
    pub heads: Vec<Hash>,
    /// What was found: about the log as a whole first, then by key.
    pub findings: Vec<Finding>,
}

impl LegacyReport {
    /// The weight of the heaviest finding; a note if there is none.
    ///
    /// A note means: everything that is there is as it was written, so far as a log without keys
    /// can show it.
    pub fn severity(&self) -> Severity {
        self.findings.iter().map(Finding::severity).max().unwrap_or(Severity::Note)
    }

    /// Whether there is one unbroken chain.
    pub fn is_one_chain(&self) -> bool {
        self.geneses.len() == 1 && self.heads.len() == 1
    }

    /// The records that can be imported, in order.
    pub fn importable(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().filter(|entry| entry.sound)
    }

    /// The RFC 6962 root over the hashes of the records that can be imported.
    pub fn root(&self) -> Hash {
        let mut range = Range::empty(0);
        self.importable().for_each(|entry| range.append(leaf_hash(&entry.hash.0)));
        range.root()
    }

    /// Compares with a head that somebody remembers: it must still be there.
    ///
    /// More records after it are fine. Without such a head the loss of the newest records cannot be
    /// noticed.
    pub fn ends_with(&mut self, head: Hash) {
        if !self.order.iter().any(|entry| entry.hash == head) {
            let text = "the head that was to be expected is not in the log";
            self.findings.push(Finding::new(Kind::Truncated, text).others([head]));
            self.findings.sort();
        }
    }
}

/// No parent.
const NONE: u32 = u32::MAX;

/// Takes in objects one by one, in any order.
#[derive(Debug, Default)]
pub struct Analysis {
    objects: u64,
    records: Vec<(u32, Record)>,
    keys: Keys,
    findings: Vec<Finding>,
}

impl Analysis {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an object.
    ///
    /// # Panics
    ///
    /// After four thousand million objects.
    pub fn add(&mut self, object: Object) {
        let number = u32::try_from(self.objects).expect("a log has fewer objects than 2^32");
        self.objects += 1;
        self.findings.extend(object.findings);
        if let Some(record) = object.record {
            self.keys.insert(number, object.key, &record);
            self.records.push((number, record));
        }
    }

    /// Puts the records in order and says what there is to say.
    pub fn finish(mut self) -> LegacyReport {
        let found = self.remove_duplicates();
        self.findings.extend(found);
        if self.records.is_empty() {
            self.findings.push(Finding::new(Kind::Empty, "there are no records"));
        }
        let parents: Vec<u32> =
            self.records.iter().map(|(_, record)| self.parent(record)).collect();
        let children = Children::of(&parents, |at| self.rank(at));
        let (order, looped) = self.walk(&parents, &children);
        let geneses: Vec<u32> =
            order.iter().copied().filter(|at| self.record(*at).previous.is_none()).collect();

        let mut findings = std::mem::take(&mut self.findings);
        for at in &order {
            self.look(*at, parents[*at as usize], children.of_record(*at), &mut findings);
        }
        for at in geneses.iter().skip(1) {
            findings.push(self.about(*at, Kind::Restart, "a chain begins again"));
        }
        for at in looped {
            let text = "the record is its own predecessor, over others";
            findings.push(self.about(at, Kind::Loop, text));
        }
        findings.sort();
        let hash = |at: &u32| self.record(*at).hash;
        LegacyReport {
            objects: self.objects,
            geneses: geneses.iter().map(hash).collect(),
            heads: order
                .iter()
                .filter(|at| children.of_record(**at).is_empty())
                .map(hash)
                .collect(),
            order: order
                .iter()
                .map(|at| {
                    let (object, record) = self.records[*at as usize];
                    Entry { object: object.into(), hash: record.hash, sound: record.sound }
                })
                .collect(),
            findings,
        }
    }

    fn record(&self, at: u32) -> &Record {
        &self.records[at as usize].1
    }

    fn key(&self, at: u32) -> String {
        let (object, record) = &self.records[at as usize];
        self.keys.get(*object, record)
    }

    fn about(&self, at: u32, kind: Kind, message: &str) -> Finding {
        Finding::new(kind, message).of(self.key(at)).record(self.record(at).hash)
    }

    /// Sorts the records by hash and keeps one of each; a sound one, if there is one.
    fn remove_duplicates(&mut self) -> Vec<Finding> {
        let keys = &self.keys;
        self.records.sort_by(|(left_object, left), (right_object, right)| {
            left.hash
                .cmp(&right.hash)
                .then_with(|| right.sound.cmp(&left.sound))
                .then_with(|| keys.get(*left_object, left).cmp(&keys.get(*right_object, right)))
        });
        let mut findings = Vec::new();
        self.records.dedup_by(|(object, record), (_, kept)| {
            let same = record.hash == kept.hash;
            if same && record.sound {
                let text = "the same record lies under another key as well";
                let finding = Finding::new(Kind::Duplicate, text);
                findings.push(finding.of(keys.get(*object, record)).record(record.hash));
            }
            same
        });
        findings
    }

    fn parent(&self, record: &Record) -> u32 {
        let Some(previous) = record.previous else { return NONE };
        let found = self.records.binary_search_by(|(_, other)| other.hash.cmp(&previous));
        found.map_or(NONE, |at| u32::try_from(at).unwrap_or(NONE))
    }

    /// What decides between branches.
    fn rank(&self, at: u32) -> impl Ord + use<> {
        (self.record(at).moment, self.record(at).hash)
    }

    /// Every record once, parents first; and one record of each circle.
    fn walk(&self, parents: &[u32], children: &Children) -> (Vec<u32>, Vec<u32>) {
        let all = || 0..u32::try_from(parents.len()).unwrap_or(NONE);
        let mut roots: Vec<u32> = all().filter(|at| parents[*at as usize] == NONE).collect();
        // True beginnings first, then what lost its predecessor.
        roots.sort_by_key(|at| (self.record(*at).previous.is_some(), self.rank(*at)));
        let mut order = Vec::with_capacity(parents.len());
        let mut seen = vec![false; parents.len()];
        for root in roots {
            children.follow(root, &mut seen, &mut order);
        }
        let mut looped = Vec::new();
        let mut passed = vec![false; parents.len()];
        for start in all() {
            // What no beginning leads to lies on a circle or behind one.
            if !seen[start as usize] {
                let first = circle(start, parents, &mut passed);
                looped.push(first);
                children.follow(first, &mut seen, &mut order);
            }
        }
        (order, looped)
    }

    /// What the links of one record show.
    fn look(&self, at: u32, parent: u32, children: &[u32], findings: &mut Vec<Finding>) {
        let record = self.record(at);
        if let (NONE, Some(missing)) = (parent, record.previous) {
            let text = "the record before it is missing";
            findings.push(self.about(at, Kind::Gap, text).others([missing]));
        }
        if children.len() > 1 {
            let text = format!("{} records name it as the one before them", children.len());
            let branches = children.iter().map(|child| self.record(*child).hash);
            findings.push(self.about(at, Kind::Fork, &text).others(branches));
        }
        if parent != NONE && record.moment < self.record(parent).moment {
            let text = "stamped earlier than the record before it";
            findings.push(self.about(at, Kind::ClockRegression, text));
        }
    }
}

/// The smallest record of the circle that `start` leads back to.
fn circle(start: u32, parents: &[u32], passed: &mut [bool]) -> u32 {
    let up = |at: u32| parents[at as usize];
    let mut on = start;
    while !std::mem::replace(&mut passed[on as usize], true) {
        on = up(on);
    }
    let (mut at, mut least) = (up(on), on);
    while at != on {
        least = least.min(at);
        at = up(at);
    }
    least
}

/// The children of all records, in one list.
struct Children {
    starts: Vec<u32>,
    list: Vec<u32>,
}

impl Children {
    fn of<R: Ord>(parents: &[u32], rank: impl Fn(u32) -> R) -> Self {
        let all = 0..u32::try_from(parents.len()).unwrap_or(NONE);
        let mut list: Vec<u32> = all.filter(|at| parents[*at as usize] != NONE).collect();
        list.sort_by_cached_key(|at| (parents[*at as usize], rank(*at)));
        let mut starts = vec![0; parents.len() + 1];
        for at in &list {
            starts[parents[*at as usize] as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { starts, list }
    }

    fn of_record(&self, at: u32) -> &[u32] {
        let at = at as usize;
        &self.list[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Appends `root` and all that comes after it, one branch after the other.
    fn follow(&self, root: u32, seen: &mut [bool], order: &mut Vec<u32>) {
        let mut stack = vec![root];
        while let Some(at) = stack.pop() {
            if !std::mem::replace(&mut seen[at as usize], true) {
                order.push(at);
                stack.extend(self.of_record(at).iter().rev());
            }
        }
    }
}

/// The keys of the records. A key that fits its record is rebuilt from it.
#[derive(Debug, Default)]
struct Keys {
    folders: Vec<String>,
    numbers: BTreeMap<String, u32>,
    /// For each object, the folder above the hour.
    fitting: Vec<u32>,
    others: BTreeMap<u32, String>,
}

impl Keys {
    fn insert(&mut self, object: u32, key: String, record: &Record) {
        let fitting = self.folder_of(&key, record);
        if self.fitting.len() <= object as usize {
            self.fitting.resize(object as usize + 1, NONE);
        }
        match fitting {
            Some(folder) => self.fitting[object as usize] = folder,
            None => drop(self.others.insert(object, key)),
        }
    }

    fn folder_of(&mut self, key: &str, record: &Record) -> Option<u32> {
        let folder = key.as_bytes().strip_suffix(&record.tail()?)?;
        // All of the tail is ASCII, so this is a whole number of characters.
        let folder = &key[..folder.len()];
        if let Some(number) = self.numbers.get(folder) {
            return Some(*number);
        }
        let number = u32::try_from(self.folders.len()).ok()?;
        self.folders.push(folder.to_owned());
        self.numbers.insert(folder.to_owned(), number);
        Some(number)
    }

    fn get(&self, object: u32, record: &Record) -> String {
        match self.others.get(&object) {
            Some(key) => key.clone(),
            None => {
                let folder = &self.folders[self.fitting[object as usize] as usize];
                let tail = record.tail();
                let tail = tail.as_ref().map(|tail| String::from_utf8_lossy(tail));
                format!("{folder}{}", tail.unwrap_or_default())
            }
        }
    }
}
