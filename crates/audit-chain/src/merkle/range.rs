//! Compact ranges: what must be kept of a run of leaves to join it to its neighbours.

use super::{empty_root, join_pairs, node_hash};
use crate::{Error, Hash, Result};

/// The height of the largest subtree that is hashed at once: 8 KiB of leaves.
const MOST_LEVELS: u32 = 8;

/// A run of leaves `begin..end`, as the largest whole subtrees it consists of.
///
/// It holds at most 126 hashes, whatever its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    begin: u64,
    end: u64,
    /// From left to right; heights rise to the tallest subtree and then fall.
    nodes: Vec<Hash>,
}

impl Range {
    /// The range `begin..begin`: no leaf yet.
    pub fn empty(begin: u64) -> Self {
        Self { begin, end: begin, nodes: Vec::new() }
    }

    /// The range of `leaves` (hashes of leaves), the first of which has index `begin`.
    pub fn of(begin: u64, leaves: &[Hash]) -> Self {
        let mut range = Self::empty(begin);
        range.extend(leaves);
        range
    }

    /// A range from its nodes, left to right, as [`Range::nodes`] gave them.
    ///
    /// # Errors
    ///
    /// [`Error::RangeInvalid`] when `begin..end` does not consist of that many subtrees.
    pub fn from_nodes(begin: u64, end: u64, nodes: Vec<Hash>) -> Result<Self> {
        match begin <= end && subtrees(begin, end).count() == nodes.len() {
            true => Ok(Self { begin, end, nodes }),
            false => Err(Error::RangeInvalid { begin, end, nodes: nodes.len() }),
        }
    }

    /// Adds the leaf with index [`Range::end`]; `leaf` is its hash, not its entry.
    pub fn append(&mut self, leaf: Hash) {
        self.push(0, leaf);
    }

    /// Adds leaves: those from the index [`Range::end`] on. Faster than one after another.
    pub fn extend(&mut self, leaves: &[Hash]) {
        let mut rest = leaves;
        let mut nodes = [Hash([0; 32]); 1 << MOST_LEVELS];
        while !rest.is_empty() {
            // The tallest subtree that begins here and is all there.
            let level = rest.len().ilog2().min(self.end.trailing_zeros()).min(MOST_LEVELS);
            let (leaves, after) = rest.split_at(1 << level);
            nodes[..leaves.len()].copy_from_slice(leaves);
            for level in (1..=level).rev() {
                join_pairs(&mut nodes[..1 << level]);
            }
            self.push(level, nodes[0]);
            rest = after;
        }
    }

    /// Adds the `2^level` leaves from [`Range::end`] on, of which `node` is the subtree's hash.
    ///
    /// # Errors
    ///
    /// [`Error::RangeInvalid`] when no subtree of that height begins there.
    pub fn append_subtree(&mut self, level: u32, node: Hash) -> Result<()> {
        let leaves = 1_u64.checked_shl(level).unwrap_or(0);
        if leaves == 0 || !self.end.is_multiple_of(leaves) {
            let end = self.end.saturating_add(leaves);
            return Err(Error::RangeInvalid { begin: self.end, end, nodes: 1 });
        }
        self.push(level, node);
        Ok(())
    }

    /// Adds a range that begins where this one ends.
    ///
    /// # Errors
    ///
    /// [`Error::RangesApart`] when it begins elsewhere; nothing is added then.
    pub fn merge(&mut self, next: &Self) -> Result<()> {
        if next.begin != self.end {
            return Err(Error::RangesApart { end: self.end, begin: next.begin });
        }
        for ((begin, level), node) in subtrees(next.begin, next.end).zip(&next.nodes) {
            debug_assert_eq!(begin, self.end);
            self.push(level, *node);
        }
        Ok(())
    }

    fn push(&mut self, level: u32, node: Hash) {
        let (mut node, mut height, mut index) = (node, level, self.end >> level);
        // As long as this is a right child whose left sibling is whole within the range, that
        // sibling is the last node.
        while index & 1 == 1 && (index - 1) << height >= self.begin {
            let Some(left) = self.nodes.pop() else { break };
            node = node_hash(left, node);
            height += 1;
            index >>= 1;
        }
        self.nodes.push(node);
        // Sizes beyond `MAX_SIZE` are refused wherever one is read.
        self.end = self.end.saturating_add(1 << level);
    }

    /// The root of the tree, for a range that begins at 0 (another one has no root: merge it to its
    /// left neighbours first).
    pub fn root(&self) -> Hash {
        debug_assert_eq!(self.begin, 0, "only a range from 0 is a tree");
        self.fold()
    }

    /// The hash over the nodes from right to left: for a range whose begin is a multiple of the
    /// smallest power of two not below its size, MTH(D\[begin:end\]) of RFC 6962.
    pub(super) fn fold(&self) -> Hash {
        let folded = self.nodes.iter().rev().copied().reduce(|right, left| node_hash(left, right));
        folded.unwrap_or_else(empty_root)
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.end - self.begin
    }

    /// The index of its first leaf.
    pub fn begin(&self) -> u64 {
        self.begin
    }

    /// The index after that of its last leaf.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The hashes of its subtrees, left to right.
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }
}

/// The largest aligned subtrees that make up `begin..end`: first leaf and height of each.
pub(crate) fn subtrees(begin: u64, end: u64) -> impl Iterator<Item = (u64, u32)> {
    let mut at = begin;
    std::iter::from_fn(move || {
        let left = end.checked_sub(at).filter(|left| *left > 0)?;
        // No taller than the alignment of its first leaf allows, nor than what is left.
        let level = left.ilog2().min(at.trailing_zeros());
        let first = at;
        at += 1 << level;
        Some((first, level))
    })
}
