//! Batches that were fetched, in a Redis (feature `redis`).

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redis::aio::ConnectionManager;
use redis::aio::ConnectionManagerConfig;

use super::SharedCache;

/// How long a Redis may take; the store is no slower.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many batches are asked for at once: they are megabytes.
const AT_ONCE: usize = 8;

/// A Redis that several machines share. Its keys are `strongroom:factors:<store>:<number>`; what is evicted
/// or altered there is fetched from the store again. Whoever may read it may read the factors.
#[derive(Clone)]
pub struct RedisCache {
    connection: ConnectionManager,
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses hold passwords.
        f.debug_struct("RedisCache").finish_non_exhaustive()
    }
}

impl RedisCache {
    /// Connects to the Redis at `address`, such as `redis://cache:6379/0`. It is connected again when it
    /// was away.
    ///
    /// # Errors
    ///
    /// What kept it from being reached, or that the address is none. The address is not repeated.
    pub async fn connect(address: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let client = redis::Client::open(address)?;
        let how = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        Ok(Self { connection: client.get_connection_manager_with_config(how).await? })
    }
}

#[async_trait]
impl SharedCache for RedisCache {
    async fn read(&self, store_id: &str, numbers: &[u64]) -> Vec<(u64, Bytes)> {
        let mut found = Vec::new();
        for some in numbers.chunks(AT_ONCE) {
            let mut asked = redis::cmd("MGET");
            for number in some {
                asked.arg(key(store_id, *number));
            }
            let mut connection = self.connection.clone();
            let answer: redis::RedisResult<Vec<Option<Vec<u8>>>> =
                asked.query_async(&mut connection).await;
            // See the trait: a cache may fail.
            let Ok(bodies) = answer else { return found };
            let bodies = some.iter().zip(bodies);
            found.extend(bodies.filter_map(|(number, body)| Some((*number, body?.into()))));
        }
        found
    }

    async fn write(&self, store_id: &str, bodies: &[(u64, Bytes)]) {
        for (number, body) in bodies {
            let mut connection = self.connection.clone();
            let kept: redis::RedisResult<()> = redis::cmd("SET")
                .arg(key(store_id, *number))
                .arg(&body[..])
                .query_async(&mut connection)
                .await;
            if kept.is_err() {
                return;
            }
        }
    }
}

fn key(store_id: &str, number: u64) -> String {
    format!("strongroom:factors:{store_id}:{number:020}")
}
