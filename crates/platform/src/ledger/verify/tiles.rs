//! The tiles: derived from the records, and so checked against what the records gave.
//!
//! Most tiles of leaves are read with the segment of which they are, and compared byte by byte as
//! long as the hashes of its records are at hand. That costs next to nothing; whatever does not
//! agree there is looked at again afterwards, with what lies above the leaves and what belongs to
//! two segments.
//!
//! That goes from the top down: the right edge has to lead to the root of the newest checkpoint that holds,
//! and each tile below to the hash that stands for it in the one above. What is missing can be made
//! anew: it is noted, for no proof is to be had without it. Partial tiles of older checkpoints are
//! superseded, and not looked at.

use std::ops::Range;

use audit_chain::merkle::{self, Nodes as _};
use audit_chain::tile::{self, Agreement, Bundle, Tile, Tiles, WIDTH};
use audit_chain::verify::{Finding, Kind};
use audit_chain::{Hash, merkle::leaf_hash};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::fetch::Fetcher;
use super::said;

/// How many small objects are on their way at a time.
const IN_FLIGHT: usize = 32;

/// Levels of the tree that one tile spans: 2^8 = 256.
const HEIGHT: u32 = 8;

/// How many small objects are asked for together.
pub(super) const TOGETHER: usize = 32;

/// Runs of tiles of leaves that are those of the records.
#[derive(Debug, Default)]
pub(super) struct Agreed(Vec<Range<u64>>);

impl Agreed {
    /// Adds indexes, which are larger than those before and rise.
    pub(super) fn extend(&mut self, indexes: Vec<u64>) {
        for index in indexes {
            match self.0.last_mut() {
                Some(run) if run.end == index => run.end += 1,
                _ => self.0.push(index..index + 1),
            }
        }
    }

    fn contains(&self, index: u64) -> bool {
        let after = self.0.partition_point(|run| run.end <= index);
        self.0.get(after).is_some_and(|run| run.contains(&index))
    }
}

/// Full tiles of leaves and their entries, to be compared with the records of a segment. What cannot
/// be read agrees with nothing, and is asked for again later.
pub(super) async fn at_hand(fetcher: &Fetcher, indexes: Range<u64>) -> Agreement<Bytes> {
    let first = indexes.start;
    let mut read = Vec::new();
    let paths: Vec<String> = indexes.flat_map(paths).collect();
    for paths in paths.chunks(TOGETHER) {
        // Never closed, so that there always is a permit in the end.
        let _permit = fetcher.small.acquire().await;
        let answers = fetcher.store.bodies(paths).await.unwrap_or_default();
        read.extend(answers.into_iter().map(Result::unwrap_or_default));
    }
    let tiles = read.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    Agreement::new(first, tiles.collect())
}

/// Where the full tile of leaves with this index is stored, and where its bundle.
fn paths(index: u64) -> Vec<String> {
    let end = (index + 1) * WIDTH;
    let both = (Tile::of(0, index, end), Bundle::of(index, end));
    let (Some(tile), Some(bundle)) = both else { return Vec::new() };
    vec![tile.path(), bundle.path()]
}

/// A full tile that has to have this hash above it.
type Expected = (u8, u64, Hash);

/// Compares the tiles of a tree of `size` with its `root`.
///
/// `agreed` are tiles of leaves that were compared already.
pub(super) async fn check(
    fetcher: &Fetcher,
    size: u64,
    root: Hash,
    agreed: &Agreed,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let edge = tile::for_root(size);
    let mut tiles = Tiles::default();
    for tile in &edge {
        let Some(hashes) = read(fetcher, *tile, &mut findings).await else { return findings };
        let body: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        if tiles.insert(*tile, &body).is_err() {
            return findings;
        }
    }
    match merkle::subtree(0..size, &tiles) {
        Ok(found) if found == root => {}
        found => {
            let message =
                format!("the tiles do not lead to the root of the checkpoint of size {size}");
            let mut finding = Finding::new(Kind::ContentAltered, message);
            finding.key = edge.last().map(|tile| tile.path());
            finding.expected = Some(root.to_string());
            finding.found = found.ok().map(|hash| hash.to_string());
            findings.push(finding);
            return findings;
        }
    }
    let mut open: Vec<Expected> = Vec::new();
    for tile in &edge {
        let Some(hashes) = tiles.get(*tile) else { continue };
        match tile.level() {
            0 => entries(fetcher, *tile, hashes, &mut findings).await,
            level => open.extend(below(level, tile.index(), hashes)),
        }
    }
    let left = |(level, index, _): &Expected| *level > 0 || !agreed.contains(*index);
    open.retain(left);
    while let Some(next) = open.pop() {
        let mut together = vec![next];
        // All tiles of leaves that come next, at once.
        while let Some(leaf) = open.pop_if(|(level, ..)| *level == 0 && next.0 == 0) {
            together.push(leaf);
        }
        let checks = stream::iter(together).map(|expected| one(fetcher, expected));
        let checked: Vec<_> = checks.buffered(IN_FLIGHT).collect().await;
        for (found, children) in checked {
            findings.extend(found);
            open.extend(children.into_iter().filter(left));
        }
    }
    findings
}

/// Checks a full tile against the hash above it; gives what it says about those below it.
async fn one(fetcher: &Fetcher, (level, index, above): Expected) -> (Vec<Finding>, Vec<Expected>) {
    let mut findings = Vec::new();
    let Some(tile) = Tile::of(level, index, (index + 1) << (HEIGHT * (u32::from(level) + 1)))
    else {
        return (findings, Vec::new());
    };
    let Some(hashes) = read(fetcher, tile, &mut findings).await else {
        return (findings, Vec::new());
    };
    if hashes.node(HEIGHT, 0) != Ok(above) {
        let message = "the tile is not that of the records";
        findings.push(Finding::new(Kind::ContentAltered, message).of(tile.path()));
        return (findings, Vec::new());
    }
    if level == 0 {
        entries(fetcher, tile, &hashes, &mut findings).await;
        return (findings, Vec::new());
    }
    (findings, below(level, index, &hashes).collect())
}

/// What a tile says about the tiles below it.
fn below(level: u8, index: u64, hashes: &[Hash]) -> impl Iterator<Item = Expected> {
    let numbered = (index * WIDTH..).zip(hashes);
    numbered.map(move |(index, hash)| (level - 1, index, *hash))
}

/// Compares the entries with their leaves.
async fn entries(fetcher: &Fetcher, tile: Tile, leaves: &[Hash], findings: &mut Vec<Finding>) {
    let size = tile.index() * WIDTH + u64::from(tile.width());
    let Some(bundle) = Bundle::of(tile.index(), size) else { return };
    let mut body = fetcher.current(&bundle.path()).await;
    if matches!(body, Ok(None)) && !bundle.is_full() {
        body = fetcher.current(&bundle.full().path()).await;
    }
    let body = match body {
        Ok(Some(body)) => body,
        Ok(None) => return findings.push(missing(bundle.path())),
        Err(error) => {
            let finding = Finding::new(Kind::CouldNotCheck, said(&error));
            return findings.push(finding.of(bundle.path()));
        }
    };
    let entries = bundle.decode(&body).unwrap_or_default();
    let fit = entries.len() == leaves.len()
        && entries.iter().zip(leaves).all(|(entry, leaf)| leaf_hash(&entry.0) == *leaf);
    if !fit {
        let message = "the entries are not the hashes of the records";
        let finding = Finding::new(Kind::ContentAltered, message).of(bundle.path());
        findings.push(finding.between(tile.index() * WIDTH, size - 1));
    }
}

/// The hashes of a tile; a full one in its place will do. `None`: it is not there, or a finding says
/// what is wrong with it.
async fn read(fetcher: &Fetcher, tile: Tile, findings: &mut Vec<Finding>) -> Option<Vec<Hash>> {
    for path in [tile.path(), tile.full().path()] {
        match fetcher.current(&path).await {
            Ok(None) => {}
            Ok(Some(body)) => {
                let (hashes, rest) = body.as_chunks::<32>();
                let wanted = usize::from(tile.width());
                if !rest.is_empty() || hashes.len() < wanted || hashes.len() > WIDTH as usize {
                    let finding = Finding::new(Kind::Malformed, "it has not the length of a tile");
                    findings.push(finding.of(path));
                    return None;
                }
                return Some(hashes[..wanted].iter().map(|hash| Hash(*hash)).collect());
            }
            Err(error) => {
                findings.push(Finding::new(Kind::CouldNotCheck, said(&error)).of(path));
                return None;
            }
        }
    }
    findings.push(missing(tile.path()));
    None
}

fn missing(path: String) -> Finding {
    Finding::new(Kind::TileMissing, "it is not there, and can be made anew from records").of(path)
}
