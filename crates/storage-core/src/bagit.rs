//! Bags: a folder of files that says of itself what it holds (BagIt 1.0, RFC 8493).
//!
//! ```text
//! bagit.txt               which version of the format
//! bag-info.txt            what is in it, for people, and `Payload-Oxum`: bytes and files
//! manifest-sha256.txt     the SHA-256 of everything below `data/`
//! tagmanifest-sha256.txt  the SHA-256 of the three files above
//! data/…                  the files themselves
//! ```
//!
//! Here are the words: names, manifests, labels, written and read. Nothing here opens a file; a path
//! that was read can never lead out of the bag.
//!
//! One thing is easily done wrong. In a manifest a line break in a name is written `%0A` or `%0D`, so a
//! `%` that is part of a name has to be written `%25` (RFC 8493, 2.1.3). Several tools leave it as it is,
//! among them `bagit` for Python up to 1.9.0; their manifest for a file named `a%0Ab` then speaks of
//! another file. [`Listed`] keeps what was written beside what it means, so that whoever verifies can
//! tell such a bag from a damaged one.

mod error;
mod info;
mod manifest;
mod path;

pub use error::Error;
pub use info::{BagInfo, Oxum};
pub use manifest::{Listed, Manifest};
pub use path::BagPath;

/// The declaration of a bag, whole: `bagit.txt`.
pub const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// The name of the declaration.
pub const DECLARATION_NAME: &str = "bagit.txt";

/// The name of the labels.
pub const INFO_NAME: &str = "bag-info.txt";

/// The name of the manifest of what lies below `data/`.
pub const MANIFEST_NAME: &str = "manifest-sha256.txt";

/// The name of the manifest of everything else.
pub const TAG_MANIFEST_NAME: &str = "tagmanifest-sha256.txt";

/// Reads a declaration and says which version of BagIt it declares: `1.0`, or `0.97`, which is the
/// same for all that is read here.
///
/// # Errors
///
/// [`Error::DeclarationInvalid`] if it is no declaration, declares another version, or an encoding that
/// is not UTF-8.
///
/// ```
/// use storage_core::bagit::{DECLARATION, check_declaration};
///
/// assert_eq!(check_declaration(DECLARATION.as_bytes())?, "1.0");
/// assert!(check_declaration(b"BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n").is_err());
/// # Ok::<(), storage_core::bagit::Error>(())
/// ```
pub fn check_declaration(bytes: &[u8]) -> Result<&str, Error> {
    let broken = |broken| Error::DeclarationInvalid { broken };
    let text = std::str::from_utf8(bytes).map_err(|_| broken("it is not UTF-8"))?;
    let mut lines = text.lines();
    let mut value = |label: &str| Some(lines.next()?.strip_prefix(label)?.trim());
    let version = value("BagIt-Version:").ok_or(broken("its first line names no version"))?;
    if !["1.0", "0.97"].contains(&version) {
        return Err(broken("its version is neither 1.0 nor 0.97"));
    }
    let encoding = value("Tag-File-Character-Encoding:");
    let encoding = encoding.ok_or(broken("its second line names no encoding"))?;
    if !encoding.eq_ignore_ascii_case("utf-8") {
        return Err(broken("its encoding is not UTF-8"));
    }
    Ok(version)
}
