//! The days for which something is valid.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};

use super::Error;

/// Days from `from` on, up to and without `to`; without an end if `to` is `None`. UTC dates.
///
/// ```
/// use storage_core::factors::Interval;
///
/// let year = Interval::of_year(2024)?;
/// assert_eq!(year.to_string(), "2024-01-01/2025-01-01");
/// assert!(year.covers("2024-12-31".parse()?) && !year.covers("2025-01-01".parse()?));
/// assert_eq!("2024-01-01/..".parse::<Interval>()?.to(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    // INVARIANT: `from` < `to`, both in the years 1 to 9999.
    from: NaiveDate,
    to: Option<NaiveDate>,
}

/// The day number that stands for "without end".
pub(super) const OPEN: i32 = i32::MAX;

impl Interval {
    /// From one day to another, which is no longer part of it.
    ///
    /// # Errors
    ///
    /// [`Error::IntervalInvalid`] if it has no day, or a day outside of the years 1 to 9999.
    pub fn new(from: NaiveDate, to: Option<NaiveDate>) -> Result<Self, Error> {
        let plain = |day: NaiveDate| (1..=9999).contains(&day.year());
        if !plain(from) || !to.is_none_or(plain) {
            let broken = "has a day outside of the years 1 to 9999".to_owned();
            return Err(Error::IntervalInvalid { broken });
        }
        match to {
            Some(to) if to <= from => {
                let broken = format!("ends on {to}, not after {from}, where it begins");
                Err(Error::IntervalInvalid { broken })
            }
            to => Ok(Self { from, to }),
        }
    }

    /// A calendar year.
    ///
    /// # Errors
    ///
    /// [`Error::IntervalInvalid`] for a year that is not 1 to 9998.
    pub fn of_year(year: i32) -> Result<Self, Error> {
        let first = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        match (first(year), first(year.saturating_add(1))) {
            (Some(from), Some(to)) => Self::new(from, Some(to)),
            _ => Err(Error::IntervalInvalid { broken: format!("is of no year `{year}`") }),
        }
    }

    /// From a day on, without end.
    ///
    /// # Errors
    ///
    /// [`Error::IntervalInvalid`] for a day outside of the years 1 to 9999.
    pub fn open(from: NaiveDate) -> Result<Self, Error> {
        Self::new(from, None)
    }

    /// The first day.
    pub fn from(&self) -> NaiveDate {
        self.from
    }

    /// The first day after it.
    pub fn to(&self) -> Option<NaiveDate> {
        self.to
    }

    /// Whether a day is part of it.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }

    pub(super) fn days(&self) -> (i32, i32) {
        (number_of(self.from), self.to.map_or(OPEN, number_of))
    }

    /// The interval between two day numbers.
    pub(super) fn between(from: i32, to: i32) -> Option<Self> {
        let day = NaiveDate::from_num_days_from_ce_opt;
        let end = if to == OPEN { None } else { Some(day(to)?) };
        Self::new(day(from)?, end).ok()
    }
}

/// Days since the beginning of the common era: what is compared and counted.
pub(super) fn number_of(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Some(to) => write!(f, "{}/{to}", self.from),
            None => write!(f, "{}/..", self.from),
        }
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Interval {
    type Err = Error;

    /// `2024-01-01/2025-01-01`, or `2024-01-01/..` without an end (ISO 8601-2).
    fn from_str(text: &str) -> Result<Self, Error> {
        let day = |text: &str| {
            text.parse::<NaiveDate>().map_err(|_| Error::IntervalInvalid {
                broken: format!("has `{text}`, which is no date like 2024-01-31"),
            })
        };
        let (from, to) = text.split_once('/').ok_or_else(|| Error::IntervalInvalid {
            broken: "is not two dates with a slash between them".to_owned(),
        })?;
        Self::new(day(from)?, if to == ".." { None } else { Some(day(to)?) })
    }
}

impl serde::Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Interval {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_day_is_refused() {
        for wrong in ["2024-01-01/2024-01-01", "2024-01-02/2024-01-01", "2024-01-01", "x/..", ""] {
            let error = wrong.parse::<Interval>().unwrap_err();
            assert_eq!(error.code(), "factors.interval_invalid", "{wrong}");
        }
        assert!("31/06/2019".parse::<Interval>().is_err(), "a real expiry text, and no date");
        assert!(Interval::of_year(i32::MAX).is_err());
    }
}
