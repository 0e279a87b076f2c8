//! Batches that were fetched, for many machines.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

/// A cache of batches that several machines share. What it holds is not believed, as with the directory
/// of [`Options::cache`](super::Options::cache); that it fails is no trouble, then the store is asked.
#[async_trait]
pub trait SharedCache: fmt::Debug + Send + Sync {
    /// Those of the batches of a store of factors that are here.
    async fn read(&self, store_id: &str, numbers: &[u64]) -> Vec<(u64, Bytes)>;

    /// Keeps batches, as long as there is room.
    async fn write(&self, store_id: &str, bodies: &[(u64, Bytes)]);
}
