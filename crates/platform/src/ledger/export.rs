//! Taking a log, or the records that somebody asks for, out of the store: a folder that proves what
//! it holds with nothing else at hand. The format is `docs/reference/audit-bundle.md`.

mod bundle;
mod filter;
mod records;

use std::collections::BTreeMap;
use std::path::Path;

use audit_chain::canonical::Scanner;
use audit_chain::keyring::Keyring;
use audit_chain::merkle;
use audit_chain::proof::TlogProof;
use audit_chain::record::Line;
use audit_chain::tile::{self, Bundle, Tile, Tiles, WIDTH};
use audit_chain::verify::{Finding, Kind, Verdict};
use audit_chain::{Hash, segment};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;

use super::prove::hash_of;
use super::read_error::ReadError;
use super::reader::{Reader, Sealed};
use super::verify::{VerifyOptions, verify};
use crate::store::Store;
use bundle::{Folder, Head};

pub use filter::Filter;
pub(super) use filter::stamp;
pub use records::records;

/// How many segments are on their way at a time.
const IN_FLIGHT: usize = 4;

/// How many tiles are kept; a proof needs at most eight, and neighbours share all but one.
const MOST_TILES: usize = 512;

/// What to take, and what to say about it.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The records that are wanted; `None` for the whole log.
    pub filter: Option<Filter>,
    /// Held against the log before anything is taken, and laid beside it.
    pub keyring: Option<Keyring>,
    /// The moment that the bundle names as its own.
    pub created_at: DateTime<Utc>,
}

impl ExportOptions {
    /// The whole log, at this moment.
    pub fn new(created_at: DateTime<Utc>) -> Self {
        Self { filter: None, keyring: None, created_at }
    }
}

/// What was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many record lines the bundle holds.
    pub records: u64,
    /// The size of the tree that it speaks of.
    pub size: u64,
    /// Records of an older log that no filter applies to.
    pub legacy_passed_over: u64,
}

/// Writes a bundle to the folder `to`, which must not be there yet: whole, or not at all.
///
/// Every record is held against its own hash, and with a filter against the newest checkpoint; a
/// whole log is verified first.
///
/// # Errors
///
/// [`ReadError::Unsound`] for a log that does not hold, [`ReadError::NoCheckpoint`] when records are
/// chosen from a log that was never sealed, [`ReadError::Invalid`] when the folder is there or the
/// filter asks for nothing.
pub async fn export(
    store: &Store,
    options: &ExportOptions,
    to: &Path,
) -> Result<Exported, ReadError> {
    let reader = Reader::open(store).await?;
    let mut folder = Folder::begin(to)?;
    folder.write("log", &reader.document_bytes)?;
    if let Some(keyring) = &options.keyring {
        folder.write("keyring.json", keyring.to_json().as_bytes())?;
    }
    folder.write("verify.py", bundle::VERIFIER)?;
    let (head, exported) = match &options.filter {
        Some(filter) => chosen(&reader, filter, options, &mut folder).await?,
        None => whole(&reader, options, &mut folder).await?,
    };
    folder.finish(head, &reader.document, options.created_at)?;
    Ok(exported)
}

/// Records that match, each with its proof.
async fn chosen(
    reader: &Reader,
    filter: &Filter,
    options: &ExportOptions,
    folder: &mut Folder,
) -> Result<(Head, Exported), ReadError> {
    let wanted = filter.spelled()?;
    let sealed = match &options.keyring {
        Some(keyring) => reader.trusted(keyring, 0).await.map_err(bad_checkpoint)?,
        None => reader.cosigned(reader.newest().await?).await?,
    };
    folder.write("checkpoint", sealed.note.as_bytes())?;
    let size = sealed.checkpoint.size;
    let (first, end) = (filter.first_seq.unwrap_or(0), filter.end_seq.unwrap_or(size).min(size));
    let mut exported = Exported { records: 0, size, legacy_passed_over: 0 };
    let mut lines = folder.open("records.ndjson")?;
    let mut prover = Prover { reader, sealed: &sealed, tiles: BTreeMap::new() };
    let mut scanner = Scanner::default();
    let mut segments = std::pin::pin!(segments(reader, first, end).await?);
    while let Some(next) = segments.next().await {
        let (number, body) = next?;
        let opened = segment::open(&body).map_err(|error| unreadable(number, &error))?;
        for (seq, line) in opened.lines().filter(|(seq, _)| (first..end).contains(seq)) {
            let Ok(record) = Line::read(line, &mut scanner) else {
                exported.legacy_passed_over += 1;
                continue;
            };
            if !wanted.matches(&record) {
                continue;
            }
            let proof = prover.prove(seq, hash_of(line, seq)?).await?;
            folder.write(&format!("proofs/{seq:020}.tlog-proof"), proof.to_text().as_bytes())?;
            lines.line(line)?;
            exported.records += 1;
        }
    }
    folder.close(lines)?;
    let head = Head {
        size,
        root: sealed.checkpoint.root,
        last_hash: None,
        records: exported.records,
        filter: Some(filter.to_json()),
    };
    Ok((head, exported))
}

/// All segments, and the tiles of the newest checkpoint.
async fn whole(
    reader: &Reader,
    options: &ExportOptions,
    folder: &mut Folder,
) -> Result<(Head, Exported), ReadError> {
    let asked = VerifyOptions { keyring: options.keyring.clone(), ..VerifyOptions::default() };
    let report = verify(&reader.store, &asked, |_| ()).await;
    let (Verdict::Ok, Some(root)) = (report.status, report.root) else {
        let worst = report.findings.into_iter().max_by_key(Finding::severity);
        let unknown = || Finding::new(Kind::CouldNotCheck, "the log does not verify");
        return Err(ReadError::unsound(worst.unwrap_or_else(unknown)));
    };
    if report.checkpoint.is_some() {
        let sealed = reader.checkpoint(report.sealed_size).await?;
        folder.write("checkpoint", reader.cosigned(sealed).await?.note.as_bytes())?;
    }
    let mut exported = Exported { records: 0, size: report.size, legacy_passed_over: 0 };
    let mut segments = std::pin::pin!(segments(reader, 0, report.size).await?);
    while let Some(next) = segments.next().await {
        let (number, body) = next?;
        let opened = segment::open(&body).map_err(|error| unreadable(number, &error))?;
        let mut file = folder.open(&format!("segments/{number:020}.ndjson"))?;
        file.line(&opened.header.to_line())?;
        for (_, line) in opened.lines() {
            file.line(line)?;
            exported.records += 1;
        }
        folder.close(file)?;
    }
    for path in tile_paths(report.sealed_size, report.sealed_size == report.size) {
        if let Some(body) = reader.current(&path, "read a tile").await? {
            folder.write(&path, &body)?;
        }
    }
    let head = Head {
        size: report.size,
        root,
        last_hash: report.last_hash,
        records: exported.records,
        filter: None,
    };
    Ok((head, exported))
}

/// The tiles and bundles of a tree of this size: the partial ones too, if the bundle ends there.
fn tile_paths(size: u64, ends_there: bool) -> impl Iterator<Item = String> {
    let tiles = tile::written_between(0, size).into_iter();
    let bundles = tile::bundles_between(0, size).into_iter();
    let tiles = tiles.filter(move |it| ends_there || it.is_full()).map(Tile::path);
    tiles.chain(bundles.filter(move |it| ends_there || it.is_full()).map(Bundle::path))
}

/// The segments with records of `first..end`, in order; where bodies were pruned there are none.
async fn segments(
    reader: &Reader,
    first: u64,
    end: u64,
) -> Result<impl futures_util::Stream<Item = Result<(u64, Bytes), ReadError>>, ReadError> {
    let from = reader.segment_of(first).await?.unwrap_or(first);
    let numbers = reader.segment_numbers(from).take_while(move |number| {
        let within = number.as_ref().map_or(true, |number| *number < end);
        std::future::ready(within)
    });
    let bodies = numbers.map(async |number| {
        let number = number?;
        match reader.segment(number).await? {
            Some(body) => Ok((number, body)),
            None => Err(ReadError::BodyPruned { seq: number }),
        }
    });
    Ok(bodies.buffered(IN_FLIGHT))
}

/// Proofs under one checkpoint, with the tiles that were read before.
struct Prover<'r> {
    reader: &'r Reader,
    sealed: &'r Sealed,
    tiles: BTreeMap<Tile, Bytes>,
}

impl Prover<'_> {
    async fn prove(&mut self, seq: u64, record_hash: Hash) -> Result<TlogProof, ReadError> {
        let build = |source| ReadError::Format { act: "build the proof", source };
        let checkpoint = &self.sealed.checkpoint;
        let wanted = tile::for_inclusion(seq, checkpoint.size).map_err(build)?;
        if self.tiles.len() > MOST_TILES {
            // The records come in order: the tiles of leaves that are behind are done with.
            self.tiles.retain(|tile, _| tile.level() > 0 || tile.index() >= seq / WIDTH);
        }
        let mut tiles = Tiles::default();
        for tile in wanted {
            if !self.tiles.contains_key(&tile) {
                let body = self.reader.tile(tile).await?;
                self.tiles.insert(tile, body);
            }
            let body = &self.tiles[&tile];
            tiles.insert(tile, body.get(..tile.size_bytes()).unwrap_or(body)).map_err(build)?;
        }
        let path = merkle::inclusion(seq, checkpoint.size, &tiles).map_err(build)?;
        super::prove::holds(checkpoint, seq, record_hash, &path)?;
        Ok(TlogProof { index: seq, path, extra: None, checkpoint: self.sealed.note.clone() })
    }
}

/// A log whose newest checkpoint another key has signed is not handed on. That witnesses have not
/// signed yet says nothing against it.
fn bad_checkpoint(error: ReadError) -> ReadError {
    match error {
        ReadError::Untrusted { source: audit_chain::Error::WitnessesMissing { .. }, .. } => error,
        ReadError::Untrusted { size, source } => {
            let finding = Finding::new(Kind::BadCheckpoint, source.to_string());
            ReadError::unsound(finding.of(format!("ckpt/{size:020}")))
        }
        error => error,
    }
}

fn unreadable(number: u64, error: &audit_chain::Error) -> ReadError {
    let key = format!("seg/{number:020}");
    ReadError::unsound(Finding::new(Kind::Malformed, error.to_string()).of(key))
}
