//! The text of a report, so that it can be found (feature `extract`).
//!
//! Bytes go in, words come out: of PDF, of HTML, XHTML and inline XBRL, of workbooks (`.xlsx`), of report
//! packages (`.zip`, `.xbri`), of CSV, JSON, XML and plain text. What is found is for searching and for
//! nothing else: neither layout nor order of columns survives, and runs of blanks become one.
//!
//! Whoever filed a report chose its bytes, so they are handled with care. What is read, unpacked and kept
//! is bounded ([`Limits`]); the readers are maintained libraries, and should one of them panic, that is an
//! error here. A library that needs more stack than there is cannot be stopped from inside of a process;
//! all readers here bound how deep they go.

mod error;
mod html;
mod package;
mod pdf;
mod plain;
mod sheet;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use error::Error;
use words::Words;

/// What the bytes of a report are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// PDF (ISO 32000).
    Pdf,
    /// HTML, XHTML with or without inline XBRL, any other XML: text outside of tags.
    Markup,
    /// A workbook of Excel 2007 and later.
    Xlsx,
    /// A report package (XBRL International, "Report Packages 1.0"): a ZIP with reports in it.
    Package,
    /// CSV, JSON, plain text: every word of it.
    Plain,
}

impl Format {
    /// Whether a file of this name may hold text, so that it is worth reading.
    pub fn may_be(name: &str) -> bool {
        Self::named(name).is_some()
    }

    fn named(name: &str) -> Option<Self> {
        let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
        Some(match extension.as_str() {
            "pdf" => Self::Pdf,
            "html" | "htm" | "xhtml" | "xml" | "xbrl" | "svg" => Self::Markup,
            "xlsx" | "xlsm" => Self::Xlsx,
            "zip" | "xbri" | "xbr" => Self::Package,
            "csv" | "tsv" | "json" | "ndjson" | "jsonl" | "txt" | "md" => Self::Plain,
            _ => return None,
        })
    }

    /// What a file is by its name and its first bytes; `None` if no text can be expected in it.
    ///
    /// ```
    /// use storage_core::extract::Format;
    ///
    /// assert_eq!(Format::of("annual.PDF", b"%PDF-1.7"), Some(Format::Pdf));
    /// assert_eq!(Format::of("annual.pdf", b"<html>"), None, "a name alone proves nothing");
    /// assert_eq!(Format::of("photo.jpg", b"\xff\xd8"), None);
    /// ```
    pub fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        let format = Self::named(name)?;
        let head = &bytes[..bytes.len().min(1024)];
        let holds = match format {
            // Readers of PDF look for the mark in the first 1,024 bytes.
            Self::Pdf => head.windows(5).any(|it| it == b"%PDF-"),
            Self::Xlsx | Self::Package => head.starts_with(b"PK"),
            Self::Markup | Self::Plain => true,
        };
        holds.then_some(format)
    }
}

/// How much is read, unpacked and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest input, in bytes.
    pub input_bytes: usize,
    /// How much a compressed format may unpack to, in bytes.
    pub unpacked_bytes: usize,
    /// The longest text, in bytes; what comes after is left away, and [`Text::whole`] says so.
    pub text_bytes: usize,
}

impl Default for Limits {
    /// 256 MiB of input, 512 MiB unpacked, 8 MiB of text: about 4,000 printed pages.
    fn default() -> Self {
        Self { input_bytes: 256 << 20, unpacked_bytes: 512 << 20, text_bytes: 8 << 20 }
    }
}

/// The text of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Text {
    /// The words, with single blanks and line breaks between them and no control characters.
    pub words: String,
    /// Whether this is all of it: false where a limit cut it off, or a part could not be read.
    pub whole: bool,
}

/// The text in `bytes`.
///
/// # Errors
///
/// [`Error::TooLarge`] beyond a limit on what is read or unpacked, [`Error::Unreadable`] if the bytes are
/// not what `format` says or are damaged, [`Error::Encrypted`].
///
/// ```
/// use storage_core::extract::{Format, Limits, extract};
///
/// let page = "<html><script>var x</script><p>Scope&nbsp;1: <b>4</b>2 t</p><p>Ende</p></html>";
/// let text = extract(Format::Markup, page.as_bytes(), Limits::default())?;
/// assert_eq!(text.words, "Scope 1: 42 t\nEnde");
/// assert!(text.whole);
/// # Ok::<(), storage_core::extract::Error>(())
/// ```
pub fn extract(format: Format, bytes: &[u8], limits: Limits) -> Result<Text, Error> {
    if bytes.len() > limits.input_bytes {
        return Err(Error::TooLarge { limit: limits.input_bytes });
    }
    // Nothing of a reader that panicked is used again.
    catch_unwind(AssertUnwindSafe(|| {
        let mut words = Words::new(limits.text_bytes);
        match format {
            Format::Pdf => pdf::read(bytes, limits, &mut words)?,
            Format::Markup => html::read(bytes, &mut words),
            Format::Xlsx => sheet::read(bytes, limits, &mut words)?,
            Format::Package => package::read(bytes, limits, &mut words)?,
            Format::Plain => words.add(&plain::decode(bytes)),
        }
        Ok(words.into_text())
    }))
    .unwrap_or_else(|_| Err(Error::unreadable(format, "its reader gave up")))
}

#[cfg(test)]
mod tests;
