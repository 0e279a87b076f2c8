//! Which records, as they are typed.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;

/// Which records; all that fit everything that is named.
#[derive(Debug, Default, Args)]
pub(crate) struct Filters {
    /// Records about this resource
    #[arg(long)]
    pub(crate) resource: Option<String>,
    /// Records of this actor
    #[arg(long)]
    pub(crate) actor: Option<String>,
    /// Records of this action
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Records of this type
    #[arg(long, value_name = "TYPE")]
    pub(crate) event_type: Option<String>,
    /// Records not stamped before this moment: a day, or a time such as `2026-01-31T09:00:00Z`
    #[arg(long, value_name = "MOMENT")]
    pub(crate) from: Option<Moment>,
    /// Records stamped before this moment
    #[arg(long, value_name = "MOMENT")]
    pub(crate) to: Option<Moment>,
    /// Records by number: `10..20` without 20, `10..=20` with it, `10..`, `..20`
    #[arg(long, value_name = "A..B")]
    pub(crate) seq: Option<Numbers>,
}

/// A moment; a day begins at midnight UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) DateTime<Utc>);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Ok(Self(day.and_time(NaiveTime::MIN).and_utc()));
        }
        let moment = DateTime::parse_from_rfc3339(text).map(|it| Self(it.to_utc()));
        moment.map_err(|_| {
            format!("`{text}` is no moment: write `2026-01-31` or `2026-01-31T09:00:00Z`")
        })
    }
}

/// Numbers of records, from `first` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) first: Option<u64>,
    pub(crate) end: Option<u64>,
}

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range: write `10..20`, `10..=20`, `10..` or `..20`");
        let number = |text: &str| match text {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| wrong()),
        };
        let (first, end) = text.split_once("..").ok_or_else(wrong)?;
        let (first, end) = match end.strip_prefix('=') {
            None => (number(first)?, number(end)?),
            Some(last) => {
                let last: u64 = number(last)?.ok_or_else(wrong)?;
                (number(first)?, Some(last.checked_add(1).ok_or_else(wrong)?))
            }
        };
        match (first, end) {
            (None, None) => Err(wrong()),
            (Some(first), Some(end)) if first >= end => Err(format!("`{text}` holds no record")),
            _ => Ok(Self { first, end }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_rust() {
        let numbers = |text: &str| text.parse::<Numbers>().map(|it| (it.first, it.end));
        assert_eq!(numbers("10..20"), Ok((Some(10), Some(20))));
        assert_eq!(numbers("10..=20"), Ok((Some(10), Some(21))));
        assert_eq!(numbers("10.."), Ok((Some(10), None)));
        assert_eq!(numbers("..20"), Ok((None, Some(20))));
        for wrong in ["", "..", "10", "20..10", "10..10", "a..b", "10..=", "-1..2", "1...3"] {
            assert!(numbers(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let moment = |text: &str| text.parse::<Moment>().map(|it| it.0.to_rfc3339());
        assert_eq!(moment("2026-01-31").unwrap(), "2026-01-31T00:00:00+00:00");
        assert_eq!(moment("2026-01-31T09:00:00+01:00").unwrap(), "2026-01-31T08:00:00+00:00");
        assert!(moment("yesterday").is_err());
    }
}
