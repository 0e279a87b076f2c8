//! Storing one file, so that it can be stored again.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{BoxStream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use storage_core::Digest;
use storage_core::reports::{MediaType, Plaintext, ReportKey};
use storage_core::sealed::{DataKey, Opener};

use super::{Content, Error, OnProgress, Reports, Result, load};
use crate::body_keys;
use crate::store::{Conditions, Put, StoreError, StoreErrorKind, Version};

/// A file that is stored.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) size_bytes: u64,
    pub(super) sha256: Digest,
    pub(super) version: Option<Version>,
    pub(super) sealed: Option<Plaintext>,
}

/// How the files of one report are stored.
#[derive(Clone, Copy)]
pub(super) struct Keeping<'k> {
    pub(super) report: &'k ReportKey,
    /// Seals them.
    pub(super) key: Option<&'k DataKey>,
    pub(super) on_progress: Option<&'k OnProgress>,
    /// Whether to look before bytes are sent, since the same was begun before.
    pub(super) maybe_there: bool,
}

/// What went by.
#[derive(Default)]
struct Passed {
    hash: Sha256,
    bytes: u64,
    failed: Option<io::Error>,
}

type Bodies = BoxStream<'static, Result<bytes::Bytes, StoreError>>;

impl Passed {
    fn add(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
    }
}

/// Locks what went by.
fn held(passed: &Mutex<Passed>) -> std::sync::MutexGuard<'_, Passed> {
    passed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes of a content, counted and hashed as they go by: as they are, and as they are sealed.
struct Passing {
    plain: Arc<Mutex<Passed>>,
    sealed: Option<Arc<Mutex<Passed>>>,
    pieces: Bodies,
}

impl Passing {
    fn of(content: Content, on_progress: Option<OnProgress>) -> Self {
        let plain = Arc::new(Mutex::new(Passed::default()));
        let seen = plain.clone();
        let pieces = content.pieces().map(move |piece| {
            let mut passed = held(&seen);
            match piece {
                Ok(piece) => {
                    passed.add(&piece);
                    if let Some(tell) = &on_progress {
                        tell(piece.len() as u64);
                    }
                    Ok(piece)
                }
                Err(error) => {
                    passed.failed = Some(error);
                    Err(StoreError::invalid("its content cannot be read"))
                }
            }
        });
        // Asked once more after its end, to find out that there is nothing more.
        Self { plain, sealed: None, pieces: pieces.fuse().boxed() }
    }

    /// The same, sealed for its place.
    fn sealed(self, key: &DataKey, place: &str) -> Result<Self, body_keys::Error> {
        let sealed = Arc::new(Mutex::new(Passed::default()));
        let seen = sealed.clone();
        let pieces = body_keys::seal(key, place, self.pieces)?;
        let pieces = pieces.inspect(move |piece| {
            if let Ok(piece) = piece {
                held(&seen).add(piece);
            }
        });
        Ok(Self { plain: self.plain, sealed: Some(sealed), pieces: pieces.fuse().boxed() })
    }

    /// Lets the rest go by, and gives what is known of all of it.
    async fn finish(mut self, file: &str) -> Result<Kept> {
        while let Some(piece) = self.pieces.next().await {
            if piece.is_err() {
                break;
            }
        }
        self.fails(file)?;
        let sum = |passed: &Mutex<Passed>| {
            let passed = std::mem::take(&mut *held(passed));
            (passed.bytes, load::finish(passed.hash))
        };
        let (plain, sealed) = (sum(&self.plain), self.sealed.as_deref().map(sum));
        let (size_bytes, sha256) = sealed.unwrap_or(plain);
        let sealed = sealed.map(|_| Plaintext::new(plain.0, plain.1));
        Ok(Kept { size_bytes, sha256, version: None, sealed })
    }

    /// That the content could not be read outweighs whatever the store says.
    fn fails(&self, file: &str) -> Result<()> {
        match held(&self.plain).failed.take() {
            Some(source) => Err(Error::Content { file: file.to_owned(), source }),
            None => Ok(()),
        }
    }
}

/// Length and digest of a content that is not stored.
pub(super) async fn measure(content: Content, file: &str) -> Result<(u64, Digest)> {
    let kept = Passing::of(content, None).finish(file).await?;
    Ok((kept.size_bytes, kept.sha256))
}

impl Reports {
    /// Stores a file of a report where nothing is. The same content that is there already is what was
    /// asked for.
    pub(super) async fn keep(
        &self,
        keeping: &Keeping<'_>,
        file: &str,
        media_type: &MediaType,
        content: Content,
    ) -> Result<Kept> {
        let report = keeping.report;
        let key = format!("{report}/{file}");
        if keeping.maybe_there && self.is_there(&key).await? {
            let plain = Passing::of(content, None).finish(file).await?;
            return self.compare(keeping, file, (plain.size_bytes, plain.sha256)).await;
        }
        let put = Put::absent().typed(media_type.as_str());
        let mut content = content;
        let mut pauses = self.options.retry.pauses();
        loop {
            let again = content.again();
            let mut passing = Passing::of(content, keeping.on_progress.cloned());
            if let Some(secret) = keeping.key {
                passing = passing.sealed(secret, &key).map_err(|source| Error::Key {
                    act: "seal with",
                    report: report.clone(),
                    source: Box::new(source),
                })?;
            }
            let answer = self.store().upload(&key, (&mut passing.pieces).boxed(), &put).await;
            passing.fails(file)?;
            let trouble = match answer {
                Ok(written) => {
                    let kept = passing.finish(file).await?;
                    if self.conditions == Conditions::OldestVersion {
                        // The oldest version counts, whoever wrote it.
                        return self.compare(keeping, file, content_of(&kept)).await;
                    }
                    return Ok(Kept { version: written.version, ..kept });
                }
                Err(error) => error,
            };
            let doubt = matches!(trouble.kind, StoreErrorKind::Exists | StoreErrorKind::Ambiguous);
            if doubt && self.is_there(&key).await? {
                let kept = passing.finish(file).await?;
                return self.compare(keeping, file, content_of(&kept)).await;
            }
            let waited = trouble.is_retryable() && pauses.wait().await;
            match again.filter(|_| waited) {
                Some(once_more) => content = once_more,
                None => return Err(Error::store("store a file of a report")(trouble)),
            }
        }
    }

    async fn is_there(&self, key: &str) -> Result<bool> {
        let mut pauses = self.options.retry.pauses();
        loop {
            let answer = self.store().head(key).await;
            if pauses.again_after(&answer).await {
                continue;
            }
            return match answer {
                Ok(_) => Ok(true),
                Err(error) if error.kind == StoreErrorKind::NotFound => Ok(false),
                Err(error) => Err(Error::store("look for a file of a report")(error)),
            };
        }
    }

    /// The file that is there, if it is the one that was to be stored: of this length and digest, once
    /// it is opened. Sealed twice, the same content is not the same bytes.
    async fn compare(
        &self,
        keeping: &Keeping<'_>,
        file: &str,
        content: (u64, Digest),
    ) -> Result<Kept> {
        let report = keeping.report;
        let key = format!("{report}/{file}");
        let failed = |error| Error::store("compare a file of a report")(error);
        let differs = || Error::ContentDiffers { report: report.clone(), file: file.to_owned() };
        let version = match self.conditions {
            Conditions::Atomic => self.store().head(&key).await.map_err(failed)?.version,
            Conditions::OldestVersion => {
                let there = load::objects(self.store(), true, &key).await.map_err(failed)?;
                there.get(&key).cloned().flatten()
            }
        };
        let object = match &version {
            Some(version) => self.store().head_version(&key, version).await.map_err(failed)?,
            None => self.store().head(&key).await.map_err(failed)?,
        };
        let size_bytes = object.size_bytes;
        let expected = match keeping.key {
            Some(_) => storage_core::sealed::sealed_length(content.0),
            None => content.0,
        };
        if size_bytes != expected {
            return Err(differs());
        }
        let known = object.sha256.map(Digest::from).filter(|_| keeping.key.is_none());
        let (sha256, opened) = match known {
            Some(there) => (there, None),
            None => {
                let (mut stored, mut plain) = (Sha256::new(), Passed::default());
                let mut opener = keeping.key.map(|secret| Opener::new(secret, &key));
                let mut out = Vec::new();
                let mut pieces = self.raw(key, version.clone(), size_bytes);
                while let Some(piece) = pieces.next().await {
                    let piece = piece.map_err(failed)?;
                    stored.update(&piece);
                    if let Some(opener) = &mut opener {
                        opener.add(&piece, &mut out).map_err(|_| differs())?;
                        plain.add(&out);
                        out.clear();
                    }
                }
                let sealed = opener.is_some();
                if let Some(opener) = opener {
                    opener.finish(&mut out).map_err(|_| differs())?;
                    plain.add(&out);
                }
                let opened = sealed.then(|| Plaintext::new(plain.bytes, load::finish(plain.hash)));
                (load::finish(stored), opened)
            }
        };
        let kept = Kept { size_bytes, sha256, version, sealed: opened };
        match content_of(&kept) == content {
            true => Ok(kept),
            false => Err(differs()),
        }
    }
}

/// Length and digest of what was handed in.
fn content_of(kept: &Kept) -> (u64, Digest) {
    match &kept.sealed {
        Some(plain) => (plain.size_bytes, plain.sha256),
        None => (kept.size_bytes, kept.sha256),
    }
}
