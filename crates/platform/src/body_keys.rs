//! The keys of the reports whose bodies are sealed, and their destruction.
//!
//! A body under Object Lock stays until its date, and copies of it stay in backups. Where it is sealed
//! ([`storage_core::sealed`]) with a key of its report, destroying that key destroys it everywhere. The keys
//! lie in a store of their own, which must be able to forget, and only wrapped: whoever reads that store
//! needs the application key too ([`KeyWrapping`]).
//!
//! ```text
//! key/<sha256 of the report>        its key, wrapped (JSON)
//! destroyed/<sha256 of the report>  that it was destroyed
//! ```
//!
//! Destroying writes the second and then deletes the first; a key whose destruction was begun is not given
//! out any more, and doing it again finishes it. So is a certificate of disposal told the truth: destroy the
//! key, then sign.

mod error;
mod wrapping;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use storage_core::Digest;
use storage_core::sealed::{DataKey, NONCE, Opener, Sealer, WrappedKey};

use crate::store::{Put, Store, StoreError, StoreErrorKind, Versioning};
pub use error::{Error, Result};
pub use wrapping::{KeyWrapping, LocalKey};

/// The keys of reports, in a store that forgets what is deleted. Every call may be repeated.
///
/// ```
/// use std::sync::Arc;
/// use platform::body_keys::{BodyKeys, LocalKey};
/// use platform::store::Store;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let application = LocalKey::parse(&"5e".repeat(32))?;
/// let keys = BodyKeys::open(&Store::memory(), Arc::new(application)).await?;
/// keys.create("csrd/acme/2026/0190a1b2").await?;
/// keys.destroy("csrd/acme/2026/0190a1b2").await?;
/// let gone = keys.key("csrd/acme/2026/0190a1b2").await.unwrap_err();
/// assert_eq!(gone.code(), "body_keys.destroyed");
/// # Ok::<(), platform::body_keys::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyKeys {
    store: Store,
    wrapping: Arc<dyn KeyWrapping>,
}

impl BodyKeys {
    /// The keys at `store`, which is neither the store of the reports nor protected as that one is.
    ///
    /// # Errors
    ///
    /// [`Error::CannotForget`] where deleting does not destroy: in a bucket that keeps versions or locks
    /// them; [`Error::Store`] if the bucket does not say.
    pub async fn open(store: &Store, wrapping: Arc<dyn KeyWrapping>) -> Result<Self> {
        let bucket = store.bucket().await;
        let bucket = bucket.map_err(Error::store("find out whether the store of keys forgets"))?;
        if bucket.versioning != Versioning::Off || bucket.object_lock {
            return Err(Error::CannotForget { place: store.location() });
        }
        Ok(Self { store: store.clone(), wrapping })
    }

    /// The key of `report`; a new one if there is none. However often and from wherever it is asked for, it
    /// is one key.
    ///
    /// # Errors
    ///
    /// [`Error::Destroyed`], [`Error::Store`], [`Error::NoRandomness`], and those of [`BodyKeys::key`].
    pub async fn create(&self, report: &str) -> Result<DataKey> {
        match self.key(report).await {
            Err(Error::Unknown { .. }) => {}
            found => return found,
        }
        let key = DataKey::new(random()?);
        let wrapped = self.wrapping.wrap(&key, report).await?;
        let body = serde_json::to_vec(&wrapped).expect("a wrapped key is JSON");
        let put = Put::absent().typed("application/json");
        match self.store.put(place("key", report), body, &put).await {
            Ok(_) => {}
            // Somebody else was faster, or it was written and the answer was lost: what is stored counts.
            Err(error)
                if matches!(error.kind, StoreErrorKind::Exists | StoreErrorKind::Ambiguous) => {}
            Err(error) => return Err(Error::store("write the key of a report")(error)),
        }
        match self.key(report).await {
            Err(Error::Destroyed { report }) => {
                // Destroyed meanwhile: what was just written must not outlive that.
                self.delete(&report).await?;
                Err(Error::Destroyed { report })
            }
            found => found,
        }
    }

    /// The key of `report`.
    ///
    /// # Errors
    ///
    /// [`Error::Destroyed`] if it was destroyed on purpose, [`Error::Unknown`] if there is none and nothing
    /// is known about why; [`Error::Sealed`] if it does not unwrap, [`Error::Malformed`], [`Error::Store`].
    pub async fn key(&self, report: &str) -> Result<DataKey> {
        let read = Error::store("read the key of a report");
        if self.is_destroyed(report).await? {
            return Err(Error::Destroyed { report: report.to_owned() });
        }
        let found = self.store.get_if_there(place("key", report)).await.map_err(read)?;
        let found = found.ok_or_else(|| Error::Unknown { report: report.to_owned() })?;
        let malformed = |_| Error::Malformed { report: report.to_owned() };
        let wrapped: WrappedKey = serde_json::from_slice(&found.body).map_err(malformed)?;
        self.wrapping.unwrap(&wrapped, report).await
    }

    /// Destroys the key of `report`: whatever was sealed with it is noise from now on. Also where there is
    /// none, so that none will be made.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; then it has to be done again.
    pub async fn destroy(&self, report: &str) -> Result<()> {
        let put = Put::default().typed("application/octet-stream");
        let marked = self.store.put(place("destroyed", report), Bytes::new(), &put).await;
        marked.map_err(Error::store("destroy the key of a report"))?;
        self.delete(report).await?;
        // Believed when it is seen.
        let left = self.store.get_if_there(place("key", report)).await;
        match left.map_err(Error::store("see that the key of a report is gone"))? {
            None => Ok(()),
            Some(_) => Err(Error::CannotForget { place: self.store.location() }),
        }
    }

    /// Whether the destruction of the key of `report` was begun, after which it is given out no more.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn is_destroyed(&self, report: &str) -> Result<bool> {
        let read = self.store.get_if_there(place("destroyed", report)).await;
        Ok(read.map_err(Error::store("read the key of a report"))?.is_some())
    }

    /// Whether the key of `report` is still stored, though it may not be given out any more.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn is_left(&self, report: &str) -> Result<bool> {
        let left = self.store.get_if_there(place("key", report)).await;
        Ok(left.map_err(Error::store("look for the key of a report"))?.is_some())
    }

    async fn delete(&self, report: &str) -> Result<()> {
        match self.store.delete(place("key", report)).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::store("destroy the key of a report")(error)),
        }
    }
}

/// Seals a body on its way to `key_of_object`, for [`Store::upload`]. What it says of its length must be
/// [`sealed_length`](storage_core::sealed::sealed_length).
///
/// # Errors
///
/// [`Error::NoRandomness`].
pub fn seal<'s>(
    key: &DataKey,
    key_of_object: &str,
    body: BoxStream<'s, Result<Bytes, StoreError>>,
) -> Result<BoxStream<'s, Result<Bytes, StoreError>>> {
    let nonce: [u8; NONCE] = random()?;
    let sealer = Sealer::new(key, key_of_object, nonce);
    let pieces = stream::try_unfold((body, Some(sealer)), async |(mut body, sealer)| {
        let Some(mut sealer) = sealer else { return Ok(None) };
        let mut out = Vec::new();
        while out.is_empty() {
            let Some(piece) = body.next().await.transpose()? else {
                sealer.finish(&mut out).map_err(failed("seal"))?;
                return Ok(Some((Bytes::from(out), (body, None))));
            };
            sealer.add(&piece, &mut out).map_err(failed("seal"))?;
        }
        Ok(Some((Bytes::from(out), (body, Some(sealer)))))
    });
    Ok(pieces.boxed())
}

/// Opens a body that was read from `key_of_object`. If it ends with an error, what came before has to be
/// thrown away.
pub fn open<'s>(
    key: &DataKey,
    key_of_object: &str,
    body: BoxStream<'s, Result<Bytes, StoreError>>,
) -> BoxStream<'s, Result<Bytes, StoreError>> {
    let opener = Opener::new(key, key_of_object);
    let pieces = stream::try_unfold((body, Some(opener)), async |(mut body, opener)| {
        let Some(mut opener) = opener else { return Ok(None) };
        let mut out = Vec::new();
        while out.is_empty() {
            let Some(piece) = body.next().await.transpose()? else {
                opener.finish(&mut out).map_err(failed("open"))?;
                return Ok(Some((Bytes::from(out), (body, None))));
            };
            opener.add(&piece, &mut out).map_err(failed("open"))?;
        }
        Ok(Some((Bytes::from(out), (body, Some(opener)))))
    });
    pieces.boxed()
}

fn failed(act: &'static str) -> impl FnOnce(storage_core::sealed::Error) -> StoreError {
    move |error| {
        let reason = "its body is not one that was sealed here";
        StoreError::new(StoreErrorKind::Corrupt, act, None, reason).caused_by(error)
    }
}

/// The report itself is not written: whoever may read the keys need not know the names.
fn place(folder: &str, report: &str) -> String {
    format!("{folder}/{}", Digest::of(report.as_bytes()).hex())
}

pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
    Ok(bytes)
}
