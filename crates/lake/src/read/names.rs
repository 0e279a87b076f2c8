//! Which column a member is for.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// The names of the columns, and which name came last: members mostly keep their order.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    by_name: HashMap<String, usize, FixedState>,
    /// `"name":`, as a member begins that is written without spaces.
    heads: Vec<Vec<u8>>,
    /// The column that last came behind each column; behind the last index, the one that came first.
    next: Vec<usize>,
}

impl Names {
    pub(crate) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        let by_name = names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), at)).collect();
        let heads = names.iter().map(|name| format!("\"{name}\":").into_bytes()).collect();
        let mut next: Vec<usize> = (1..=names.len()).collect();
        next.push(0);
        Self { by_name, heads, next }
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.heads.len()
    }

    /// The column of that name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The column that is expected behind `column` ([`Names::len`]: at the beginning), with the bytes that a
    /// member of it begins with.
    pub(crate) fn expected(&self, column: usize) -> Option<(usize, &[u8])> {
        let next = self.next[column];
        Some((next, self.heads.get(next)?))
    }

    /// Remembers what came.
    pub(crate) fn came(&mut self, before: usize, column: usize) {
        self.next[before] = column;
    }
}
