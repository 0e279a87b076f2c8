//! What witnesses said about checkpoints, as it is stored beside them.

use audit_chain::note::MAX_SIGNATURES;
use audit_chain::verify::{Finding, Kind};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::Peekable;

use super::fetch::{Fetcher, MOST_READ, of_version, raced};
use super::plan::Listing;
use super::said;
use crate::ledger::objects::{self, Stored, Versions};
use crate::store::Store;

/// Where they are.
const PREFIX: &str = "cosig/";

/// How many are taken at once where no checkpoint comes with them.
const AT_ONCE: usize = 1_000;

/// The listing, in order of the sizes of checkpoints.
pub(super) struct Cosignatures {
    listing: Peekable<Listing>,
    ended: bool,
}

impl Cosignatures {
    pub(super) fn new(store: &Store, versions: Versions) -> Self {
        let listing = objects::under(store, PREFIX, versions).peekable();
        Self { listing, ended: false }
    }

    /// Those about checkpoints of up to this size; not all of them at once if they are very many.
    pub(super) async fn up_to(
        &mut self,
        size: u64,
        findings: &mut Vec<Finding>,
    ) -> Vec<(u64, Stored)> {
        let mut taken: Vec<(u64, Stored)> = Vec::new();
        while !self.ended {
            let next = std::pin::Pin::new(&mut self.listing);
            let fits = |next: &Result<Stored, _>| match next {
                Ok(stored) => about(&stored.key).is_none_or(|about| about <= size),
                Err(_) => true,
            };
            match next.next_if(fits).await {
                None => break,
                Some(Ok(stored)) => match about(&stored.key) {
                    Some(about) => taken.push((about, stored)),
                    None if findings.len() < AT_ONCE => {
                        let message = "its key does not name a size and a witness";
                        findings.push(Finding::new(Kind::Malformed, message).of(stored.key));
                    }
                    None => {}
                },
                Some(Err(error)) => {
                    let message = format!("not everything could be listed: {}", said(&error));
                    findings.push(Finding::new(Kind::CouldNotCheck, message).of(PREFIX));
                    self.ended = true;
                }
            }
            if size == u64::MAX && taken.len() >= AT_ONCE {
                break;
            }
        }
        taken
    }
}

/// The size in a key `cosig/<20 digits>/<64 hexadecimal digits>`.
fn about(key: &str) -> Option<u64> {
    let (size, witness) = key.strip_prefix(PREFIX)?.split_once('/')?;
    let size = objects::number("", size)?;
    witness.parse::<audit_chain::Hash>().is_ok().then_some(size)
}

/// Reads what is kept about the checkpoint of `size`: keys and notes.
pub(super) async fn read(
    fetcher: &Fetcher,
    size: u64,
    cosignatures: &[(u64, Stored)],
    findings: &mut Vec<Finding>,
) -> Vec<(String, Bytes)> {
    let start = cosignatures.partition_point(|(about, _)| *about < size);
    let end = cosignatures.partition_point(|(about, _)| *about <= size);
    let of_size = &cosignatures[start..end];
    if let Some((_, stored)) = of_size.get(MAX_SIGNATURES) {
        let message = "there are more cosignatures than a note can have";
        findings.push(Finding::new(Kind::Malformed, message).of(&stored.key));
    }
    let mut notes = Vec::new();
    for (_, stored) in of_size.iter().take(MAX_SIGNATURES) {
        // Nobody locks them: what they say can be had again from the witness.
        fetcher.hidden(stored, findings);
        let Some(oldest) = &stored.oldest else { continue };
        for later in &stored.later {
            let finding = match raced(oldest, later) {
                true => Finding::new(Kind::LostRace, "the word of the witness was stored twice"),
                false => Finding::new(Kind::ShadowedVersion, "a later version hides it"),
            };
            findings.push(of_version(finding.of(&stored.key), later));
        }
        for entry in [oldest].into_iter().chain(stored.later.iter().take(MOST_READ)) {
            let note = fetcher.version(&stored.key, entry, findings).await;
            notes.extend(note.map(|note| (stored.key.clone(), note)));
        }
    }
    notes
}

/// Those whose checkpoint is not there: it was, when the witness signed it.
pub(super) async fn orphans(
    fetcher: &Fetcher,
    checkpoints: &[(u64, Stored)],
    cosignatures: &[(u64, Stored)],
    findings: &mut Vec<Finding>,
) {
    let mut before = None;
    for (size, stored) in cosignatures {
        let there = checkpoints.binary_search_by_key(size, |(size, _)| *size).is_ok();
        if there || before.replace(*size) == Some(*size) {
            continue;
        }
        // A listing is no picture of one moment: the checkpoint may be younger than its own.
        let key = format!("ckpt/{size:020}");
        match fetcher.current(&key).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                let message =
                    format!("the checkpoint of size {size}, which a witness saw, is gone");
                findings.push(Finding::new(Kind::RolledBack, message).of(&stored.key));
            }
            Err(error) => {
                findings.push(Finding::new(Kind::CouldNotCheck, said(&error)).of(key));
            }
        }
    }
}
