//! What an input is written in, and what it is packed with.

use std::io::{self, BufReader, Read};

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A JSON object on each line (NDJSON, JSON Lines).
    JsonLines,
}

impl Format {
    /// The format that the name and the first unpacked bytes of an input speak for.
    pub fn of(name: &str, head: &[u8]) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let name =
            [".gz", ".zst", ".zstd"].iter().find_map(|it| lower.strip_suffix(it)).unwrap_or(&lower);
        let _ = head;
        match name.rsplit_once('.')?.1 {
            "ndjson" | "jsonl" | "json" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// How many bytes are looked at to tell what an input is.
const HEAD: usize = 4096;

/// The unpacked bytes of an input, told by its first bytes: gzip (RFC 1952), Zstandard (RFC 8878) or plain;
/// with the first unpacked bytes taken off.
pub(crate) fn unpacked(
    mut raw: Box<dyn Read + Send>,
) -> io::Result<(Box<dyn Read + Send>, Vec<u8>)> {
    let start = head(&mut raw, 4)?;
    let packed = match start.as_slice() {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Packing::Zstandard,
        _ => Packing::Plain,
    };
    let raw = io::Cursor::new(start).chain(raw);
    let mut reader: Box<dyn Read + Send> = match packed {
        Packing::Plain => {
            let mut raw = raw;
            let head = head(&mut raw, HEAD)?;
            return Ok((Box::new(raw.into_inner().1), head));
        }
        Packing::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 18, raw)))
        }
        Packing::Zstandard => {
            Box::new(zstd::stream::Decoder::with_buffer(BufReader::with_capacity(1 << 18, raw))?)
        }
    };
    let head = head(&mut reader, HEAD)?;
    Ok((reader, head))
}

enum Packing {
    Plain,
    Gzip,
    Zstandard,
}

fn head(reader: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(most);
    reader.take(most as u64).read_to_end(&mut head)?;
    Ok(head)
}
