//! Which tile, and under which path it is stored.

use std::fmt::Write as _;

use super::{HEIGHT, WIDTH, width_at};
use crate::{Error, Hash, Result};

/// A tile of hashes: at `level` 0 of leaves, above it of full tiles of the level below.
///
/// Tiles are ordered by level, then from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// A bundle of entries: what the leaves of one tile at level 0 are the hashes of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bundle {
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile as a tree of `size` leaves has it, full or partial; `None` if it has none there.
    pub fn of(level: u8, index: u64, size: u64) -> Option<Self> {
        let count = size.checked_shr(HEIGHT * u32::from(level))?;
        Self::cut(level, index, count)
    }

    /// The tile at a level that has `count` hashes in all.
    pub(super) fn cut(level: u8, index: u64, count: u64) -> Option<Self> {
        Some(Self { level, index, width: width_at(count, index)? })
    }

    /// The full tile in the same place. It begins with all that a partial one has, so it can be read
    /// instead where a partial tile has been deleted.
    pub fn full(self) -> Self {
        Self { width: WIDTH as u16, ..self }
    }

    /// Its level: 0 for leaves.
    pub fn level(self) -> u8 {
        self.level
    }

    /// Its place in the level, from the left, beginning with 0.
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many hashes it has: 1 to 256.
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether it has 256 hashes and so will never change.
    pub fn is_full(self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// How long its file is.
    pub fn size_bytes(self) -> usize {
        usize::from(self.width) * 32
    }

    /// Where it is stored: `tile/<level>/<index>`, a partial one with `.p/<width>` after it.
    ///
    /// ```
    /// use audit_chain::tile::Tile;
    ///
    /// let tile = Tile::of(1, 3, 200_000).expect("the tree has it");
    /// assert_eq!(tile.path(), "tile/1/003.p/13");
    /// assert_eq!(Tile::parse(&tile.path()), Ok(tile));
    /// assert_eq!(tile.full().path(), "tile/1/003");
    /// ```
    pub fn path(self) -> String {
        path(&self.level.to_string(), self.index, self.width)
    }

    /// Reads a path as [`Tile::path`] writes it.
    ///
    /// # Errors
    ///
    /// [`Error::TilePathInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        let read = || {
            let (level, rest) = text.strip_prefix("tile/")?.split_once('/')?;
            let level: u8 = level.parse().ok().filter(|level| *level < 64)?;
            let (index, width) = read_place(rest)?;
            Some(Self { level, index, width })
        };
        // Whatever is not spelled as it would be written is refused.
        let read = read().filter(|tile| tile.path() == text);
        read.ok_or_else(|| not_a_path(text))
    }
}

impl Bundle {
    /// The bundle as a log of `size` records has it; `None` if it has none there.
    pub fn of(index: u64, size: u64) -> Option<Self> {
        Some(Self { index, width: width_at(size, index)? })
    }

    /// The full bundle in the same place.
    pub fn full(self) -> Self {
        Self { width: WIDTH as u16, ..self }
    }

    /// Its place, from the left, beginning with 0.
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many entries it has: 1 to 256.
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether it has 256 entries and so will never change.
    pub fn is_full(self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// Where it is stored: `tile/entries/<index>`, a partial one with `.p/<width>` after it.
    pub fn path(self) -> String {
        path("entries", self.index, self.width)
    }

    /// Reads a path as [`Bundle::path`] writes it.
    ///
    /// # Errors
    ///
    /// [`Error::TilePathInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        let read = || {
            let (index, width) = read_place(text.strip_prefix("tile/entries/")?)?;
            Some(Self { index, width })
        };
        let read = read().filter(|bundle| bundle.path() == text);
        read.ok_or_else(|| not_a_path(text))
    }

    /// The bytes of a bundle with the hashes of these records: each after its length, 32, as two
    /// bytes.
    pub fn encode(records: &[Hash]) -> Vec<u8> {
        records.iter().flat_map(|record| [0, 32].into_iter().chain(record.0)).collect()
    }

    /// The hashes of the records in the bytes of this bundle, or of a wider one in its place.
    ///
    /// # Errors
    ///
    /// [`Error::TileInvalid`].
    pub fn decode(self, body: &[u8]) -> Result<Vec<Hash>> {
        let entry = |bytes: &[u8]| match bytes.split_first_chunk::<2>() {
            Some(([0, 32], hash)) => hash.try_into().ok().map(Hash),
            _ => None,
        };
        let whole = body.len().is_multiple_of(34) && body.len() <= WIDTH as usize * 34;
        let mut records: Option<Vec<Hash>> = body.chunks(34).map(entry).collect();
        if let Some(records) = records.as_mut().filter(|all| all.len() >= self.width.into()) {
            records.truncate(self.width.into());
            if whole {
                return Ok(std::mem::take(records));
            }
        }
        let reason = "it is not so many entries of 32 bytes, each after its length";
        Err(Error::TileInvalid { path: self.path(), reason })
    }
}

/// What was read is shown on one line, and not all of it when it is long.
fn not_a_path(text: &str) -> Error {
    Error::TilePathInvalid { path: text.chars().take(80).flat_map(char::escape_debug).collect() }
}

fn path(level: &str, index: u64, width: u16) -> String {
    let digits = format!("{index:03}");
    // Groups of three from the right; all but the last are folders and begin with an `x`.
    let digits = format!("{digits:0>width$}", width = digits.len().div_ceil(3) * 3);
    let (folders, last) = digits.split_at(digits.len() - 3);
    let mut path = format!("tile/{level}/");
    for group in folders.as_bytes().chunks(3) {
        path.push('x');
        path.extend(group.iter().map(|digit| char::from(*digit)));
        path.push('/');
    }
    path.push_str(last);
    if u64::from(width) < WIDTH {
        // Writing to a string never fails.
        let _ = write!(path, ".p/{width}");
    }
    path
}

/// Reads what stands after the level: generously, for the caller compares with what is written.
fn read_place(text: &str) -> Option<(u64, u16)> {
    let (place, width) = match text.split_once(".p/") {
        Some((place, width)) => (place, width.parse().ok().filter(|width| *width < 256)?),
        None => (text, WIDTH as u16),
    };
    // 2^63 has 19 digits; more than 7 groups are none of ours.
    let digits: String = place.chars().filter(|c| c.is_ascii_digit()).take(22).collect();
    Some((digits.parse().ok()?, width)).filter(|(_, width)| *width > 0)
}
