//! One partition, from its pieces to its files.

mod emit;
mod json;
mod loaded;

use std::path::Path;
use std::sync::Mutex;

use arrow::array::RecordBatch;

use super::dedup::{Verdict, judge, key_hash};
use super::dictionary::Lexicon;
use super::held::Held;
use super::outcome::{Existing, PartitionKey};
use super::plan::Plan;
use super::store::{Piece, Store};
use super::{Error, File};
use crate::commits::Counts;
use crate::schema::{FILE, LINE};
pub(crate) use emit::Emit;
pub(crate) use json::{decimal, moment};
pub(crate) use loaded::Loaded;

/// The most bytes that the texts of one column may come to in memory: their offsets have 32 bits.
const MOST_TEXTS: usize = 1 << 30;

/// What finishing a partition needs to know of the run.
pub(crate) struct Finish<'r> {
    pub(crate) plan: &'r Plan,
    pub(crate) store: &'r Store,
    pub(crate) lexicon: &'r Lexicon,
    /// The inputs' names, by number.
    pub(crate) inputs: &'r [String],
    /// The line before each split, by its number.
    pub(crate) bases: &'r [u64],
    /// How many bytes of rows may be in memory for one partition.
    pub(crate) most: usize,
    pub(crate) existing: &'r dyn Existing,
    /// Where the files go; none where batches are wanted instead.
    pub(crate) output: Option<&'r Path>,
    pub(crate) duplicates: &'r Mutex<Held>,
    pub(crate) rejects: &'r Mutex<Held>,
}

/// What became of a partition.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) files: Vec<File>,
    /// The rows of each file, where no files are written.
    pub(crate) batches: Vec<RecordBatch>,
    /// What became of the rows of each input.
    pub(crate) counts: Vec<Counts>,
    /// Whether rows of earlier commits lost: then the files replace all that the partition has.
    pub(crate) replaces: bool,
    /// How many did.
    pub(crate) superseded: u64,
}

/// A row that is not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropped {
    /// Its number among the rows of the partition, those of the table first.
    pub(crate) row: u64,
    /// The row it lost to; none where it is refused.
    pub(crate) kept: Option<Kept>,
}

/// The row that a duplicate lost to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) exact: bool,
    pub(crate) file: u32,
    pub(crate) line: i64,
}

impl Finish<'_> {
    /// Finishes a partition. `place` orders it among the others.
    pub(crate) fn partition(
        &self,
        key: &PartitionKey,
        place: u64,
        pieces: &[Piece],
    ) -> Result<Finished, Error> {
        let (earlier, names) = self.earlier(key)?;
        let mut emit = Emit::new(self, key, place, &names, earlier.len() as u64);
        let size: usize = pieces.iter().map(|piece| self.store.size(piece)).sum();
        // Numbers of texts become texts where others of their column are.
        let rows: usize = pieces.iter().map(|piece| piece.rows).sum();
        let texts = rows.saturating_mul(self.lexicon.longest());
        if size <= self.most && texts <= MOST_TEXTS {
            let mut all = earlier;
            for piece in pieces {
                self.load(piece, &mut all)?;
            }
            return self.settle(all, emit);
        }
        // Too large for memory: rows with one key meet in one of several passes over the pieces, each of
        // which keeps only what is judged. The last pass writes, in order.
        if !self.plan.document.key().is_empty() {
            let passes = (size / self.most.max(1) + texts / MOST_TEXTS + 1) as u64;
            let mut dropped = Vec::new();
            for pass in 0..passes {
                self.judge_some(&earlier, pieces, (pass, passes), &mut dropped)?;
            }
            dropped.sort_unstable_by_key(|it| it.row);
            emit.dropped(dropped);
        }
        emit.rows(earlier)?;
        for piece in pieces {
            let mut rows = Loaded::default();
            self.load(piece, &mut rows)?;
            emit.rows(rows)?;
        }
        emit.finish()
    }

    /// Judges rows that are all in memory, those of the table first, and hands them on.
    pub(crate) fn settle(&self, all: Loaded, mut emit: Emit<'_, '_>) -> Result<Finished, Error> {
        let hashes = self.hashes(&all);
        let earlier = usize::try_from(emit.earlier).expect("rows in memory");
        let verdicts = judge(self.plan, self.lexicon, &all.rows, earlier, &hashes);
        drop(hashes);
        let mut dropped = Vec::new();
        note(&all, &verdicts, |row| row as u64, &mut dropped);
        emit.dropped(dropped);
        emit.rows(all)?;
        emit.finish()
    }

    /// Judges the rows whose key's hash belongs to this pass.
    fn judge_some(
        &self,
        earlier: &Loaded,
        pieces: &[Piece],
        (pass, passes): (u64, u64),
        dropped: &mut Vec<Dropped>,
    ) -> Result<(), Error> {
        // The upper half of the hash: the lower one places rows in the table.
        let chosen = |hash: u64| (hash >> 32) % passes == pass;
        let mut numbers: Vec<u64> = Vec::new();
        let mut some = Loaded::default();
        let pick: Vec<u32> = self.picked(earlier, &chosen);
        numbers.extend(pick.iter().map(|&row| u64::from(row)));
        some.append(&earlier.gather(&pick), self.lexicon);
        let before = some.len();
        let mut first = earlier.len() as u64;
        for piece in pieces {
            let mut rows = Loaded::default();
            self.load(piece, &mut rows)?;
            let pick = self.picked(&rows, &chosen);
            numbers.extend(pick.iter().map(|&row| first + u64::from(row)));
            some.append(&rows.gather(&pick), self.lexicon);
            first += rows.len() as u64;
        }
        let hashes = self.hashes(&some);
        let verdicts = judge(self.plan, self.lexicon, &some.rows, before, &hashes);
        note(&some, &verdicts, |row| numbers[row], dropped);
        Ok(())
    }

    fn picked(&self, rows: &Loaded, chosen: &dyn Fn(u64) -> bool) -> Vec<u32> {
        let hashes = self.hashes(rows);
        (0_u32..).zip(hashes).filter(|(_, hash)| chosen(*hash)).map(|(row, _)| row).collect()
    }

    fn hashes(&self, rows: &Loaded) -> Vec<u64> {
        if self.plan.document.key().is_empty() {
            return Vec::new();
        }
        (0..rows.len()).map(|row| key_hash(self.plan, self.lexicon, &rows.rows, row)).collect()
    }

    /// Adds the rows of a piece.
    fn load(&self, piece: &Piece, into: &mut Loaded) -> Result<(), Error> {
        let order = usize::try_from(piece.order).expect("splits are numbered from 1");
        let origin =
            (u32::try_from(piece.input).expect("fewer than 2^32 inputs"), self.bases[order]);
        self.store
            .with(piece, |all, rows| into.append_rows(all, rows, origin, self.lexicon))
            .map_err(|source| Error::Disk { act: "read rows back", source })
    }

    /// The rows of the table, and the names of the inputs they came from, numbered behind this run's.
    fn earlier(&self, key: &PartitionKey) -> Result<(Loaded, Vec<String>), Error> {
        let mut names: Vec<String> = self.inputs.to_vec();
        let mut earlier = Loaded::default();
        if self.plan.document.key().is_empty() {
            return Ok((earlier, names));
        }
        let places = &self.plan.places[..self.plan.visible];
        let mut columns: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
        columns.extend([FILE, LINE]);
        let failed = |source| Error::Existing { partition: key.path(), source };
        for batch in self.existing.rows(key, &columns).map_err(failed)? {
            earlier.append_batch(self.plan, &batch, &mut names, self.lexicon).map_err(failed)?;
        }
        Ok((earlier, names))
    }
}

/// Notes the rows that are not kept.
fn note(
    rows: &Loaded,
    verdicts: &[Verdict],
    number: impl Fn(usize) -> u64,
    dropped: &mut Vec<Dropped>,
) {
    for (row, verdict) in verdicts.iter().enumerate() {
        let kept = |exact: bool, winner: u32| {
            let winner = winner as usize;
            Some(Kept { exact, file: rows.files[winner], line: rows.lines[winner] })
        };
        let kept = match *verdict {
            Verdict::Kept => continue,
            Verdict::Exact(winner) => kept(true, winner),
            Verdict::Conflict(winner) => kept(false, winner),
            Verdict::Refused => None,
        };
        dropped.push(Dropped { row: number(row), kept });
    }
}
