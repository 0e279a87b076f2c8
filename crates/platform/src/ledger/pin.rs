//! The pin: a file that a verifier keeps, outside of the store.

use std::path::Path;

use audit_chain::verify::Pin;

use crate::{Error, Result};

/// The largest pin that is read, in bytes: a checkpoint has a few signatures.
const MOST_BYTES: usize = 1 << 20;

/// Reads a pin; `None` if there is none yet.
///
/// # Errors
///
/// [`Error::File`] when it cannot be read, [`Error::Pin`] when it is not a pin. Neither is the same as
/// there being none: whoever goes on without it does not notice a log that was put back.
pub fn read_pin(path: &Path) -> Result<Option<Pin>> {
    let bytes = match crate::files::read_bounded(path, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(Error::NoSuchFile { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let unusable = |reason| Error::Pin { path: path.to_owned(), reason };
    Pin::read(&bytes).map(Some).map_err(unusable)
}

/// Writes a pin: whole, and on disk once this returns, or not at all.
///
/// # Errors
///
/// [`Error::File`]; whatever was there is still there.
pub fn write_pin(path: &Path, pin: &Pin) -> Result<()> {
    crate::files::replace(path, &pin.to_json()).map(|_| ())
}
