//! The name of a file in a bag.

use std::borrow::Cow;
use std::fmt;

use super::Error;

/// The name of a file in a bag, relative to the bag: it cannot lead out of it, on any system.
///
/// Refused are absolute paths, `.`, `..`, empty parts, a `~` at the front, backslashes, a colon in the
/// first part (a drive), NUL, and more than 1,024 bytes. Everything else may be in a name, a line break
/// too; what a *file system* takes is narrower, and says so itself.
///
/// ```
/// use storage_core::bagit::BagPath;
///
/// let path = BagPath::new("data/a%0Ab\n.pdf")?;
/// assert_eq!(path.encoded(), "data/a%250Ab%0A.pdf");
/// assert_eq!(BagPath::decode(&path.encoded())?, path);
///
/// assert!(BagPath::new("data/../../x").is_err());
/// assert!(BagPath::decode("/etc/passwd").is_err());
/// # Ok::<(), storage_core::bagit::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BagPath(
    // INVARIANT: follows the rules above; only `new` makes one.
    String,
);

impl BagPath {
    /// The longest name, in bytes: as long as a key of the store may be.
    pub const LENGTH: usize = 1024;

    /// Takes `text` as the name of a file.
    ///
    /// # Errors
    ///
    /// [`Error::NameInvalid`].
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        match broken(&text) {
            None => Ok(Self(text)),
            Some(broken) => {
                let name = text.chars().take(80).flat_map(char::escape_debug).collect();
                Err(Error::NameInvalid { name, broken })
            }
        }
    }

    /// Takes `text` as the name of a file below `data/`.
    ///
    /// # Errors
    ///
    /// As [`BagPath::new`].
    pub fn payload(text: &str) -> Result<Self, Error> {
        Self::new(text)?;
        Self::new(format!("data/{text}"))
    }

    /// Reads a name as it stands in a manifest.
    ///
    /// Only `%0A`, `%0D` and `%25` stand for something; any other `%` is itself.
    ///
    /// # Errors
    ///
    /// As [`BagPath::new`], by the rules of what it means.
    pub fn decode(written: &str) -> Result<Self, Error> {
        if !written.contains('%') {
            return Self::new(written);
        }
        let mut text = String::with_capacity(written.len());
        let mut rest = written;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            let (meant, length) = match rest.as_bytes().get(at + 1..at + 3) {
                Some(b"0A" | b"0a") => ('\n', 3),
                Some(b"0D" | b"0d") => ('\r', 3),
                Some(b"25") => ('%', 3),
                _ => ('%', 1),
            };
            text.push(meant);
            rest = &rest[at + length..];
        }
        text.push_str(rest);
        Self::new(text)
    }

    /// The name as it stands in a manifest.
    pub fn encoded(&self) -> Cow<'_, str> {
        if !self.0.contains(['%', '\r', '\n']) {
            return Cow::Borrowed(&self.0);
        }
        let encoded = self.0.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        Cow::Owned(encoded)
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it lies below `data/`.
    pub fn is_payload(&self) -> bool {
        self.0.starts_with("data/")
    }
}

impl fmt::Display for BagPath {
    /// In one line: as it stands in a manifest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encoded())
    }
}

fn broken(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > BagPath::LENGTH {
        return Some("it has to have 1 to 1,024 bytes");
    }
    if text.contains('\0') {
        return Some("there is a NUL in it");
    }
    if text.contains('\\') {
        return Some("there is a backslash in it, which leads elsewhere on Windows");
    }
    if text.starts_with('/') {
        return Some("it is absolute");
    }
    if text.starts_with('~') {
        return Some("a `~` at the front may lead to somebody's home");
    }
    if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("one of its parts is empty, `.` or `..`");
    }
    if text.split('/').next().is_some_and(|first| first.contains(':')) {
        return Some("there is a colon in its first part, which may be a drive");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_name_leads_out_of_the_bag() {
        let long = "x".repeat(1025);
        let ways = [
            "", ".", "..", "../x", "a/../b", "a/..", "/a", "a//b", "a/", "./a", "~/a", "~root",
            "a\\b", "..\\x", "C:/x", "c:x", "a\0b", &long,
        ];
        for way in ways {
            assert!(matches!(BagPath::new(way), Err(Error::NameInvalid { .. })), "{way:?}");
            assert!(BagPath::decode(way).is_err(), "{way:?}");
            assert!(BagPath::payload(way).is_err(), "{way:?}");
        }
        // What is decoded is checked, not what was written.
        assert_eq!(BagPath::decode("%2e%2e/x").unwrap().as_str(), "%2e%2e/x");
    }

    #[test]
    fn an_error_is_one_line() {
        let error = BagPath::new("../a\nb\u{1b}[31m").unwrap_err().to_string();
        assert!(!error.contains(['\n', '\u{1b}']), "{error:?}");
    }

    #[test]
    fn only_three_escapes_mean_something() {
        let means = |written: &str| BagPath::decode(written).unwrap().as_str().to_owned();
        assert_eq!(means("a%0Ab"), "a\nb");
        assert_eq!(means("a%0d%0ab"), "a\r\nb");
        assert_eq!(means("a%250Ab"), "a%0Ab");
        assert_eq!(means("a%2525"), "a%25");
        assert_eq!(means("a%41 100% %é%"), "a%41 100% %é%");
    }

    proptest! {
        #[test]
        fn every_name_survives_its_writing(name in "(?s).{0,40}") {
            if let Ok(path) = BagPath::new(&name) {
                let written = path.encoded().into_owned();
                prop_assert!(!written.contains(['\r', '\n']));
                let read = BagPath::decode(&written).unwrap();
                prop_assert_eq!(read.as_str(), name);
            }
        }

        #[test]
        fn names_made_of_percents_survive_too(name in "[%0-9AaDd\r\n25]{1,20}") {
            let path = BagPath::new(&name).unwrap();
            prop_assert_eq!(BagPath::decode(&path.encoded()).unwrap(), path);
        }
    }
}
