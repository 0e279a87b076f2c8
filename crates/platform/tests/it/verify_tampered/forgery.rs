//! Making records and segments that look right.

use audit_chain::Hash;
use audit_chain::record::Suffixed;
use audit_chain::segment::{self, Compression, Header};

/// A segment as its lines.
#[derive(Clone)]
pub(super) struct Lines {
    pub(super) header: Header,
    pub(super) lines: Vec<Vec<u8>>,
}

impl Lines {
    pub(super) fn of(body: &[u8]) -> Self {
        let opened = segment::open(body).unwrap();
        let lines = opened.lines().map(|(_, line)| line.to_vec()).collect();
        Self { header: opened.header.clone(), lines }
    }

    /// The header made to fit the lines.
    pub(super) fn fit(&mut self) {
        self.header.count = self.lines.len() as u64;
        if let Some(hash) = self.lines.last().and_then(|line| Suffixed::of(line)) {
            self.header.last_hash = hash.record_hash;
        }
    }

    pub(super) fn body(&self, compression: Compression) -> Vec<u8> {
        let mut body = self.header.to_line();
        body.push(b'\n');
        for line in &self.lines {
            body.extend_from_slice(line);
            body.push(b'\n');
        }
        match compression {
            Compression::None => body,
            Compression::Zstd(level) => zstd(&body, level),
        }
    }
}

/// A line with something else in it, and the hash that belongs to it.
pub(super) fn rehashed(line: &[u8], from: &str, to: &str) -> Vec<u8> {
    let preimage = String::from_utf8(Suffixed::of(line).unwrap().preimage()).unwrap();
    with_hash(preimage.replacen(from, to, 1).as_bytes())
}

/// The line of these hashed bytes.
pub(super) fn with_hash(preimage: &[u8]) -> Vec<u8> {
    let hash = Hash::of(preimage);
    let open = preimage.strip_suffix(b"}").unwrap();
    [open, format!(", \"record_hash\": \"{hash}\"}}").as_bytes()].concat()
}

pub(super) fn hash_of(line: &[u8]) -> Hash {
    Suffixed::of(line).unwrap().record_hash
}

/// One frame of raw blocks (RFC 8878): what a compressor might give.
fn zstd(body: &[u8], _: i32) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD];
    // Single segment, content size in eight bytes, no checksum.
    frame.push(0b1110_0000);
    frame.extend((body.len() as u64).to_le_bytes());
    let mut chunks = body.chunks(100_000).peekable();
    while let Some(chunk) = chunks.next() {
        let last = u32::from(chunks.peek().is_none());
        let header = (chunk.len() as u32) << 3 | last;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(chunk);
    }
    frame
}
