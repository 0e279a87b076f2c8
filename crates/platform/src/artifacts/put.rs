//! Putting a file: it is read and checked first, and stored under its key only if it passed.

use storage_core::Digest;
use storage_core::artifacts::{
    Arrival, ArtifactKey, Entry, Expected, Facts, Log, Quarantined, Reason, Verdict, quarantine_key,
};

use super::examine::{self, Examined};
use super::{ArtifactStore, Error, RACES, Result, Source};
use crate::acts::digest_of;
use crate::ledger::Receipt;
use crate::numbered::Retry;
use crate::store::{Conditions, Put, StoreError, StoreErrorKind, Version};

/// How a file is put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutOptions {
    /// What it must be. What is not said here and was announced before counts as said.
    pub expected: Expected,
    /// What its sender calls it; compared with its ending.
    pub media_type: Option<String>,
}

/// A file that is an artifact now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// What it is.
    pub entry: Entry,
    /// Whether it was not there before.
    pub fresh: bool,
    /// Its place in the ledger, if it was not there before.
    pub receipt: Option<Receipt>,
}

impl ArtifactStore {
    /// Puts a file. The same bytes again are there already; artifacts never change.
    ///
    /// The file is checked before anything is stored under its key. If it does not pass, it is kept
    /// aside under its digest, with the reasons in the ledger, and the error says them.
    ///
    /// # Errors
    ///
    /// [`Error::Quarantined`]; [`Error::Refused`] if other bytes are there or the release takes no more;
    /// [`Error::Scanner`], [`Error::Unsteady`], [`Error::Occupied`]; what the store and the ledger say.
    pub async fn put(
        &self,
        key: &ArtifactKey,
        source: Source<'_>,
        options: &PutOptions,
    ) -> Result<Stored> {
        let limit_bytes = self.options.rules.limit_bytes(key.release().kind());
        let examined = examine::receive(source, limit_bytes).await?;
        let malware = self.scan(&examined).await?;
        for race in 0..RACES {
            let log = self.reader.log(&key.release().log()).await?;
            let expected = both(&options.expected, log.expected(key));
            let media_type = options.media_type.as_deref();
            let mut reasons = self.reasons(key, &examined, media_type, &expected);
            reasons.extend(malware.clone());
            let who = self.options.who();
            let (plan, became) = match log.judge(key, examined.sha256, reasons)? {
                Verdict::Same(entry) => return Ok(Stored { entry, fresh: false, receipt: None }),
                Verdict::Accept => {
                    let mut entry =
                        Entry::new(examined.sha256, examined.size_bytes, key.media_type());
                    entry.version = self.store_under(key, &examined).await?.map(|it| it.0);
                    entry.scanned_by = self.scanner_name();
                    let plan = log.accept(key, entry.clone(), Arrival::default(), &who)?;
                    (plan, Ok(entry))
                }
                Verdict::Quarantine(reasons) => {
                    let aside = self.set_aside(key, &examined, reasons).await?;
                    if known(&log, key, &aside) {
                        let key = key.clone();
                        return Err(Error::Quarantined { key, reasons: aside.reasons });
                    }
                    let (arrival, reasons) = (Arrival::default(), aside.reasons.clone());
                    (log.quarantine(key, aside, arrival, Vec::new(), &who)?, Err(reasons))
                }
            };
            match (self.perform(&plan).await?, became) {
                (Some(performed), Ok(entry)) => {
                    let receipt = Some(performed.receipt);
                    return Ok(Stored { entry, fresh: true, receipt });
                }
                (Some(_), Err(reasons)) => {
                    return Err(Error::Quarantined { key: key.clone(), reasons });
                }
                (None, became) => self.withdraw_if_beaten(key, became.as_ref().ok()).await?,
            }
            Retry::between_races(race).await;
        }
        Err(Error::Contended { resource: key.to_string(), times: RACES })
    }

    /// What stands against a file, but for malware.
    pub(super) fn reasons(
        &self,
        key: &ArtifactKey,
        examined: &Examined,
        media_type: Option<&str>,
        expected: &Expected,
    ) -> Vec<Reason> {
        let size_bytes = examined.size_bytes;
        let facts = Facts { size_bytes, sha256: examined.sha256, head: &examined.head, media_type };
        self.options.rules.check(key, &facts, expected)
    }

    /// Asks the scanner, if there is one. What is too large is not shown to it.
    pub(super) async fn scan(&self, examined: &Examined) -> Result<Option<Reason>> {
        match &self.options.scanner {
            Some(scanner) if !examined.too_large => examined.scan(scanner).await,
            _ => Ok(None),
        }
    }

    pub(super) fn scanner_name(&self) -> Option<String> {
        self.options.scanner.as_ref().map(|it| it.name())
    }

    /// Stores a file under its key where nothing is.
    pub(super) async fn store_under(
        &self,
        key: &ArtifactKey,
        examined: &Examined,
    ) -> Result<Option<Version>> {
        let put = Put::absent().typed(key.media_type());
        let stored = self.store_once(key, &key.to_string(), examined, &put).await?;
        stored.map_err(|Occupied| Error::Occupied { key: key.clone() })
    }

    /// Keeps a file aside, under its digest. What is too large is not kept.
    async fn set_aside(
        &self,
        key: &ArtifactKey,
        examined: &Examined,
        reasons: Vec<Reason>,
    ) -> Result<Quarantined> {
        let size_bytes = examined.size_bytes;
        if examined.too_large || size_bytes == 0 {
            let sha256 = (!examined.too_large).then_some(examined.sha256);
            return Ok(Quarantined { sha256, size_bytes, kept_at: None, reasons });
        }
        let at = quarantine_key(&examined.sha256);
        // Nobody opens it by its name.
        let put = Put::absent().typed("application/octet-stream");
        // The key is its digest: what is there is this, or was altered, and either way it stays.
        let _ = self.store_once(key, &at, examined, &put).await?;
        let sha256 = Some(examined.sha256);
        Ok(Quarantined { sha256, size_bytes, kept_at: Some(at), reasons })
    }

    /// Writes the bytes for `key` at a place where nothing is, and finds out what became of it. The same
    /// bytes there are as good as written.
    async fn store_once(
        &self,
        key: &ArtifactKey,
        at: &str,
        examined: &Examined,
        put: &Put,
    ) -> Result<Result<Option<Version>, Occupied>> {
        let failed = Error::store("store a file");
        let store = &self.reader.store;
        let mut pauses = self.options.retry.pauses();
        let mut look = self.reader.conditions == Conditions::OldestVersion;
        loop {
            if look && let Some((version, there)) = self.there(at).await.map_err(&failed)? {
                return Ok(if there == examined.sha256 { Ok(version) } else { Err(Occupied) });
            }
            match store.upload(at, examined.bytes(), put).await {
                Ok(written) => return Ok(Ok(written.version)),
                Err(error) => {
                    look = true;
                    let again = error.is_retryable() || error.kind == StoreErrorKind::Exists;
                    if !again || !pauses.wait().await {
                        // What is there counts, and not what was said last.
                        if let Ok(Some((version, there))) = self.there(at).await
                            && there == examined.sha256
                        {
                            return Ok(Ok(version));
                        }
                        // That the input changed is not the fault of what is stored.
                        return Err(match error.kind {
                            StoreErrorKind::Corrupt => Error::Unsteady { key: key.clone() },
                            _ => failed(error),
                        });
                    }
                }
            }
        }
    }

    /// What is at a place of the store.
    async fn there(&self, key: &str) -> Result<Option<(Option<Version>, Digest)>, StoreError> {
        let store = &self.reader.store;
        let object = match store.head(key).await {
            Ok(object) => object,
            Err(error) if error.kind == StoreErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let digest = digest_of(store, key, object.version.as_ref()).await?;
        Ok(Some((object.version, digest)))
    }

    /// Where the store let two write the same key, the one whose change came second takes their version
    /// away again.
    pub(super) async fn withdraw_if_beaten(
        &self,
        key: &ArtifactKey,
        ours: Option<&Entry>,
    ) -> Result<()> {
        let Some((ours, version)) = ours.and_then(|it| Some((it, it.version.as_ref()?))) else {
            return Ok(());
        };
        if self.reader.conditions == Conditions::Atomic {
            return Ok(());
        }
        let log = self.reader.log(&key.release().log()).await?;
        match log.file(key).and_then(|it| it.entry.as_ref()) {
            Some(theirs) if theirs.sha256 != ours.sha256 => {
                let version = Version(version.clone());
                let store = &self.reader.store;
                let gone = store.delete_version(key.to_string(), &version, false).await;
                gone.map(drop).map_err(Error::store("take back what came second"))
            }
            _ => Ok(()),
        }
    }
}

/// Other bytes are there.
struct Occupied;

/// What is said first counts.
fn both(first: &Expected, second: Expected) -> Expected {
    Expected {
        sha256: first.sha256.or(second.sha256),
        size_bytes: first.size_bytes.or(second.size_bytes),
    }
}

/// Whether a file was put aside before, for the same reasons.
fn known(log: &Log, key: &ArtifactKey, aside: &Quarantined) -> bool {
    log.file(key).and_then(|it| it.quarantined.last()) == Some(aside)
}
