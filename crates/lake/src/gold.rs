//! Silver becomes gold: exact sums that do not depend on the order of anything.
//!
//! Rows are [added up](Sums) as finely as any table needs, in whole numbers, so that any cut into
//! batches and any order give the same bytes. Each total is rounded once: `total_emissions_kg` to 12
//! places, half way to the even digit, with `total_emissions_exact` beside it where that changed it, and
//! `total_emissions` to the nearest double for readers of the documented table.
//!
//! | table | one row for each |
//! | --- | --- |
//! | [`summary`](Metric::Summary) | tenant, scope, category: the documented `emissions_summary` |
//! | [`activity`](Metric::Activity) | the same and activity, method of scope 2, unit |
//! | [`scope2`](Metric::Scope2) | tenant, method, category: both methods, side by side |
//! | [`coverage`](Metric::Coverage) | tenant: rows with and without an answer |
//! | [`yoy`](Metric::YearOverYear) | as `summary`, against the same month of the year before; also what ended |
//! | [`benchmark`](Metric::Benchmark) | tenant and benchmark |
//!
//! Purchased energy is counted by place and by market, and the two are never added (GHG Protocol Scope
//! 2 Guidance, chapter 7): a summary counts by one of them, and says by which. CO2 from plants stands in
//! columns of its own and is part of no total.

mod benchmark;
mod carried;
mod error;
mod sum;
mod sums;
mod tables;
mod year_over_year;

use std::fmt;

use arrow::record_batch::RecordBatch;
use chrono::{DateTime, Datelike as _};

use crate::bronze::cast::DAY;

pub use benchmark::Benchmarks;
pub use error::Error;
pub use sums::Sums;
use year_over_year::Compared;

/// A month of the calendar, in UTC.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// The month, from 1 on.
    pub month: u32,
}

impl Month {
    /// The same month so many years later, or earlier.
    #[must_use]
    pub fn years_on(self, years: i32) -> Self {
        Self { year: self.year.saturating_add(years), ..self }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// The months of moments, which mostly lie on the day of the one before.
#[derive(Debug, Default)]
pub(crate) struct Months {
    last: Option<(i64, Month)>,
}

impl Months {
    /// The month of a moment in microseconds from 1970, in UTC; none beyond the calendar.
    pub(crate) fn of(&mut self, micros: i64) -> Option<Month> {
        let day = micros.div_euclid(DAY);
        match self.last {
            Some((last, month)) if last == day => Some(month),
            _ => {
                let moment = DateTime::from_timestamp_micros(micros)?;
                let month = Month { year: moment.year(), month: moment.month() };
                self.last = Some((day, month));
                Some(month)
            }
        }
    }
}

/// A text is none of the names that there are.
///
/// ```
/// use lake::gold::Metric;
///
/// let error = "total".parse::<Metric>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "use `summary`, `activity`, `scope2`, `coverage`, `yoy` or `benchmark`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use {names}")]
pub struct UnknownName {
    names: String,
}

impl UnknownName {
    fn of<T: strum::VariantNames>(_: &str) -> Self {
        let quoted = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|it| format!("`{it}`")).collect();
            names.join(", ")
        };
        let names = match T::VARIANTS {
            [some @ .., last] if !some.is_empty() => format!("{} or `{last}`", quoted(some)),
            all => quoted(all),
        };
        Self { names }
    }
}

/// By which method purchased energy is counted where only one total is given.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Scope2Method>)]
pub enum Scope2Method {
    /// By place: the average of the grid.
    #[default]
    Location,
    /// By market: what was bought, and the residual mix for the rest.
    Market,
}

impl Scope2Method {
    /// Whether a factor that answers this question counts.
    fn takes(self, method: &str) -> bool {
        match self {
            Self::Location => method == "location",
            Self::Market => matches!(method, "market" | "residual"),
        }
    }
}

/// A table of gold.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::VariantNames,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Metric>)]
#[non_exhaustive]
pub enum Metric {
    /// By tenant, scope and category.
    Summary,
    /// By activity.
    Activity,
    /// Purchased energy by both methods.
    Scope2,
    /// Rows with and without an answer.
    Coverage,
    /// Against the year before.
    #[strum(serialize = "yoy")]
    YearOverYear,
    /// Against figures of others.
    Benchmark,
}

/// What the tables of gold depend on, apart from rows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How scope 2 is counted in a summary, a comparison of years and a benchmark.
    pub scope2: Scope2Method,
    /// The last event of the factors that counts like for like.
    pub known_at: u64,
    /// What is compared with.
    pub benchmarks: Option<Benchmarks>,
}

/// The rows of a table for a month. `like_for_like` holds the same rows of silver as `sums`, calculated
/// once more with the factors known at [`Options::known_at`]; only [`Metric::YearOverYear`] asks for it.
/// A month without rows has no row.
///
/// # Errors
///
/// [`Error::OutOfRange`].
pub fn aggregate(
    metric: Metric,
    month: Month,
    sums: &Sums,
    like_for_like: &Sums,
    options: &Options,
) -> Result<RecordBatch, Error> {
    let none = sums::MonthSums::default();
    let now = sums.months.get(&month).unwrap_or(&none);
    match metric {
        Metric::Summary => tables::summary(now, options.scope2),
        Metric::Activity => tables::activity(now),
        Metric::Scope2 => tables::scope2(now),
        Metric::Coverage => tables::coverages(now),
        Metric::YearOverYear => {
            let before = month.years_on(-1);
            let compared = Compared {
                now,
                before: sums.months.get(&before),
                like_now: like_for_like.months.get(&month),
                like_before: like_for_like.months.get(&before),
                known_at: options.known_at,
            };
            year_over_year::year_over_year(&compared, options.scope2)
        }
        Metric::Benchmark => {
            let nothing = Benchmarks::csv(b"benchmark,value,source\n")?;
            let benchmarks = options.benchmarks.as_ref().unwrap_or(&nothing);
            benchmark::compare(now, benchmarks, options.scope2)
        }
    }
}
