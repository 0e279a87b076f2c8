//! The keys of sealed reports.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use storage_core::reports::{FileEntry, ReportKey};
use storage_core::sealed::DataKey;

use super::{Error, Pieces, Reports, Result, load};
use crate::body_keys::{self, BodyKeys};
use crate::store::{StoreError, StoreErrorKind};

impl Reports {
    /// Where the keys are.
    pub(super) fn keys(&self, report: &ReportKey) -> Result<&BodyKeys> {
        let keys = self.options.body_keys.as_ref();
        keys.ok_or_else(|| Error::KeysMissing { report: report.clone() })
    }

    /// The key of a report that is being archived.
    pub(super) async fn new_key(&self, report: &ReportKey) -> Result<DataKey> {
        let made = self.keys(report)?.create(&report.to_string()).await;
        made.map_err(failed("make", report))
    }

    /// The key of a report.
    pub(super) async fn key_of(&self, report: &ReportKey) -> Result<DataKey> {
        let found = self.keys(report)?.key(&report.to_string()).await;
        found.map_err(failed("fetch", report))
    }

    /// Sees to it that the key of a report is gone. It may be done again.
    pub(super) async fn forget_key(&self, report: &ReportKey) -> Result<()> {
        let gone = self.keys(report)?.destroy(&report.to_string()).await;
        gone.map_err(failed("destroy", report))
    }

    /// Whether the key of a report is gone; `None` if that cannot be said here.
    pub(super) async fn key_is_gone(&self, report: &ReportKey) -> Result<Option<bool>> {
        let Some(keys) = &self.options.body_keys else { return Ok(None) };
        match keys.key(&report.to_string()).await {
            Err(body_keys::Error::Destroyed { .. }) => {
                let left = keys.is_left(&report.to_string()).await;
                left.map(|left| Some(!left)).map_err(failed("look for", report))
            }
            Err(error @ body_keys::Error::Store { .. }) => Err(failed("look for", report)(error)),
            _ => Ok(Some(false)),
        }
    }

    /// What keeps the content of a sealed report from being opened, if anything does.
    pub(super) async fn key_lacks(&self, report: &ReportKey) -> Result<Option<String>> {
        if self.options.body_keys.is_none() {
            return Ok(None);
        }
        match self.key_of(report).await {
            Ok(_) => Ok(None),
            Err(error) if error.exit_status() == 6 => Err(error),
            Err(Error::Key { source, .. }) => Ok(Some(format!("it cannot be opened: {source}"))),
            Err(error) => Err(error),
        }
    }

    /// The content of a sealed file, from its sealed pieces.
    pub(super) fn opened(&self, report: ReportKey, entry: FileEntry, sealed: Pieces) -> Pieces {
        let reports = self.clone();
        let opened = async move {
            let key = reports.key_of(&report).await?;
            // Its errors are ours: they go around the opening.
            let (kept, place) =
                (std::sync::Arc::new(std::sync::Mutex::new(None)), report.file(&entry.name));
            let aside = kept.clone();
            let sealed = sealed.map_err(move |error| {
                *aside.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                StoreError::invalid("what is sealed cannot be read")
            });
            let pieces = body_keys::open(&key, &place, sealed.boxed());
            let check = (pieces, Sha256::new(), 0_u64, entry, report, kept);
            Ok::<_, Error>(stream::try_unfold(check, async |check| {
                let (mut pieces, mut hash, mut at, entry, report, kept) = check;
                let altered = |what: &str| {
                    Error::altered(&report, format!("its file `{}` {what}", entry.name))
                };
                let (size, sha256) = entry.content();
                match pieces.try_next().await {
                    Ok(Some(piece)) => {
                        hash.update(&piece);
                        at += piece.len() as u64;
                        if at > size || (at == size && load::finish(hash.clone()) != sha256) {
                            return Err(altered("is not what was sealed"));
                        }
                        Ok(Some((piece, (pieces, hash, at, entry, report, kept))))
                    }
                    Ok(None) if at != size => Err(altered("is not what was sealed")),
                    Ok(None) => Ok(None),
                    Err(error) => {
                        let said =
                            kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
                        Err(said.unwrap_or_else(|| match error.kind {
                            StoreErrorKind::Corrupt => altered("does not open"),
                            _ => Error::store("open a file of a report")(error),
                        }))
                    }
                }
            }))
        };
        stream::once(opened).try_flatten().boxed()
    }
}

fn failed(act: &'static str, report: &ReportKey) -> impl FnOnce(body_keys::Error) -> Error {
    let report = report.clone();
    move |source| Error::Key { act, report, source: Box::new(source) }
}
