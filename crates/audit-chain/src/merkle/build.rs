//! Building proofs from a source of nodes (RFC 6962, sections 2.1.1 and 2.1.2).
//!
//! Each hash of a proof is MTH(D\[begin:end\]) of some run of leaves. Which runs, is known from the
//! sizes alone, so a caller can learn what to fetch before anything is read.

use std::ops::Range as Span;

use super::range::subtrees;
use super::{Range, in_order, node_hash, within};
use crate::{Error, Hash, Result};

/// Where the hashes of whole subtrees come from.
pub trait Nodes {
    /// The hash of the subtree over the leaves `index * 2^level .. (index + 1) * 2^level`.
    ///
    /// # Errors
    ///
    /// Whatever keeps the source from knowing it.
    fn node(&self, level: u32, index: u64) -> Result<Hash>;
}

/// The hashes of all leaves.
impl Nodes for [Hash] {
    fn node(&self, level: u32, index: u64) -> Result<Hash> {
        let found = (|| {
            let leaves = 1_usize.checked_shl(level)?;
            let begin = usize::try_from(index).ok()?.checked_mul(leaves)?;
            let mut nodes = self.get(begin..begin.checked_add(leaves)?)?.to_vec();
            while nodes.len() > 1 {
                nodes = nodes.chunks_exact(2).map(|pair| node_hash(pair[0], pair[1])).collect();
            }
            nodes.pop()
        })();
        found.ok_or(Error::NodeMissing { level, index })
    }
}

/// The inclusion proof of one leaf, from its sibling upwards.
///
/// # Errors
///
/// [`Error::IndexBeyondTree`], or the error of the source.
pub fn inclusion<N: Nodes + ?Sized>(index: u64, size: u64, nodes: &N) -> Result<Vec<Hash>> {
    inclusion_parts(index, size)?.into_iter().map(|part| subtree(part, nodes)).collect()
}

/// The consistency proof between two trees.
///
/// # Errors
///
/// [`Error::SizesReversed`], or the error of the source.
pub fn consistency<N: Nodes + ?Sized>(size1: u64, size2: u64, nodes: &N) -> Result<Vec<Hash>> {
    consistency_parts(size1, size2)?.into_iter().map(|part| subtree(part, nodes)).collect()
}

/// The runs of leaves whose hashes make up the inclusion proof, in its order.
///
/// # Errors
///
/// [`Error::IndexBeyondTree`].
pub fn inclusion_parts(index: u64, size: u64) -> Result<Vec<Span<u64>>> {
    within(index, size)?;
    let (mut parts, mut tree) = (Vec::new(), 0..size);
    while tree.end - tree.start > 1 {
        let middle = middle(&tree);
        let (left, right) = (tree.start..middle, middle..tree.end);
        let (inside, sibling) = if index < middle { (left, right) } else { (right, left) };
        parts.push(sibling);
        tree = inside;
    }
    parts.reverse();
    Ok(parts)
}

/// The runs of leaves whose hashes make up the consistency proof, in its order.
///
/// # Errors
///
/// [`Error::SizesReversed`].
pub fn consistency_parts(size1: u64, size2: u64) -> Result<Vec<Span<u64>>> {
    in_order(size1, size2)?;
    let (mut parts, mut tree) = (Vec::new(), 0..size2);
    if size1 == 0 || size1 == size2 {
        return Ok(parts);
    }
    // Down to the subtree that ends where the old tree ended.
    while tree.end != size1 {
        let middle = middle(&tree);
        let (left, right) = (tree.start..middle, middle..tree.end);
        let (inside, sibling) = if size1 <= middle { (left, right) } else { (right, left) };
        parts.push(sibling);
        tree = inside;
    }
    // If it begins at 0 it is the whole old tree, whose root the verifier has.
    if tree.start != 0 {
        parts.push(tree);
    }
    parts.reverse();
    Ok(parts)
}

/// The hash over a run of leaves that is a subtree, or the right end of one: MTH(D\[begin:end\]).
///
/// # Errors
///
/// The error of the source.
pub fn subtree<N: Nodes + ?Sized>(part: Span<u64>, nodes: &N) -> Result<Hash> {
    Ok(range(part, nodes)?.fold())
}

/// A run of leaves, from the nodes it consists of.
///
/// # Errors
///
/// The error of the source.
pub fn range<N: Nodes + ?Sized>(run: Span<u64>, nodes: &N) -> Result<Range> {
    let hashes: Result<Vec<Hash>> = subtrees(run.start, run.end)
        .map(|(begin, level)| nodes.node(level, begin >> level))
        .collect();
    Range::from_nodes(run.start, run.end, hashes?)
}

/// Where a tree of at least two leaves is parted: after the largest power of two below its size.
fn middle(tree: &Span<u64>) -> u64 {
    tree.start + (1 << (tree.end - tree.start - 1).ilog2())
}
