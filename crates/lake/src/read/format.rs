//! What an input is written in, and what it is packed with.

use std::io::{self, BufReader, Read};

use platform::store::StoreError;
use tokio::task::JoinError;

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A JSON object on each line (NDJSON, JSON Lines). Lines of nothing but spaces are no rows.
    JsonLines,
    /// A JSON array whose elements are rows. The line of a row is its ordinal.
    JsonArray,
    /// Comma-separated values (RFC 4180) whose first record names the columns. Lines of nothing are no rows.
    Csv {
        /// What stands between fields: `,`, `;`, a tab.
        delimiter: u8,
    },
    /// XML: the children of the document's element are rows, their attributes and children the members. The
    /// line of a row is its ordinal.
    Xml {
        /// The name of the elements that are rows, at whatever depth; what stands outside of them is left out.
        /// Without one, the first child of the document's element says it, and whatever else stands beside
        /// rows is refused.
        row: Option<String>,
    },
}

impl Format {
    /// The format that the name and the first unpacked bytes of an input speak for.
    ///
    /// ```
    /// use lake::read::Format;
    ///
    /// assert_eq!(Format::of("a.json", b" [{}]"), Some(Format::JsonArray));
    /// assert_eq!(Format::of("a.json.gz", b"{}"), Some(Format::JsonLines));
    /// assert_eq!(Format::of("a.tsv", b""), Some(Format::Csv { delimiter: b'\t' }));
    /// assert_eq!(Format::of("a.bin", b""), None);
    /// ```
    pub fn of(name: &str, head: &[u8]) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let name =
            [".gz", ".zst", ".zstd"].iter().find_map(|it| lower.strip_suffix(it)).unwrap_or(&lower);
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        Some(match name.rsplit_once('.')?.1 {
            "ndjson" | "jsonl" => Self::JsonLines,
            "json" if head.trim_ascii_start().first() == Some(&b'[') => Self::JsonArray,
            "json" => Self::JsonLines,
            "csv" => Self::Csv { delimiter: b',' },
            "tsv" => Self::Csv { delimiter: b'\t' },
            "xml" => Self::Xml { row: None },
            _ => return None,
        })
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
    let packed = match () {
        () if start.starts_with(&GZIP) => Packing::Gzip,
        () if start.starts_with(&ZSTANDARD) => Packing::Zstandard,
        () => Packing::Plain,
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
            let raw = BufReader::with_capacity(1 << 18, raw);
            Box::new(Unpacking(zstd::stream::Decoder::with_buffer(raw)?))
        }
    };
    let head = head(&mut reader, HEAD)?;
    Ok((reader, head))
}

/// Whether bytes begin as something packed does.
pub(crate) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP) || bytes.starts_with(&ZSTANDARD)
}

/// How gzip (RFC 1952) and Zstandard (RFC 8878) begin.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTANDARD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

enum Packing {
    Plain,
    Gzip,
    Zstandard,
}

/// Says of what a decoder finds wrong that the bytes are to blame: that of Zstandard does not.
struct Unpacking<R>(R);

impl<R: Read> Read for Unpacking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let is_its_own = error.kind() == io::ErrorKind::Other
                && error.raw_os_error().is_none()
                && !error.get_ref().is_some_and(|it| it.is::<StoreError>() || it.is::<JoinError>());
            if is_its_own { io::Error::new(io::ErrorKind::InvalidData, error) } else { error }
        })
    }
}

fn head(reader: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(most);
    reader.take(most as u64).read_to_end(&mut head)?;
    Ok(head)
}
