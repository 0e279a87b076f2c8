//! The bytes of a segment: lines, perhaps in one zstd frame (RFC 8878).

use std::borrow::Cow;
use std::io::Read as _;
use std::ops::ControlFlow;

use memchr::memchr;
use zstd::stream::read::Decoder;

use crate::record::MAX_RECORD_BYTES;
use crate::{Error, Result};

use super::Header;

/// The most bytes the lines of a segment may have, uncompressed.
pub const MAX_BODY_BYTES: usize = 64 << 20;

/// The magic number of a zstd frame (RFC 8878, section 3.1.1).
const MAGIC: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// Windows of up to 8 MiB are decoded, the most RFC 8878 (section 3.1.1.1.2) asks a decoder for and
/// that of level 19.
const MAX_WINDOW_LOG: u32 = 23;

/// Uncompressed bytes at a time: few enough to stay in a core's cache until they are looked at.
const CHUNK_BYTES: usize = 128 << 10;

/// Lines that are looked at together.
pub(super) const TOGETHER: usize = 16;

/// A segment whose lines can be read in any order.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    /// The first line.
    pub header: Header,
    lines: Cow<'a, [u8]>,
}

impl Opened<'_> {
    /// The lines of the records, without line feeds, each with its place in the log by count.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let lines = self.lines.split(|byte| *byte == b'\n');
        (self.header.first_seq..).zip(lines.skip(1).filter(|line| !line.is_empty()))
    }

    /// The line of the record `seq`, if it is in this segment.
    pub fn line(&self, seq: u64) -> Option<&[u8]> {
        let index = usize::try_from(seq.checked_sub(self.header.first_seq)?).ok()?;
        self.lines().nth(index).map(|(_, line)| line)
    }
}

/// Opens a segment to read its lines, whole in memory. Nothing but the header is checked; see
/// [`super::check`].
///
/// # Errors
///
/// [`Error::SegmentInvalid`], [`Error::SegmentTooLarge`].
pub fn open(body: &[u8]) -> Result<Opened<'_>> {
    let lines = if body.starts_with(MAGIC) {
        let mut lines = Vec::new();
        unpack(body, |part| {
            lines.extend_from_slice(part);
            ControlFlow::Continue(part.len())
        })?;
        Cow::Owned(lines)
    } else if body.len() > MAX_BODY_BYTES {
        return Err(Error::SegmentTooLarge { bytes: body.len(), limit: MAX_BODY_BYTES });
    } else {
        Cow::Borrowed(body)
    };
    let end = memchr(b'\n', &lines).ok_or_else(|| invalid("it has no header line"))?;
    Ok(Opened { header: Header::from_line(&lines[..end])?, lines })
}

/// Calls `lines` for every line, without its line feed, in order, until it breaks off: for one line
/// or for up to [`TOGETHER`] at a time, never for none.
pub(super) fn for_each_lines(
    body: &[u8],
    mut lines: impl FnMut(&[&[u8]]) -> ControlFlow<()>,
) -> Result<()> {
    let mut complete = true;
    let mut part = |part: &[u8]| {
        let mut start = 0;
        let (mut together, mut count) = ([&part[..0]; TOGETHER], 0);
        while let Some(length) = memchr(b'\n', &part[start..]) {
            together[count] = &part[start..start + length];
            start += length + 1;
            count += 1;
            if count == TOGETHER {
                lines(&together)?;
                count = 0;
            }
        }
        if count > 0 {
            lines(&together[..count])?;
        }
        complete = start == part.len();
        ControlFlow::Continue(start)
    };
    if body.starts_with(MAGIC) {
        unpack(body, part)?;
    } else if body.len() > MAX_BODY_BYTES {
        return Err(Error::SegmentTooLarge { bytes: body.len(), limit: MAX_BODY_BYTES });
    } else {
        let _ = part(body);
    }
    if complete { Ok(()) } else { Err(invalid("the last line is cut off")) }
}

/// Decompresses a frame part by part. `take` says how many bytes of a part it is done with (the
/// others are the beginning of the next), or breaks off.
fn unpack(body: &[u8], mut take: impl FnMut(&[u8]) -> ControlFlow<(), usize>) -> Result<()> {
    let damaged = |error: std::io::Error| invalid(format!("damaged zstd frame: {error}"));
    let mut decoder = Decoder::with_buffer(body).map_err(damaged)?.single_frame();
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(damaged)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    let (mut filled, mut total) = (0, 0);
    loop {
        let read = decoder.read(&mut buffer[filled..]).map_err(damaged)?;
        if read == 0 {
            break;
        }
        filled += read;
        total += read;
        if total > MAX_BODY_BYTES {
            return Err(Error::SegmentTooLarge { bytes: total, limit: MAX_BODY_BYTES });
        }
        let ControlFlow::Continue(done) = take(&buffer[..filled]) else { return Ok(()) };
        buffer.copy_within(done..filled, 0);
        filled -= done;
        if filled == buffer.len() {
            if filled > MAX_RECORD_BYTES {
                return Err(Error::RecordTooLarge { bytes: filled, limit: MAX_RECORD_BYTES });
            }
            buffer.resize(2 * filled, 0);
        }
    }
    if !decoder.finish().is_empty() {
        return Err(invalid("something follows the zstd frame"));
    }
    Ok(())
}

/// One frame, with the size of its content and a checksum.
pub(super) fn compress(lines: &[u8], level: i32) -> Vec<u8> {
    zstd::bulk::compress(lines, level.clamp(1, 19))
        .expect("memory takes what is compressed into it")
}

fn invalid(reason: impl Into<String>) -> Error {
    Error::SegmentInvalid { reason: reason.into() }
}
