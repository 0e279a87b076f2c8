//! Storing one file, so that it can be stored again.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{BoxStream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use storage_core::Digest;
use storage_core::reports::{MediaType, ReportKey};

use super::{Content, Error, OnProgress, Reports, Result, load};
use crate::store::{Conditions, Put, StoreError, StoreErrorKind, Version};

/// A file that is stored.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) size_bytes: u64,
    pub(super) sha256: Digest,
    pub(super) version: Option<Version>,
}

/// What went by.
#[derive(Default)]
struct Passed {
    hash: Sha256,
    bytes: u64,
    failed: Option<io::Error>,
}

/// The bytes of a content, counted and hashed as they go by.
struct Passing {
    passed: Arc<Mutex<Passed>>,
    pieces: BoxStream<'static, Result<bytes::Bytes, StoreError>>,
}

impl Passing {
    fn of(content: Content, on_progress: Option<OnProgress>) -> Self {
        let passed = Arc::new(Mutex::new(Passed::default()));
        let seen = passed.clone();
        let pieces = content.pieces().map(move |piece| {
            let mut passed = seen.lock().unwrap_or_else(PoisonError::into_inner);
            match piece {
                Ok(piece) => {
                    passed.hash.update(&piece);
                    passed.bytes += piece.len() as u64;
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
        Self { passed, pieces: pieces.boxed() }
    }

    /// Lets the rest go by, and gives length and digest of all of it.
    async fn finish(mut self, file: &str) -> Result<(u64, Digest)> {
        while let Some(piece) = self.pieces.next().await {
            if piece.is_err() {
                break;
            }
        }
        self.fails(file)?;
        let passed =
            std::mem::take(&mut *self.passed.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((passed.bytes, load::finish(passed.hash)))
    }

    /// That the content could not be read outweighs whatever the store says.
    fn fails(&self, file: &str) -> Result<()> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        match passed.failed.take() {
            Some(source) => Err(Error::Content { file: file.to_owned(), source }),
            None => Ok(()),
        }
    }
}

/// Length and digest of a content that is not stored.
pub(super) async fn measure(content: Content, file: &str) -> Result<(u64, Digest)> {
    Passing::of(content, None).finish(file).await
}

impl Reports {
    /// Stores a file of a report where nothing is. The same content that is there already is what was
    /// asked for; `maybe_there` looks before the bytes are sent.
    pub(super) async fn keep(
        &self,
        report: &ReportKey,
        file: &str,
        media_type: &MediaType,
        content: Content,
        on_progress: Option<&OnProgress>,
        maybe_there: bool,
    ) -> Result<Kept> {
        let key = format!("{report}/{file}");
        if maybe_there && self.is_there(&key).await? {
            let (size_bytes, sha256) = measure(content, file).await?;
            return self.compare(report, file, size_bytes, sha256).await;
        }
        let put = Put::absent().typed(media_type.as_str());
        let mut content = content;
        let mut pauses = self.options.retry.pauses();
        loop {
            let again = content.again();
            let mut passing = Passing::of(content, on_progress.cloned());
            let answer = self.store().upload(&key, (&mut passing.pieces).boxed(), &put).await;
            passing.fails(file)?;
            let trouble = match answer {
                Ok(written) => {
                    let (size_bytes, sha256) = passing.finish(file).await?;
                    if self.conditions == Conditions::OldestVersion {
                        // The oldest version counts, whoever wrote it.
                        return self.compare(report, file, size_bytes, sha256).await;
                    }
                    return Ok(Kept { size_bytes, sha256, version: written.version });
                }
                Err(error) => error,
            };
            let doubt = matches!(trouble.kind, StoreErrorKind::Exists | StoreErrorKind::Ambiguous);
            if doubt && self.is_there(&key).await? {
                let (size_bytes, sha256) = passing.finish(file).await?;
                return self.compare(report, file, size_bytes, sha256).await;
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

    /// The file that is there, if it is the one that was to be stored.
    async fn compare(
        &self,
        report: &ReportKey,
        file: &str,
        size_bytes: u64,
        sha256: Digest,
    ) -> Result<Kept> {
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
        if object.size_bytes != size_bytes {
            return Err(differs());
        }
        let there = match object.sha256 {
            Some(there) => Digest::from(there),
            None => {
                let mut hash = Sha256::new();
                let mut pieces = self.raw(key, version.clone(), size_bytes);
                while let Some(piece) = pieces.next().await {
                    hash.update(&piece.map_err(failed)?);
                }
                load::finish(hash)
            }
        };
        match there == sha256 {
            true => Ok(Kept { size_bytes, sha256, version }),
            false => Err(differs()),
        }
    }
}
