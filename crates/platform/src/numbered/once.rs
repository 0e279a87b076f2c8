//! Objects that are written once, and the question who wrote them.

use bytes::Bytes;

use super::{NumberedError, Retry};
use crate::store::{
    Conditions, Key, Precondition, Put, Store, StoreError, StoreErrorKind, Version,
};

/// Objects of a store that are written once and never again.
#[derive(Clone, Debug)]
pub struct WriteOnce {
    pub(super) store: Store,
    conditions: Conditions,
    pub(super) retry: Retry,
}

/// How a write ended. Either way the key is taken now, and for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What counts under this key is what was handed in.
    Won {
        /// The state that counts; `None` where the store keeps only one.
        version: Option<Version>,
    },
    /// Somebody was faster.
    Lost {
        /// What counts under this key.
        body: Bytes,
        /// The state that counts; `None` where the store keeps only one.
        version: Option<Version>,
    },
}

/// What counts under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The bytes.
    pub body: Bytes,
    /// Their state; `None` where the store keeps only one.
    pub version: Option<Version>,
}

impl WriteOnce {
    /// Objects of `store`, whose conditional writes can be trusted as `conditions` says.
    pub fn new(store: Store, conditions: Conditions) -> Self {
        Self { store, conditions, retry: Retry::default() }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Writes `body` under `key` where nothing is, and finds out who won.
    ///
    /// `bears_our_nonce` says whether a body that was read back is this very attempt; where two
    /// writers may hand in equal bytes and only one of them may win, put a random nonce in the
    /// bytes. Bytes that are equal are ours; bytes that bear our nonce and differ are an error,
    /// because somebody changed them. The precondition of `put` is always "nothing is there".
    ///
    /// Tries again with growing pauses, as [`Retry`] says. In the mode
    /// [`Conditions::OldestVersion`] a write counts only after the list of versions has shown that
    /// its own version is the oldest.
    ///
    /// # Errors
    ///
    /// [`NumberedError::Store`], which says whether it is certain that nothing was stored, and
    /// [`NumberedError::Altered`].
    pub async fn put(
        &self,
        key: &Key,
        body: Bytes,
        bears_our_nonce: impl Fn(&[u8]) -> bool,
        put: &Put,
    ) -> Result<Outcome, NumberedError> {
        let put = Put { precondition: Precondition::Absent, ..put.clone() };
        // Whether an attempt may have stored the body, or may still do so.
        let mut doubt = false;
        let mut pauses = self.retry.pauses();
        loop {
            let failed = match self.store.put(key.as_str(), body.clone(), &put).await {
                Ok(written) => match self.is_the_winner(key, written.version.as_ref()).await {
                    Ok(true) => return Ok(Outcome::Won { version: written.version }),
                    lost_or_unknown => {
                        doubt = true;
                        lost_or_unknown.err()
                    }
                },
                Err(error) => {
                    // A refusal may be about an attempt of ours that the layer below repeated.
                    let kind = error.kind;
                    doubt |= matches!(kind, StoreErrorKind::Ambiguous | StoreErrorKind::Exists);
                    Some(error)
                }
            };
            let mut trouble = failed;
            // What failed for certain needs no look, unless an earlier attempt is in doubt.
            if doubt {
                match self.get_key(key).await {
                    Ok(Some(found)) => return decide(key, &body, found, &bears_our_nonce),
                    Ok(None) => {}
                    Err(error) => trouble = Some(error),
                }
            }
            let trouble = trouble.unwrap_or_else(|| vanished(key));
            let again = trouble.is_retryable() || trouble.kind == StoreErrorKind::Exists;
            if !again || !pauses.wait().await {
                let source = Box::new(trouble);
                return Err(NumberedError::Store { stored: doubt.into(), source });
            }
        }
    }

    /// Reads what counts under `key`: in the mode [`Conditions::OldestVersion`] the oldest
    /// version, else what a plain read gives. `None` if nothing is there.
    ///
    /// # Errors
    ///
    /// What the store says after the retries, except that nothing is there.
    pub async fn get(&self, key: &Key) -> Result<Option<Found>, StoreError> {
        let mut pauses = self.retry.pauses();
        loop {
            let answer = self.get_key(key).await;
            if !pauses.again_after(&answer).await {
                return answer;
            }
        }
    }

    /// Reads the oldest version under `key`, whatever the mode: what a verifier believes. A
    /// delete marker hides nothing from it.
    ///
    /// # Errors
    ///
    /// What the store says after the retries, except that nothing is there.
    pub async fn get_oldest(&self, key: &Key) -> Result<Option<Found>, StoreError> {
        let mut pauses = self.retry.pauses();
        loop {
            let answer = self.oldest(key).await;
            if !pauses.again_after(&answer).await {
                return answer;
            }
        }
    }

    /// Whether what was just written counts. Where conditions are atomic it does.
    async fn is_the_winner(
        &self,
        key: &Key,
        written: Option<&Version>,
    ) -> Result<bool, StoreError> {
        match self.conditions {
            Conditions::Atomic => Ok(true),
            Conditions::OldestVersion => {
                let oldest = self.oldest_version(key).await?;
                Ok(oldest.is_some() && oldest.as_ref() == written)
            }
        }
    }

    async fn get_key(&self, key: &Key) -> Result<Option<Found>, StoreError> {
        match self.conditions {
            Conditions::Atomic => found(self.store.get(key.as_str()).await),
            Conditions::OldestVersion => self.oldest(key).await,
        }
    }

    async fn oldest(&self, key: &Key) -> Result<Option<Found>, StoreError> {
        match self.oldest_version(key).await? {
            Some(version) => found(self.store.get_version(key.as_str(), &version).await),
            None => Ok(None),
        }
    }

    /// The oldest version of exactly this key; delete markers have no bytes and do not count.
    async fn oldest_version(&self, key: &Key) -> Result<Option<Version>, StoreError> {
        let mut oldest = None;
        let mut page = None;
        loop {
            let versions = self.store.list_versions(key.as_str(), page.as_deref()).await?;
            // The key itself comes before the keys that begin with it.
            let beyond = versions.entries.iter().any(|it| it.key > *key);
            // Newest first: the last one is the oldest.
            let last = versions.entries.into_iter().rfind(|it| it.key == *key && !it.delete_marker);
            oldest = last.map(|it| it.version).or(oldest);
            match versions.next {
                Some(next) if !beyond => page = Some(next),
                _ => return Ok(oldest),
            }
        }
    }
}

/// Tells our own object from somebody else's.
fn decide(
    key: &Key,
    body: &Bytes,
    found: Found,
    bears_our_nonce: &impl Fn(&[u8]) -> bool,
) -> Result<Outcome, NumberedError> {
    let Found { body: there, version } = found;
    if there == *body {
        Ok(Outcome::Won { version })
    } else if bears_our_nonce(&there) {
        Err(NumberedError::Altered { key: key.clone() })
    } else {
        Ok(Outcome::Lost { body: there, version })
    }
}

fn found(read: Result<crate::store::Read, StoreError>) -> Result<Option<Found>, StoreError> {
    match read {
        Ok(read) => Ok(Some(Found { body: read.body, version: read.object.version })),
        Err(error) if error.kind == StoreErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The store said that it had written, or that something was there, and then showed nothing.
fn vanished(key: &Key) -> StoreError {
    let reason = "what was just written cannot be seen";
    StoreError::new(StoreErrorKind::Ambiguous, "read back", Some(key), reason)
}
