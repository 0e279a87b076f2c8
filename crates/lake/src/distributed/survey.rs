//! An input as a whole: its digest, and where it can be cut.

use std::io::Read as _;

use serde::{Deserialize, Serialize};
use storage_core::Digest;

use crate::bronze;
use crate::ingest::{Input, Result};
use crate::read::feed::Feed;
use crate::read::split::Layout;
use crate::read::{Format, is_packed, sealed};

/// What is known of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Surveyed {
    pub(super) sha256: Digest,
    pub(super) size: u64,
    /// Where it can be cut; none where it has to be read from the beginning.
    pub(super) cuts: Option<Vec<Cut>>,
}

/// A piece of an input that ends where a row ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    pub(super) start: u64,
    pub(super) end: u64,
    /// The line before it.
    pub(super) line: u64,
    /// The digest of its bytes; none where a row is too long to be looked at.
    pub(super) sha256: Option<Digest>,
}

/// Reads an input once. Rows on lines are cut into pieces of about `piece` bytes.
pub(super) fn survey(input: Input, piece: u64) -> Result<Surveyed> {
    let name = input.name().to_owned();
    let failed = |source| bronze::Error::Input { name: name.clone(), source };
    let mut head = Vec::new();
    input.open().and_then(|it| it.take(4).read_to_end(&mut head)).map_err(failed)?;
    let sources = [input];
    if !is_packed(&head) {
        let block = usize::try_from(piece).unwrap_or(usize::MAX);
        let mut feed = Feed::new(&sources, None, block);
        let mut cuts: Vec<Cut> = Vec::new();
        let mut line = 0;
        let mut on_lines = true;
        let mut spare = Vec::new();
        while let Some(split) = feed.next(spare)? {
            if !matches!(split.layout, Layout::Lines) {
                on_lines = false;
                break;
            }
            let end = split.offset + split.bytes().len() as u64;
            let lines = split.units(|_| {});
            match cuts.last_mut() {
                // What would be taken for something packed stays with what is before it.
                Some(last) if is_packed(split.bytes()) => {
                    (last.end, last.sha256) = (end, None);
                }
                last => {
                    if let Some(last) = last
                        && last.end != split.offset
                    {
                        (last.end, last.sha256) = (split.offset, None);
                    }
                    let whole = !split.too_long;
                    cuts.push(Cut {
                        start: split.offset,
                        end,
                        line,
                        sha256: whole.then(|| Digest::of(split.bytes())),
                    });
                }
            }
            line += lines;
            spare = split.buffer;
        }
        if on_lines {
            let seal = feed.seals()[0];
            if let Some(last) = cuts.last_mut()
                && last.end != seal.size
            {
                (last.end, last.sha256) = (seal.size, None);
            }
            return Ok(Surveyed { sha256: seal.digest, size: seal.size, cuts: Some(cuts) });
        }
    }
    let seal = sealed(&*sources[0]).map_err(failed)?;
    Ok(Surveyed { sha256: seal.digest, size: seal.size, cuts: None })
}

/// The format that pieces of lines are read as.
pub(super) const LINES: Format = Format::JsonLines;
