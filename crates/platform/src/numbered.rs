//! Numbered, write-once objects: the one primitive under everything durable.
//!
//! Two writers who want the same number meet at the same key, `<prefix><number:020>`. Exactly one
//! wins; the other reads what the winner wrote and plans again. Nothing is ever overwritten, so
//! everything can be locked.
//!
//! An answer of the store is not believed. `412 Precondition Failed` may be about our own first
//! attempt whose answer was lost, a conflict or a timeout may have stored the object or not: what
//! counts is what is there afterwards. Our nonce and our bytes mean that we won, anything else that
//! somebody was faster.

mod error;
pub mod founding;
mod list;
mod once;
pub(crate) mod retry;

use bytes::Bytes;

pub use error::{NumberedError, Stored};
pub use list::Entry;
pub use once::{Found, Outcome, WriteOnce};
pub use retry::Retry;

use crate::store::{Conditions, Key, Put, Store, StoreError};

/// Write-once objects under a prefix, one per number.
#[derive(Clone, Debug)]
pub struct Numbered {
    objects: WriteOnce,
    prefix: String,
}

impl Numbered {
    /// The numbers under `prefix` of `store`, for example `seg/`.
    ///
    /// All writers and readers of one prefix use the same `conditions`: write them down next to the
    /// numbers, as the ledger does.
    pub fn new(store: Store, prefix: impl Into<String>, conditions: Conditions) -> Self {
        Self { objects: WriteOnce::new(store, conditions), prefix: prefix.into() }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.objects = self.objects.with_retry(retry);
        self
    }

    /// The key of a number: the prefix and 20 digits, so that keys are ordered as numbers are.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Invalid`](crate::store::StoreErrorKind::Invalid) if the prefix leaves no room in a key.
    pub fn key(&self, number: u64) -> Result<Key, StoreError> {
        Key::new(format!("{}{number:020}", self.prefix))
    }

    /// Writes `body` under `number` where nothing is, and finds out who won; see
    /// [`WriteOnce::put`].
    ///
    /// # Errors
    ///
    /// As [`WriteOnce::put`].
    pub async fn put(
        &self,
        number: u64,
        body: Bytes,
        bears_our_nonce: impl Fn(&[u8]) -> bool,
        put: &Put,
    ) -> Result<Outcome, NumberedError> {
        let key = self.key(number).map_err(NumberedError::certain)?;
        self.objects.put(&key, body, bears_our_nonce, put).await
    }

    /// Reads what counts under `number`; see [`WriteOnce::get`].
    ///
    /// # Errors
    ///
    /// What the store says after the retries, except that nothing is there.
    pub async fn get(&self, number: u64) -> Result<Option<Found>, StoreError> {
        self.objects.get(&self.key(number)?).await
    }

    /// Reads the oldest version under `number`, whatever the mode: what a verifier believes. A
    /// delete marker hides nothing from it.
    ///
    /// # Errors
    ///
    /// What the store says after the retries, except that nothing is there.
    pub async fn get_oldest(&self, number: u64) -> Result<Option<Found>, StoreError> {
        self.objects.get_oldest(&self.key(number)?).await
    }
}
