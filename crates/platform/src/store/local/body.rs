//! A body on its way to the disk, and back.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::disk::Disk;
use super::failed;
use crate::store::{Key, StoreError, StoreErrorKind, backend};

/// A body that is being written to a temporary file.
pub(super) struct Incoming {
    file: NamedTempFile,
    size_bytes: u64,
    // Only where it has a place to be kept.
    hash: Option<Sha256>,
}

/// A body that is on the disk, under a temporary name.
pub(super) struct Arrived {
    pub(super) file: NamedTempFile,
    pub(super) size_bytes: u64,
    pub(super) sha256: Option<[u8; 32]>,
}

impl Incoming {
    pub(super) fn new(disk: &Disk, hashed: bool) -> io::Result<Self> {
        let hash = hashed.then(Sha256::default);
        Ok(Self { file: disk.temporary()?, size_bytes: 0, hash })
    }

    pub(super) fn write(&mut self, part: &[u8]) -> io::Result<()> {
        self.size_bytes += part.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(part);
        }
        self.file.write_all(part)
    }

    /// Makes what was written durable.
    pub(super) fn arrive(self) -> io::Result<Arrived> {
        self.file.as_file().sync_all()?;
        let sha256 = self.hash.map(|hash| hash.finalize().into());
        Ok(Arrived { file: self.file, size_bytes: self.size_bytes, sha256 })
    }
}

/// Opens the file of an object, if there is one. A symbolic link is none.
pub(super) fn open(path: &Path) -> io::Result<Option<(File, fs::Metadata)>> {
    let absent = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
    };
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() => return Ok(None),
        Err(error) if absent(&error) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error),
    }
    match File::open(path) {
        Err(error) if absent(&error) => Ok(None),
        file => {
            let file = file?;
            let meta = file.metadata()?;
            Ok(Some((file, meta)))
        }
    }
}

/// Reads the body, or a part of it.
pub(super) fn read(
    key: &Key,
    file: &mut File,
    size: u64,
    range: Option<Range<u64>>,
) -> Result<Bytes, StoreError> {
    let range = match range {
        None => 0..size,
        Some(range) => backend::cut(key, range, size)?,
    };
    let length = range.end - range.start;
    let mut body = Vec::new();
    let read = (|| {
        body.try_reserve_exact(usize::try_from(length).map_err(io::Error::other)?)?;
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start))?;
        }
        file.take(length).read_to_end(&mut body)
    })();
    read.map_err(|source| failed("read", Some(key), source))?;
    if body.len() as u64 != length {
        let reason = format!("{} of {length} bytes are there", body.len());
        return Err(StoreError::new(StoreErrorKind::Corrupt, "read", Some(key), reason));
    }
    Ok(body.into())
}
