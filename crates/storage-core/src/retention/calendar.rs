//! Counting in calendar years.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc, Weekday};
use serde::{Deserialize, Serialize};

use super::error::head;
use super::{Anchor, Error, LastDay, Rule, TriggerDate, Zone};

/// A number of calendar years and months, written `P7Y`, `P18M` or `P1Y6M` (ISO 8601). Days are
/// refused: five years are 1826 or 1827 days, never a fixed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    // INVARIANT: at most 1200.
    months: u32,
}

/// The longest period: a hundred years.
const MOST_MONTHS: u32 = 1200;

impl Span {
    /// Whole years, at most 100.
    ///
    /// # Errors
    ///
    /// [`Error::PeriodInvalid`] if it is longer.
    pub fn years(years: u32) -> Result<Self, Error> {
        format!("P{years}Y").parse()
    }

    /// All of it in months.
    pub fn total_months(self) -> u32 {
        self.months
    }

    /// Whether it is no time at all.
    pub fn is_nothing(self) -> bool {
        self.months == 0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.months / 12, self.months % 12) {
            (years, 0) => write!(f, "P{years}Y"),
            (0, months) => write!(f, "P{months}M"),
            (years, months) => write!(f, "P{years}Y{months}M"),
        }
    }
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |broken| Error::PeriodInvalid { text: head(text), broken };
        let rest = text.strip_prefix('P').ok_or_else(|| refuse("it does not begin with `P`"))?;
        if rest.contains(['D', 'W', 'T']) {
            return Err(refuse("days, weeks and hours are no calendar years or months"));
        }
        let number = |text: &str| match text.parse::<u32>() {
            Ok(number) if text.bytes().all(|it| it.is_ascii_digit()) => Ok(number),
            _ => Err(refuse("it is not whole years and months")),
        };
        let (years, rest) = match rest.split_once('Y') {
            Some((years, rest)) => (number(years)?, rest),
            None => (0, rest),
        };
        let months = match rest.strip_suffix('M') {
            Some(months) => number(months)?,
            None if rest.is_empty() && text.ends_with('Y') => 0,
            None => return Err(refuse("it is not whole years and months")),
        };
        let months = years.checked_mul(12).and_then(|it| it.checked_add(months));
        match months {
            Some(months) if months <= MOST_MONTHS => Ok(Self { months }),
            _ => Err(refuse("it is longer than a hundred years")),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// When a duty ends, and how that was reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    /// The day of the event where the duty is.
    pub event_day: NaiveDate,
    /// The day from which the period runs: that of the event, or 31 December of its year. It is not
    /// counted itself (Regulation 1182/71, Article 3(1)).
    pub runs_from: NaiveDate,
    /// The last day on which the record is protected, all of it.
    pub last_protected_day: NaiveDate,
    /// The first moment of the following day in `zone`: from here on it may be deleted.
    pub deletable_from: DateTime<Utc>,
    /// Where days begin and end.
    pub zone: Zone,
}

impl Expiry {
    /// The end of what `rule` protects if its event happened at `trigger`; `place` is where the
    /// record belongs to and decides where the rule names no zone.
    ///
    /// The day of the event is not counted, and the period ends with the last hour of the day of the
    /// same date (Regulation 1182/71, Article 3(1) and (2)(c); Court of Justice, C-171/03, Toeters).
    /// A date that the last month does not have becomes its last day: from 29 February on, one year
    /// ends with 28 February.
    ///
    /// ```
    /// use storage_core::retention::{Expiry, RuleTable, Zone};
    ///
    /// let table = RuleTable::builtin();
    /// let rule = table.current("eudr-4-3").expect("it is built in");
    /// let end = Expiry::of(rule, "2026-02-27T23:30:00Z".parse()?, "Europe/Helsinki".parse()?)?;
    /// // Half past one on 28 February in Helsinki.
    /// assert_eq!(end.last_protected_day, "2031-02-28".parse()?);
    /// assert_eq!(end.deletable_from, "2031-02-28T22:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DateOutOfRange`] for a day before 1900 or after 9000.
    pub fn of(rule: &Rule, trigger: TriggerDate, place: Zone) -> Result<Self, Error> {
        let zone = rule.zone.unwrap_or(place);
        let event_day = trigger.check()?.day_in(zone);
        let out_of_range = || Error::DateOutOfRange { text: trigger.to_string() };
        let plain = Self::after(event_day, rule.period, rule.anchor, zone)?;
        let mut last = plain.last_protected_day;
        if let Some(days) = rule.at_least_days {
            let floor = event_day.checked_add_days(Days::new(days.into()));
            last = last.max(floor.ok_or_else(out_of_range)?);
        }
        if rule.last_day == LastDay::WorkingDay {
            while is_closed(last, &rule.holidays) {
                last = last.succ_opt().ok_or_else(out_of_range)?;
            }
        }
        Self::ending(event_day, plain.runs_from, last, zone)
    }

    /// The end of a period that runs from `event_day`, or from the end of its calendar year, in `zone`.
    /// For what falls under no rule of a table.
    ///
    /// ```
    /// use storage_core::retention::{Anchor, Expiry, Span, Zone};
    ///
    /// let end = Expiry::after("2024-01-31".parse()?, Span::years(1)?, Anchor::Date, Zone::UTC)?;
    /// assert_eq!(end.last_protected_day, "2025-01-31".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DateOutOfRange`] for an end that no calendar has.
    pub fn after(
        event_day: NaiveDate,
        period: Span,
        anchor: Anchor,
        zone: Zone,
    ) -> Result<Self, Error> {
        let out_of_range = || Error::DateOutOfRange { text: event_day.to_string() };
        let runs_from = match anchor {
            Anchor::Date => event_day,
            Anchor::EndOfCalendarYear => {
                NaiveDate::from_ymd_opt(event_day.year(), 12, 31).ok_or_else(out_of_range)?
            }
        };
        // Clamps to the last day of the month, as Article 3(2)(c) wants.
        let last = runs_from.checked_add_months(Months::new(period.months));
        let last = last.ok_or_else(out_of_range)?;
        Self::ending(event_day, runs_from, last, zone)
    }

    fn ending(
        event_day: NaiveDate,
        runs_from: NaiveDate,
        last_protected_day: NaiveDate,
        zone: Zone,
    ) -> Result<Self, Error> {
        let out_of_range = || Error::DateOutOfRange { text: last_protected_day.to_string() };
        let next = last_protected_day.succ_opt().ok_or_else(out_of_range)?;
        let deletable_from = zone.start_of(next);
        Ok(Self { event_day, runs_from, last_protected_day, deletable_from, zone })
    }
}

fn is_closed(day: NaiveDate, holidays: &[NaiveDate]) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun) || holidays.contains(&day)
}
