//! What becomes of bytes that were put aside: somebody looks at them, and decides.

use storage_core::Digest;
use storage_core::artifacts::{ArtifactKey, Entry};

use super::{ArtifactStore, Error, Outcome, RACES, Result, examine};
use crate::numbered::Retry;
use crate::store::StoreErrorKind;

impl ArtifactStore {
    /// Makes an artifact of bytes that were put aside, against the checks and for a reason that is recorded:
    /// those with this digest, or those that came last. Done before, it stays done.
    ///
    /// # Errors
    ///
    /// [`NotAside`](storage_core::artifacts::Error::NotAside); [`Error::Refused`] if the key has other bytes
    /// or the release takes no more; [`Error::Altered`] if what was kept is not what was put aside.
    pub async fn release_aside(
        &self,
        key: &ArtifactKey,
        sha256: Option<Digest>,
        reason: &str,
    ) -> Result<Outcome> {
        let store = &self.reader.store;
        for race in 0..RACES {
            let log = self.reader.log(&key.release().log()).await?;
            let file = log.file(key);
            let there = file.filter(|it| !it.removed).and_then(|it| it.entry.as_ref());
            if there.is_some_and(|it| Some(it.sha256) == sha256) {
                return Ok(Outcome::Already);
            }
            let aside = log.aside(key, sha256)?;
            let (Some(sha256), Some(at)) = (aside.sha256, aside.kept_at) else {
                return Err(storage_core::artifacts::Error::NotAside { key: key.clone() }.into());
            };
            let who = self.options.who();
            let mut entry = Entry::new(sha256, aside.size_bytes, key.media_type());
            // Refused before anything is stored.
            log.release_aside(key, entry.clone(), reason, &who)?;
            let gone = |kind| kind == StoreErrorKind::NotFound;
            let object = match store.head(&at).await {
                Err(error) if gone(error.kind) => {
                    return Err(Error::Removed { key: key.clone() });
                }
                answer => answer.map_err(Error::store("look at what was put aside"))?,
            };
            let (version, size) = (object.version.as_ref(), object.size_bytes);
            let examined = examine::receive_object(store, &at, version, size, size, true).await?;
            if examined.sha256 != sha256 {
                return Err(Error::Altered { key: key.clone() });
            }
            entry.version = self.store_under(key, &examined).await?.map(|it| it.0);
            let plan = log.release_aside(key, entry.clone(), reason, &who)?;
            if let Some(performed) = self.perform(&plan).await? {
                return Ok(Outcome::Done(performed));
            }
            self.withdraw_if_beaten(key, Some(&entry)).await?;
            Retry::between_races(race).await;
        }
        Err(Error::Contended { resource: key.to_string(), times: RACES })
    }

    /// Destroys bytes that were put aside, for a reason that is recorded: those with this digest, or those
    /// that came last. The same bytes that were put aside under another key are destroyed with them. Done
    /// before, it stays done.
    ///
    /// # Errors
    ///
    /// [`NotAside`](storage_core::artifacts::Error::NotAside); what the store and the ledger say.
    pub async fn discard_aside(
        &self,
        key: &ArtifactKey,
        sha256: Option<Digest>,
        reason: &str,
    ) -> Result<Outcome> {
        self.change(&key.release().log(), |log, who| {
            let file = log.file(key).zip(sha256);
            let before = file.is_some_and(|(file, sha256)| file.discarded.contains(&sha256));
            match (log.aside(key, sha256), before) {
                (Err(_), true) => Ok(None),
                (found, _) => {
                    let sha256 = found?.sha256.or(sha256).unwrap_or(Digest::of(b""));
                    Ok(Some(log.discard(key, sha256, reason, who)?))
                }
            }
        })
        .await
    }
}
