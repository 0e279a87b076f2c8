//! A Redis that may fail (feature `redis`).
//!
//! What is kept there can be had elsewhere, so that trouble with it is none: an answer that does not come
//! is no answer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// How long a Redis may take; the store is no slower.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection to a Redis that several machines share. Cheap to clone.
#[derive(Clone)]
pub struct RedisClient {
    connection: ConnectionManager,
}

impl fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses hold passwords.
        f.debug_struct("RedisClient").finish_non_exhaustive()
    }
}

impl RedisClient {
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

    /// What is kept under each of these keys; `None` as a whole if the Redis did not answer.
    pub async fn get(&self, keys: &[String]) -> Option<Vec<Option<Bytes>>> {
        let mut asked = redis::cmd("MGET");
        for key in keys {
            asked.arg(key);
        }
        let mut connection = self.connection.clone();
        let answer: redis::RedisResult<Vec<Option<Vec<u8>>>> =
            asked.query_async(&mut connection).await;
        let bodies = answer.ok()?.into_iter();
        Some(bodies.map(|it| it.map(Bytes::from)).collect())
    }

    /// Keeps a body under a key, for so long if that is said. Says whether the Redis took it.
    pub async fn set(&self, key: &str, body: &[u8], expires: Option<Duration>) -> bool {
        let mut asked = redis::cmd("SET");
        asked.arg(key).arg(body);
        if let Some(expires) = expires {
            asked.arg("EX").arg(expires.as_secs().max(1));
        }
        let mut connection = self.connection.clone();
        let kept: redis::RedisResult<()> = asked.query_async(&mut connection).await;
        kept.is_ok()
    }
}
