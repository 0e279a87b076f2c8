//! Runs of records whose bodies are not there.

use crate::Hash;

use super::super::{Finding, Findings, Kind};
use super::events::Pruned;

/// How many holes are remembered until the end, where the record of a removal may explain them.
/// Pruning leaves one hole; a log with more of them than this has gaps.
const MOST_HOLES: usize = 1_000;

/// Records whose bodies are not there.
#[derive(Clone, Debug)]
pub(super) struct Hole {
    pub(super) first: u64,
    /// The number of the first record after it.
    pub(super) end: u64,
    /// The entries of the tree gave the hash of each of its records.
    pub(super) filled: bool,
    /// The last of those hashes, if they were given.
    pub(super) last_hash: Option<Hash>,
    /// The record after it names the last of those hashes; `None` as long as there is no such record.
    pub(super) continued: Option<bool>,
    /// Another finding says already why there are no records here.
    pub(super) explained: bool,
}

/// All holes met so far.
#[derive(Debug, Default)]
pub(super) struct Holes {
    holes: Vec<Hole>,
}

impl Holes {
    pub(super) fn push(&mut self, hole: Hole, findings: &mut Findings) {
        if self.holes.len() < MOST_HOLES {
            self.holes.push(hole);
        } else if !hole.explained {
            findings.push(gap(&hole));
        }
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut Hole> {
        self.holes.last_mut()
    }

    /// Whether a record of `first..end` is in a hole.
    pub(super) fn touch(&self, first: u64, end: u64) -> bool {
        self.holes.iter().any(|hole| hole.first < end && first < hole.end)
    }

    /// Says of each hole whether the log itself records the removal, and whether what must vouch for
    /// it does. Where only some records were asked for, that record may be beyond them.
    pub(super) fn judge(self, pruned: &[Pruned], in_part: bool, findings: &mut Findings) {
        for hole in self.holes.into_iter().filter(|hole| !hole.explained) {
            let Some(by) = covering(pruned, &hole) else {
                if in_part && hole.filled {
                    let message = "their bodies are not there; verify the whole log to learn why";
                    let finding = Finding::new(Kind::CouldNotCheck, message);
                    findings.push(finding.between(hole.first, hole.end - 1));
                    continue;
                }
                findings.push(gap(&hole));
                continue;
            };
            let place = |finding: Finding| finding.between(hole.first, hole.end - 1);
            findings.push(if !hole.filled {
                place(Finding::new(
                    Kind::PrunedUncorroborated,
                    format!("record {} says that they were pruned, but their hashes are not in the entries of the tree", by.seq),
                ))
            } else if hole.continued != Some(true) || contradicts(by, &hole) {
                place(Finding::new(
                    Kind::PrunedUncorroborated,
                    format!("record {} says that they were pruned, but the record after them names another hash than the entries of the tree", by.seq),
                ))
            } else {
                place(Finding::new(
                    Kind::Pruned,
                    format!("bodies were removed, as record {} says; their hashes are there", by.seq),
                ))
            });
        }
    }
}

fn gap(hole: &Hole) -> Finding {
    let count = hole.end - hole.first;
    Finding::new(
        Kind::Gap,
        format!("{count} records are missing, and no record says that they were pruned"),
    )
    .between(hole.first, hole.end - 1)
}

/// The removals one after the other that make up the whole hole: the last of them.
fn covering<'p>(pruned: &'p [Pruned], hole: &Hole) -> Option<&'p Pruned> {
    let mut gone = hole.first;
    loop {
        let reaching = pruned.iter().filter(|it| it.first <= gone && gone < it.end);
        let furthest = reaching.max_by_key(|it| it.end)?;
        if hole.end <= furthest.end {
            return Some(furthest);
        }
        gone = furthest.end;
    }
}

/// Where the hole ends with the removed run, the record of the removal names its last hash too.
fn contradicts(pruned: &Pruned, hole: &Hole) -> bool {
    pruned.end == hole.end && pruned.last_hash.is_some() && pruned.last_hash != hole.last_hash
}
