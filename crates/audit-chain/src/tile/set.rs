//! Tiles that were read, as a source of hashes.

use std::collections::BTreeMap;

use super::{HEIGHT, Tile, WIDTH};
use crate::merkle::{self, Nodes};
use crate::{Error, Hash, Result};

/// Some tiles of a tree.
///
/// Nothing in a tile is trusted: a proof built from a spoiled tile does not verify.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiles(BTreeMap<(u8, u64), Vec<Hash>>);

impl Tiles {
    /// Adds a tile with the bytes of its file.
    ///
    /// Of two tiles in one place, the wider is kept. For a partial tile that is gone, the full one
    /// can be added in its place (`tile.full()`).
    ///
    /// # Errors
    ///
    /// [`Error::TileInvalid`] when the bytes are not as many hashes as the tile has.
    pub fn insert(&mut self, tile: Tile, body: &[u8]) -> Result<()> {
        if body.len() != tile.size_bytes() {
            let reason = "its length is not 32 bytes for each of its hashes";
            return Err(Error::TileInvalid { path: tile.path(), reason });
        }
        let hash = |bytes: &[u8]| bytes.try_into().ok().map(Hash);
        let hashes: Vec<Hash> = body.chunks_exact(32).filter_map(hash).collect();
        self.put(tile.level(), tile.index(), hashes);
        Ok(())
    }

    pub(super) fn put(&mut self, level: u8, index: u64, hashes: Vec<Hash>) {
        let known = self.0.entry((level, index)).or_default();
        if hashes.len() > known.len() {
            *known = hashes;
        }
    }

    /// The hashes of a tile, if it or a wider one in its place was added.
    pub fn get(&self, tile: Tile) -> Option<&[Hash]> {
        self.0.get(&(tile.level(), tile.index()))?.get(..tile.width().into())
    }

    /// The root of the tree with `size` leaves, from the tiles of [`super::for_root`].
    ///
    /// # Errors
    ///
    /// [`Error::TileMissing`].
    pub fn root(&self, size: u64) -> Result<Hash> {
        merkle::subtree(0..size.min(merkle::MAX_SIZE), self)
    }
}

impl Nodes for Tiles {
    fn node(&self, level: u32, index: u64) -> Result<Hash> {
        // The level of the tile, and how high above its hashes the node stands.
        let (tile_level, above) = ((level / HEIGHT) as u8, level % HEIGHT);
        let missing = || {
            let full = Tile::cut(tile_level, index >> (HEIGHT - above), u64::MAX);
            let path = full.map(Tile::path).unwrap_or_default();
            Error::TileMissing { path }
        };
        let first = index.checked_mul(1 << above).ok_or_else(missing)?;
        let at = (first % WIDTH) as usize;
        let hashes = self.0.get(&(tile_level, first / WIDTH));
        let hashes = hashes.and_then(|hashes| hashes.get(at..at + (1 << above)));
        hashes.ok_or_else(missing)?.node(above, 0)
    }
}
