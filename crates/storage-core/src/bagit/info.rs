//! What a bag says of itself to people.

use std::fmt;
use std::str::FromStr;

use super::Error;

/// How much a bag holds below `data/`, written `279164409832.1198` (`Payload-Oxum`, RFC 8493, 2.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oxum {
    /// How many bytes.
    pub bytes: u64,
    /// In how many files.
    pub files: u64,
}

impl fmt::Display for Oxum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.bytes, self.files)
    }
}

impl FromStr for Oxum {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (bytes, files) = text.split_once('.').ok_or(())?;
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse().map_err(|_| ()),
            false => Err(()),
        };
        Ok(Self { bytes: number(bytes)?, files: number(files)? })
    }
}

/// The labels of `bag-info.txt`, in their order; a label may stand there several times.
///
/// ```
/// use storage_core::bagit::{BagInfo, Oxum};
///
/// let mut info = BagInfo::default();
/// info.add("Source-Organization", "Example Ltd")?;
/// info.add("Payload-Oxum", Oxum { bytes: 12, files: 1 }.to_string())?;
/// assert_eq!(info.to_string(), "Source-Organization: Example Ltd\nPayload-Oxum: 12.1\n");
///
/// let read = BagInfo::parse(b"Source-Organization: Example\n  Ltd\nPayload-Oxum: 12.1\n")?;
/// assert_eq!(read, info);
/// assert_eq!(read.get("payload-oxum").next(), Some("12.1"));
/// # Ok::<(), storage_core::bagit::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BagInfo {
    labels: Vec<(String, String)>,
}

impl BagInfo {
    /// Adds a label. What surrounds the value in blanks is left away.
    ///
    /// # Errors
    ///
    /// [`Error::InfoInvalid`] for a label that is empty, begins or ends with a blank or holds a colon, and
    /// for a line break in either.
    pub fn add(&mut self, label: &str, value: impl AsRef<str>) -> Result<(), Error> {
        let line = self.labels.len() + 1;
        let value = value.as_ref().trim();
        let broken = match label {
            "" => "a label has a name",
            _ if label.trim() != label => "a label begins and ends with no blank",
            _ if label.contains(':') => "a label has no colon",
            _ if label.contains(['\r', '\n']) || value.contains(['\r', '\n']) => {
                "a label and its value have no line break"
            }
            _ => {
                self.labels.push((label.to_owned(), value.to_owned()));
                return Ok(());
            }
        };
        Err(Error::InfoInvalid { line, broken })
    }

    /// The values of a label; upper and lower case are the same (RFC 8493, 2.2.2).
    pub fn get<'i>(&'i self, label: &'i str) -> impl Iterator<Item = &'i str> {
        let same = self.labels.iter().filter(move |it| it.0.eq_ignore_ascii_case(label));
        same.map(|it| it.1.as_str())
    }

    /// All labels with their values, in order.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// Reads `bag-info.txt`. A line that begins with a blank goes on with the value above it.
    ///
    /// # Errors
    ///
    /// [`Error::InfoInvalid`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let broken = |line, broken| Error::InfoInvalid { line, broken };
        let text = std::str::from_utf8(bytes).map_err(|_| broken(1, "it is not UTF-8"))?;
        let mut info = Self::default();
        let lines = text.split('\n').flat_map(|line| line.trim_end_matches('\r').split('\r'));
        for (at, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            if line.starts_with([' ', '\t']) {
                let last = info.labels.last_mut();
                let last = last.ok_or(broken(at + 1, "there is no label it could belong to"))?;
                last.1.push(' ');
                last.1.push_str(line.trim());
            } else {
                let colon = broken(at + 1, "a label, a colon and a value belong there");
                let (label, value) = line.split_once(':').ok_or(colon)?;
                info.labels.push((label.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Ok(info)
    }
}

impl fmt::Display for BagInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.labels.iter().try_for_each(|(label, value)| writeln!(f, "{label}: {value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DECLARATION, Manifest, check_declaration};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cannot_be_read_is_refused_with_its_line() {
        let line = |error| match error {
            Error::ManifestInvalid { line, .. } | Error::InfoInvalid { line, .. } => line,
            other => panic!("{other:?}"),
        };
        let good = format!("{}  data/a\n", "0".repeat(64));
        for bad in ["0123  data/b", "data/b", "\u{feff}", "zz data/b"] {
            let text = format!("{good}{bad}\n");
            assert_eq!(line(Manifest::parse(text.as_bytes()).unwrap_err()), 2, "{bad:?}");
        }
        assert!(matches!(
            Manifest::parse(format!("{good}{good}").as_bytes()),
            Err(Error::NameTwice { .. })
        ));
        assert_eq!(line(BagInfo::parse(b"A: b\nno colon\n").unwrap_err()), 2);
        assert_eq!(line(BagInfo::parse(b" goes on\n").unwrap_err()), 1);
        let mut info = BagInfo::default();
        for (label, value) in [("", "x"), ("a:b", "x"), (" a", "x"), ("a", "x\nPayload-Oxum: 0.0")]
        {
            assert!(info.add(label, value).is_err(), "{label:?} {value:?}");
        }
        for oxum in ["", "1", "1.", ".1", "1.2.3", "+1.2", "-1.2", "1.99999999999999999999"] {
            assert!(oxum.parse::<Oxum>().is_err(), "{oxum:?}");
        }
        for text in ["", "\u{feff}BagIt-Version: 1.0\n", "BagIt-Version: 1.0\n"] {
            assert!(check_declaration(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_read_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (check_declaration(&bytes), BagInfo::parse(&bytes));
            if let Ok(manifest) = Manifest::parse(&bytes) {
                prop_assert_eq!(
                    Manifest::parse(manifest.to_string().as_bytes()).unwrap().files().len(),
                    manifest.files().len()
                );
            }
        }

        #[test]
        fn lines_end_in_three_ways(names in prop::collection::btree_set("[a-z%\r\n]{1,9}", 1..5)) {
            let mut manifest = Manifest::default();
            for name in &names {
                let path = super::super::BagPath::payload(name).unwrap();
                manifest.add(path, crate::Digest::of(name.as_bytes())).unwrap();
            }
            let text = manifest.to_string();
            for end in ["\n", "\r\n", "\r"] {
                let read = Manifest::parse(text.replace('\n', end).as_bytes()).unwrap();
                prop_assert!(read.files().keys().eq(manifest.files().keys()), "{:?}", end);
            }
        }
    }

    #[test]
    fn the_declaration_is_the_one_of_the_rfc() {
        assert_eq!(DECLARATION.lines().count(), 2);
        assert_eq!(
            check_declaration(b"BagIt-Version: 0.97\r\nTag-File-Character-Encoding: utf-8\r\n"),
            Ok("0.97")
        );
    }
}
