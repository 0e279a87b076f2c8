//! Numbers of requests that a store gives out.

use bytes::Bytes;
use contract_core::ids::{IdError, RequestId};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use storage_core::Digest;

use super::{IdRegistry, LedgerFile, Repository};
use crate::error::{Error, Result};
use crate::numbered::{Numbered, NumberedError, Outcome, Retry, WriteOnce};
use crate::store::{Conditions, Key, Put, Store, StoreError, StoreErrorKind, Versioning};

/// How many of the last numbers are looked through for a request whose process died between taking a
/// number and writing down which.
const TAIL: u64 = 64;

/// The numbers of requests on a store, each an object that is written once: `number/<number:020>`.
///
/// A number is taken the moment it is given out, by whoever writes its object first, so that two
/// requests never have one number and no merge conflicts. `request/<digest>` says which number a
/// request has, so that the same request gets it back. A number can be skipped, when two processes
/// ask for the same request at once; it is never given out twice. Whoever goes over from the ledger
/// in the repository to a store does so everywhere at once: each knows only the numbers of its own.
#[derive(Clone, Debug)]
pub struct StoreIds {
    store: Store,
    numbers: Numbered,
    requests: WriteOnce,
    // No number before this one is given out.
    first: RequestId,
}

/// The object under a number, and under the digest of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    /// Of this document.
    v: u32,
    number: String,
    request: String,
    /// What tells two attempts apart that say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

impl StoreIds {
    /// The numbers in the store that `place` names (see [`Store::open`]), which holds nothing else,
    /// for `repository`: those that its contracts or its own ledger have taken stay taken.
    ///
    /// Where versions are kept, the oldest one of a number counts: that is right whether or not the
    /// conditional writes of such a store can be trusted. Waits for the store, on a thread of its
    /// own.
    ///
    /// # Errors
    ///
    /// [`Error::Ids`] and [`Error::File`] if it cannot be seen which numbers are taken;
    /// [`Error::Registry`].
    pub fn open(repository: &Repository, place: &str) -> Result<Self> {
        let first = LedgerFile::of(repository).peek(b"")?;
        waiting(place, async || {
            let failed = |error: StoreError| failed(place, error.is_retryable(), error);
            let store = Store::open(place).await.map_err(failed)?;
            let conditions = match store.bucket().await.map_err(failed)?.versioning {
                Versioning::On => Conditions::OldestVersion,
                _ => Conditions::Atomic,
            };
            Ok(Self::new(first, store, conditions))
        })
    }

    /// The numbers on `store` from `first` on. Everyone who asks the same store says the same
    /// `conditions`.
    pub fn new(first: RequestId, store: Store, conditions: Conditions) -> Self {
        let numbers = Numbered::new(store.clone(), "number/", conditions);
        let requests = WriteOnce::new(store.clone(), conditions);
        Self { store, numbers, requests, first }
    }

    /// The same, giving up at the first trouble.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.numbers = self.numbers.with_retry(Retry::NEVER);
        self.requests = self.requests.with_retry(Retry::NEVER);
        self
    }

    /// Takes the next number for a request that `request` tells from others, or the number that
    /// this request has already.
    ///
    /// # Errors
    ///
    /// [`Error::Ids`] when all numbers have been given out; [`Error::Registry`].
    pub async fn take_one(&self, request: &[u8]) -> Result<RequestId> {
        let request = Digest::of(request);
        let key = Key::new(format!("request/{}", request.hex()));
        let request = request.to_string();
        let key = key.map_err(|error| self.unread(error))?;
        if let Some(found) = self.requests.get(&key).await.map_err(|error| self.unread(error))? {
            return self.number(&found.body);
        }
        let number = match self.left_behind(&request).await? {
            Some(number) => number,
            None => self.take_next(&request).await?,
        };
        let taken = Taken { v: 1, number: number.to_string(), request, nonce: None };
        let body = Bytes::from(text(&taken));
        let put = Put::absent().typed("application/json");
        let same = body.clone();
        let outcome = self.requests.put(&key, body, |it| *it == *same, &put).await;
        match outcome.map_err(|error| self.unwritten(error))? {
            Outcome::Won { .. } => Ok(number),
            // Somebody asked for the same request at the same time; that number counts.
            Outcome::Lost { body, .. } => self.number(&body),
        }
    }

    /// Takes the first number that is free.
    async fn take_next(&self, request: &str) -> Result<RequestId> {
        let last = self.numbers.last(as_number(self.first)).await;
        let last = last.map_err(|error| self.unread(error))?.map(as_id).transpose()?;
        let mut id = match last {
            Some(last) => last.next()?.max(self.first),
            None => self.first,
        };
        loop {
            let nonce = Some(format!("{:016x}", fastrand::u64(..)));
            let taken = Taken { v: 1, number: id.to_string(), request: request.to_owned(), nonce };
            let body = Bytes::from(text(&taken));
            let same = body.clone();
            let put = Put::absent().typed("application/json");
            let outcome = self.numbers.put(as_number(id), body, |it| *it == *same, &put).await;
            match outcome.map_err(|error| self.unwritten(error))? {
                Outcome::Won { .. } => return Ok(id),
                Outcome::Lost { .. } => id = id.next()?,
            }
        }
    }

    /// The number that this request took without coming to say so.
    async fn left_behind(&self, request: &str) -> Result<Option<RequestId>> {
        let last = self.numbers.last(as_number(self.first)).await;
        let Some(last) = last.map_err(|error| self.unread(error))? else { return Ok(None) };
        let tail: Vec<u64> = self
            .numbers
            .list_from(last.saturating_sub(TAIL))
            .map_ok(|entry| entry.number)
            .try_collect()
            .await
            .map_err(|error| self.unread(error))?;
        for number in tail {
            let found = self.numbers.get(number).await.map_err(|error| self.unread(error))?;
            let Some(found) = found else { continue };
            if self.read(&found.body)?.request == request {
                return Ok(Some(as_id(number)?));
            }
        }
        Ok(None)
    }

    fn number(&self, body: &[u8]) -> Result<RequestId> {
        Ok(self.read(body)?.number.parse()?)
    }

    fn read(&self, body: &[u8]) -> Result<Taken> {
        let broken = |source: serde_json::Error| {
            let reason = "an object among the numbers of requests cannot be read";
            StoreError::new(StoreErrorKind::Corrupt, "read", None, reason).caused_by(source)
        };
        serde_json::from_slice(body).map_err(|source| self.unread(broken(source)))
    }

    fn unread(&self, source: StoreError) -> Error {
        failed(&self.store.location(), source.is_retryable(), source)
    }

    fn unwritten(&self, source: NumberedError) -> Error {
        failed(&self.store.location(), source.is_retryable(), source)
    }
}

impl IdRegistry for StoreIds {
    /// Waits for the store, on a thread of its own: it can be called from anywhere.
    fn take(&self, request: &[u8]) -> Result<RequestId> {
        waiting(&self.store.location(), || self.take_one(request))
    }
}

/// Does the work on a thread of its own, where waiting disturbs nobody.
fn waiting<T: Send>(place: &str, work: impl AsyncFnOnce() -> Result<T> + Send) -> Result<T> {
    let wait = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|source| failed(place, false, source))?.block_on(work())
    };
    std::thread::scope(|scope| match scope.spawn(wait).join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

fn failed(
    place: &str,
    again: bool,
    source: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::Registry { place: place.to_owned(), again, source: Box::new(source) }
}

fn text(taken: &Taken) -> String {
    serde_json::to_string(taken).expect("strings and a number can be written as JSON")
}

fn as_number(id: RequestId) -> u64 {
    id.number().into()
}

fn as_id(number: u64) -> Result<RequestId> {
    format!("S3-{number:04}").parse().map_err(|_| IdError::Exhausted.into())
}
