//! Reading a file once to learn what there is to know about it, before anybody relies on it.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use storage_core::Digest;
use storage_core::artifacts::{HEAD_BYTES, Reason};
use tempfile::TempPath;

use super::{Error, Result, Scanned, Scanner, Source};
use crate::store::{Store, StoreError, StoreErrorKind, Version};

/// How much is read at a time from a file, and from the store.
const PIECE: usize = 1 << 20;
const STORE_PIECE: u64 = 8 << 20;

/// A file that was read once.
pub(super) struct Examined {
    body: Body,
    pub(super) size_bytes: u64,
    pub(super) sha256: Digest,
    pub(super) head: Vec<u8>,
    /// Whether it is longer than was to be read; then the rest says something about its beginning only.
    pub(super) too_large: bool,
}

#[derive(Clone)]
enum Body {
    Bytes(Bytes),
    File(PathBuf),
    Spooled(Arc<TempPath>),
    /// In the store, and nowhere else.
    Elsewhere,
}

/// What is learned while bytes go by.
struct Learning {
    hash: Sha256,
    size_bytes: u64,
    head: Vec<u8>,
}

impl Learning {
    fn new() -> Self {
        Self { hash: Sha256::new(), size_bytes: 0, head: Vec::new() }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size_bytes += bytes.len() as u64;
        let room = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn done(self, body: Body, limit_bytes: u64) -> Examined {
        Examined {
            body,
            size_bytes: self.size_bytes,
            sha256: Digest::from(<[u8; 32]>::from(self.hash.finalize())),
            head: self.head,
            too_large: self.size_bytes > limit_bytes,
        }
    }
}

/// Reads `source`, but not much beyond `limit_bytes`.
pub(super) async fn receive(source: Source<'_>, limit_bytes: u64) -> Result<Examined> {
    match source {
        Source::Bytes(bytes) => {
            let mut learning = Learning::new();
            learning.take(&bytes);
            Ok(learning.done(Body::Bytes(bytes), limit_bytes))
        }
        Source::File(path) => {
            let read = blocking(move || {
                let mut learning = Learning::new();
                let mut file = File::open(&path)?;
                let mut piece = vec![0; PIECE];
                while learning.size_bytes <= limit_bytes {
                    match file.read(&mut piece)? {
                        0 => break,
                        length => learning.take(&piece[..length]),
                    }
                }
                Ok(learning.done(Body::File(path), limit_bytes))
            });
            read.await.map_err(Error::file("read the file"))
        }
        Source::Stream(pieces) => {
            let failed = Error::file("read the input");
            spool(pieces.map_err(failed).boxed(), limit_bytes).await
        }
    }
}

/// Reads an object of the store, all of it. With `spooled` its bytes are kept in a temporary file.
pub(super) async fn receive_object(
    store: &Store,
    key: &str,
    version: Option<&Version>,
    size_bytes: u64,
    limit_bytes: u64,
    spooled: bool,
) -> Result<Examined> {
    let pieces = object(store, key, version, size_bytes).map_err(Error::store("read an object"));
    if spooled && size_bytes <= limit_bytes {
        return spool(pieces.boxed(), limit_bytes).await;
    }
    let mut learning = Learning::new();
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.try_next().await? {
        learning.take(&piece);
    }
    Ok(learning.done(Body::Elsewhere, limit_bytes))
}

/// The bytes of an object, in pieces.
pub(super) fn object<'a>(
    store: &'a Store,
    key: &'a str,
    version: Option<&'a Version>,
    size_bytes: u64,
) -> BoxStream<'a, Result<Bytes, StoreError>> {
    stream::try_unfold(0, move |at| async move {
        if at >= size_bytes {
            return Ok::<_, StoreError>(None);
        }
        let range = at..(at + STORE_PIECE).min(size_bytes);
        let body = store.get_version_range(key, version, range).await?.body;
        if body.is_empty() {
            // A shorter object would be asked for the same bytes for ever.
            return Ok(None);
        }
        let next = at + body.len() as u64;
        Ok(Some((body, next)))
    })
    .boxed()
}

async fn spool(mut pieces: BoxStream<'_, Result<Bytes>>, limit_bytes: u64) -> Result<Examined> {
    let failed = Error::file("write a temporary file");
    let made = blocking(tempfile::NamedTempFile::new).await.map_err(&failed)?;
    let (mut file, path) = made.into_parts();
    let mut learning = Learning::new();
    while let Some(piece) = pieces.try_next().await? {
        learning.take(&piece);
        let written = blocking(move || {
            file.write_all(&piece)?;
            Ok(file)
        });
        file = written.await.map_err(&failed)?;
        if learning.size_bytes > limit_bytes {
            break;
        }
    }
    Ok(learning.done(Body::Spooled(Arc::new(path)), limit_bytes))
}

impl Examined {
    /// The bytes once more. If they are others than before, the stream ends with an error, and what is
    /// written from it is not there.
    pub(super) fn bytes(&self) -> BoxStream<'static, Result<Bytes, StoreError>> {
        let path = match &self.body {
            Body::Bytes(bytes) => {
                let bytes = bytes.clone();
                return stream::once(async move { Ok(bytes) }).boxed();
            }
            Body::File(path) => path.clone(),
            Body::Spooled(path) => path.to_path_buf(),
            Body::Elsewhere => return stream::empty().boxed(),
        };
        // A temporary file is there as long as somebody reads it.
        let body = self.body.clone();
        let sha256 = self.sha256;
        let start = (None::<File>, Sha256::new());
        stream::try_unfold(start, move |(file, mut hash)| {
            let (path, body) = (path.clone(), body.clone());
            async move {
                let read = blocking(move || {
                    let _there = body;
                    let mut file = match file {
                        Some(file) => file,
                        None => File::open(path)?,
                    };
                    let mut piece = Vec::with_capacity(PIECE);
                    (&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
                    Ok((file, piece))
                });
                let (file, piece) = read.await.map_err(|source| {
                    let reason = "the file cannot be read";
                    StoreError::new(StoreErrorKind::Invalid, "read", None, reason).caused_by(source)
                })?;
                if piece.is_empty() {
                    return match Digest::from(<[u8; 32]>::from(hash.finalize())) == sha256 {
                        true => Ok(None),
                        false => {
                            let reason = "the file changed while it was read";
                            Err(StoreError::new(StoreErrorKind::Corrupt, "read", None, reason))
                        }
                    };
                }
                hash.update(&piece);
                Ok(Some((Bytes::from(piece), (Some(file), hash))))
            }
        })
        .boxed()
    }

    /// Asks a scanner.
    pub(super) async fn scan(&self, scanner: &Arc<dyn Scanner>) -> Result<Option<Reason>> {
        let (scanner, body) = (scanner.clone(), self.body.clone());
        let name = scanner.name();
        let scanned = blocking(move || match &body {
            Body::Bytes(bytes) => scanner.scan(&mut &bytes[..]),
            Body::File(path) => scanner.scan(&mut File::open(path)?),
            Body::Spooled(path) => scanner.scan(&mut File::open(&**path)?),
            Body::Elsewhere => Err(io::Error::other("its bytes are not here")),
        });
        match scanned.await.map_err(|source| Error::Scanner { scanner: name, source })? {
            Scanned::Clean => Ok(None),
            Scanned::Found(signature) => Ok(Some(Reason::Malware { signature })),
        }
    }
}

/// Does what waits for a disk or a scanner, where that keeps nobody else from going on.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(act).await {
        Ok(answer) => answer,
        Err(error) => Err(io::Error::other(error)),
    }
}
