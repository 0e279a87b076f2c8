//! Where a day begins.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::Error;
use super::error::head;

/// A time zone of the IANA database, which decides on which day a moment falls.
///
/// Half past midnight in Helsinki is still the day before in UTC:
///
/// ```
/// use storage_core::retention::Zone;
///
/// let helsinki: Zone = "Europe/Helsinki".parse()?;
/// let moment = "2026-03-01T00:30:00+02:00".parse()?;
/// assert_eq!(helsinki.day_of(moment), "2026-03-01".parse()?);
/// assert_eq!(Zone::UTC.day_of(moment), "2026-02-28".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Offsets of days to come are those of today's database; a country that changes its clock moves
/// such moments by an hour or so. Nothing is computed from the zone of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The day on which a moment falls here.
    pub fn day_of(self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.0).date_naive()
    }

    /// The first moment at which all earlier days are over here.
    ///
    /// Where clocks are put forward at midnight, the day begins later; where they are put back over
    /// midnight, the day before ends twice and the second end counts; a day that a country left out
    /// begins with the next one.
    pub fn start_of(self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        match self.0.from_local_datetime(&midnight) {
            chrono::LocalResult::Single(moment) => moment.to_utc(),
            chrono::LocalResult::Ambiguous(first, second) => {
                let (first, second) = (first.to_utc(), second.to_utc());
                let still = self.day_of(second - TimeDelta::seconds(1)) < day;
                if still { second } else { first }
            }
            chrono::LocalResult::None => {
                // Offsets lie within 16 hours of UTC, and at most one day was ever left out.
                let mut before = midnight.and_utc() - TimeDelta::hours(16);
                let mut after = midnight.and_utc() + TimeDelta::hours(40);
                while after - before > TimeDelta::seconds(1) {
                    let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
                    if self.day_of(middle) >= day { after = middle } else { before = middle }
                }
                after
            }
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self).map_err(|_| Error::WordUnknown {
            what: "time zone",
            text: head(text),
            hint: "write a name of the IANA database, such as `Europe/Berlin` or `UTC`",
        })
    }
}

impl serde::Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(zone: &str, day: &str) -> String {
        let start = zone.parse::<Zone>().unwrap().start_of(day.parse().unwrap());
        start.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    #[test]
    fn a_day_begins_where_its_zone_says() {
        // Summer and winter time of Berlin; thirteen hours ahead; half an hour.
        assert_eq!(start("Europe/Berlin", "2031-07-01"), "2031-06-30T22:00:00Z");
        assert_eq!(start("Europe/Berlin", "2032-01-01"), "2031-12-31T23:00:00Z");
        assert_eq!(start("Pacific/Auckland", "2027-01-01"), "2026-12-31T11:00:00Z");
        assert_eq!(start("America/New_York", "2033-03-01"), "2033-03-01T05:00:00Z");
        assert_eq!(start("Asia/Kolkata", "2027-01-01"), "2026-12-31T18:30:00Z");
    }

    #[test]
    fn midnights_that_are_missing_or_come_twice() {
        // Sao Paulo 2018-11-04: from 00:00 (-03) straight to 01:00 (-02).
        assert_eq!(start("America/Sao_Paulo", "2018-11-04"), "2018-11-04T03:00:00Z");
        // Samoa had no 30 December 2011: 29 December ended at 10:00Z (-10), 31 December follows.
        assert_eq!(start("Pacific/Apia", "2011-12-30"), "2011-12-30T10:00:00Z");
        // Azores 2026-10-25: 01:00 (+00) becomes 00:00 (-01). The day before is over at 00:00Z.
        assert_eq!(start("Atlantic/Azores", "2026-10-25"), "2026-10-25T00:00:00Z");
        // St. John's 2010-11-07: 00:01 (-02:30) became 23:01 (-03:30) of the day before, which was
        // over for good at 00:00 (-03:30).
        assert_eq!(start("America/St_Johns", "2010-11-07"), "2010-11-07T03:30:00Z");
    }
}
