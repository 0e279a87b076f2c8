//! How often and how long to try again.

use std::time::Duration;

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
