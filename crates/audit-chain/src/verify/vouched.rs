//! What others vouch for about a log: roots at sizes that were seen elsewhere.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::Hash;
use crate::merkle::Range;

use super::{Finding, Findings, Kind};

/// Who vouches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The root log of the ledger that this log is a lane of.
    RootLog,
    /// The pin of the verifier.
    Pin,
}

/// Sizes of a log and the roots it had then, as others say.
///
/// Some sixty bytes for each size are kept until the log has come that far.
#[derive(Clone, Debug, Default)]
pub struct Vouched(BTreeMap<u64, (Hash, By)>);

impl Vouched {
    /// Adds one. The finding if somebody else vouches for another root at this size.
    pub fn add(&mut self, size: u64, root: Hash, by: By) -> Option<Finding> {
        match self.0.entry(size) {
            Entry::Vacant(place) => {
                place.insert((root, by));
                None
            }
            Entry::Occupied(known) => (known.get().0 != root).then(|| {
                let message = format!("{size} records were seen with two different roots");
                Finding::new(Kind::InconsistentCheckpoints, message).instead(known.get().0, root)
            }),
        }
    }

    /// The sizes, in order.
    pub fn sizes(&self) -> impl Iterator<Item = u64> {
        self.0.keys().copied()
    }

    /// Compares what was vouched for up to `size` with the tree over so many records. `None`: records
    /// before are missing, so that nothing can be said about roots.
    pub(super) fn settle(&mut self, size: u64, tree: Option<&Range>, findings: &mut Findings) {
        while let Some(first) = self.0.first_entry().filter(|first| *first.key() <= size) {
            let (at, (expected, by)) = first.remove_entry();
            let Some(tree) = tree else { continue };
            if at < size {
                let message = format!("the root of the first {at} records was not asked for");
                findings.push(Finding::new(Kind::CouldNotCheck, message));
                continue;
            }
            let found = tree.root();
            if found != expected {
                let message = match by {
                    By::RootLog => {
                        format!("the first {at} records are not those that the root log binds")
                    }
                    By::Pin => {
                        format!("the first {at} records are not those that were seen before")
                    }
                };
                let finding = Finding::new(Kind::Fork, message).instead(expected, found);
                findings.push(match at.checked_sub(1) {
                    Some(last) => finding.between(0, last),
                    None => finding,
                });
            }
        }
    }

    /// What is left when the log has ended with `size` records.
    pub(super) fn finish(self, size: u64) -> Option<Finding> {
        let (most, (_, by)) = self.0.last_key_value()?;
        let message = match by {
            By::RootLog => {
                format!("the root log binds {most} records of this lane, and there are only {size}")
            }
            By::Pin => format!("{most} records were seen before, and there are only {size}"),
        };
        let finding = Finding::new(Kind::RolledBack, message).instead(most, size);
        Some(finding.between(size, most - 1))
    }
}
