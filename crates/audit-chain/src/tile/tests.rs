//! Tiles against the tree they are cut from.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::merkle::{Range, leaf_hash};
use crate::{Error, Hash};

fn records(count: u64) -> Vec<Hash> {
    (0..count).map(|n| Hash::of(&n.to_be_bytes())).collect()
}

fn leaves(records: &[Hash]) -> Vec<Hash> {
    records.iter().map(|record| leaf_hash(&record.0)).collect()
}

/// All files of a log, as its checkpoints at these sizes wrote them.
fn files(records: &[Hash], sizes: &[u64]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let (mut builder, mut from) = (Builder::new(), 0);
    for size in sizes {
        builder.extend(&records[from as usize..*size as usize]);
        let written = builder.seal();
        let mut named: Vec<String> =
            written_between(from, *size).iter().map(|t| t.path()).collect();
        named.extend(bundles_between(from, *size).iter().map(|bundle| bundle.path()));
        named.sort();
        let mut given: Vec<String> = written.iter().map(|file| file.path.clone()).collect();
        given.sort();
        assert_eq!(given, named, "{from} to {size}");
        assert!(written.is_sorted_by_key(|file| !file.full), "what is full comes first");
        files.extend(written.into_iter().map(|file| (file.path, file.body)));
        from = *size;
    }
    files
}

fn fetch(needed: Vec<Tile>, files: &BTreeMap<String, Vec<u8>>) -> Tiles {
    let mut tiles = Tiles::default();
    for tile in needed {
        tiles.insert(tile, &files[&tile.path()]).unwrap();
    }
    tiles
}

#[test]
fn the_tree_of_the_specification_has_the_tiles_it_lists() {
    // The example of tlog-tiles: 70,000 entries.
    let tiles = written_between(0, 70_000);
    let count = |level, full| {
        tiles.iter().filter(|tile| tile.level() == level && tile.is_full() == full).count()
    };
    assert_eq!([count(0, true), count(0, false), count(1, true), count(1, false)], [273, 1, 1, 1]);
    let partial: Vec<String> =
        tiles.iter().filter(|tile| !tile.is_full()).map(|tile| tile.path()).collect();
    assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    let paths: Vec<String> = written_between(0, 256).iter().map(|tile| tile.path()).collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1"]);
    assert!(written_between(70_000, 70_000).is_empty() && bundles_between(9, 9).is_empty());
    let next: Vec<String> =
        written_between(70_000, 70_001).iter().map(|tile| tile.path()).collect();
    assert_eq!(next, ["tile/0/273.p/113"], "only what has changed");
}

#[test]
fn a_path_has_one_spelling() {
    let tile = Tile::of(0, 1_234_067, 1_234_068 * 256).unwrap();
    assert_eq!(tile.path(), "tile/0/x001/x234/067");
    assert_eq!(Tile::of(0, 1000, 256_001).unwrap().path(), "tile/0/x001/000.p/1");
    assert_eq!(Bundle::parse("tile/entries/x001/000.p/1"), Ok(Bundle::of(1000, 256_001).unwrap()));
    for path in [
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/1/001",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/x001/234/",
        "tile/entries/000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/٣٣٣",
        "",
    ] {
        assert!(Tile::parse(path).is_err(), "{path}");
    }
    assert!(Bundle::parse("tile/0/000").is_err());
    let error = Tile::parse(&"\n".repeat(9_000)).unwrap_err().to_string();
    assert!(error.len() < 200 && !error.contains('\n'), "{error}");
    assert_eq!(
        (Tile::of(0, 1, 256), Tile::of(8, 0, u64::MAX), Bundle::of(0, 0)),
        (None, None, None)
    );
}

#[test]
fn one_record_in_ten_million_is_proved_from_five_tiles() {
    for size in [10_000_000, 9_999_999, 10_000_384, 1 << 23, (1 << 24) - 1] {
        for index in [0, 1, 255, 256, 5_000_000, 8_388_607, 8_388_608 % size, size - 1] {
            let needed = for_inclusion(index, size).unwrap();
            assert!(needed.len() <= 5, "{index} of {size}: {needed:?}");
        }
        assert!(for_root(size).len() <= 3 && for_consistency(size / 3, size).unwrap().len() <= 5);
    }
}

#[test]
fn a_spoiled_tile_is_noticed_and_a_missing_one_is_named() {
    let records = records(600);
    let files = files(&records, &[600]);
    let root = Range::of(0, &leaves(&records)).root();
    let needed = for_inclusion(599, 600).unwrap();
    let leaf = leaf_hash(&records[599].0);
    for spoiled in needed.iter().map(|tile| tile.path()) {
        for at in 0..files[&spoiled].len() / 32 {
            let mut bad = files.clone();
            bad.get_mut(&spoiled).unwrap()[at * 32] ^= 1;
            let tiles = fetch(needed.clone(), &bad);
            let proof = merkle::inclusion(599, 600, &tiles).unwrap();
            let verified = merkle::verify_inclusion(599, 600, leaf, &proof, root);
            // The leaf itself is the verifier's own; no proof has it.
            let unused = spoiled.starts_with("tile/0/002") && at == 599 % 256;
            assert_eq!(verified.is_ok(), unused, "{spoiled} {at}");
        }
    }
    let missing = merkle::inclusion(599, 600, &Tiles::default());
    assert_eq!(missing, Err(Error::TileMissing { path: "tile/0/002".to_owned() }));
    let mut tiles = Tiles::default();
    assert!(tiles.insert(needed[0], &[0; 31]).is_err());
    let bundle = Bundle::of(2, 600).unwrap();
    let body = &files[&bundle.path()];
    assert_eq!(bundle.decode(body).unwrap(), &records[512..]);
    assert_eq!(Bundle::of(2, 599).unwrap().decode(body).unwrap(), &records[512..599], "wider");
    for bad in [&body[1..], &body[..body.len() - 34], &[&body[..], &[0]].concat(), &[]] {
        assert!(bundle.decode(bad).is_err());
    }
}

#[test]
fn tiles_of_the_third_level_are_written_and_read() {
    honest(&[65_000, 65_537], 65_000, 64_999);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn proofs_from_tiles_verify_whatever_checkpoints_wrote_them(
        mut sizes in proptest::collection::vec(1_u64..2_000, 1..4),
        at in any::<prop::sample::Index>(),
        old in any::<prop::sample::Index>(),
    ) {
        sizes.sort_unstable();
        sizes.dedup();
        let size = sizes[sizes.len() - 1];
        honest(&sizes, at.index(size as usize) as u64, old.index(size as usize) as u64 + 1);
    }
}

/// A log with checkpoints at these sizes: its files prove a record and an older tree, and a builder
/// picked up at the first checkpoint goes on as the one that made it.
fn honest(sizes: &[u64], index: u64, old: u64) {
    let (first, size) = (sizes[0], sizes[sizes.len() - 1]);
    let records = records(size);
    let files = files(&records, sizes);
    let leaves = leaves(&records);
    let root = Range::of(0, &leaves).root();
    assert_eq!(fetch(for_root(size), &files).root(size), Ok(root));

    let tiles = fetch(for_inclusion(index, size).unwrap(), &files);
    let proof = merkle::inclusion(index, size, &tiles).unwrap();
    merkle::verify_inclusion(index, size, leaves[index as usize], &proof, root).unwrap();

    let old_root = Range::of(0, &leaves[..old as usize]).root();
    let tiles = fetch(for_consistency(old, size).unwrap(), &files);
    let proof = merkle::consistency(old, size, &tiles).unwrap();
    merkle::verify_consistency(old, size, old_root, root, &proof).unwrap();

    let (bundle, edge) = right_edge(first);
    let body = bundle.map(|bundle| files[&bundle.path()].clone()).unwrap_or_default();
    let mut resumed = Builder::resume(first, &body, &fetch(edge, &files)).unwrap();
    assert_eq!(resumed.root(), Range::of(0, &leaves[..first as usize]).root());
    records[first as usize..].iter().for_each(|record| resumed.append(*record));
    assert_eq!((resumed.root(), resumed.size()), (root, size));
    for file in resumed.seal() {
        assert_eq!(files[&file.path], file.body, "{}", file.path);
    }
    assert_eq!(resumed.seal(), [], "nothing is new");
}
