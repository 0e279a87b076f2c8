//! Where the bytes of an input come from.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};
use storage_core::Digest;

use super::feed::Seal;

/// An input: bytes under a name, read from the beginning to the end.
///
/// Blocking on purpose: the engine reads ahead of its workers on threads of its own. What waits for a
/// network blocks on its runtime here.
pub trait Source: Send + Sync {
    /// The path below the root of the inputs, with `/`: it becomes `_file`.
    fn name(&self) -> &str;

    /// How many bytes there are, for the progress bar; none where nobody knows.
    fn size(&self) -> Option<u64>;

    /// Which state of it is read, as its store tells states apart; none where there is but one.
    fn version(&self) -> Option<&str> {
        None
    }

    /// Opens the bytes as they are stored. They must be the same every time.
    ///
    /// # Errors
    ///
    /// What the place says.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;

    /// Opens the bytes from `start` on.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    fn open_at(&self, start: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut reader = self.open()?;
        io::copy(&mut reader.by_ref().take(start), &mut io::sink())?;
        Ok(reader)
    }
}

/// The digest of an input as it is stored, and how many bytes it has.
pub(crate) fn sealed(source: &dyn Source) -> io::Result<Seal> {
    let (mut reader, mut hasher) = (source.open()?, Sha256::new());
    let (mut size, mut buffer) = (0, vec![0; 1 << 20]);
    loop {
        match reader.read(&mut buffer)? {
            0 => break,
            length => {
                hasher.update(&buffer[..length]);
                size += length as u64;
            }
        }
    }
    Ok(Seal { digest: Digest::from(<[u8; 32]>::from(hasher.finalize())), size })
}

/// A file of this machine.
#[derive(Clone, Debug)]
pub struct LocalFile {
    /// The path below the root of the inputs.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

impl Source for LocalFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.path)?))
    }

    fn open_at(&self, start: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        Ok(Box::new(file))
    }
}
