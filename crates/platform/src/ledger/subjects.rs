//! The keys of the people that a log speaks of, and their destruction.
//!
//! Fields that are about a person are sealed with that person's key before the record is hashed. When
//! the key is destroyed they are noise, and the log is what it was. The keys lie in a store of their
//! own, which must be able to forget:
//!
//! ```text
//! subject/<sha256 of the subject>/<kid>   the secret; several where two writers made one at once
//! kid/<kid>                               where the secret lies
//! destroying/<kid>                        a destruction that is not recorded yet
//! destroyed/<kid>                         one that is
//! ```
//!
//! The subject itself is never written, but whoever can guess it knows it by its digest until it is
//! erased: let nobody read this store who may not know.

use std::collections::{BTreeMap, BTreeSet};

use audit_chain::Hash;
use audit_chain::json::Value;
use audit_chain::record::Event;
use audit_chain::seal::{self, KeyId, KeyState, Path, SubjectKey};
use audit_chain::verify::SUBJECT_ERASED;
use futures_util::TryStreamExt as _;

use super::personal::seal_values;
use super::{Error, Ledger, Result};
use crate::store::{Put, Store, StoreError, StoreErrorKind, Versioning};

/// The keys of subjects, in a store that forgets what is deleted.
///
/// Every call may be repeated after it failed.
#[derive(Clone, Debug)]
pub struct SubjectKeys {
    store: Store,
}

/// What became of a key.
#[derive(Debug)]
enum Held {
    Key(SubjectKey),
    Destroyed,
    Unknown,
}

impl SubjectKeys {
    /// The keys at `store`, which is neither the store of the log nor protected as that one is.
    ///
    /// # Errors
    ///
    /// [`Error::OptionsInvalid`] where deleting does not destroy: in a bucket that keeps versions or
    /// locks them; [`Error::Store`] if the bucket does not say.
    pub async fn open(store: &Store) -> Result<Self> {
        let bucket = store.bucket().await;
        let bucket = bucket.map_err(Error::store("find out whether the store of keys forgets"))?;
        if bucket.versioning != Versioning::Off || bucket.object_lock {
            let reason = "the bucket of the subjects' keys keeps versions or locks them, so that no \
                          key could be destroyed";
            return Err(Error::OptionsInvalid { reason: reason.to_owned() });
        }
        Ok(Self { store: store.clone() })
    }

    /// The key of a subject; a new one if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], [`Error::NoRandomness`].
    pub async fn key(&self, subject: &str) -> Result<SubjectKey> {
        for kid in self.kids(&folder(subject)).await? {
            // One that vanishes meanwhile is being destroyed.
            if let Held::Key(key) = self.held(kid).await? {
                return Ok(key);
            }
        }
        let key = SubjectKey::new(KeyId(random()?), random()?);
        let (kid, secret) = (key.id(), key.secret().to_vec());
        let place = format!("{}{kid}", folder(subject));
        // The way to the secret first: there is no secret without one.
        self.write(&format!("kid/{kid}"), place.clone().into_bytes()).await?;
        self.write(&place, secret).await?;
        Ok(key)
    }

    /// Seals the values at `paths` in the details of `event`, which will be recorded in the log
    /// `log_id`, with the key of `subject`: for who appends to a ledger that does not seal by itself,
    /// as [`Options::sealing`](super::Options::sealing) makes it.
    ///
    /// # Errors
    ///
    /// As [`SubjectKeys::key`]; [`Error::EventInvalid`] where a path leads nowhere or to a sealed
    /// value. Then the event is as it was.
    pub async fn seal(
        &self,
        event: &mut Event,
        log_id: &str,
        subject: &str,
        paths: &[Path],
    ) -> Result<()> {
        let key = self.key(subject).await?;
        let mut sealed = event.clone();
        seal_values(&mut sealed, paths, &key, log_id)?;
        *event = sealed;
        Ok(())
    }

    /// Opens the sealed values in the details of one record; see [`Opener::unseal`].
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn unseal(
        &self,
        details: &mut Value,
        log_id: &str,
    ) -> Result<Vec<(Path, audit_chain::Error)>> {
        self.opener().unseal(details, log_id).await
    }

    /// Opens sealed values, and remembers the keys meanwhile.
    pub fn opener(&self) -> Opener<'_> {
        Opener { keys: self, known: BTreeMap::new() }
    }

    async fn held(&self, kid: KeyId) -> Result<Held> {
        if let Some(place) = self.read(&format!("kid/{kid}")).await? {
            let place = String::from_utf8_lossy(&place).into_owned();
            if let Some(secret) = self.read(&place).await? {
                let secret = secret.try_into().map_err(|_| {
                    let reason = format!("the secret of the key `{kid}` has not 32 bytes");
                    let error = StoreError::new(StoreErrorKind::Corrupt, "read", None, reason);
                    Error::store("read the key of a subject")(error)
                })?;
                return Ok(Held::Key(SubjectKey::new(kid, secret)));
            }
        }
        for state in ["destroying", "destroyed"] {
            if self.read(&format!("{state}/{kid}")).await?.is_some() {
                return Ok(Held::Destroyed);
            }
        }
        Ok(Held::Unknown)
    }

    /// The names of keys under a prefix, in order.
    async fn kids(&self, prefix: &str) -> Result<Vec<KeyId>> {
        let listed: Vec<_> = self
            .store
            .list_all(prefix, None)
            .try_collect()
            .await
            .map_err(Error::store("list the keys of subjects"))?;
        let kids = listed.iter().filter_map(|it| it.key.as_str().strip_prefix(prefix));
        Ok(kids.filter_map(|kid| kid.parse().ok()).collect())
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let read = self.store.get_if_there(key).await;
        let read = read.map_err(Error::store("read the key of a subject"))?;
        Ok(read.map(|it| it.body.to_vec()))
    }

    async fn write(&self, key: &str, body: Vec<u8>) -> Result<()> {
        let put = Put::default().typed("application/octet-stream");
        let written = self.store.put(key, body, &put).await;
        written.map(drop).map_err(Error::store("write the key of a subject"))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(key).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::store("destroy the key of a subject")(error)),
        }
    }
}

/// Opens sealed values with the keys of one store. A key is looked up once: whoever is erased meanwhile
/// stays readable to this one until it is dropped.
#[derive(Debug)]
pub struct Opener<'k> {
    keys: &'k SubjectKeys,
    known: BTreeMap<KeyId, Held>,
}

impl Opener<'_> {
    /// Opens the sealed values in the details of a record of the log `log_id`. What does not open
    /// stays as it is and is named, with the reason: erased, or its key is not here.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn unseal(
        &mut self,
        details: &mut Value,
        log_id: &str,
    ) -> Result<Vec<(Path, audit_chain::Error)>> {
        loop {
            let known = &self.known;
            let closed = seal::open_all(details, log_id, |kid| match known.get(&kid) {
                Some(Held::Key(key)) => KeyState::Held(key),
                Some(Held::Destroyed) => KeyState::Destroyed,
                Some(Held::Unknown) | None => KeyState::Unknown,
            });
            // What was opened may hold more that is sealed.
            let sealed = seal::sealed_fields(details).into_iter().filter_map(|it| it.1);
            let kids: BTreeSet<_> = sealed.filter(|it| !self.known.contains_key(it)).collect();
            if kids.is_empty() {
                return Ok(closed);
            }
            for kid in kids {
                let held = self.keys.held(kid).await?;
                self.known.insert(kid, held);
            }
        }
    }
}

/// Destroys every key of `subject`, and records in the log that it was done, by the names of the
/// keys alone. Gives those names, of destructions that had been broken off too; none if there was no
/// key, and then nothing is recorded.
///
/// If it breaks off, doing it again finishes it, for whichever subject it is done: no key is
/// recorded as destroyed that is still there. After a crash between the two, one key may be recorded
/// twice.
///
/// # Errors
///
/// [`Error::Store`]; those of [`Ledger::append`].
pub async fn erase_subject(
    ledger: &Ledger,
    keys: &SubjectKeys,
    subject: &str,
) -> Result<Vec<KeyId>> {
    for kid in keys.kids(&folder(subject)).await? {
        keys.write(&format!("destroying/{kid}"), Vec::new()).await?;
    }
    let kids = keys.kids("destroying/").await?;
    for kid in &kids {
        let way = format!("kid/{kid}");
        if let Some(place) = keys.read(&way).await? {
            keys.delete(&String::from_utf8_lossy(&place)).await?;
            keys.delete(&way).await?;
        }
        let name = kid.to_string();
        let details = Value::Object(vec![("kid".into(), Value::from(name.as_str()))]);
        let log_id = ledger.document().log_id.as_str();
        let mut event = Event::new(SUBJECT_ERASED, "strongroom", log_id, "erase", details);
        event.event_id = Some(format!("erased-{name}"));
        ledger.append_own(event).await?;
        keys.write(&format!("destroyed/{name}"), Vec::new()).await?;
        keys.delete(&format!("destroying/{name}")).await?;
    }
    Ok(kids)
}

fn folder(subject: &str) -> String {
    format!("subject/{}/", Hash::of(subject.as_bytes()))
}

pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
    Ok(bytes)
}
