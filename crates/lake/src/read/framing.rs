//! Where rows end, format by format.

use super::array;
use super::csv;
use super::format::Format;
use super::split::{Layout, Split};
use super::xml;
use crate::bronze::Error;

/// What has to be remembered of an input to know where its rows end.
#[derive(Debug)]
pub(crate) struct Framing {
    scan: Scan,
    /// How far the bytes at hand were looked at.
    at: usize,
    /// Where the first row ended among those that were looked at last.
    first: usize,
}

#[derive(Debug)]
enum Scan {
    /// At the end of a line.
    Lines,
    /// At a comma between elements; none before the list has begun.
    Array(Option<array::Scan>),
    /// At the end of a line outside quotes. The header is known once the first record is.
    Csv(u8, csv::Scan, Option<csv::Header>),
    /// Behind the end of an element that is a row.
    Xml(xml::Scan),
}

impl Framing {
    pub(crate) fn new(format: &Format) -> Self {
        let scan = match format {
            Format::JsonLines => Scan::Lines,
            Format::JsonArray => Scan::Array(None),
            Format::Csv { delimiter } => Scan::Csv(*delimiter, csv::Scan::new(*delimiter), None),
            Format::Xml { row } => Scan::Xml(xml::Scan::new(row.as_deref())),
        };
        Self { scan, at: 0, first: 0 }
    }

    /// Looks at what is new in `bytes`. Where the last row ends there that is whole; none where no row is.
    pub(crate) fn end_of_rows(&mut self, bytes: &[u8]) -> Option<usize> {
        let at = self.at;
        if let Scan::Lines = self.scan {
            // Only the last one is looked for: nearly always nobody asks for the first.
            self.at = bytes.len();
            self.first = 0;
            return memchr::memrchr(b'\n', &bytes[at..]).map(|end| at + end + 1);
        }
        let (mut first, mut last) = (None, None);
        let mut note = |end: usize| {
            first.get_or_insert(end);
            last = Some(end);
        };
        self.at = match &mut self.scan {
            Scan::Lines => bytes.len(),
            Scan::Array(scan) => {
                let mut at = at;
                if scan.is_none()
                    && let Some(begins) = array::begins(bytes)
                {
                    *scan = Some(begins.map_or_else(array::Scan::over, |_| array::Scan::inside()));
                    at = begins.unwrap_or(at);
                }
                // What stands behind the list stays together with its last element.
                while let Some(scan) = scan
                    && let Some((array::End::Comma, end)) = scan.next_end(bytes, at)
                {
                    at = end;
                    note(end);
                }
                bytes.len()
            }
            Scan::Csv(_, scan, _) => {
                let mut at = at;
                while let Some(end) = scan.next_end(bytes, at) {
                    at = end;
                    note(end);
                }
                bytes.len()
            }
            Scan::Xml(scan) => {
                let mut at = at;
                while scan.next_end(bytes, &mut at) {
                    note(at);
                }
                at
            }
        };
        self.first = first.unwrap_or(0);
        last
    }

    /// Where the first row ended in `bytes`, which were looked at last.
    pub(crate) fn first_end(&self, bytes: &[u8]) -> usize {
        match self.scan {
            Scan::Lines => memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1),
            _ => self.first,
        }
    }

    /// How far the bytes at hand were looked at.
    pub(crate) fn looked(&self) -> usize {
        self.at
    }

    /// Whether rows are counted by the lines that they begin on, and may have several.
    pub(crate) fn counts_lines_in_rows(&self) -> bool {
        matches!(self.scan, Scan::Csv(..))
    }

    /// Says that the first bytes are gone.
    pub(crate) fn gone(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
        self.first = self.first.saturating_sub(count);
    }

    /// How the rows of a split are to be read. The first split of an input comes first.
    pub(crate) fn layout(&mut self, bytes: &[u8], name: &str) -> Result<Layout, Error> {
        let refused = |format, reason| Error::Format { name: name.to_owned(), format, reason };
        Ok(match &mut self.scan {
            Scan::Lines => Layout::Lines,
            Scan::Array(_) => Layout::Array,
            Scan::Csv(delimiter, _, header) => {
                let header = match header {
                    Some(header) => header.clone(),
                    none => {
                        let end =
                            csv::Scan::new(*delimiter).next_end(bytes, 0).unwrap_or(bytes.len());
                        let read = csv::header(&bytes[..end], *delimiter)
                            .map_err(|it| refused("CSV", it))?;
                        none.insert(read).clone()
                    }
                };
                Layout::Csv { delimiter: *delimiter, header }
            }
            Scan::Xml(scan) => Layout::Xml(scan.rows(bytes).map_err(|it| refused("XML", it))?),
        })
    }
}

/// Where the last row ends that is whole in the beginning of an input; all of it where none does.
pub(crate) fn whole_rows(format: &Format, bytes: &[u8]) -> usize {
    Framing::new(format).end_of_rows(bytes).unwrap_or(bytes.len())
}

/// A piece of an input as one split.
pub(crate) fn split_of(
    format: &Format,
    name: &str,
    offset: u64,
    bytes: &[u8],
) -> Result<Split, Error> {
    let mut framing = Framing::new(format);
    framing.end_of_rows(bytes);
    let layout = framing.layout(bytes, name)?;
    let (buffer, length) = (bytes.to_vec(), bytes.len());
    Ok(Split { order: 0, input: 0, offset, buffer, length, layout, too_long: false })
}
