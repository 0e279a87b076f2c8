//! One rule on one record, and which of several governs.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, Expiry, Rule, Trigger, TriggerDate, Zone};

/// One rule on one record. It carries the whole rule, so that a later edition of the table changes
/// nothing about records that are kept already, and a certificate can cite it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Duty {
    /// The rule as it was when the record fell under it.
    pub rule: Rule,
    /// When its event happened; the record is held for as long as nobody knows.
    #[serde(default)]
    pub trigger: Option<TriggerDate>,
}

impl Duty {
    /// A duty whose event is not known yet.
    pub fn under(rule: Rule) -> Self {
        Self { rule, trigger: None }
    }

    /// The same with the date of its event.
    #[must_use]
    pub fn since(mut self, trigger: TriggerDate) -> Self {
        self.trigger = Some(trigger);
        self
    }

    /// Its end, if its event is known.
    ///
    /// # Errors
    ///
    /// [`Error::DateOutOfRange`].
    pub fn expiry(&self, place: Zone) -> Result<Option<Expiry>, Error> {
        self.trigger.map(|trigger| Expiry::of(&self.rule, trigger, place)).transpose()
    }

    /// Until when it protects.
    ///
    /// # Errors
    ///
    /// [`Error::DateOutOfRange`].
    pub fn until(&self, place: Zone) -> Result<Until, Error> {
        Ok(self.expiry(place)?.map_or(Until::Indefinite, |it| Until::At(it.deletable_from)))
    }
}

/// Until when something is protected. Later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// It may be deleted from this moment on, not before.
    At(DateTime<Utc>),
    /// Nobody knows yet: held.
    Indefinite,
}

impl Until {
    /// The moment, if it is known.
    pub fn moment(self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Indefinite => None,
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(moment) => {
                f.write_str(&moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
            Self::Indefinite => f.write_str("an event that is not known yet"),
        }
    }
}

/// Which duty decides until when a record is protected, and why. `Display` says it in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Governing {
    /// At least one event is not known, so the record is held.
    Waiting {
        /// The rules that wait, with their event and version, by id.
        waiting: Vec<Waiting>,
    },
    /// All events are known; this duty ends last.
    Duty {
        /// Its rule.
        rule: String,
        /// The version of the rule.
        version: u32,
        /// The article.
        law: String,
        /// Its end.
        expiry: Expiry,
        /// The other duties, which end earlier or with it: rule and last protected day.
        over: Vec<(String, NaiveDate)>,
    },
    /// The record has no duty, which is treated as one that nobody knows the end of.
    Nothing,
}

/// A duty whose event is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Its rule.
    pub rule: String,
    /// The version of the rule.
    pub version: u32,
    /// The event that it waits for.
    pub trigger: Trigger,
}

impl Governing {
    /// Until when the record is protected.
    pub fn until(&self) -> Until {
        match self {
            Self::Duty { expiry, .. } => Until::At(expiry.deletable_from),
            Self::Waiting { .. } | Self::Nothing => Until::Indefinite,
        }
    }

    /// The rule that governs, or the first one that waits.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Duty { rule, .. } => Some(rule),
            Self::Waiting { waiting } => waiting.first().map(|it| it.rule.as_str()),
            Self::Nothing => None,
        }
    }

    /// The last day on which the record is protected, if it is known.
    pub fn last_protected_day(&self) -> Option<NaiveDate> {
        match self {
            Self::Duty { expiry, .. } => Some(expiry.last_protected_day),
            Self::Waiting { .. } | Self::Nothing => None,
        }
    }
}

impl fmt::Display for Governing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("held: no duty is known"),
            Self::Waiting { waiting } => {
                f.write_str("held: ")?;
                for (nth, it) in waiting.iter().enumerate() {
                    let comma = if nth == 0 { "" } else { ", " };
                    write!(f, "{comma}`{}` waits for `{}`", it.rule, it.trigger)?;
                }
                Ok(())
            }
            Self::Duty { rule, version, law, expiry, over } => {
                let Expiry { last_protected_day, zone, runs_from, .. } = expiry;
                write!(f, "`{rule}` version {version} ({law}) protects to the end of ")?;
                write!(f, "{last_protected_day} in {zone}, reckoned from {runs_from}")?;
                for (nth, (rule, last)) in over.iter().enumerate() {
                    let word = if nth == 0 { "; longer than" } else { "," };
                    write!(f, "{word} `{rule}` ({last})")?;
                }
                Ok(())
            }
        }
    }
}

/// Which of several duties governs: any that waits for its event, else the one that ends last. Of
/// two that end together, a law is named before a policy, then the first by id.
///
/// # Errors
///
/// [`Error::DateOutOfRange`].
pub fn govern(duties: &[Duty], place: Zone) -> Result<Governing, Error> {
    let mut waiting = Vec::new();
    let mut ends = Vec::new();
    for duty in duties {
        let Rule { id, version, trigger, .. } = &duty.rule;
        match duty.expiry(place)? {
            Some(expiry) => ends.push((duty, expiry)),
            None => {
                waiting.push(Waiting { rule: id.clone(), version: *version, trigger: *trigger });
            }
        }
    }
    if !waiting.is_empty() {
        waiting.sort();
        return Ok(Governing::Waiting { waiting });
    }
    ends.sort_by(|(a, a_end), (b, b_end)| {
        let later = b_end.deletable_from.cmp(&a_end.deletable_from);
        let law = a.rule.is_policy().cmp(&b.rule.is_policy());
        let name = (&a.rule.id, a.rule.version).cmp(&(&b.rule.id, b.rule.version));
        later.then(law).then(name)
    });
    let mut ends = ends.into_iter();
    let Some((duty, expiry)) = ends.next() else { return Ok(Governing::Nothing) };
    Ok(Governing::Duty {
        rule: duty.rule.id.clone(),
        version: duty.rule.version,
        law: duty.rule.reference.law.clone(),
        expiry,
        over: ends.map(|(it, end)| (it.rule.id.clone(), end.last_protected_day)).collect(),
    })
}
