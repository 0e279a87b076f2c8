//! A list of findings that does not grow with the damage.

use std::collections::BTreeMap;

use super::{Finding, Kind};

/// How many findings of one kind are kept. A log of which everything is broken is told from one with
/// a scratch long before this; all are counted.
pub const MOST_OF_A_KIND: usize = 1_000;

/// Findings, of each kind at most [`MOST_OF_A_KIND`].
#[derive(Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    counts: BTreeMap<Kind, usize>,
    omitted: u64,
}

impl Findings {
    /// Keeps a finding, or only counts it.
    pub fn push(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.kind).or_default();
        *count += 1;
        if *count > MOST_OF_A_KIND {
            self.omitted += 1;
        } else {
            self.kept.push(finding);
        }
    }

    /// Keeps or counts several.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    /// How many of this kind there were.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// What was kept, and how many were only counted.
    pub fn take(self) -> (Vec<Finding>, u64) {
        (self.kept, self.omitted)
    }
}
