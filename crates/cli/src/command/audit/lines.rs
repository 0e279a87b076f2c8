//! Lines of JSON from a file or a pipe, one at a time and never longer than they may be.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use crate::status::{Error, Result};

/// A line without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Vec<u8>),
    /// The line has more bytes than are taken; the rest of it was passed over.
    TooLong,
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<BufReader<Box<dyn io::Read + Send>>> {
    let source: Box<dyn io::Read + Send> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => platform::Error::NoSuchFile { path: path.to_owned() },
            _ => platform::Error::File { act: "read", path: path.to_owned(), source },
        })?)
    };
    Ok(BufReader::with_capacity(256 * 1024, source))
}

/// The next line; `None` at the end. A last line needs no line feed.
pub(super) fn next(from: &mut impl BufRead, limit: usize) -> Result<Option<Line>> {
    let mut line = Vec::new();
    let read = from.by_ref().take(limit as u64 + 1).read_until(b'\n', &mut line);
    read.map_err(unreadable)?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => {
            line.pop();
            Ok(Some(Line::Whole(line)))
        }
        Some(_) if line.len() <= limit => Ok(Some(Line::Whole(line))),
        Some(_) => pass_over(from).map_err(unreadable).map(|()| Some(Line::TooLong)),
    }
}

/// Reads on to the end of the line and keeps nothing of it.
fn pass_over(from: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = from.fill_buf()?;
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                from.consume(at + 1);
                return Ok(());
            }
            None if buffer.is_empty() => return Ok(()),
            None => {
                let length = buffer.len();
                from.consume(length);
            }
        }
    }
}

fn unreadable(source: io::Error) -> Error {
    Error::Input { source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_is_read() {
        let mut text = b"1234\n12345\n\n123".as_slice();
        let mut lines = std::iter::from_fn(|| next(&mut text, 4).unwrap());
        assert_eq!(lines.next(), Some(Line::Whole(b"1234".to_vec())));
        assert_eq!(lines.next(), Some(Line::TooLong));
        assert_eq!(lines.next(), Some(Line::Whole(Vec::new())));
        assert_eq!(lines.next(), Some(Line::Whole(b"123".to_vec())));
        assert_eq!(lines.next(), None);
    }
}
