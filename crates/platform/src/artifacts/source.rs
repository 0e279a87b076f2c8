//! Where the bytes of an artifact come from.

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream::BoxStream;

/// Where the bytes of an artifact come from.
pub enum Source<'a> {
    /// From memory.
    Bytes(Bytes),
    /// From a file. It is read twice: once to be checked, once to be stored.
    File(PathBuf),
    /// From a stream of any length. It is kept in a temporary file until it was checked.
    Stream(BoxStream<'a, std::io::Result<Bytes>>),
}

impl Source<'_> {
    /// From memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Stream(_) => f.debug_tuple("Stream").finish_non_exhaustive(),
        }
    }
}
