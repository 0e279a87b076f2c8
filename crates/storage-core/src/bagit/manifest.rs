//! Which files a bag holds, each with its digest.

use std::collections::BTreeMap;
use std::fmt;

use super::{BagPath, Error};
use crate::Digest;

/// What a manifest says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The SHA-256 of its content.
    pub sha256: Digest,
    /// The name as it is written, where that is not the name itself: a tool that leaves `%` as it is
    /// means this name, and not the one it stands for.
    pub written: Option<String>,
}

/// A manifest: names of files and the SHA-256 of each, in order of names.
///
/// ```
/// use storage_core::Digest;
/// use storage_core::bagit::{BagPath, Manifest};
///
/// let mut manifest = Manifest::default();
/// manifest.add(BagPath::payload("50%.csv")?, Digest::of(b"abc"))?;
/// let text = manifest.to_string();
/// assert!(text.starts_with("ba7816bf") && text.ends_with("15ad  data/50%25.csv\n"));
/// assert_eq!(Manifest::parse(text.as_bytes())?, manifest);
/// # Ok::<(), storage_core::bagit::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    files: BTreeMap<BagPath, Listed>,
}

impl Manifest {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// [`Error::NameTwice`].
    pub fn add(&mut self, path: BagPath, sha256: Digest) -> Result<(), Error> {
        let written = path.encoded().into_owned();
        let written = (path.as_str() != written).then_some(written);
        self.list(path, Listed { sha256, written })
    }

    /// The files, in order of names.
    pub fn files(&self) -> &BTreeMap<BagPath, Listed> {
        &self.files
    }

    /// Reads a manifest: on each line 64 hexadecimal digits, blanks, and a name.
    ///
    /// # Errors
    ///
    /// [`Error::ManifestInvalid`], [`Error::NameInvalid`], [`Error::NameTwice`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut manifest = Self::default();
        // A line ends with LF, CRLF or CR (RFC 8493, 2.1.3), and a name can hold none of them.
        let lines = bytes.split(|byte| *byte == b'\n').enumerate().flat_map(|(at, line)| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            line.split(|byte| *byte == b'\r').map(move |line| (at + 1, line))
        });
        for (line, bytes) in lines.filter(|(_, bytes)| !bytes.is_empty()) {
            let broken = |broken| Error::ManifestInvalid { line, broken };
            let text = std::str::from_utf8(bytes).map_err(|_| broken("it is not UTF-8"))?;
            let (digits, name) = text
                .split_once([' ', '\t'])
                .ok_or(broken("a digest, blanks and a name belong there"))?;
            let sha256 = format!("sha256:{}", digits.to_ascii_lowercase()).parse();
            let sha256 = sha256.map_err(|_| broken("a SHA-256 has 64 hexadecimal digits"))?;
            let name = name.trim_start_matches([' ', '\t']);
            // Names of some tools begin with a `./`, which says nothing.
            let name = name.strip_prefix("./").unwrap_or(name);
            let path = BagPath::decode(name)?;
            let written = (path.as_str() != name).then(|| name.to_owned());
            manifest.list(path, Listed { sha256, written })?;
        }
        Ok(manifest)
    }

    fn list(&mut self, path: BagPath, listed: Listed) -> Result<(), Error> {
        if self.files.contains_key(&path) {
            return Err(Error::NameTwice { name: path.to_string() });
        }
        self.files.insert(path, listed);
        Ok(())
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, listed) in &self.files {
            // Two blanks, as `sha256sum` prints and checks them.
            writeln!(f, "{}  {}", listed.sha256.hex(), path.encoded())?;
        }
        Ok(())
    }
}
