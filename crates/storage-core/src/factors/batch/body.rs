//! Frames, and the versions in them.

use std::fmt;
use std::sync::Arc;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe;

use super::MAX_BYTES;

/// The bytes of a batch, kept by whoever fetched them.
#[derive(Clone)]
pub struct Body(Arc<dyn AsRef<[u8]> + Send + Sync>);

impl Body {
    /// Bytes in whatever holds them.
    pub fn new(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.bytes().len())
    }
}

/// The versions of a batch, packed.
#[derive(Clone, Debug)]
pub(in crate::factors) struct Contents {
    body: Body,
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    /// Where its frame begins in the body.
    at: usize,
    length: usize,
    /// The number of its first version within the batch.
    first: u32,
    /// How many there are.
    lines: u32,
}

impl Contents {
    /// The frames that begin at `at` and fill the rest of the body.
    pub(super) fn new(body: Body, mut at: usize, frames: &[(u32, u32)]) -> Result<Self, String> {
        let mut blocks = Vec::with_capacity(frames.len());
        let mut first = 0_u32;
        for (length, lines) in frames {
            let length = *length as usize;
            blocks.push(Block { at, length, first, lines: *lines });
            at = at.checked_add(length).ok_or("a frame is too long")?;
            first = first.checked_add(*lines).ok_or("there are too many versions")?;
        }
        if at != body.bytes().len() {
            let bytes = body.bytes().len();
            return Err(format!("its frames end at byte {at}, and it has {bytes}"));
        }
        Ok(Self { body, blocks })
    }

    /// How many versions there are.
    pub(in crate::factors) fn len(&self) -> u32 {
        self.blocks.last().map_or(0, |it| it.first + it.lines)
    }

    /// Which block holds a version, and which line of it that is.
    pub(in crate::factors) fn place(&self, index: u32) -> Option<(usize, usize)> {
        let block = self.blocks.partition_point(|it| it.first <= index).checked_sub(1)?;
        let line = index - self.blocks[block].first;
        (line < self.blocks[block].lines).then_some((block, line as usize))
    }

    /// The lines of a block.
    pub(in crate::factors) fn unpack(&self, block: usize) -> Result<Vec<u8>, String> {
        let Block { at, length, .. } = self.blocks[block];
        unpack(&self.body.bytes()[at..at + length])
    }
}

/// One frame of lines, with their length and a checksum.
pub fn pack(lines: &[u8]) -> Vec<u8> {
    const LEVEL: i32 = 3;
    let mut compressor = Compressor::new(LEVEL).expect("the level is one of zstd's");
    compressor.include_checksum(true).expect("zstd knows checksums");
    compressor.compress(lines).expect("memory takes what is compressed into it")
}

/// Unpacks exactly one frame that says how long it will be.
pub(super) fn unpack(frame: &[u8]) -> Result<Vec<u8>, String> {
    let length = match zstd_safe::get_frame_content_size(frame) {
        Ok(Some(length)) => usize::try_from(length).unwrap_or(usize::MAX),
        Ok(None) => return Err("a frame does not say how long it is".to_owned()),
        Err(_) => return Err("there is something other than a zstd frame".to_owned()),
    };
    if length > MAX_BYTES {
        return Err(format!("it unpacks to {length} bytes, more than {MAX_BYTES}"));
    }
    if frame_length(frame)? != frame.len() {
        return Err("something stands behind a zstd frame".to_owned());
    }
    let mut decompressor = Decompressor::new().map_err(|error| error.to_string())?;
    let lines = decompressor.decompress(frame, length);
    let lines = lines.map_err(|error| format!("damaged zstd frame: {error}"))?;
    if lines.len() != length {
        return Err("a zstd frame is shorter than it says".to_owned());
    }
    Ok(lines)
}

/// How many bytes the frame has with which `bytes` begin.
pub(super) fn frame_length(bytes: &[u8]) -> Result<usize, String> {
    zstd_safe::find_frame_compressed_size(bytes)
        .map_err(|_| "it does not begin with a whole zstd frame".to_owned())
}
