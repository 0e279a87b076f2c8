//! Why a store did not do what it was asked.

use super::Key;

/// What the caller does about an error of a store. A kind exists only if it is handled differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// There is no such object, version or bucket.
    NotFound,
    /// A precondition did not hold: something is there already. Definite: nothing was written.
    Exists,
    /// Another request was in the way, or the answer is not known (409, timeout, connection lost):
    /// read back before concluding anything.
    Ambiguous,
    /// A retention or a legal hold forbids it.
    Protected,
    /// The credentials are missing, wrong, or not allowed to do this.
    Denied,
    /// The store is busy or failing for the moment (429, 500, 503): nothing was written, try later.
    Unavailable,
    /// The request cannot be served however often it is repeated.
    Invalid,
    /// What was read is not what was written: a checksum does not fit.
    Corrupt,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("failed to {act}{}: {reason}", place(key.as_ref()))]
pub struct StoreError {
    /// What the caller does about it.
    pub kind: StoreErrorKind,
    /// What was tried: `write`, `read`, `list`, …
    pub act: &'static str,
    /// The object, if it was about one.
    pub key: Option<Key>,
    /// What was found, in words of the domain; never holds a secret.
    pub reason: String,
    /// What the layer below said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error without a source.
    pub fn new(
        kind: StoreErrorKind,
        act: &'static str,
        key: Option<&Key>,
        reason: impl Into<String>,
    ) -> Self {
        Self { kind, act, key: key.cloned(), reason: reason.into(), source: None }
    }

    /// The same with what the layer below said.
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A request that makes no sense.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Invalid, "use the store", None, reason)
    }

    /// Whether trying the same again can help.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, StoreErrorKind::Ambiguous | StoreErrorKind::Unavailable)
    }

    /// The stable code of this error, for example `store.not_found`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            StoreErrorKind::NotFound => "store.not_found",
            StoreErrorKind::Exists => "store.exists",
            StoreErrorKind::Ambiguous => "store.ambiguous",
            StoreErrorKind::Protected => "store.protected",
            StoreErrorKind::Denied => "store.denied",
            StoreErrorKind::Unavailable => "store.unavailable",
            StoreErrorKind::Invalid => "store.invalid",
            StoreErrorKind::Corrupt => "store.corrupt",
        }
    }
}

fn place(key: Option<&Key>) -> String {
    key.map(|key| format!(" `{key}`")).unwrap_or_default()
}
