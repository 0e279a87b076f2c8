//! What starts a clock, and when it did.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::error::head;
use super::{Error, Zone};

/// The event that starts the clock of a rule.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Trigger {
    /// The record was archived here. Always known.
    Archived,
    /// The financial year that the record belongs to ended.
    FinancialYearEnd,
    /// The report was drawn up (adopted, signed).
    DrawnUp,
    /// The last entry was made in what the record belongs to.
    LastEntry,
    /// The report was made public.
    Publication,
    /// The CBAM declaration was submitted or, where none was, should have been. Of two days in
    /// different years the later one is the safe one.
    DeclarationSubmitted,
    /// The EUDR due diligence statement was submitted.
    StatementSubmitted,
    /// The goods were placed on the market or exported.
    PlacedOnMarket,
    /// The goods were made available on the market by a trader.
    MadeAvailable,
    /// The audit or review was concluded.
    AuditConcluded,
    /// Personal data stopped being processed.
    ProcessingEnded,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.into())
    }
}

/// When an event happened: a day, or a moment that falls on a day where the duty is.
///
/// Written `2026-03-01` or `2026-03-01T00:30:00+02:00`. A moment is kept in UTC and needs an offset:
/// without one nobody knows its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerDate {
    /// A day.
    Day(NaiveDate),
    /// A moment.
    Moment(DateTime<Utc>),
}

impl TriggerDate {
    /// The day of it in a zone.
    pub fn day_in(self, zone: Zone) -> NaiveDate {
        match self {
            Self::Day(day) => day,
            Self::Moment(moment) => zone.day_of(moment),
        }
    }

    /// Refuses dates that can only be a slip: before 1900, after 9000.
    pub(super) fn check(self) -> Result<Self, Error> {
        let year = self.day_in(Zone::UTC).year();
        if (1900..=9000).contains(&year) {
            return Ok(self);
        }
        Err(Error::DateOutOfRange { text: self.to_string() })
    }
}

impl fmt::Display for TriggerDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Moment(moment) => {
                f.write_str(&moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
        }
    }
}

impl FromStr for TriggerDate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // chrono reads `2026-3-1` and `+2026-03-01` as dates, too.
        let plain = text.len() == 10 && text.starts_with(|c: char| c.is_ascii_digit());
        let date = match (plain, text.parse(), DateTime::parse_from_rfc3339(text)) {
            (true, Ok(day), _) => Self::Day(day),
            (_, _, Ok(moment)) => Self::Moment(moment.to_utc()),
            _ => {
                return Err(Error::WordUnknown {
                    what: "date",
                    text: head(text),
                    hint: "write a day such as `2026-03-01`, or a moment with its offset such as `2026-03-01T00:30:00+02:00`",
                });
            }
        };
        date.check()
    }
}

impl Serialize for TriggerDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TriggerDate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_that_say_their_day_are_read() {
        for text in ["2026-03-01", "2026-02-28T22:30:00Z", "2026-02-28T22:30:00.250Z"] {
            assert_eq!(text.parse::<TriggerDate>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "2026-02-30",
            "2026-3-01",
            "31/06/2019",
            "2026-03-01T00:30:00",
            "+26-03-01",
            "2026",
        ] {
            assert!(wrong.parse::<TriggerDate>().is_err(), "{wrong}");
        }
        let far = "9999-01-01".parse::<TriggerDate>().unwrap_err();
        assert_eq!(far.code(), "retention.date_out_of_range");
    }
}
