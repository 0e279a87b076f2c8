//! Inputs, one after the other, cut into splits; the digest of each taken on the way.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use storage_core::Digest;

use super::Source;
use super::format::{Format, unpacked};
use super::framing::Framing;
use super::split::Split;
use crate::bronze::Error;

/// The most bytes of one row. A longer one is refused, and its beginning kept.
pub(crate) const LONGEST_ROW: usize = 16 << 20;

/// How much of a row that is too long is kept.
const KEPT_OF_LONG: usize = 64 << 10;

/// What is known of an input once it was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
}

/// Hands out the inputs in order, in splits.
pub(crate) struct Feed<'s> {
    sources: &'s [Box<dyn Source>],
    format: Option<&'s Format>,
    block: usize,
    next_input: usize,
    order: u64,
    open: Option<Open>,
    seals: Vec<Seal>,
    bytes_read: u64,
}

/// The input at hand.
struct Open {
    input: usize,
    reader: Box<dyn Read + Send>,
    seen: Arc<Mutex<Seen>>,
    framing: Framing,
    /// What was read behind the end of the last split.
    carry: Vec<u8>,
    /// How much of `carry` the framing has looked at.
    looked: usize,
    /// The byte of the unpacked input that `carry` begins at.
    offset: u64,
    ended: bool,
    /// Whether the rest of a row that is too long is being passed over.
    passing: bool,
}

/// The bytes of an input as they are stored, hashed as they pass.
#[derive(Default)]
struct Seen {
    hasher: Sha256,
    size: u64,
}

struct Hashing {
    inner: Box<dyn Read + Send>,
    seen: Arc<Mutex<Seen>>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut seen = crate::bronze::lock(&self.seen);
        seen.hasher.update(&buffer[..count]);
        seen.size += count as u64;
        Ok(count)
    }
}

impl<'s> Feed<'s> {
    pub(crate) fn new(
        sources: &'s [Box<dyn Source>],
        format: Option<&'s Format>,
        block: usize,
    ) -> Self {
        Self {
            sources,
            format,
            block: block.max(1),
            next_input: 0,
            order: 0,
            open: None,
            seals: Vec::new(),
            bytes_read: 0,
        }
    }

    /// The next split; none at the end of the last input. `spare` is room that is no longer needed.
    pub(crate) fn next(&mut self, spare: Vec<u8>) -> Result<Option<Split>, Error> {
        let mut spare = Some(spare);
        loop {
            if self.open.is_none() && !self.open_next()? {
                return Ok(None);
            }
            let Some(open) = &mut self.open else { return Ok(None) };
            let name = self.sources[open.input].name();
            let failed = |source| Error::Input { name: name.to_owned(), source };
            let taken = open.split(self.block, &mut spare).map_err(failed)?;
            self.bytes_read = self.seals.iter().map(|it| it.size).sum::<u64>()
                + crate::bronze::lock(&open.seen).size;
            match taken {
                Some((bytes, offset, too_long)) => {
                    self.order += 1;
                    return Ok(Some(Split {
                        order: self.order,
                        input: open.input,
                        offset,
                        bytes,
                        layout: open.framing.layout(name)?,
                        too_long,
                    }));
                }
                None => {
                    // What stands behind the last packed byte belongs to the digest too.
                    let seen = std::mem::take(&mut *crate::bronze::lock(&open.seen));
                    let digest = Digest::from(<[u8; 32]>::from(seen.hasher.finalize()));
                    self.seals.push(Seal { digest, size: seen.size });
                    self.open = None;
                }
            }
        }
    }

    fn open_next(&mut self) -> Result<bool, Error> {
        let input = self.next_input;
        let Some(source) = self.sources.get(input) else { return Ok(false) };
        self.next_input += 1;
        let failed =
            |source_error| Error::Input { name: source.name().to_owned(), source: source_error };
        let seen = Arc::new(Mutex::new(Seen::default()));
        let inner = source.open().map_err(failed)?;
        let hashing = Hashing { inner, seen: Arc::clone(&seen) };
        let (reader, head) = unpacked(Box::new(hashing)).map_err(failed)?;
        let format = match self.format {
            Some(format) => format.clone(),
            None => Format::of(source.name(), &head).ok_or_else(|| Error::Format {
                name: source.name().to_owned(),
                format: "rows",
                reason: "neither its name nor its first bytes say what it is".to_owned(),
            })?,
        };
        self.open = Some(Open {
            input,
            reader,
            seen,
            framing: Framing::new(&format),
            carry: head,
            looked: 0,
            offset: 0,
            ended: false,
            passing: false,
        });
        Ok(true)
    }

    /// Digest and size of every input, once all were read.
    pub(crate) fn seals(&self) -> &[Seal] {
        &self.seals
    }

    /// How many bytes were read so far, as they are stored.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

/// Bytes, where they begin, and whether they are the beginning of a row that is too long.
type Piece = (Vec<u8>, u64, bool);

impl Open {
    /// The next piece that ends where a row ends.
    fn split(&mut self, block: usize, spare: &mut Option<Vec<u8>>) -> io::Result<Option<Piece>> {
        loop {
            if !self.ended {
                self.fill(block)?;
            }
            if let Some(end) = self.framing.end_of_rows(&self.carry, self.looked, self.ended) {
                self.looked = 0;
                let room = spare.take().unwrap_or_default();
                let piece = self.cut(end, room);
                if std::mem::take(&mut self.passing) {
                    // The end of a row whose beginning was refused already.
                    let row = self.framing.first_end(&piece.0);
                    let rest = piece.0[row..].to_vec();
                    if rest.is_empty() {
                        *spare = Some(piece.0);
                        continue;
                    }
                    return Ok(Some((rest, piece.1 + row as u64, false)));
                }
                return Ok(Some(piece));
            }
            if self.ended {
                let rest = std::mem::take(&mut self.carry);
                let at = self.offset;
                self.offset += rest.len() as u64;
                return Ok((!rest.is_empty() && !self.passing).then_some((rest, at, false)));
            }
            self.looked = self.carry.len();
            if self.passing {
                self.offset += self.carry.len() as u64;
                self.carry.clear();
                self.looked = 0;
            } else if self.carry.len() > LONGEST_ROW {
                let (kept, at) = (self.carry[..KEPT_OF_LONG].to_vec(), self.offset);
                self.offset += self.carry.len() as u64;
                self.carry.clear();
                self.looked = 0;
                self.passing = true;
                return Ok(Some((kept, at, true)));
            }
        }
    }

    /// Cuts off the first `end` bytes.
    fn cut(&mut self, end: usize, mut room: Vec<u8>) -> Piece {
        room.clear();
        room.extend_from_slice(&self.carry[end..]);
        std::mem::swap(&mut room, &mut self.carry);
        room.truncate(end);
        let at = self.offset;
        self.offset += end as u64;
        (room, at, false)
    }

    /// Reads up to a block more.
    fn fill(&mut self, block: usize) -> io::Result<()> {
        let before = self.carry.len();
        self.carry.resize(before + block, 0);
        let mut filled = before;
        while filled < self.carry.len() {
            match self.reader.read(&mut self.carry[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.carry.truncate(filled);
        Ok(())
    }
}
