//! Records of an older log, and the records that vouch for them.

use crate::Hash;
use crate::merkle::{Range, leaf_hash};

use super::super::{Finding, Findings, Kind};
use super::events::LegacyImport;

/// How many hashes of such records are kept until the record that vouches for them (64 MiB). Only an
/// import that was broken off and begun again needs them.
const MOST_HASHES: usize = 1 << 21;

/// A run of records of an older log: of one import, or of several on the heels of each other.
#[derive(Debug)]
struct Run {
    first: u64,
    end: u64,
    /// The tree over them alone.
    tree: Range,
    /// Their hashes; fewer than there are if they were too many.
    hashes: Vec<Hash>,
}

/// All such runs met so far, and what was said about them.
#[derive(Debug, Default)]
pub(super) struct Legacy {
    runs: Vec<Run>,
    kept: usize,
    imports: Vec<LegacyImport>,
}

impl Run {
    /// The root over the records `first..end` as a tree of their own: `None` if they are not in this
    /// run, `Some(None)` if they are and their hashes are not known any more.
    fn root(&self, first: u64, end: u64) -> Option<Option<Hash>> {
        if first < self.first || self.end < end {
            return None;
        }
        if (first, end) == (self.first, self.end) {
            return Some(Some(self.tree.root()));
        }
        let inside = (first - self.first) as usize..(end - self.first) as usize;
        Some(self.hashes.get(inside).map(|hashes| {
            let mut tree = Range::empty(0);
            hashes.iter().for_each(|hash| tree.append(leaf_hash(&hash.0)));
            tree.root()
        }))
    }
}

impl Legacy {
    /// More of them: the hashes of the records from `first` on.
    pub(super) fn extend(&mut self, first: u64, hashes: &[Hash]) {
        if self.runs.last().is_none_or(|run| run.end != first) {
            let tree = Range::empty(0);
            self.runs.push(Run { first, end: first, tree, hashes: Vec::new() });
        }
        let Some(run) = self.runs.last_mut() else { return };
        for hash in hashes {
            run.tree.append(leaf_hash(&hash.0));
            if self.kept < MOST_HASHES {
                run.hashes.push(*hash);
                self.kept += 1;
            }
        }
        run.end += hashes.len() as u64;
    }

    /// A record vouches for a run.
    pub(super) fn vouch(&mut self, import: LegacyImport) {
        self.imports.push(import);
    }

    /// Compares runs with what is said about them. `is_whole` tells whether no body of `first..end`
    /// was removed: the tree alone commits to those that were. Runs below `sealed` need no other
    /// witness than the checkpoint, as where an import was broken off.
    pub(super) fn judge(
        self,
        is_whole: impl Fn(u64, u64) -> bool,
        sealed: u64,
        findings: &mut Findings,
    ) {
        let imports = self.imports.iter().filter(|it| it.first < it.end);
        for import in imports.clone().filter(|it| is_whole(it.first, it.end)) {
            let place = |finding: Finding| finding.between(import.first, import.end - 1);
            let found = self.runs.iter().find_map(|run| run.root(import.first, import.end));
            match found {
                Some(Some(root)) if root == import.root => {}
                Some(None) => findings.push(place(Finding::new(
                    Kind::CouldNotCheck,
                    "too many records of an older log to compare a part of them",
                ))),
                found => {
                    let seq = import.seq;
                    let message =
                        format!("they are not the records of an older log that record {seq} names");
                    let mut finding = place(Finding::new(Kind::ContentAltered, message));
                    finding.expected = Some(import.root.to_string());
                    finding.found = found.flatten().map(|root| root.to_string());
                    findings.push(finding);
                }
            }
        }
        for run in self.runs.iter().filter(|run| run.end > sealed) {
            if imports.clone().all(|it| run.end <= it.first || it.end <= run.first) {
                let message = "no record vouches for these records of an older log yet";
                let finding = Finding::new(Kind::CouldNotCheck, message);
                findings.push(finding.between(run.first, run.end - 1));
            }
        }
    }
}
