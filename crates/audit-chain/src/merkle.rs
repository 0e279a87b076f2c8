//! The RFC 6962 Merkle tree: hashes, compact ranges, and the proofs over them.
//!
//! A tree over `n` leaves is never held whole. A [`Range`] keeps the few nodes that its root, or a
//! longer range, will need; ranges of neighbouring segments can be computed in parallel and merged.
//!
//! ```
//! use audit_chain::Hash;
//! use audit_chain::merkle::{self, Range};
//!
//! let leaves: Vec<Hash> = (0..7_u8).map(|n| merkle::leaf_hash(&[n])).collect();
//! let mut left = Range::of(0, &leaves[..3]);
//! left.merge(&Range::of(3, &leaves[3..]))?;
//! assert_eq!(left.root(), Range::of(0, &leaves).root());
//!
//! let proof = merkle::inclusion(5, 7, &leaves[..])?;
//! merkle::verify_inclusion(5, 7, leaves[5], &proof, left.root())?;
//! # Ok::<(), audit_chain::Error>(())
//! ```

use crate::{Error, Hash, Result};

mod build;
mod range;
mod verify;

pub use build::{
    Nodes, consistency, consistency_parts, inclusion, inclusion_parts, range, subtree,
};
pub use range::Range;
pub(crate) use range::subtrees;
pub use verify::{root_of_inclusion, verify_consistency, verify_inclusion};

/// The largest size of a tree: what a signed 64-bit number holds, as other readers of tiles and
/// checkpoints (Go's `sumdb/tlog` among them) count in those.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// The hash of a leaf: SHA-256 over 0x00 and the entry (RFC 6962, section 2.1).
///
/// The entry of a record is its 32-byte `record_hash`: `leaf_hash(&record_hash.0)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    if let Ok(record_hash) = <&[u8; 32]>::try_from(entry) {
        let mut bytes = [0; 33];
        bytes[1..].copy_from_slice(record_hash);
        return Hash::of(&bytes);
    }
    Hash::of(&[&[0], entry].concat())
}

/// The hash of an inner node: SHA-256 over 0x01 and both children (RFC 6962, section 2.1).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash::of(&bytes)
}

/// The hashes of the leaves of records, in their order; together they take half the time.
pub(crate) fn leaf_hashes(records: &[Hash], leaf: impl FnMut(Hash)) {
    let padded = records.iter().map(|record| {
        let mut block = [0; 64];
        block[1..33].copy_from_slice(&record.0);
        block[33] = 0x80;
        block[62..].copy_from_slice(&(8 * 33_u16).to_be_bytes());
        [block]
    });
    Hash::of_padded(padded, leaf);
}

/// The hash above a whole subtree, of the hashes of which there is a power of two.
pub(crate) fn above(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two());
    let mut nodes = hashes.to_vec();
    while nodes.len() > 1 {
        join_pairs(&mut nodes);
        nodes.truncate(nodes.len() / 2);
    }
    nodes[0]
}

/// Replaces the first half of `nodes` by the hashes of the nodes above them, which come in pairs.
fn join_pairs(nodes: &mut [Hash]) {
    let mut joined = [Hash([0; 32]); JOINED];
    let half = nodes.len() / 2;
    let mut done = 0;
    while done < half {
        let count = JOINED.min(half - done);
        let (pairs, _) = nodes[2 * done..2 * (done + count)].as_chunks::<2>();
        let padded = pairs.iter().map(|[left, right]| {
            let mut blocks = [[0; 64]; 2];
            blocks[0][0] = 1;
            blocks[0][1..33].copy_from_slice(&left.0);
            blocks[0][33..].copy_from_slice(&right.0[..31]);
            blocks[1][..2].copy_from_slice(&[right.0[31], 0x80]);
            blocks[1][62..].copy_from_slice(&(8 * 65_u16).to_be_bytes());
            blocks
        });
        let mut at = 0;
        Hash::of_padded(padded, |node| {
            joined[at] = node;
            at += 1;
        });
        nodes[done..done + count].copy_from_slice(&joined[..count]);
        done += count;
    }
}

/// How many pairs are joined before their places are needed.
const JOINED: usize = 32;

/// The root of a tree without leaves: SHA-256 over nothing (RFC 6962, section 2.1).
pub fn empty_root() -> Hash {
    Hash::of(b"")
}

/// Refuses an index that a tree of this size does not have.
fn within(index: u64, size: u64) -> Result<()> {
    match index < size && size <= MAX_SIZE {
        true => Ok(()),
        false => Err(Error::IndexBeyondTree { index, size }),
    }
}

/// Refuses a pair of sizes that cannot be a tree and its extension.
fn in_order(size1: u64, size2: u64) -> Result<()> {
    match size1 <= size2 && size2 <= MAX_SIZE {
        true => Ok(()),
        false => Err(Error::SizesReversed { size1, size2 }),
    }
}

#[cfg(test)]
mod tests;
