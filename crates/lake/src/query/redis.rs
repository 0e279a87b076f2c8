//! Answers in a Redis (feature `redis`).

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use audit_chain::hmac_sha256;
use bytes::Bytes;
use platform::redis_client::RedisClient;
use storage_core::Digest;

use super::SharedAnswers;

/// The length of a seal (HMAC-SHA-256).
const SEAL: usize = 32;

/// How long an answer is kept that nobody asks for: it may be about commits that are long past.
const EXPIRES: Duration = Duration::from_secs(24 * 60 * 60);

/// A Redis that several machines share. Its keys are `strongroom:answers:<name>`. Each answer is sealed with a
/// secret that the Redis does not know: what somebody altered or put elsewhere there is no answer. Whoever
/// may read it may read the answers.
#[derive(Clone)]
pub struct RedisAnswers {
    client: RedisClient,
    secret: Vec<u8>,
}

impl fmt::Debug for RedisAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secret is nobody's business.
        f.debug_struct("RedisAnswers").finish_non_exhaustive()
    }
}

impl RedisAnswers {
    /// Connects to the Redis at `address`, such as `redis://cache:6379/0`. All machines that share answers
    /// have the same `secret`; take 32 random bytes.
    ///
    /// # Errors
    ///
    /// What kept it from being reached, or that the address is none; a secret of fewer than 32 bytes. None
    /// of them is repeated.
    pub async fn connect(
        address: &str,
        secret: &[u8],
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        if secret.len() < SEAL {
            return Err(format!("the secret is shorter than {SEAL} bytes").into());
        }
        Ok(Self { client: RedisClient::connect(address).await?, secret: secret.to_vec() })
    }

    /// Binds an answer to its name.
    fn seal(&self, name: &Digest, answer: &[u8]) -> [u8; SEAL] {
        hmac_sha256(&self.secret, [&b"strongroom answer\0"[..], name.as_bytes(), answer])
    }
}

#[async_trait]
impl SharedAnswers for RedisAnswers {
    async fn read(&self, name: &Digest) -> Option<Bytes> {
        let body = self.client.get(&[key(name)]).await?.pop()??;
        let (seal, answer) = body.split_at_checked(SEAL)?;
        // In the same time wherever they differ.
        let differs = self.seal(name, answer).iter().zip(seal).fold(0, |sum, (a, b)| sum | (a ^ b));
        (differs == 0).then(|| body.slice(SEAL..))
    }

    async fn write(&self, name: &Digest, answer: Bytes) {
        let mut body = self.seal(name, &answer).to_vec();
        body.extend_from_slice(&answer);
        // See the trait: a cache may fail.
        let _ = self.client.set(&key(name), &body, Some(EXPIRES)).await;
    }
}

fn key(name: &Digest) -> String {
    format!("strongroom:answers:{}", name.hex())
}
