//! The text of the reports in a ZIP.

use std::borrow::Cow;
use std::io::{self, Cursor, Read as _};

use zip::ZipArchive;
use zip::result::ZipError;

use super::words::Words;
use super::{Error, Format, Limits, html, pdf, plain};

/// The most entries that are looked at.
const MOST_ENTRIES: usize = 100_000;

/// Reads what is a report by itself; a package inside of a package is not opened.
pub(super) fn read(bytes: &[u8], limits: Limits, words: &mut Words) -> Result<(), Error> {
    measure(bytes, limits, Format::Package)?;
    let mut archive = open(bytes, Format::Package)?;
    let mut names: Vec<_> = archive.file_names().flatten().map(Cow::into_owned).collect();
    names.sort();
    for name in names {
        if words.is_full() {
            words.lacks_a_part();
            return Ok(());
        }
        let mut content = Vec::new();
        let read = archive.by_name(&name).map_err(io::Error::from);
        if read.and_then(|mut entry| entry.read_to_end(&mut content)).is_err() {
            words.lacks_a_part();
            continue;
        }
        words.gap('\n');
        match Format::of(&name, &content) {
            Some(Format::Markup) => html::read(&content, words),
            Some(Format::Plain) => words.add(&plain::decode(&content)),
            Some(Format::Pdf) if pdf::read(&content, limits, words).is_err() => {
                words.lacks_a_part()
            }
            _ => {}
        }
    }
    Ok(())
}

/// Unpacks everything once without keeping it, because what an entry says of its length may be untrue.
pub(super) fn measure(bytes: &[u8], limits: Limits, format: Format) -> Result<(), Error> {
    let mut archive = open(bytes, format)?;
    let mut left = limits.unpacked_bytes as u64;
    for number in 0..archive.len() {
        let entry = match archive.by_index(number) {
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(Error::Encrypted);
            }
            Err(error) => return Err(Error::unreadable(format, error)),
        };
        let unpacked = io::copy(&mut entry.take(left + 1), &mut io::sink());
        let unpacked = unpacked.map_err(|error| Error::unreadable(format, error))?;
        left =
            left.checked_sub(unpacked).ok_or(Error::TooLarge { limit: limits.unpacked_bytes })?;
    }
    Ok(())
}

fn open(bytes: &[u8], format: Format) -> Result<ZipArchive<Cursor<&[u8]>>, Error> {
    let archive = ZipArchive::new(Cursor::new(bytes));
    let archive = archive.map_err(|error| Error::unreadable(format, error))?;
    if archive.len() > MOST_ENTRIES {
        let reason = format!("it has more than {MOST_ENTRIES} entries");
        return Err(Error::unreadable(format, reason));
    }
    Ok(archive)
}
