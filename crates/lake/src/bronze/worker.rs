//! One split of an input, from bytes to rows and rejects.

mod extra;
mod row;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::PartitionKey;
use super::cast::Refusal;
use super::dictionary::{Dictionary, Known, Lexicon};
use super::partition::{Met, Partitions, identify, key, text_of};
use super::plan::{KeptPlaces, Plan};
use super::rejects::RejectChunk;
use super::rows::Rows;
use crate::bronze::Code;
use crate::read::Form;
use crate::read::feed::{KEPT_OF_LONG, LONGEST_ROW};
use crate::read::names::Names;
use crate::read::split::{Split, TOO_LONG, Unit};
use crate::read::token::Record;

/// What all workers share: numbers for texts and partitions, and the tokens that were given.
#[derive(Debug)]
pub(crate) struct Shared {
    /// One for every declared column.
    pub(crate) dictionaries: Vec<Mutex<Dictionary>>,
    pub(crate) partitions: Mutex<Partitions>,
    /// Per column which token stands for which text.
    pub(crate) tokens: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
}

impl Shared {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            dictionaries: plan.rules.iter().map(|_| Mutex::default()).collect(),
            partitions: Mutex::default(),
            tokens: Mutex::default(),
        }
    }
}

impl Shared {
    /// The texts of codes and the partitions, once all workers are done.
    pub(crate) fn into_parts(self, plan: &Plan) -> (Lexicon, Vec<PartitionKey>) {
        let mut dictionaries: Vec<_> = plan.places.iter().map(|_| None).collect();
        for (rule, dictionary) in plan.rules.iter().zip(self.dictionaries) {
            if let Some(place) = rule.place {
                dictionaries[place] =
                    Some(dictionary.into_inner().unwrap_or_else(PoisonError::into_inner));
            }
        }
        let partitions = self.partitions.into_inner().unwrap_or_else(PoisonError::into_inner);
        (Lexicon::new(dictionaries, &plan.key), partitions.keys().to_vec())
    }
}

/// What is behind a lock. A worker that panicked takes the whole run down, so that what it left half done
/// is never used.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of a split.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The rows, sorted by partition; within one in the order of lines.
    pub(crate) rows: Rows,
    /// The partitions, by their shared number: which rows are theirs.
    pub(crate) segments: Vec<(u32, u32, u32)>,
    pub(crate) rejects: RejectChunk,
    /// How many rows came in.
    pub(crate) count: u64,
    /// How many lines the split has.
    pub(crate) lines: u64,
}

/// A worker: what it knows about texts and partitions it has met, and the rows of the split at hand.
#[derive(Debug)]
pub(crate) struct Worker<'p> {
    plan: &'p Plan,
    shared: &'p Shared,
    names: Names,
    /// Per declared column what is known of its texts; none where they do not recur.
    known: Vec<Option<Known>>,
    met: Met,
    rows: Rows,
    /// The worker's own number of the partition of each row.
    owns: Vec<u32>,
    /// Per declared column that makes a level of the path: the value of the row at hand.
    values: Vec<i64>,
    parts: Vec<i64>,
    /// How the last row was written, and the text that says so.
    form: Option<(Form, String)>,
}

impl<'p> Worker<'p> {
    pub(crate) fn new(plan: &'p Plan, shared: &'p Shared) -> Self {
        let known = plan.rules.iter().map(|_| Some(Known::default())).collect();
        Self {
            plan,
            shared,
            names: plan.names(),
            known,
            met: Met::default(),
            rows: Rows::default(),
            owns: Vec::new(),
            values: vec![0; plan.rules.len()],
            parts: vec![0; plan.levels.len()],
            form: None,
        }
    }

    /// Reads the rows of a split.
    pub(crate) fn parse(&mut self, split: &Split) -> Parsed {
        self.rows.reset(self.plan.empty(|place| {
            let column = self.plan.rules.iter().position(|rule| rule.place == Some(place));
            column.is_some_and(|column| self.known[column].is_some())
        }));
        self.owns.clear();
        let mut rejects = RejectChunk::default();
        let mut record = Record::new(self.names.len());
        let mut count = 0;
        let mut names = self.names.clone();
        let hides = self.plan.hides;
        let lines = split.units(|unit: Unit<'_>| {
            count += 1;
            if unit.bytes.len() > LONGEST_ROW {
                let (code, detail) = TOO_LONG;
                let raw = (!hides).then_some(&unit.bytes[..KEPT_OF_LONG]);
                rejects.push((unit.line, unit.offset), (None, code, detail), raw, (None, None));
                return;
            }
            let taken = unit.row(&mut names, &mut record).map_err(|refusal| (None, refusal));
            let taken = taken.and_then(|()| self.take(&record, &unit));
            if let Err((column, (code, detail))) = taken {
                let raw = (!hides).then_some(unit.bytes);
                let length = (!split.too_long).then_some(unit.bytes.len() as u64);
                let how = (unit.form(), length);
                rejects.push((unit.line, unit.offset), (column, code, detail), raw, how);
            }
        });
        self.names = names;
        self.forget();
        let (order, segments) = self.sorted();
        let rows = self.rows.gather(&order);
        Parsed { rows, segments, rejects, count, lines }
    }

    /// Takes a row in, or says which column is wrong.
    fn take(&mut self, record: &Record<'_>, unit: &Unit<'_>) -> Result<(), (Option<u16>, Refusal)> {
        let rows = self.rows.len();
        let taken = self.push(record, unit);
        if taken.is_err() {
            self.rows.truncate(rows);
        }
        taken
    }

    fn push(&mut self, record: &Record<'_>, unit: &Unit<'_>) -> Result<(), (Option<u16>, Refusal)> {
        for column in 0..record.tokens.len() {
            let at = u16::try_from(column).expect("a document has at most 1000 columns");
            self.column(column, record.tokens[column]).map_err(|refusal| (Some(at), refusal))?;
        }
        self.extra(record).map_err(|refusal| (None, refusal))?;
        if let Some(kept) = self.plan.kept {
            self.keep(kept, unit)?;
        }
        self.rows.lines.push(unit.line);
        identify(self.plan, &self.values, &mut self.parts);
        let (plan, shared) = (self.plan, self.shared);
        let own = self.met.own(&self.parts, |parts| {
            let key =
                key(plan, parts, |column, code| text_of(&lock(&shared.dictionaries[column]), code));
            lock(&shared.partitions).number(key)
        });
        self.owns.push(own);
        Ok(())
    }

    /// Keeps what the quarantine says of a row, in case that another one has its key.
    fn keep(&mut self, places: KeptPlaces, unit: &Unit<'_>) -> Result<(), (Option<u16>, Refusal)> {
        if let Some(raw) = places.raw {
            let text = str::from_utf8(unit.bytes).map_err(|_| (None, (Code::BadUtf8, "")))?;
            self.rows.columns[raw].push_text(text);
        }
        self.rows.columns[places.offset].push_wide(unit.offset.cast_signed());
        self.rows.columns[places.length].push_wide((unit.bytes.len() as u64).cast_signed());
        let form = unit.form();
        if self.form.as_ref().map(|it| &it.0) != form.as_ref() {
            self.form = form.map(|form| (form.clone(), form.to_string()));
        }
        match &self.form {
            Some((_, text)) => self.rows.columns[places.form].push_text(text),
            None => self.rows.columns[places.form].push_null(),
        }
        Ok(())
    }

    /// Stops remembering the texts of columns where none comes back.
    fn forget(&mut self) {
        for (known, rule) in self.known.iter_mut().zip(&self.plan.rules) {
            if !rule.in_path && known.as_ref().is_some_and(Known::is_vain) {
                *known = None;
            }
        }
    }

    /// The rows sorted by partition, by counting; and where each partition begins and ends.
    fn sorted(&self) -> (Vec<u32>, Vec<(u32, u32, u32)>) {
        let mut starts = vec![0_u32; self.met.len() + 1];
        for &own in &self.owns {
            starts[own as usize + 1] += 1;
        }
        let mut segments = Vec::new();
        for own in 0..self.met.len() {
            let (start, rows) = (starts[own], starts[own + 1]);
            starts[own + 1] += start;
            if rows > 0 {
                segments.push((self.met.number(own), start, start + rows));
            }
        }
        let mut order = vec![0; self.owns.len()];
        for (row, &own) in (0_u32..).zip(&self.owns) {
            let place = &mut starts[own as usize];
            order[*place as usize] = row;
            *place += 1;
        }
        (order, segments)
    }
}
