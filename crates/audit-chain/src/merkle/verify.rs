//! Verification of inclusion and consistency proofs (RFC 9162, sections 2.1.3.2 and 2.1.4.2; the
//! proofs are those of RFC 6962).

use super::{empty_root, in_order, node_hash, within};
use crate::{Error, Hash, Result};

/// Checks that the leaf with this index and hash is in the tree with this size and root.
///
/// `proof` has the hashes from the leaf's sibling upwards.
///
/// # Errors
///
/// [`Error::IndexBeyondTree`], [`Error::ProofLength`] or [`Error::RootMismatch`].
pub fn verify_inclusion(
    leaf_index: u64,
    tree_size: u64,
    leaf_hash: Hash,
    proof: &[Hash],
    root: Hash,
) -> Result<()> {
    let computed = root_of_inclusion(leaf_index, tree_size, leaf_hash, proof)?;
    same(computed, root)
}

/// The root that an inclusion proof leads to.
///
/// # Errors
///
/// [`Error::IndexBeyondTree`] or [`Error::ProofLength`].
pub fn root_of_inclusion(
    leaf_index: u64,
    tree_size: u64,
    leaf_hash: Hash,
    proof: &[Hash],
) -> Result<Hash> {
    within(leaf_index, tree_size)?;
    let (inner, border) = steps(leaf_index, tree_size);
    needs(inner + border, proof)?;
    let (inner, border) = proof.split_at(inner);
    let hash = inner.iter().enumerate().fold(leaf_hash, |hash, (level, sibling)| {
        match leaf_index >> level & 1 {
            0 => node_hash(hash, *sibling),
            _ => node_hash(*sibling, hash),
        }
    });
    Ok(border.iter().fold(hash, |hash, sibling| node_hash(*sibling, hash)))
}

/// Checks that the tree of `size2` leaves continues the tree of `size1` leaves.
///
/// From the empty tree to any other the proof is empty, and `root1` must be [`empty_root`].
///
/// # Errors
///
/// [`Error::SizesReversed`], [`Error::ProofLength`] or [`Error::RootMismatch`].
pub fn verify_consistency(
    size1: u64,
    size2: u64,
    root1: Hash,
    root2: Hash,
    proof: &[Hash],
) -> Result<()> {
    in_order(size1, size2)?;
    if size1 == 0 {
        needs(0, proof)?;
        same(empty_root(), root1)?;
        return if size2 == 0 { same(root1, root2) } else { Ok(()) };
    }
    if size1 == size2 {
        needs(0, proof)?;
        return same(root1, root2);
    }
    // The proof is the path of the last subtree of the old tree. If the old tree is one whole
    // subtree, that one is known (it is `root1`) and left out of the proof.
    let whole = size1.trailing_zeros();
    let (inner, border) = steps(size1 - 1, size2);
    let inner = inner - whole as usize;
    let seeded = size1.is_power_of_two();
    needs(inner + border + usize::from(!seeded), proof)?;
    let (seed, proof) = match proof {
        [first, rest @ ..] if !seeded => (*first, rest),
        all => (root1, all),
    };
    let index = (size1 - 1) >> whole;
    let (inner, border) = proof.split_at(inner);
    let (mut old, mut new) = (seed, seed);
    for (level, sibling) in inner.iter().enumerate() {
        if index >> level & 1 == 1 {
            old = node_hash(*sibling, old);
            new = node_hash(*sibling, new);
        } else {
            new = node_hash(new, *sibling);
        }
    }
    for sibling in border {
        old = node_hash(*sibling, old);
        new = node_hash(*sibling, new);
    }
    same(old, root1)?;
    same(new, root2)
}

/// How many steps of the leaf's path lie below the right border of the tree, and how many on it:
/// from where the path has joined the border, every sibling is on the left.
fn steps(index: u64, size: u64) -> (usize, usize) {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner as usize, border as usize)
}

fn needs(expected: usize, proof: &[Hash]) -> Result<()> {
    match proof.len() == expected {
        true => Ok(()),
        false => Err(Error::ProofLength { expected, found: proof.len() }),
    }
}

fn same(computed: Hash, expected: Hash) -> Result<()> {
    match computed == expected {
        true => Ok(()),
        false => Err(Error::RootMismatch { computed, expected }),
    }
}
