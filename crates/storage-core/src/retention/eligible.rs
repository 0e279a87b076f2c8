//! Whether a record may be destroyed.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{ClockGuard, Governing, Retention, Trigger, Until, Zone};

/// The answer: yes, or every reason why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Eligibility {
    /// It may be destroyed.
    Eligible {
        /// Since when.
        since: DateTime<Utc>,
        /// The rule that ended last.
        rule: String,
        /// The version of the rule.
        version: u32,
        /// The last day on which that rule protected it.
        last_protected_day: NaiveDate,
    },
    /// It must stay.
    Protected {
        /// Every reason: holds first, then what has no date yet, then dates, then the clock.
        reasons: Vec<Obstacle>,
    },
}

impl Eligibility {
    /// Whether it may be destroyed.
    pub fn is_eligible(&self) -> bool {
        matches!(self, Self::Eligible { .. })
    }

    /// Every reason why not.
    pub fn reasons(&self) -> &[Obstacle] {
        match self {
            Self::Eligible { .. } => &[],
            Self::Protected { reasons } => reasons,
        }
    }
}

/// One reason why a record must stay. `Display` says it in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Obstacle {
    /// A named hold is in force.
    Held {
        /// Its name.
        name: String,
        /// Who placed it.
        actor: String,
        /// Why.
        reason: String,
        /// When.
        since: DateTime<Utc>,
    },
    /// The event of a duty is not known.
    Waiting {
        /// The rule.
        rule: String,
        /// The event.
        trigger: Trigger,
    },
    /// A duty is not over.
    Duty {
        /// The rule.
        rule: String,
        /// The version of the rule.
        version: u32,
        /// The last day on which it protects.
        last_protected_day: NaiveDate,
        /// From when on it does not.
        until: DateTime<Utc>,
        /// Where its days end.
        zone: Zone,
    },
    /// It was extended beyond its duties.
    Extended {
        /// From when on it may go.
        until: DateTime<Utc>,
    },
    /// The record has no duty; nobody knows when it may go.
    NoDuty,
    /// A date cannot be reckoned with.
    Unreckonable {
        /// Why.
        problem: String,
    },
    /// The clock is not believed.
    Clock {
        /// Why.
        problem: String,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { name, actor, reason, since } => {
                write!(
                    f,
                    "the hold `{name}` of `{actor}` is in force since {}: {reason}",
                    Until::At(*since)
                )
            }
            Self::Waiting { rule, trigger } => {
                write!(f, "`{rule}` protects until `{trigger}` is known")
            }
            Self::Duty { rule, version, last_protected_day, until, zone } => {
                write!(
                    f,
                    "`{rule}` version {version} protects to the end of {last_protected_day} in {zone}, "
                )?;
                write!(f, "until {}", Until::At(*until))
            }
            Self::Extended { until } => write!(f, "it was extended until {}", Until::At(*until)),
            Self::NoDuty => f.write_str("no duty is known, so nobody knows when it may go"),
            Self::Unreckonable { problem } | Self::Clock { problem } => f.write_str(problem),
        }
    }
}

/// Whether a record may be destroyed at `now`, as far as `guard` believes the clock. On the last
/// protected day it may not; from the first moment of the next day it may.
///
/// Every duty that is not over is named, not only the one that governs. Where the clock is not
/// believed, dates are weighed against the moment it claims, so that the list is complete.
pub fn eligible(record: &Retention, now: DateTime<Utc>, guard: &ClockGuard) -> Eligibility {
    let (now, clock) = match guard.check(now) {
        Ok(careful) => (careful, None),
        Err(problem) => (now, Some(Obstacle::Clock { problem: problem.to_string() })),
    };
    let mut reasons: Vec<Obstacle> = Vec::new();
    for hold in record.holds().in_force() {
        reasons.push(Obstacle::Held {
            name: hold.name.clone(),
            actor: hold.actor.clone(),
            reason: hold.reason.clone(),
            since: hold.placed_at,
        });
    }
    let mut dated = Vec::new();
    for duty in record.duties() {
        let rule = duty.rule.id.clone();
        let version = duty.rule.version;
        match duty.expiry(record.place()) {
            Err(error) => reasons.push(Obstacle::Unreckonable { problem: error.to_string() }),
            Ok(None) => reasons.push(Obstacle::Waiting { rule, trigger: duty.rule.trigger }),
            Ok(Some(end)) => {
                let last_protected_day = end.last_protected_day;
                if now < end.deletable_from {
                    let (until, zone) = (end.deletable_from, end.zone);
                    dated.push((
                        until,
                        Obstacle::Duty { rule, version, last_protected_day, until, zone },
                    ));
                }
            }
        }
    }
    if record.duties().is_empty() {
        reasons.push(Obstacle::NoDuty);
    }
    if let Some(until) = record.extended_until().filter(|until| now < *until) {
        dated.push((until, Obstacle::Extended { until }));
    }
    // The one that ends last comes first: it governs.
    dated.sort_by_key(|(until, _)| std::cmp::Reverse(*until));
    reasons.extend(dated.into_iter().map(|(_, reason)| reason));
    reasons.extend(clock);
    match record.governing() {
        Ok(Governing::Duty { rule, version, expiry, .. }) if reasons.is_empty() => {
            let until = expiry.deletable_from;
            let since = record.extended_until().map_or(until, |it| it.max(until));
            let last_protected_day = expiry.last_protected_day;
            Eligibility::Eligible { since, rule, version, last_protected_day }
        }
        _ => Eligibility::Protected { reasons },
    }
}
