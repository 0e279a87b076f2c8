//! Evidence for one record, taken from a log with a few reads.

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::keyring::Keyring;
use audit_chain::merkle::{self, leaf_hash};
use audit_chain::proof::TlogProof;
use audit_chain::record::Suffixed;
use audit_chain::tile::{self, WIDTH};
use audit_chain::verify::{Finding, Kind};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::read_error::ReadError;
use super::reader::{Reader, Sealed};
use crate::store::Store;

/// How many bundles of entries are on their way at a time while a hash is looked for.
const IN_FLIGHT: usize = 32;

/// Which record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordName {
    /// The record with this number.
    Seq(u64),
    /// The record with this hash. It has to be looked for: the hashes of all sealed records are read
    /// (32 bytes each) until it is found.
    Hash(Hash),
}

/// What proves that a record is in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Under the newest checkpoint of the log.
    pub proof: TlogProof,
    /// The hash of the record.
    pub record_hash: Hash,
    /// The line of the record, without line feed; `None` if its body was pruned.
    pub line: Option<Vec<u8>>,
}

/// Evidence for one record, under the newest checkpoint, with what witnesses said about that.
///
/// Reads the tiles that the proof consists of and the segment that holds the record, and nothing
/// else: about ten small objects, however long the log is. Signatures are not looked at here; the
/// evidence is checked offline against a keyring by
/// [`verify_evidence`](audit_chain::verify::verify_evidence).
///
/// # Errors
///
/// [`ReadError::NotSealed`] for a record that no checkpoint covers yet, [`ReadError::NoSuchRecord`]
/// and the like; [`ReadError::Unsound`] if what is stored does not lead to the checkpoint.
pub async fn prove(store: &Store, record: RecordName) -> Result<Evidence, ReadError> {
    let reader = Reader::open(store).await?;
    let sealed = match reader.newest().await {
        // Whether the record is there at all is asked only now that nothing can be proved.
        Err(ReadError::NoCheckpoint) => return Err(unsealed(&reader, record, 0).await),
        sealed => sealed?,
    };
    let seq = seq_of(&reader, &sealed, record).await?;
    evidence(&reader, &reader.cosigned(sealed).await?, seq).await
}

/// The same, under the newest checkpoint that the keyring answers for: of those that as many
/// witnesses have signed as it asks for.
///
/// # Errors
///
/// As [`prove`], and [`ReadError::Untrusted`].
pub async fn prove_to(
    store: &Store,
    record: RecordName,
    keyring: &Keyring,
) -> Result<Evidence, ReadError> {
    let reader = Reader::open(store).await?;
    let newest = match reader.newest().await {
        Err(ReadError::NoCheckpoint) => return Err(unsealed(&reader, record, 0).await),
        newest => newest?,
    };
    let seq = seq_of(&reader, &newest, record).await?;
    evidence(&reader, &reader.trusted(keyring, seq).await?, seq).await
}

/// The number of a record that `sealed` covers.
async fn seq_of(reader: &Reader, sealed: &Sealed, record: RecordName) -> Result<u64, ReadError> {
    let seq = match record {
        RecordName::Seq(seq) => seq,
        RecordName::Hash(hash) => find(reader, sealed, hash).await?,
    };
    match seq < sealed.checkpoint.size {
        true => Ok(seq),
        false => Err(unsealed(reader, RecordName::Seq(seq), sealed.checkpoint.size).await),
    }
}

/// Evidence for a record that `sealed` covers.
async fn evidence(reader: &Reader, sealed: &Sealed, seq: u64) -> Result<Evidence, ReadError> {
    let line = reader.line(seq).await?;
    let record_hash = match &line {
        Some(line) => hash_of(line, seq)?,
        None => {
            let entries = reader.entries(seq / WIDTH, sealed.checkpoint.size).await?;
            // The bundle of this index has as many entries as the tree has leaves there.
            entries.get((seq % WIDTH) as usize).copied().ok_or(ReadError::NoSuchRecord { seq })?
        }
    };
    let proof = proof(reader, sealed, seq, record_hash).await?;
    Ok(Evidence { proof, record_hash, line })
}

/// The proof that the record with this hash is under `sealed`. It holds: that was tried.
async fn proof(
    reader: &Reader,
    sealed: &Sealed,
    seq: u64,
    record_hash: Hash,
) -> Result<TlogProof, ReadError> {
    let checkpoint = &sealed.checkpoint;
    let build = |source| ReadError::Format { act: "build the proof", source };
    let wanted = tile::for_inclusion(seq, checkpoint.size).map_err(build)?;
    let tiles = reader.tiles(&wanted).await?;
    let path = merkle::inclusion(seq, checkpoint.size, &tiles).map_err(build)?;
    holds(checkpoint, seq, record_hash, &path)?;
    Ok(TlogProof { index: seq, path, extra: None, checkpoint: sealed.note.clone() })
}

/// Refuses a path that does not lead from the record to the checkpoint.
pub(super) fn holds(
    checkpoint: &Checkpoint,
    seq: u64,
    record_hash: Hash,
    path: &[Hash],
) -> Result<(), ReadError> {
    let leaf = leaf_hash(&record_hash.0);
    merkle::verify_inclusion(seq, checkpoint.size, leaf, path, checkpoint.root).map_err(|error| {
        let message = format!("the record and the tiles do not lead to the checkpoint: {error}");
        ReadError::unsound(Finding::new(Kind::ContentAltered, message).at(seq))
    })
}

/// The hash of a line, which must be the one that it gives for itself.
pub(super) fn hash_of(line: &[u8], seq: u64) -> Result<Hash, ReadError> {
    match Suffixed::of(line) {
        Some(suffixed) if suffixed.computed_hash() == suffixed.record_hash => {
            Ok(suffixed.record_hash)
        }
        _ => {
            let finding = Finding::new(Kind::ContentAltered, "the record does not have its hash");
            Err(ReadError::unsound(finding.at(seq)))
        }
    }
}

/// Why a record beyond the newest checkpoint cannot be proved.
async fn unsealed(reader: &Reader, record: RecordName, sealed: u64) -> ReadError {
    let seq = match record {
        RecordName::Seq(seq) => seq,
        RecordName::Hash(hash) => return ReadError::NoSuchHash { hash },
    };
    match reader.line(seq).await {
        Ok(Some(_)) => ReadError::NotSealed { seq, sealed },
        Ok(None) => ReadError::NoSuchRecord { seq },
        Err(error) => error,
    }
}

/// The number of the sealed record with this hash.
async fn find(reader: &Reader, sealed: &Sealed, hash: Hash) -> Result<u64, ReadError> {
    let size = sealed.checkpoint.size;
    let bundles = stream::iter(0..size.div_ceil(WIDTH));
    let reads = bundles.map(async |index| (index, reader.entries(index, size).await));
    let mut reads = std::pin::pin!(reads.buffered(IN_FLIGHT));
    while let Some((index, entries)) = reads.next().await {
        if let Some(at) = entries?.iter().position(|entry| *entry == hash) {
            return Ok(index * WIDTH + at as u64);
        }
    }
    Err(ReadError::NoSuchHash { hash })
}
