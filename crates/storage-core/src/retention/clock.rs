//! Whether a clock can be believed.

use chrono::{DateTime, TimeDelta, Utc};

/// How far a clock may be off before nothing is destroyed: a day.
pub const MAX_DRIFT: TimeDelta = TimeDelta::hours(24);

/// A moment that something else than the own clock stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Who says so: `ledger`, `store`, …
    pub name: String,
    /// The moment.
    pub at: DateTime<Utc>,
    /// What it says about now.
    pub kind: WitnessKind,
}

/// What a moment says about now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WitnessKind {
    /// It was then when somebody else was asked just now: the date header of a store.
    Present,
    /// It cannot be earlier than this: the last entry of the ledger.
    Past,
}

/// Compares a clock with what others say, before anything is destroyed or shortened.
///
/// A clock that somebody sets ten years ahead would make every record look expired. So a clock that
/// differs by more than [`MAX_DRIFT`] from a present witness is not believed, nor one that runs
/// behind a past one. A past witness alone must be recent: where nothing but the ledger vouches for
/// the time, its last entry may be at most a day old.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use storage_core::retention::ClockGuard;
///
/// let at = |text: &str| text.parse::<DateTime<Utc>>();
/// let guard = ClockGuard::default()
///     .past("ledger", at("2026-11-20T17:00:00Z")?)
///     .present("store", at("2026-11-21T08:59:58Z")?);
/// // The more careful of both is what the calendar is asked with.
/// assert_eq!(guard.check(at("2026-11-21T09:00:00Z")?)?, at("2026-11-21T08:59:58Z")?);
/// assert!(guard.check(at("2036-11-21T09:00:00Z")?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockGuard {
    max_drift: TimeDelta,
    witnesses: Vec<Witness>,
}

impl Default for ClockGuard {
    /// Nobody vouches yet, and a day of drift.
    fn default() -> Self {
        Self { max_drift: MAX_DRIFT, witnesses: Vec::new() }
    }
}

/// Why a clock is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockProblem {
    /// The clock is ahead of somebody who was asked just now.
    #[error("the clock says {now}, more than {} ahead of {witness}, which says {at}", hours(.allowed))]
    Ahead {
        /// What the clock says.
        now: DateTime<Utc>,
        /// Who says otherwise.
        witness: String,
        /// What it says.
        at: DateTime<Utc>,
        /// How much is allowed.
        allowed: TimeDelta,
    },
    /// The clock is behind something that has already happened, or behind who was asked just now.
    #[error("the clock says {now}, more than {} behind {witness}, which says {at}", hours(.allowed))]
    Behind {
        /// What the clock says.
        now: DateTime<Utc>,
        /// Who says otherwise.
        witness: String,
        /// What it says.
        at: DateTime<Utc>,
        /// How much is allowed.
        allowed: TimeDelta,
    },
    /// Only the past vouches for the clock, and it is too long ago.
    #[error("the clock says {now}, and nobody vouches for the time since {witness} said {at}")]
    Unvouched {
        /// What the clock says.
        now: DateTime<Utc>,
        /// The last who said something.
        witness: String,
        /// What it said.
        at: DateTime<Utc>,
    },
    /// Nobody vouches for the clock.
    #[error("the clock says {now}, and nobody vouches for it")]
    Alone {
        /// What the clock says.
        now: DateTime<Utc>,
    },
}

impl ClockProblem {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Ahead { .. } | Self::Behind { .. } => {
                "set the clock of this machine right (or that of the other one), then try again"
            }
            Self::Unvouched { .. } | Self::Alone { .. } => {
                "ask a store that tells the time, or record something in the ledger first"
            }
        }
    }
}

fn hours(drift: &TimeDelta) -> String {
    let minutes = drift.num_minutes();
    if minutes % 60 == 0 { format!("{} h", minutes / 60) } else { format!("{minutes} min") }
}

impl ClockGuard {
    /// Nobody vouches yet, and this drift. A negative one is taken as none.
    pub fn with_drift(max_drift: TimeDelta) -> Self {
        Self { max_drift: max_drift.max(TimeDelta::zero()), witnesses: Vec::new() }
    }

    /// With somebody who was asked for the time just now.
    #[must_use]
    pub fn present(self, name: impl Into<String>, at: DateTime<Utc>) -> Self {
        self.with(Witness { name: name.into(), at, kind: WitnessKind::Present })
    }

    /// With something that happened before now.
    #[must_use]
    pub fn past(self, name: impl Into<String>, at: DateTime<Utc>) -> Self {
        self.with(Witness { name: name.into(), at, kind: WitnessKind::Past })
    }

    /// With a witness.
    #[must_use]
    pub fn with(mut self, witness: Witness) -> Self {
        self.witnesses.push(witness);
        self
    }

    /// The moment to reckon with: the earliest that the clock and the present witnesses say, so that
    /// a clock that is a little ahead frees nothing too early.
    ///
    /// # Errors
    ///
    /// Why the clock is not believed.
    pub fn check(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, ClockProblem> {
        let allowed = self.max_drift;
        let mut careful = now;
        for Witness { name, at, kind } in &self.witnesses {
            let ahead = now.signed_duration_since(*at);
            if ahead < -allowed {
                return Err(ClockProblem::Behind { now, witness: name.clone(), at: *at, allowed });
            }
            if *kind == WitnessKind::Present {
                if ahead > allowed {
                    return Err(ClockProblem::Ahead {
                        now,
                        witness: name.clone(),
                        at: *at,
                        allowed,
                    });
                }
                careful = careful.min(*at);
            }
        }
        if self.witnesses.iter().any(|it| it.kind == WitnessKind::Present) {
            return Ok(careful);
        }
        match self.witnesses.iter().max_by_key(|it| it.at) {
            None => Err(ClockProblem::Alone { now }),
            Some(last) if now.signed_duration_since(last.at) > allowed => {
                Err(ClockProblem::Unvouched { now, witness: last.name.clone(), at: last.at })
            }
            Some(_) => Ok(careful),
        }
    }
}
