//! Rows whose bytes the quarantine does not keep, read from the inputs that they came in.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use storage_core::Digest;

use crate::bronze::Reject;
use crate::commits::State;
use crate::ingest::{Error, Input, Options, Result};
use crate::read::hashed;

/// Where the bytes of a row are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    file: String,
    /// The commit that put the row into the quarantine.
    commit: u64,
    offset: u64,
    length: u64,
}

impl Wanted {
    pub(super) fn of(row: &Reject, commit: u64) -> Self {
        let (offset, length) = (row.offset, row.length.unwrap_or_default());
        Self { file: row.file.clone(), commit, offset, length }
    }
}

/// The bytes of rows.
#[derive(Debug, Default)]
pub(super) struct Originals(BTreeMap<Wanted, Vec<u8>>);

impl Originals {
    /// Reads each input once that rows are wanted of. What cannot be had is left out.
    pub(super) async fn read(
        state: &State,
        wanted: Vec<Wanted>,
        options: &Options,
    ) -> Result<Self> {
        let mut by_name: BTreeMap<String, BTreeMap<Digest, BTreeSet<Wanted>>> = BTreeMap::new();
        for row in wanted {
            if let Some(digest) = input_of(state, &row) {
                let rows = by_name.entry(row.file.clone()).or_default().entry(digest).or_default();
                rows.insert(row);
            }
        }
        if by_name.is_empty() {
            return Ok(Self::default());
        }
        let inputs = options.originals.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut found = Self::default();
            for input in inputs.iter() {
                let Some(wanted) = by_name.get(input.name()) else { continue };
                let failed = |source| Error::Input { place: input.name().to_owned(), source };
                found.0.extend(rows(input, wanted).map_err(failed)?);
            }
            Ok(found)
        });
        reading.await.map_err(|_| Error::Stopped)?
    }

    pub(super) fn find(&self, row: &Reject, commit: u64) -> Option<Vec<u8>> {
        self.0.get(&Wanted::of(row, commit)).cloned()
    }
}

/// The digest of the input that a row came in: the one of that name in the commit that refused it, or, where it
/// was tried before, the only one of that name.
fn input_of(state: &State, row: &Wanted) -> Option<Digest> {
    let named = || state.inputs().iter().filter(|(_, known)| known.path == row.file);
    let mut first = named().filter(|(_, known)| known.commit == row.commit);
    let digest = match first.next() {
        Some((digest, _)) => digest,
        None => {
            let mut all = named();
            let (digest, _) = all.next()?;
            if all.next().is_some() {
                return None;
            }
            digest
        }
    };
    Some(*digest)
}

/// The bytes of rows of an input, where it has the digest that they ask for.
fn rows(
    input: &Input,
    wanted: &BTreeMap<Digest, BTreeSet<Wanted>>,
) -> io::Result<Vec<(Wanted, Vec<u8>)>> {
    let mut places: Vec<(u64, u64)> =
        wanted.values().flatten().map(|it| (it.offset, it.length)).collect();
    places.sort_unstable();
    places.dedup();
    let (mut reader, seal) = hashed(input.open()?)?;
    let mut read: BTreeMap<(u64, u64), Vec<u8>> = BTreeMap::new();
    let mut at = 0;
    for (offset, length) in places {
        // Rows do not overlap, unless somebody else wrote the file: then the later one is not found.
        let Some(skip) = offset.checked_sub(at) else { continue };
        io::copy(&mut reader.by_ref().take(skip), &mut io::sink())?;
        let mut bytes = Vec::new();
        reader.by_ref().take(length).read_to_end(&mut bytes)?;
        at = offset + bytes.len() as u64;
        if bytes.len() as u64 == length {
            read.insert((offset, length), bytes);
        }
    }
    // The digest is that of all bytes.
    io::copy(&mut reader, &mut io::sink())?;
    let found = wanted.get(&seal.digest()).into_iter().flatten();
    let row = |it: &Wanted| Some((it.clone(), read.get(&(it.offset, it.length))?.clone()));
    Ok(found.filter_map(row).collect())
}
