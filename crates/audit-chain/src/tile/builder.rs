//! What a checkpoint writes: full tiles, partial tiles and bundles, from the records appended.

use super::{Bundle, HEIGHT, Tile, Tiles, WIDTH};
use crate::merkle::{self, Range};
use crate::{Error, Hash, Result};

/// Collects records, and gives the files that a checkpoint writes.
///
/// It holds the right edge of the tree: under 256 hashes for each level, and the full tiles since the
/// last [`Builder::seal`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Builder {
    size: u64,
    sealed: u64,
    /// The hashes of the records of the last bundle, while it is partial.
    entries: Vec<Hash>,
    /// Per level, the hashes of its last tile, while that is partial.
    levels: Vec<Vec<Hash>>,
    full: Vec<Written>,
}

/// A file that a checkpoint writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where, below the prefix of the log.
    pub path: String,
    /// What.
    pub body: Vec<u8>,
    /// Whether it will never change; a partial tile or bundle is replaced by the full one.
    pub full: bool,
}

/// What [`Builder::resume`] needs at this size: the partial bundle and the partial tiles above level
/// 0. At most eight files.
pub fn right_edge(size: u64) -> (Option<Bundle>, Vec<Tile>) {
    let bundle = Bundle::of(size / WIDTH, size);
    let tiles = (1..8_u8).filter_map(|level| {
        let count = size >> (HEIGHT * u32::from(level));
        Tile::of(level, count / WIDTH, size)
    });
    (bundle, tiles.collect())
}

impl Builder {
    /// The builder of an empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The builder of a log that has `size` records, all of them sealed.
    ///
    /// `bundle` is the file of the partial bundle (empty if there is none), `tiles` has the tiles that
    /// [`right_edge`] names. Compare [`Builder::root`] with the root of the checkpoint afterwards: the
    /// files are not trusted.
    ///
    /// # Errors
    ///
    /// [`Error::TileMissing`] or [`Error::TileInvalid`]; the builder can then be made from all record
    /// hashes instead, for every file can be rebuilt.
    pub fn resume(size: u64, bundle: &[u8], tiles: &Tiles) -> Result<Self> {
        let (edge_bundle, edge_tiles) = right_edge(size);
        let entries = match edge_bundle {
            Some(edge) => edge.decode(bundle)?,
            None => Vec::new(),
        };
        let leaves = entries.iter().map(|record| merkle::leaf_hash(&record.0)).collect();
        let mut levels: Vec<Vec<Hash>> = vec![leaves];
        for tile in edge_tiles {
            let hashes = tiles.get(tile);
            let hashes = hashes.ok_or_else(|| Error::TileMissing { path: tile.path() })?;
            levels.resize(usize::from(tile.level()) + 1, Vec::new());
            levels[usize::from(tile.level())] = hashes.to_vec();
        }
        Ok(Self { size, sealed: size, entries, levels, full: Vec::new() })
    }

    /// Adds the next record by its hash.
    pub fn append(&mut self, record_hash: Hash) {
        self.extend(&[record_hash]);
    }

    /// Adds the next records by their hashes. Faster than one after another.
    pub fn extend(&mut self, record_hashes: &[Hash]) {
        let mut rest = record_hashes;
        while !rest.is_empty() {
            let room = WIDTH as usize - self.entries.len();
            let (records, after) = rest.split_at(room.min(rest.len()));
            rest = after;
            self.entries.extend_from_slice(records);
            self.size += records.len() as u64;
            if self.levels.is_empty() {
                self.levels.push(Vec::new());
            }
            let leaves = &mut self.levels[0];
            merkle::leaf_hashes(records, |leaf| leaves.push(leaf));
            self.rise();
        }
    }

    /// Takes out what has become full.
    fn rise(&mut self) {
        let mut level = 0_u8;
        while let Some(tile) = self.levels.get_mut(usize::from(level))
            && tile.len() as u64 == WIDTH
        {
            let hashes = std::mem::take(tile);
            let count = self.size >> (HEIGHT * u32::from(level));
            let place = Tile::cut(level, count / WIDTH - 1, count);
            let place = place.expect("the tile that has just been filled");
            self.full.push(written(place, &hashes));
            level += 1;
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::new());
            }
            self.levels[usize::from(level)].push(merkle::above(&hashes));
        }
        if self.entries.len() as u64 == WIDTH {
            let records = std::mem::take(&mut self.entries);
            let bundle = Bundle::of(self.size / WIDTH - 1, self.size);
            let path = bundle.expect("the bundle that has just been filled").path();
            self.full.push(Written { path, body: Bundle::encode(&records), full: true });
        }
    }

    /// The files to be written before a checkpoint at this size: what [`super::written_between`] and
    /// [`super::bundles_between`] name, first all that is full.
    ///
    /// If writing them fails, clone the builder before, or resume it: they are given once.
    pub fn seal(&mut self) -> Vec<Written> {
        let mut files = std::mem::take(&mut self.full);
        for tile in super::written_between(self.sealed, self.size) {
            if !tile.is_full() {
                files.push(written(tile, &self.levels[usize::from(tile.level())]));
            }
        }
        if let Some(bundle) = Bundle::of(self.size / WIDTH, self.size)
            && self.sealed != self.size
        {
            let body = Bundle::encode(&self.entries);
            files.push(Written { path: bundle.path(), body, full: false });
        }
        self.sealed = self.size;
        files
    }

    /// How many records there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree over them.
    pub fn root(&self) -> Hash {
        let mut range = Range::empty(0);
        for (level, hashes) in self.levels.iter().enumerate().rev() {
            for hash in hashes {
                let added = range.append_subtree(HEIGHT * level as u32, *hash);
                added.expect("every tile begins where those above it end");
            }
        }
        range.root()
    }
}

fn written(tile: Tile, hashes: &[Hash]) -> Written {
    let body = hashes.iter().flat_map(|hash| hash.0).collect();
    Written { path: tile.path(), body, full: tile.is_full() }
}
