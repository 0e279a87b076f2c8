//! Batches that were fetched, in a Redis (feature `redis`).

use async_trait::async_trait;
use bytes::Bytes;

use super::SharedCache;
use crate::redis_client::RedisClient;

/// How many batches are asked for at once: they are megabytes.
const AT_ONCE: usize = 8;

/// A Redis that several machines share. Its keys are `strongroom:factors:<store>:<number>`; what is evicted
/// or altered there is fetched from the store again. Whoever may read it may read the factors.
#[derive(Clone, Debug)]
pub struct RedisCache {
    client: RedisClient,
}

impl RedisCache {
    /// Connects to the Redis at `address`, such as `redis://cache:6379/0`. It is connected again when it
    /// was away.
    ///
    /// # Errors
    ///
    /// What kept it from being reached, or that the address is none. The address is not repeated.
    pub async fn connect(address: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self { client: RedisClient::connect(address).await? })
    }
}

#[async_trait]
impl SharedCache for RedisCache {
    async fn read(&self, store_id: &str, numbers: &[u64]) -> Vec<(u64, Bytes)> {
        let mut found = Vec::new();
        for some in numbers.chunks(AT_ONCE) {
            let keys: Vec<_> = some.iter().map(|number| key(store_id, *number)).collect();
            // See the trait: a cache may fail.
            let Some(bodies) = self.client.get(&keys).await else { return found };
            let bodies = some.iter().zip(bodies);
            found.extend(bodies.filter_map(|(number, body)| Some((*number, body?))));
        }
        found
    }

    async fn write(&self, store_id: &str, bodies: &[(u64, Bytes)]) {
        for (number, body) in bodies {
            if !self.client.set(&key(store_id, *number), body, None).await {
                return;
            }
        }
    }
}

fn key(store_id: &str, number: u64) -> String {
    format!("strongroom:factors:{store_id}:{number:020}")
}
