//! Reading files back, and checking all of them.

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use storage_core::reports::{self, FileEntry, Fixity, FixityFailure, Locks, ReportKey, State};

use super::{Error, Reports, Result, load};
use crate::acts;
use crate::store::{StoreError, StoreErrorKind, Version};

/// How much of a file is read at a time.
const PIECE: u64 = 2 << 20;

/// How many pieces are fetched ahead.
const AHEAD: usize = 4;

/// How often an act is decided anew because another one was faster.
const RACES: u32 = 8;

/// The bytes of a file, in order. The last piece comes only when all of it had the digest of the
/// manifest; else an error comes in its place: do not use what came before.
pub type Pieces = BoxStream<'static, Result<Bytes>>;

impl Reports {
    /// Reads a file of a report piece by piece, with bounded memory. The version that was archived is
    /// read, whatever was put over or in front of it.
    ///
    /// # Errors
    ///
    /// [`Error::NoFile`]; of a sealed file [`Error::KeysMissing`] and [`Error::Key`], as its first piece;
    /// [`Error::Refused`] with [`Gone`](reports::Error::Gone) if it was destroyed.
    pub fn open_file(&self, state: &State, file: &str) -> Result<Pieces> {
        state.there()?;
        let report = state.report().clone();
        let Some(entry) = state.manifest.file(file) else {
            return Err(Error::NoFile { report, file: file.to_owned() });
        };
        let stored = self.pieces_of(report.clone(), entry.clone());
        Ok(match entry.sealed {
            Some(_) => self.opened(report, entry.clone(), stored),
            None => stored,
        })
    }

    /// Reads a file of a report whole.
    ///
    /// # Errors
    ///
    /// As [`Reports::open_file`]; [`Altered`](reports::Error::Altered) if it is not what was archived.
    pub async fn read(&self, state: &State, file: &str) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        let mut pieces = self.open_file(state, file)?;
        while let Some(piece) = pieces.try_next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    fn pieces_of(&self, report: ReportKey, entry: FileEntry) -> Pieces {
        let (key, version) = (report.file(&entry.name), entry.version.clone().map(Version));
        let size = entry.size_bytes;
        let raw = self.raw(key, version, size);
        let check = (raw, Sha256::new(), 0_u64, false);
        stream::try_unfold(check, move |(mut raw, mut hash, mut at, done)| {
            let (report, entry) = (report.clone(), entry.clone());
            async move {
                if done {
                    return Ok(None);
                }
                let altered = |what: String| {
                    Error::altered(&report, format!("its file `{}` {what}", entry.name))
                };
                let piece = match raw.try_next().await {
                    Ok(piece) => piece.unwrap_or_default(),
                    Err(error) => return Err(failure(error, &altered)),
                };
                hash.update(&piece);
                at += piece.len() as u64;
                if !piece.is_empty() && at < size {
                    return Ok(Some((piece, (raw, hash, at, false))));
                }
                if at != size {
                    return Err(altered(format!("has {at} bytes, not {size}")));
                }
                match load::finish(hash) == entry.sha256 {
                    true => Ok(Some((piece, (raw, Sha256::new(), at, true)))),
                    false => Err(altered("has another digest".to_owned())),
                }
            }
        })
        .boxed()
    }

    /// The bytes of one version, some fetched ahead. Each object holds more than was said, too.
    pub(super) fn raw(
        &self,
        key: String,
        version: Option<Version>,
        size: u64,
    ) -> BoxStream<'static, Result<Bytes, StoreError>> {
        let (store, retry) = (self.store().clone(), self.options.retry);
        // An empty object has no bytes to ask for, and is still asked about.
        let count = size.div_ceil(PIECE).max(1);
        stream::iter(0..count)
            .map(move |nth| {
                let (store, key, version) = (store.clone(), key.clone(), version.clone());
                async move {
                    let range = nth * PIECE..((nth + 1) * PIECE).min(size);
                    let mut pauses = retry.pauses();
                    loop {
                        let answer = match range.is_empty() {
                            true => match &version {
                                Some(version) => store.head_version(&key, version).await,
                                None => store.head(&key).await,
                            }
                            .map(|object| (object.size_bytes, Bytes::new())),
                            false => store
                                .get_version_range(&key, version.as_ref(), range.clone())
                                .await
                                .map(|read| (read.object.size_bytes, read.body)),
                        };
                        if pauses.again_after(&answer).await {
                            continue;
                        }
                        let (there, body) = answer?;
                        if there != size {
                            let reason = format!("has {there} bytes, not {size}");
                            return Err(StoreError::new(
                                StoreErrorKind::Corrupt,
                                "read",
                                None,
                                reason,
                            ));
                        }
                        return Ok(body);
                    }
                }
            })
            .buffered(AHEAD)
            .boxed()
    }

    /// Reads all content of a report, compares it with the manifest, looks whether the store protects
    /// it as it should, and records the outcome.
    ///
    /// # Errors
    ///
    /// What kept it from being checked. That something is wrong with the report is no error: it stands
    /// in the outcome.
    pub async fn verify(&self, report: &ReportKey) -> Result<Fixity> {
        self.heal().await?;
        let mut state = self.state(report).await?;
        let fixity = self.examine(&state).await?;
        for _ in 0..RACES {
            let at = self.options.clock.now();
            let actor = &self.options.actor;
            let plan = reports::record_fixity(&state, &fixity, actor, at, self.locks())?;
            match self.acts.perform(&plan).await {
                Err(acts::Error::Conflict { .. }) => state = self.state(report).await?,
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(fixity),
            }
        }
        let (resource, number) = (reports::resource(report), state.next_number());
        Err(acts::Error::Conflict { resource, number }.into())
    }

    /// The same without recording it.
    ///
    /// # Errors
    ///
    /// What kept it from being checked.
    pub async fn examine(&self, state: &State) -> Result<Fixity> {
        state.there()?;
        let (mut bytes, mut failed) = (0, Vec::new());
        // What cannot be opened is as good as gone, however intact it is.
        let key_lacks = match state.manifest.is_sealed() {
            true => self.key_lacks(state.report()).await?,
            false => None,
        };
        for entry in state.manifest.contents() {
            bytes += entry.size_bytes;
            let mut problem = |problem: String| {
                failed.push(FixityFailure { file: entry.name.to_string(), problem });
            };
            let mut pieces = self.pieces_of(state.report().clone(), entry.clone());
            loop {
                match pieces.try_next().await {
                    Ok(None) => break,
                    Ok(Some(_)) => {}
                    Err(Error::Refused(error @ reports::Error::Altered { .. })) => {
                        problem(error.to_string());
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            if let Some(lacks) = self.lacks(state, entry).await? {
                problem(lacks);
            }
            if let Some(lacks) = key_lacks.as_ref().filter(|_| entry.sealed.is_some()) {
                problem(lacks.clone());
            }
        }
        Ok(Fixity::new(state.manifest.contents().count() as u64, bytes, failed))
    }

    /// What the store should do to protect a file and does not.
    async fn lacks(&self, state: &State, entry: &FileEntry) -> Result<Option<String>> {
        if self.locks() == Locks::None {
            return Ok(None);
        }
        let key = state.report().file(&entry.name);
        let answer = match entry.version.clone().map(Version) {
            Some(version) => self.store().head_version(&key, &version).await,
            None => self.store().head(&key).await,
        };
        let object = match answer {
            Err(error) if error.kind == StoreErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(Error::store("look at a file of a report"))?,
        };
        let protection = state.retention.protection().map_err(reports::Error::from)?;
        let lock = protection.lock().filter(|it| it.until > self.options.clock.now());
        Ok(match (lock, object.lock) {
            (Some(lock), Some(there)) if there.until >= lock.until => None,
            (Some(lock), _) => Some(format!("the store does not lock it until {}", lock.until)),
            (None, _) => None,
        }
        .or_else(|| {
            let lacks = protection.needs_hold() && !object.legal_hold;
            lacks.then(|| "the store does not hold it".to_owned())
        }))
    }
}

fn failure(error: StoreError, altered: &impl Fn(String) -> Error) -> Error {
    match error.kind {
        StoreErrorKind::NotFound => altered("is missing".to_owned()),
        StoreErrorKind::Corrupt => altered(error.reason),
        _ => Error::store("read a file of a report")(error),
    }
}
