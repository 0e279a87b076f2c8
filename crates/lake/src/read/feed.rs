//! Inputs, one after the other, cut into splits; the digest of each taken on the way.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use storage_core::Digest;

use super::Source;
use super::format::{Format, unpacked};
use super::framing::Framing;
use super::split::{Layout, Split};
use crate::bronze::Error;

/// The most bytes of one row. A longer one is refused, and its beginning kept.
pub(crate) const LONGEST_ROW: usize = 16 << 20;

/// How much of a row that is too long is kept.
pub(crate) const KEPT_OF_LONG: usize = 64 << 10;

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
    /// The bytes of the inputs that were read to their end.
    sealed: u64,
    bytes_read: u64,
}

/// The input at hand.
struct Open {
    input: usize,
    reader: Box<dyn Read + Send>,
    seen: Arc<Mutex<Seen>>,
    framing: Framing,
    /// What was read behind the end of the last split, and room that is kept from split to split.
    buffer: Vec<u8>,
    /// How much of `buffer` was read.
    filled: usize,
    /// The byte of the unpacked input that `buffer` begins at.
    offset: u64,
    ended: bool,
    /// Whether the rest of a row that is too long is being passed over.
    passing: bool,
    /// How many lines ended in it, where a row may have several.
    lines: u64,
    /// What comes next, and was cut off already.
    next: Option<Piece>,
}

/// The bytes of an input as they are stored, hashed as they pass.
#[derive(Default)]
pub(crate) struct Seen {
    hasher: Sha256,
    size: u64,
}

/// The unpacked bytes of an input, and its digest once they were read to their end.
pub(crate) fn hashed(inner: Box<dyn Read + Send>) -> io::Result<(Box<dyn Read + Send>, Sealing)> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (reader, head) = unpacked(Box::new(Hashing { inner, seen: Arc::clone(&seen) }))?;
    Ok((Box::new(io::Cursor::new(head).chain(reader)), Sealing(seen)))
}

/// The digest of an input that is being read.
pub(crate) struct Sealing(Arc<Mutex<Seen>>);

impl Sealing {
    pub(crate) fn digest(&self) -> Digest {
        let seen = std::mem::take(&mut *crate::bronze::lock(&self.0));
        Digest::from(<[u8; 32]>::from(seen.hasher.finalize()))
    }
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
            sealed: 0,
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
            self.bytes_read = self.sealed + crate::bronze::lock(&open.seen).size;
            match taken {
                Some(Piece { buffer, length, offset, too_long, lines }) => {
                    let layout = match lines {
                        0 => open.framing.layout(&buffer[..length], name)?,
                        lines => Layout::Kept(Vec::new(), lines),
                    };
                    self.order += 1;
                    let (order, input) = (self.order, open.input);
                    return Ok(Some(Split {
                        order,
                        input,
                        offset,
                        buffer,
                        length,
                        layout,
                        too_long,
                    }));
                }
                None => {
                    // What stands behind the last packed byte belongs to the digest too.
                    let seen = std::mem::take(&mut *crate::bronze::lock(&open.seen));
                    let digest = Digest::from(<[u8; 32]>::from(seen.hasher.finalize()));
                    self.seals.push(Seal { digest, size: seen.size });
                    self.sealed += seen.size;
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
            filled: head.len(),
            buffer: head,
            offset: 0,
            ended: false,
            passing: false,
            lines: 0,
            next: None,
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

/// The bytes of a split.
struct Piece {
    buffer: Vec<u8>,
    length: usize,
    offset: u64,
    too_long: bool,
    /// So many lines were passed over, if it stands for these and nothing else.
    lines: u64,
}

impl Open {
    /// The next piece that ends where a row ends.
    fn split(&mut self, block: usize, spare: &mut Option<Vec<u8>>) -> io::Result<Option<Piece>> {
        if let Some(piece) = self.next.take() {
            return Ok(Some(piece));
        }
        loop {
            if !self.ended {
                self.fill(block)?;
            }
            let at_hand = &self.buffer[..self.filled];
            if let Some(end) = self.framing.end_of_rows(at_hand) {
                if !std::mem::take(&mut self.passing) {
                    return Ok(Some(self.cut(end, spare)));
                }
                // First comes the end of a row whose beginning was refused already.
                let row = self.framing.first_end(at_hand);
                self.pass(row);
                let (lines, offset) = (std::mem::take(&mut self.lines), self.offset);
                let rest = (end > row).then(|| self.cut(end - row, spare));
                if lines > 0 {
                    self.next = rest;
                    let (buffer, length, too_long) = (Vec::new(), 0, false);
                    return Ok(Some(Piece { buffer, length, offset, too_long, lines }));
                }
                match rest {
                    None => continue,
                    rest => return Ok(rest),
                }
            }
            if self.ended {
                let rest = if self.passing { 0 } else { self.filled };
                return Ok((rest > 0).then(|| self.cut(rest, spare)));
            }
            if self.passing {
                self.pass(self.framing.looked());
            } else if self.filled > LONGEST_ROW {
                let kept = self.buffer[..KEPT_OF_LONG].to_vec();
                let offset = self.offset;
                self.pass(self.framing.looked());
                self.passing = true;
                return Ok(Some(Piece {
                    length: kept.len(),
                    buffer: kept,
                    offset,
                    too_long: true,
                    lines: 0,
                }));
            }
        }
    }

    /// Leaves out the first bytes.
    fn pass(&mut self, count: usize) {
        if self.framing.counts_lines_in_rows() {
            self.lines += memchr::memchr_iter(b'\n', &self.buffer[..count]).count() as u64;
        }
        self.buffer.copy_within(count..self.filled, 0);
        self.filled -= count;
        self.offset += count as u64;
        self.framing.gone(count);
    }

    /// Cuts off the first bytes. What is left moves to room that is no longer needed elsewhere.
    fn cut(&mut self, length: usize, spare: &mut Option<Vec<u8>>) -> Piece {
        let mut room = spare.take().unwrap_or_default();
        let rest = self.filled - length;
        if room.len() < rest {
            room.resize(rest, 0);
        }
        room[..rest].copy_from_slice(&self.buffer[length..self.filled]);
        std::mem::swap(&mut room, &mut self.buffer);
        self.filled = rest;
        self.framing.gone(length);
        let offset = self.offset;
        self.offset += length as u64;
        Piece { buffer: room, length, offset, too_long: false, lines: 0 }
    }

    /// Reads up to a block more.
    fn fill(&mut self, block: usize) -> io::Result<()> {
        let end = self.filled + block;
        // Zeroed once: a buffer that comes back is as long as it was.
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while self.filled < end {
            match self.reader.read(&mut self.buffer[self.filled..end]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
