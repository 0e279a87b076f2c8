//! Locks as they are typed: `compliance:7y`, `governance:2027-01-01`.

use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use platform::store::LockMode;

/// The longest time that is taken, in days. S3 takes 100 years.
const MAX_DAYS: u32 = 36_500;

/// Days in a year. S3 reckons the years of a default retention in the same way.
const DAYS_A_YEAR: u32 = 365;

/// A lock that lasts at least until a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LockUntil {
    pub(crate) mode: LockMode,
    until: Until,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Now,
    Day(NaiveDate),
    /// Days from now on.
    Days(u32),
}

impl LockUntil {
    /// The moment, if it is `now`.
    pub(crate) fn moment(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.until {
            Until::Now => now,
            Until::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
            Until::Days(days) => now + Days::new(days.into()),
        }
    }
}

impl FromStr for LockUntil {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mode, until) = match text.split_once(':') {
            None => (mode(text)?, Until::Now),
            Some((word, rest)) => {
                let day = rest.parse().map(Until::Day);
                (mode(word)?, day.or_else(|_| days(rest).map(Until::Days))?)
            }
        };
        Ok(Self { mode, until })
    }
}

/// A lock that lasts for a time after an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LockFor {
    pub(crate) mode: LockMode,
    pub(crate) days: u32,
}

impl FromStr for LockFor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, time) =
            text.split_once(':').ok_or("write a mode and a time: `compliance:7y`")?;
        Ok(Self { mode: mode(word)?, days: days(time)? })
    }
}

/// How long the records of one class are locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassDays {
    pub(crate) class: String,
    pub(crate) days: u32,
}

impl FromStr for ClassDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (class, time) = text.split_once('=').ok_or("write a class and a time: `tax=10y`")?;
        Ok(Self { class: class.to_owned(), days: days(time)? })
    }
}

fn mode(word: &str) -> Result<LockMode, String> {
    match word {
        "compliance" => Ok(LockMode::Compliance),
        "governance" => Ok(LockMode::Governance),
        other => Err(format!("`{other}` is no mode: write `compliance` or `governance`")),
    }
}

/// A time in days, as it is typed: `90d`, `7y`.
fn days(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is no time: write `90d`, `7y` or a day such as `2030-01-01`");
    let (number, unit) = match (text.strip_suffix('d'), text.strip_suffix('y')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, DAYS_A_YEAR),
        (None, None) => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    match number.checked_mul(unit) {
        Some(days @ 1..=MAX_DAYS) => Ok(days),
        _ => Err(format!("`{text}` is not between a day and 100 years")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_a_mode_and_perhaps_a_day_or_a_time() {
        let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let until = |text: &str| text.parse::<LockUntil>().map(|it| it.moment(now).to_rfc3339());
        assert_eq!(until("compliance").unwrap(), "2026-03-01T12:00:00+00:00");
        assert_eq!(until("compliance:2027-01-31").unwrap(), "2027-01-31T00:00:00+00:00");
        assert_eq!(until("governance:1y").unwrap(), "2027-03-01T12:00:00+00:00");
        for wrong in
            ["", "never", "compliance:", "compliance:7", "compliance:0d", "governance:101y"]
        {
            assert!(until(wrong).is_err(), "{wrong}");
        }
        let lock: LockFor = "governance:90d".parse().unwrap();
        assert_eq!((lock.mode, lock.days), (LockMode::Governance, 90));
        let tax: ClassDays = "tax=10y".parse().unwrap();
        assert_eq!((tax.class.as_str(), tax.days), ("tax", 3650));
        assert!("governance:2027-01-31".parse::<LockFor>().is_err());
    }
}
