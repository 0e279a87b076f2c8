//! Reading artifacts: what there is, and its bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use storage_core::Digest;
use storage_core::artifacts::{
    ASIDE, ArtifactKey, Entry, File, Kind, Log, LogName, Model, Reason, Release, ReleaseName, Stage,
};

use super::{Error, Result, begin, examine};
use crate::numbered::{Numbered, Retry};
use crate::store::{Conditions, Store, StoreErrorKind, Version};

/// How many changes are read at once.
const AT_ONCE: usize = 16;

/// Artifacts at one place of a store, to be read. Needs no ledger, and changes nothing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ArtifactReader {
    pub(super) store: Store,
    pub(super) conditions: Conditions,
    retry: Retry,
}

/// Which artifacts; all that fit everything that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those whose keys begin so, to the end of a name: `models/uplift` is no `models/uplift-2`.
    pub under: Option<String>,
    /// Those of a release in this stage.
    pub stage: Option<Stage>,
    /// Also what is no artifact: announced, put aside, removed.
    pub all: bool,
}

/// A file under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its key.
    pub key: ArtifactKey,
    /// What it is.
    pub standing: Standing,
    /// How far its release has come.
    pub stage: Option<Stage>,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// An artifact.
    Accepted(Entry),
    /// Put aside.
    Quarantined(Vec<Reason>),
    /// Announced; it has not come, or nobody has checked it.
    Announced,
    /// An artifact that is not there any more.
    Removed(Entry),
}

impl ArtifactReader {
    /// The artifacts at `store`.
    ///
    /// # Errors
    ///
    /// [`Error::NoArtifacts`], [`Error::DocumentInvalid`]; what the store says.
    pub async fn open(store: &Store, retry: Retry) -> Result<Self> {
        match begin::there(store, retry).await? {
            Some(conditions) => Ok(Self::with(store, conditions, retry)),
            None => Err(Error::NoArtifacts { place: store.location() }),
        }
    }

    pub(super) fn with(store: &Store, conditions: Conditions, retry: Retry) -> Self {
        Self { store: store.clone(), conditions, retry }
    }

    /// Where the artifacts are.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What a log tells; a log that is not there tells nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if a change is not one, or is missing; what the store says.
    pub async fn log(&self, name: &LogName) -> Result<Log> {
        Ok(Log::read(name.clone(), self.changes(name).await?)?)
    }

    /// The changes of a log as they are stored, in order.
    pub(super) async fn changes(&self, name: &LogName) -> Result<Vec<(u64, Bytes)>> {
        let failed = Error::store("read what happened to the artifacts");
        let changes = Numbered::new(self.store.clone(), name.prefix(), self.conditions);
        let changes = &changes.with_retry(self.retry);
        let numbers: Vec<u64> =
            changes.list_from(0).map_ok(|it| it.number).try_collect().await.map_err(&failed)?;
        let mut read = stream::iter(numbers)
            .map(|number| async move { (number, changes.get(number).await) })
            .buffered(AT_ONCE);
        let mut bodies = Vec::new();
        while let Some((number, found)) = read.next().await {
            // Gone between the two requests is a gap, which the log notices.
            if let Some(found) = found.map_err(&failed)? {
                bodies.push((number, found.body));
            }
        }
        Ok(bodies)
    }

    /// What is true about a release.
    ///
    /// # Errors
    ///
    /// [`storage_core::artifacts::Error::NoRelease`] and as [`ArtifactReader::log`].
    pub async fn release(&self, name: &ReleaseName) -> Result<Release> {
        let mut log = self.log(&name.log()).await?;
        log.releases.remove(name).ok_or_else(|| {
            storage_core::artifacts::Error::NoRelease { release: name.clone() }.into()
        })
    }

    /// The artifact under a key.
    ///
    /// # Errors
    ///
    /// [`Error::NotThere`], [`Error::NotChecked`], [`Error::Quarantined`], [`Error::Removed`]; and as
    /// [`ArtifactReader::log`].
    pub async fn entry(&self, key: &ArtifactKey) -> Result<Entry> {
        let log = self.log(&key.release().log()).await?;
        let standing = log.file(key).and_then(standing);
        let key = key.clone();
        match standing {
            Some(Standing::Accepted(entry)) => Ok(entry),
            Some(Standing::Quarantined(reasons)) => Err(Error::Quarantined { key, reasons }),
            Some(Standing::Removed(_)) => Err(Error::Removed { key }),
            _ => match self.store.head(key.to_string()).await {
                Ok(_) => Err(Error::NotChecked { key }),
                Err(error) if error.kind == StoreErrorKind::NotFound => {
                    Err(Error::NotThere { key })
                }
                Err(error) => Err(Error::store("look for an artifact")(error)),
            },
        }
    }

    /// Writes the bytes of an artifact, piece by piece. They are those that were accepted only if this
    /// returns without an error: until then, keep them from whoever relies on them.
    ///
    /// # Errors
    ///
    /// As [`ArtifactReader::entry`]; [`Error::Altered`] if they are others.
    pub async fn fetch(&self, key: &ArtifactKey, write: &mut (dyn Write + Send)) -> Result<Entry> {
        let entry = self.entry(key).await?;
        let version = entry.version.clone().map(Version);
        let name = key.to_string();
        let size = entry.size_bytes;
        let mut pieces = examine::object(&self.store, &name, version.as_ref(), size);
        let mut hash = Sha256::new();
        loop {
            let piece = match pieces.try_next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                // A shorter object cannot give the bytes that it was asked for.
                Err(error) if error.kind == StoreErrorKind::Invalid => {
                    return Err(Error::Altered { key: key.clone() });
                }
                Err(error) if error.kind == StoreErrorKind::NotFound => {
                    return Err(Error::Removed { key: key.clone() });
                }
                Err(error) => return Err(Error::store("read an artifact")(error)),
            };
            hash.update(&piece);
            write.write_all(&piece).map_err(Error::file("write the bytes of an artifact"))?;
        }
        match Digest::from(<[u8; 32]>::from(hash.finalize())) == entry.sha256 {
            true => Ok(entry),
            false => Err(Error::Altered { key: key.clone() }),
        }
    }

    /// What there is, in order of keys.
    ///
    /// # Errors
    ///
    /// As [`ArtifactReader::log`].
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Listed>> {
        let under = filter.under.as_deref().unwrap_or_default().trim_matches('/');
        let mut listed = Vec::new();
        for (name, release) in self.releases(under).await? {
            if filter.stage.is_some() && release.stage != filter.stage {
                continue;
            }
            for (file, state) in &release.files {
                let Some(standing) = standing(state) else { continue };
                let key = name.file(file)?;
                let fits = filter.all || matches!(standing, Standing::Accepted(_));
                if fits && is_under(&key.to_string(), under) {
                    listed.push(Listed { key, standing, stage: release.stage });
                }
            }
        }
        Ok(listed)
    }

    /// The releases whose names begin so, to the end of a name, or that hold what does.
    ///
    /// # Errors
    ///
    /// As [`ArtifactReader::log`].
    pub async fn releases(&self, under: &str) -> Result<BTreeMap<ReleaseName, Release>> {
        let mut releases = BTreeMap::new();
        for name in self.logs(under).await? {
            releases.append(&mut self.log(&name).await?.releases);
        }
        releases.retain(|name, _| {
            let name = name.to_string();
            is_under(&name, under) || is_under(under, &name)
        });
        Ok(releases)
    }

    /// A model with all its versions.
    ///
    /// # Errors
    ///
    /// As [`ArtifactReader::log`]; [`Error::Refused`] for a name that is none.
    pub async fn model(&self, name: &str) -> Result<Model> {
        let log = self.log(&LogName::new(&format!("models/{name}"))?).await?;
        Ok(Model::of(&log)?)
    }

    /// All models.
    ///
    /// # Errors
    ///
    /// As [`ArtifactReader::log`].
    pub async fn models(&self) -> Result<Vec<Model>> {
        let mut models = Vec::new();
        for name in self.logs("models").await? {
            models.push(Model::of(&self.log(&name).await?)?);
        }
        Ok(models)
    }

    /// The logs that tell about what begins so.
    pub(super) async fn logs(&self, under: &str) -> Result<BTreeSet<LogName>> {
        // No deeper than logs are named.
        let depth = match under.split('/').next().and_then(|it| it.parse::<Kind>().ok()) {
            Some(Kind::Models | Kind::Packs) => 2,
            Some(Kind::Builds) => 3,
            _ => 4,
        };
        let names: Vec<&str> = under.split('/').take(depth).collect();
        let prefix = format!("{ASIDE}log/{}", names.join("/"));
        let mut keys = self.store.list_all(&prefix, None);
        let mut logs = BTreeSet::new();
        let failed = Error::store("list what happened to the artifacts");
        while let Some(it) = keys.try_next().await.map_err(&failed)? {
            let key = it.key.as_str().strip_prefix(ASIDE).and_then(|it| it.strip_prefix("log/"));
            let name = key.and_then(|it| it.rsplit_once('/')).map(|it| LogName::new(it.0));
            // Something else that somebody put there tells nothing.
            if let Some(Ok(name)) = name {
                logs.insert(name);
            }
        }
        Ok(logs)
    }
}

/// What a file is; `None` if nothing is known about it.
fn standing(file: &File) -> Option<Standing> {
    match (&file.entry, file.quarantined.last()) {
        (Some(entry), _) if file.removed => Some(Standing::Removed(entry.clone())),
        (Some(entry), _) => Some(Standing::Accepted(entry.clone())),
        (None, Some(quarantined)) => Some(Standing::Quarantined(quarantined.reasons.clone())),
        (None, None) => file.expected.as_ref().map(|_| Standing::Announced),
    }
}

/// Whether a path is `under` or lies in it.
fn is_under(path: &str, under: &str) -> bool {
    under.is_empty()
        || path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
