//! Tiles (<https://c2sp.org/tlog-tiles>): the tree in files of 256 hashes, and the entries beside it.
//!
//! Which tiles a proof needs follows from the sizes alone, so a caller fetches them all at once and
//! each of them once:
//!
//! ```
//! use audit_chain::tile::{self, Tiles};
//! use audit_chain::{Hash, merkle};
//!
//! let mut builder = tile::Builder::new();
//! let records: Vec<Hash> = (0..1000_u32).map(|n| Hash::of(&n.to_be_bytes())).collect();
//! records.iter().for_each(|record| builder.append(*record));
//! let root = builder.root();
//! let written = builder.seal();
//!
//! let mut tiles = Tiles::default();
//! for tile in tile::for_inclusion(300, 1000)? {
//!     let file = written.iter().find(|file| file.path == tile.path()).expect("it was written");
//!     tiles.insert(tile, &file.body)?;
//! }
//! let proof = merkle::inclusion(300, 1000, &tiles)?;
//! merkle::verify_inclusion(300, 1000, merkle::leaf_hash(&records[300].0), &proof, root)?;
//! # Ok::<(), audit_chain::Error>(())
//! ```

use std::collections::BTreeSet;
use std::ops::Range as Span;

use crate::{Result, merkle};

mod agreement;
mod builder;
mod path;
mod set;

pub use agreement::Agreement;
pub use builder::{Builder, Written, right_edge};
pub use path::{Bundle, Tile};
pub use set::Tiles;

/// How many hashes a full tile has, and entries a full bundle.
pub const WIDTH: u64 = 256;

/// How many levels of the tree one tile spans: 2^8 = 256.
pub(crate) const HEIGHT: u32 = 8;

/// The tiles that the inclusion proof of one leaf is built from.
///
/// # Errors
///
/// [`crate::Error::IndexBeyondTree`].
pub fn for_inclusion(index: u64, size: u64) -> Result<Vec<Tile>> {
    Ok(holding(merkle::inclusion_parts(index, size)?, size))
}

/// The tiles that the consistency proof between two trees is built from; they are those of the
/// larger tree.
///
/// # Errors
///
/// [`crate::Error::SizesReversed`].
pub fn for_consistency(size1: u64, size2: u64) -> Result<Vec<Tile>> {
    Ok(holding(merkle::consistency_parts(size1, size2)?, size2))
}

/// The tiles that the root of a tree of this size is computed from: its right edge.
pub fn for_root(size: u64) -> Vec<Tile> {
    let size = size.min(merkle::MAX_SIZE);
    holding(std::iter::once(0..size), size)
}

/// The tiles that the nodes of this run of leaves are taken from, in a tree of `size`.
pub fn for_range(run: Span<u64>, size: u64) -> Vec<Tile> {
    holding(std::iter::once(run), size)
}

/// The tiles, full and partial, that a checkpoint at `new` writes when the one before it stood at
/// `old`: those that are new, or wider than they were. From the lowest level up.
pub fn written_between(old: u64, new: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    // A size below 2^63 needs no level above 7.
    for level in 0..8_u8 {
        let shift = HEIGHT * u32::from(level);
        let (old, new) = (old >> shift, new >> shift);
        if new == 0 {
            break;
        }
        let spans = if old < new { old / WIDTH..new.div_ceil(WIDTH) } else { 0..0 };
        tiles.extend(spans.filter_map(|index| Tile::cut(level, index, new)));
    }
    tiles
}

/// The bundles of entries that a checkpoint at `new` writes, likewise.
pub fn bundles_between(old: u64, new: u64) -> Vec<Bundle> {
    let spans = if old < new { old / WIDTH..new.div_ceil(WIDTH) } else { 0..0 };
    spans.filter_map(|index| Bundle::of(index, new)).collect()
}

/// The tiles in a tree of `size` that hold the subtrees these runs of leaves consist of.
fn holding(parts: impl IntoIterator<Item = Span<u64>>, size: u64) -> Vec<Tile> {
    let mut tiles = BTreeSet::new();
    for part in parts {
        for (begin, height) in merkle::subtrees(part.start, part.end) {
            let level = height / HEIGHT;
            let index = begin >> (HEIGHT * level) >> HEIGHT;
            tiles.extend(u8::try_from(level).ok().and_then(|level| Tile::of(level, index, size)));
        }
    }
    tiles.into_iter().collect()
}

/// How many of a level's `count` hashes the tile at `index` has; `None` if it is beyond them.
fn width_at(count: u64, index: u64) -> Option<u16> {
    let width = count.checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
    u16::try_from(width).ok().filter(|width| *width > 0)
}

#[cfg(test)]
mod tests;
