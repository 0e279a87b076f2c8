//! The stretch of days whose rows a file holds.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// A day, a month or a year, as the folders of a partition name it.
///
/// ```
/// use lake::retain::Period;
///
/// let folder = |text: &str| text.split('/').filter_map(|it| it.split_once('='))
///     .map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
/// let month = Period::of(&folder("tenant_id=acme/year=2024/month=2")).expect("it names a month");
/// assert_eq!(month.last(), "2024-02-29".parse()?);
/// assert_eq!(month.to_string(), "2024-02");
/// assert_eq!(Period::of(&folder("tenant_id=acme")), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    first: NaiveDate,
    last: NaiveDate,
}

impl Period {
    /// What the columns `year`, `month` and `day` of a partition name. `None` without a year of four
    /// digits, or where there is no such day.
    pub fn of(partition: &BTreeMap<String, String>) -> Option<Self> {
        let number = |name: &str| partition.get(name).map(|it| it.parse::<u32>().ok());
        let year = i32::try_from(number("year")??).ok().filter(|it| (1..=9999).contains(it))?;
        match (number("month"), number("day")) {
            (None, _) => Self::years(year),
            (Some(month), None) => Self::month(year, month?),
            (Some(month), Some(day)) => {
                let day = NaiveDate::from_ymd_opt(year, month?, day?)?;
                Some(Self { first: day, last: day })
            }
        }
    }

    fn years(year: i32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
        Some(Self { first, last: NaiveDate::from_ymd_opt(year, 12, 31)? })
    }

    /// A month; `None` if there is no such month.
    pub fn month(year: i32, month: u32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let last = first.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?;
        Some(Self { first, last })
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        self.last
    }

    /// Whether a day lies in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// The same days of the year before; of a leap year the last of February.
    pub(super) fn year_before(self) -> Option<Self> {
        let before = |day: NaiveDate| day.checked_sub_months(Months::new(12));
        let (first, last) = (before(self.first)?, before(self.last)?);
        // A month ends with its last day, also where that is one day later.
        let ends = self.last.succ_opt().is_some_and(|it| it.day() == 1);
        match ends {
            true => Some(Self { first, last: Self::month(last.year(), last.month())?.last }),
            false => Some(Self { first, last }),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.first, self.last);
        match (first == last, (first.year(), first.month()) == (last.year(), last.month())) {
            (true, _) => write!(f, "{first}"),
            (false, true) => write!(f, "{}", first.format("%Y-%m")),
            (false, false) => write!(f, "{}", first.format("%Y")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Period> {
        let levels = text.split('/').filter_map(|it| it.split_once('='));
        Period::of(&levels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn folders_name_years_months_and_days() {
        let shown = |text: &str| of(text).map(|it| (it.to_string(), it.last().to_string()));
        let both = |name: &str, last: &str| Some((name.to_owned(), last.to_owned()));
        assert_eq!(shown("year=2024"), both("2024", "2024-12-31"));
        assert_eq!(shown("year=2023/month=2"), both("2023-02", "2023-02-28"));
        assert_eq!(shown("year=2023/month=12"), both("2023-12", "2023-12-31"));
        assert_eq!(shown("year=2024/month=2/day=29"), both("2024-02-29", "2024-02-29"));
        for none in ["", "month=2", "year=twenty", "year=2023/month=13", "year=2023/month=2/day=29"]
        {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(of("year=99999"), None);
    }

    #[test]
    fn the_year_before_has_whole_months() {
        let before = |text: &str| {
            let before = of(text).unwrap().year_before().unwrap();
            format!("{} {}", before.first(), before.last())
        };
        assert_eq!(before("year=2025/month=2"), "2024-02-01 2024-02-29");
        assert_eq!(before("year=2024/month=2"), "2023-02-01 2023-02-28");
        assert_eq!(before("year=2024"), "2023-01-01 2023-12-31");
        assert!(of("year=2024").unwrap().overlaps(of("year=2024/month=7").unwrap()));
        assert!(!of("year=2024/month=6").unwrap().overlaps(of("year=2024/month=7").unwrap()));
    }
}
