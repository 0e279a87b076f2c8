//! Which contracts of two trees belong together.

use std::collections::BTreeMap;

use super::Snapshot;

/// A contract before and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The version before; `None` if the contract is new.
    pub old: Option<&'a Snapshot>,
    /// The version now; `None` if the contract was deleted.
    pub new: Option<&'a Snapshot>,
}

impl<'a> Pair<'a> {
    /// The path under which the contract is shown: where it is now, or was last.
    pub fn path(&self) -> &'a str {
        self.new.or(self.old).map_or("", |snapshot| &snapshot.path)
    }

    /// Whether nothing changed, not even the path.
    pub fn is_unchanged(&self) -> bool {
        let both = self.old.zip(self.new);
        both.is_some_and(|(old, new)| old.path == new.path && old.digest == new.digest)
    }

    /// Whether the file was moved.
    pub fn is_moved(&self) -> bool {
        self.old.zip(self.new).is_some_and(|(old, new)| old.path != new.path)
    }
}

/// Finds what belongs together in two trees: first by path, then by id (the file was moved), then
/// by bucket (it was moved and renumbered). What is left was deleted or is new.
///
/// The result is sorted by path and does not depend on the order of the arguments.
pub fn pair<'a>(old: &'a [Snapshot], new: &'a [Snapshot]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let mut old = sorted(old);
    let mut new: Vec<_> = sorted(new).into_iter().map(Some).collect();
    meet(&mut old, &mut new, &mut pairs, |snapshot| Some(&snapshot.path));
    meet(&mut old, &mut new, &mut pairs, |snapshot| snapshot.id().map(|id| id.value));
    meet(&mut old, &mut new, &mut pairs, |snapshot| snapshot.bucket_name().map(|it| it.value));
    pairs.extend(old.into_iter().map(|old| Pair { old: Some(old), new: None }));
    pairs.extend(new.into_iter().flatten().map(|new| Pair { old: None, new: Some(new) }));
    // A deleted contract comes before a new one under the same path, which cannot be, and before
    // one that was moved there, which can.
    pairs.sort_by_key(|pair| (pair.path(), pair.new.is_some()));
    pairs
}

/// In a tree with duplicates, which one meets its counterpart must not be left to chance.
fn sorted(snapshots: &[Snapshot]) -> Vec<&Snapshot> {
    let mut snapshots: Vec<_> = snapshots.iter().collect();
    snapshots.sort_by(|a, b| (&a.path, a.digest).cmp(&(&b.path, b.digest)));
    snapshots
}

/// Takes out of both lists what has the same key; the first with a key counts.
fn meet<'a>(
    old: &mut Vec<&'a Snapshot>,
    new: &mut [Option<&'a Snapshot>],
    pairs: &mut Vec<Pair<'a>>,
    key: impl Fn(&'a Snapshot) -> Option<&'a str>,
) {
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, snapshot) in new.iter().enumerate() {
        if let Some(key) = snapshot.and_then(&key) {
            waiting.entry(key).or_insert(number);
        }
    }
    old.retain(|old| {
        let Some(found) = key(old).and_then(|key| waiting.remove(key)) else { return true };
        pairs.push(Pair { old: Some(old), new: new[found].take() });
        false
    });
}
