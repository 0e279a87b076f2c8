//! Where the bytes of a file come from.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};

/// How much of a reader is read at a time.
const PIECE: usize = 1 << 20;

/// Where the bytes of a file come from. Never held whole, except [`Content::Bytes`].
#[non_exhaustive]
pub enum Content {
    /// They are here.
    Bytes(Bytes),
    /// They are in a file.
    Path(PathBuf),
    /// They are read, on a thread that may wait.
    Reader(Box<dyn Read + Send>),
    /// They arrive.
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Reader(_) => f.write_str("Reader"),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl Content {
    /// The same content once more, where it can be had from the beginning again.
    pub(super) fn again(&self) -> Option<Self> {
        match self {
            Self::Bytes(bytes) => Some(Self::Bytes(bytes.clone())),
            Self::Path(path) => Some(Self::Path(path.clone())),
            Self::Reader(_) | Self::Stream(_) => None,
        }
    }

    /// The bytes, piece by piece.
    pub(super) fn pieces(self) -> BoxStream<'static, io::Result<Bytes>> {
        match self {
            // In pieces, so that hashing and storing take turns.
            Self::Bytes(bytes) => {
                let pieces = (0..bytes.len())
                    .step_by(PIECE)
                    .map(move |at| Ok(bytes.slice(at..(at + PIECE).min(bytes.len()))));
                stream::iter(pieces).boxed()
            }
            Self::Path(path) => {
                let opened = tokio::task::spawn_blocking(move || std::fs::File::open(path));
                stream::once(async move {
                    match opened.await.map_err(io::Error::other).flatten() {
                        Ok(file) => read(Box::new(file)),
                        Err(error) => stream::iter([Err(error)]).boxed(),
                    }
                })
                .flatten()
                .boxed()
            }
            Self::Reader(reader) => read(reader),
            Self::Stream(stream) => stream,
        }
    }
}

/// Reads on a thread that may wait, one piece ahead.
fn read(mut reader: Box<dyn Read + Send>) -> BoxStream<'static, io::Result<Bytes>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        loop {
            let piece = fill(&mut reader);
            let last = !matches!(&piece, Ok(bytes) if !bytes.is_empty());
            let nothing = matches!(&piece, Ok(bytes) if bytes.is_empty());
            // Nobody reads any more, or there is nothing more to read.
            if nothing || sender.blocking_send(piece).is_err() || last {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    })
    .boxed()
}

/// The next piece, as long as there is enough; empty at the end.
fn fill(reader: &mut dyn Read) -> io::Result<Bytes> {
    let mut piece = Vec::with_capacity(PIECE);
    reader.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece.into())
}
