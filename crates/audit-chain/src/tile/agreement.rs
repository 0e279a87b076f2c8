//! Whether tiles of leaves are those of the records, found out while the records are read.

use super::WIDTH;
use crate::Hash;

/// Full tiles of leaves that follow each other, each with its bundle of entries, and how far they
/// agree with the leaves that came by.
///
/// ```
/// use audit_chain::Hash;
/// use audit_chain::merkle::leaf_hash;
/// use audit_chain::tile::{Agreement, Bundle};
///
/// let records: Vec<Hash> = (0..=255_u8).map(|n| Hash::of(&[n])).collect();
/// let tile: Vec<u8> = records.iter().flat_map(|hash| leaf_hash(&hash.0).0).collect();
/// let mut agreement = Agreement::new(0, vec![(tile, Bundle::encode(&records))]);
/// for (seq, record) in (0..).zip(records) {
///     agreement.leaf(seq, record, leaf_hash(&record.0));
/// }
/// assert_eq!(agreement.whole().collect::<Vec<u64>>(), [0]);
/// ```
#[derive(Clone, Debug)]
pub struct Agreement<T> {
    /// The index of the first tile.
    first: u64,
    tiles: Vec<(T, T)>,
    /// Of each tile, how many leaves came by that it has.
    agreeing: Vec<u64>,
}

impl<T: AsRef<[u8]>> Agreement<T> {
    /// The tiles from index `first` on: the bytes of each, and those of its bundle. What is not
    /// there is handed in as no bytes, and agrees with nothing.
    pub fn new(first: u64, tiles: Vec<(T, T)>) -> Self {
        Self { first, agreeing: vec![0; tiles.len()], tiles }
    }

    /// A leaf: its place in the log, the hash of the record, and its own hash. Each place comes by
    /// once at most.
    pub fn leaf(&mut self, seq: u64, record_hash: Hash, leaf: Hash) {
        let Some(index) = (seq / WIDTH).checked_sub(self.first).map(|index| index as usize) else {
            return;
        };
        let Some((tile, entries)) = self.tiles.get(index) else { return };
        let place = (seq % WIDTH) as usize;
        let hash = tile.as_ref().get(place * HASH_BYTES..(place + 1) * HASH_BYTES);
        let entry = entries.as_ref().get(place * ENTRY_BYTES..(place + 1) * ENTRY_BYTES);
        let agrees = hash == Some(&leaf.0)
            && entry.and_then(|entry| entry.strip_prefix(&[0, HASH_BYTES as u8]))
                == Some(&record_hash.0);
        self.agreeing[index] += u64::from(agrees);
    }

    /// The indexes of the tiles that have every leaf, and nothing else, and so have their bundles.
    pub fn whole(&self) -> impl Iterator<Item = u64> {
        let numbered = (self.first..).zip(self.tiles.iter().zip(&self.agreeing));
        numbered.filter_map(|(index, ((tile, entries), agreeing))| {
            let width = WIDTH as usize;
            let lengths = (tile.as_ref().len(), entries.as_ref().len());
            let right = (width * HASH_BYTES, width * ENTRY_BYTES);
            (*agreeing == WIDTH && lengths == right).then_some(index)
        })
    }
}

/// Of a SHA-256.
const HASH_BYTES: usize = 32;

/// An entry in a bundle: its length in two bytes, big endian, and the hash of a record.
const ENTRY_BYTES: usize = 2 + HASH_BYTES;

#[cfg(test)]
mod tests {
    use super::super::Bundle;
    use super::*;
    use crate::merkle::leaf_hash;

    /// Tiles 3 and 4 spoiled by `spoil`, and which of them are whole after all leaves.
    fn whole(spoil: impl Fn(&mut Vec<(Vec<u8>, Vec<u8>)>)) -> Vec<u64> {
        let records: Vec<(u64, Hash)> =
            (700..1300_u64).map(|seq| (seq, Hash::of(&seq.to_be_bytes()))).collect();
        let mut tiles: Vec<(Vec<u8>, Vec<u8>)> = records[68..580]
            .chunks(256)
            .map(|records| {
                let records: Vec<Hash> = records.iter().map(|(_, hash)| *hash).collect();
                let leaves: Vec<u8> =
                    records.iter().flat_map(|hash| leaf_hash(&hash.0).0).collect();
                (leaves, Bundle::encode(&records))
            })
            .collect();
        spoil(&mut tiles);
        let mut agreement = Agreement::new(3, tiles);
        for (seq, record) in records {
            agreement.leaf(seq, record, leaf_hash(&record.0));
        }
        agreement.whole().collect()
    }

    #[test]
    fn every_byte_of_a_tile_and_of_its_entries_counts() {
        assert_eq!(whole(|_| ()), [3, 4]);
        for at in [0, 31, 32, 4095, 8191] {
            assert_eq!(whole(|tiles| tiles[0].0[at] ^= 1), [4], "{at}");
        }
        for at in [0, 1, 2, 33, 34, 35, 8703] {
            assert_eq!(whole(|tiles| tiles[1].1[at] ^= 1), [3], "{at}");
        }
    }

    #[test]
    fn what_is_missing_or_too_long_agrees_with_nothing() {
        assert_eq!(whole(|tiles| tiles[0].0.clear()), [4]);
        assert_eq!(whole(|tiles| tiles[0].1.clear()), [4]);
        assert_eq!(whole(|tiles| tiles[0].0.push(0)), [4]);
        assert_eq!(whole(|tiles| tiles[1].1.push(0)), [3]);
        assert_eq!(whole(|tiles| tiles.swap(0, 1)), Vec::<u64>::new());
    }
}
