//! Records of an older log, and the records that vouch for them.

use crate::Hash;
use crate::merkle::{Range, leaf_hash};

use super::super::{Finding, Findings, Kind};
use super::events::LegacyImport;

/// A run of records of an older log.
#[derive(Debug)]
struct Run {
    first: u64,
    end: u64,
    /// The tree over them alone.
    tree: Range,
}

/// All such runs met so far, and what was said about them.
#[derive(Debug, Default)]
pub(super) struct Legacy {
    runs: Vec<Run>,
    imports: Vec<LegacyImport>,
}

impl Legacy {
    /// More of them: the hashes of the records from `first` on.
    pub(super) fn extend(&mut self, first: u64, hashes: &[Hash]) {
        if self.runs.last().is_none_or(|run| run.end != first) {
            self.runs.push(Run { first, end: first, tree: Range::empty(0) });
        }
        if let Some(run) = self.runs.last_mut() {
            hashes.iter().for_each(|hash| run.tree.append(leaf_hash(&hash.0)));
            run.end += hashes.len() as u64;
        }
    }

    /// A record vouches for a run.
    pub(super) fn vouch(&mut self, import: LegacyImport) {
        self.imports.push(import);
    }

    /// Compares runs with what is said about them. `is_whole` tells whether no body of `first..end`
    /// was removed: the tree alone commits to those that were.
    pub(super) fn judge(self, is_whole: impl Fn(u64, u64) -> bool, findings: &mut Findings) {
        let imports = self.imports.iter().filter(|it| it.first < it.end);
        for import in imports.clone().filter(|it| is_whole(it.first, it.end)) {
            let run = self.runs.iter().find(|run| run.first == import.first);
            let found = run.map(|run| (run.end - run.first, run.tree.root()));
            let expected = (import.end - import.first, import.root);
            if found == Some(expected) {
                continue;
            }
            let message = format!(
                "they are not the records of an older log that record {} names",
                import.seq
            );
            let say = |(count, root): (u64, Hash)| format!("{count} records with root {root}");
            let finding = Finding::new(Kind::ContentAltered, message);
            findings.push(
                finding
                    .between(import.first, import.end - 1)
                    .instead(say(expected), found.map_or_else(|| "others".to_owned(), say)),
            );
        }
        for run in &self.runs {
            if imports.clone().all(|it| run.end <= it.first || it.end <= run.first) {
                let message = "no record vouches for these records of an older log yet";
                let finding = Finding::new(Kind::CouldNotCheck, message);
                findings.push(finding.between(run.first, run.end - 1));
            }
        }
    }
}
