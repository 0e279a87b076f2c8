//! How often and how long to try again.

use std::time::Duration;

use crate::store::StoreError;

/// How often and how long to try again. The pauses double and are drawn at random between nothing
/// and their full length, so that writers who met once do not meet again (AWS Architecture Blog,
/// "Exponential Backoff And Jitter").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many times at most; the first attempt is not counted.
    pub times: u32,
    /// The longest first pause.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl Default for Retry {
    /// Ten times, with pauses that sum up to about seven seconds on average and to fifteen at most.
    fn default() -> Self {
        Self { times: 10, first: Duration::from_millis(25), longest: Duration::from_secs(4) }
    }
}

impl Retry {
    /// Never.
    pub const NEVER: Self = Self { times: 0, first: Duration::ZERO, longest: Duration::ZERO };

    /// Does `request`, which may be done twice, until it succeeds, fails for good, or has failed often
    /// enough.
    ///
    /// # Errors
    ///
    /// What the store said last.
    pub async fn again<T, F>(self, mut request: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut pauses = self.pauses();
        loop {
            let answer = request().await;
            if !pauses.again_after(&answer).await {
                return answer;
            }
        }
    }

    /// A pause before meeting the same writers again, longer each time up to a tenth of a second.
    pub async fn between_races(races: u32) {
        let longest = Duration::from_millis(100);
        let pause = Duration::from_millis(2).saturating_mul(1 << races.min(6)).min(longest);
        tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
    }

    pub(crate) fn pauses(self) -> Pauses {
        Pauses { left: self.times, next: self.first, longest: self.longest }
    }
}

/// The pauses of one request.
#[derive(Debug)]
pub(crate) struct Pauses {
    left: u32,
    next: Duration,
    longest: Duration,
}

impl Pauses {
    /// Waits before a request that changes nothing is repeated; `false` if it shall not be, because
    /// it succeeded, cannot succeed, or failed often enough.
    pub(crate) async fn again_after<T>(&mut self, answer: &Result<T, StoreError>) -> bool {
        let again = answer.as_ref().err().is_some_and(StoreError::is_retryable);
        again && self.wait().await
    }

    /// Waits before the next attempt; `false` if there shall be none.
    pub(crate) async fn wait(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        tokio::time::sleep(self.next.mul_f64(fastrand::f64())).await;
        self.next = (self.next * 2).min(self.longest);
        true
    }
}
