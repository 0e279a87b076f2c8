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
