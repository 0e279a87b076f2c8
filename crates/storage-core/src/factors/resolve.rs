//! Finding the figure for a purpose, and saying how it was found.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;

use super::interval::number_of;
use super::timeline::{Mark, View};
use super::version::shared;
use super::{
    Catalogue, Error, Factor, FactorId, Found, GasBasis, Interval, KnownAt, S2Method, Version,
};

mod tie;

/// What is looked for. What is `None` is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// The activity, as the factors spell it.
    pub activity: String,
    /// The region, as the factors spell it.
    pub region: Option<String>,
    /// The unit of the activity.
    pub unit: Option<String>,
    /// What the unit refers to: `HHV` and `LHV` are never taken for each other. `None` finds only
    /// factors that say nothing about it.
    pub basis: Option<String>,
    /// Publishers or datasets, one of which it has to be of; empty for any.
    pub sources: BTreeSet<String>,
    /// With which warming potentials it has to be weighted.
    pub gwp_set: Option<String>,
    /// Masses, or weighted figures.
    pub gas_basis: Option<GasBasis>,
    /// What of the life cycle has to be counted.
    pub lca_boundary: Option<String>,
    /// Which question of scope 2 it has to answer. Marginal figures are found only if they are asked
    /// for.
    pub s2_method: Option<S2Method>,
    /// The technology.
    pub technology: Option<String>,
    /// Marks of quality that it must not have.
    pub quality_excluded: BTreeSet<String>,
    /// Whether it may be handed on.
    pub redistributable: bool,
}

/// What may be taken instead. By default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fallback {
    /// Other regions, in this order: a country for a zone, `WORLD` for a country.
    pub regions: Vec<String>,
    /// Other days.
    pub year: YearFallback,
    /// What if several fit equally well.
    pub on_tie: OnTie,
}

/// Which days may be taken instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum YearFallback {
    /// None.
    #[default]
    Never,
    /// The latest days before, at most so many years back.
    Earlier {
        /// How many years.
        most_years: u32,
    },
    /// The edition that the rule of the United Kingdom names for a period of reporting; the day that is
    /// asked for does not count then. See [`edition_year`].
    Defra {
        /// The period.
        period: Interval,
    },
}

/// What if several fit equally well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnTie {
    /// It is an error, which names them.
    #[default]
    Error,
    /// The newest edition, of those the highest figure, of those the first name. Never across
    /// boundaries, methods, bases of gases or licences.
    NewestThenHighest,
}

/// What was found, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// What it is about.
    #[serde(serialize_with = "shared::serialize")]
    pub factor: Arc<Factor>,
    /// The version.
    pub found: Found,
    /// As of which event it was asked: pin this.
    pub known_at: Option<u64>,
    /// What was done, in order. One step if nothing was taken instead of anything.
    pub steps: Vec<Step>,
    /// How far what was found is from what was asked for.
    pub penalties: Vec<Penalty>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// One step on the way to a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The edition for a period of reporting was chosen.
    Edition {
        /// Its year.
        year: i32,
    },
    /// A region was looked at, and a figure for the day found or not.
    Region {
        /// Which; `None` is no region.
        region: Option<String>,
        /// Whether there was one.
        found: bool,
    },
    /// Earlier days of a region were looked at.
    Earlier {
        /// Which region.
        region: Option<String>,
        /// The days of what was found.
        valid: Option<Interval>,
    },
    /// One of several was chosen.
    Tie {
        /// Among which.
        among: Vec<FactorId>,
    },
}

/// How far what was found is from what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Penalty {
    /// So many regions further.
    Regions(u32),
    /// So many years back, begun ones included.
    Years(u32),
}

/// Something that fits but for one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Near {
    /// Which factor.
    pub factor_id: FactorId,
    /// What does not fit.
    pub because: String,
}

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// No factor is what was asked for.
    #[error("no factor for `{activity}` is what was asked for{}", list(near))]
    NotKnown {
        /// The activity.
        activity: String,
        /// What nearly fits.
        near: Vec<Near>,
        /// What was looked at.
        steps: Vec<Step>,
    },
    /// Factors fit, and none has a version for the day.
    #[error("no version for `{activity}` is valid on {valid_at}{}", list(near))]
    NotValid {
        /// The activity.
        activity: String,
        /// The day.
        valid_at: NaiveDate,
        /// What there is.
        near: Vec<Near>,
        /// What was looked at.
        steps: Vec<Step>,
    },
    /// Several fit, and nothing says which.
    #[error("{} factors fit equally well: {}", among.len(), names(among))]
    Ambiguous {
        /// Which.
        among: Vec<FactorId>,
        /// In what they differ that is never chosen silently.
        differ_in: Option<&'static str>,
    },
    /// What is stored cannot be asked or trusted.
    #[error(transparent)]
    Catalogue(#[from] Error),
}

impl ResolveError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotKnown { .. } => "factors.resolve_not_known",
            Self::NotValid { .. } => "factors.resolve_not_valid",
            Self::Ambiguous { .. } => "factors.resolve_ambiguous",
            Self::Catalogue(error) => error.code(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotKnown { .. } => "name other regions to fall back to, or ask for less",
            Self::NotValid { .. } => "allow earlier years, or import the edition for that day",
            Self::Ambiguous { differ_in: Some(_), .. } => "say which one is meant",
            Self::Ambiguous { .. } => "say more, or allow the newest and then the highest",
            Self::Catalogue(error) => return error.hint(),
        })
    }
}

fn list(near: &[Near]) -> String {
    let parts: Vec<_> =
        near.iter().take(3).map(|it| format!("`{}` {}", it.factor_id, it.because)).collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join("; ")) }
}

fn names(among: &[FactorId]) -> String {
    let names: Vec<_> = among.iter().take(5).map(|it| format!("`{it}`")).collect();
    names.join(", ")
}

/// The year of the UK edition for a period of reporting: that in which most of its days lie, and if
/// neither year has clearly more (July to June), the newer one.
///
/// Source: the guidance of the conversion factors, as summed up by "Carbon conversion factors", aems.ie.
///
/// ```
/// use storage_core::factors::edition_year;
///
/// assert_eq!(edition_year("2014-01-01/2015-01-01".parse()?), 2014);
/// assert_eq!(edition_year("2014-04-01/2015-04-01".parse()?), 2014);
/// assert_eq!(edition_year("2014-07-01/2015-07-01".parse()?), 2015);
/// # Ok::<(), storage_core::factors::Error>(())
/// ```
pub fn edition_year(period: Interval) -> i32 {
    let from = period.from();
    let last = period.to().and_then(|it| it.pred_opt()).unwrap_or(from);
    let days_in = |year: i32| {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).map_or(from, |it| it.max(from));
        let end = NaiveDate::from_ymd_opt(year, 12, 31).map_or(last, |it| it.min(last));
        (end - first).num_days() + 1
    };
    // Half years differ by up to three days and count as equal.
    let most = (from.year()..=last.year()).map(days_in).max().unwrap_or_default();
    (from.year()..=last.year()).rev().find(|year| days_in(*year) + 3 >= most).unwrap_or(from.year())
}

/// Something that fits and counts.
struct Hit {
    number: u32,
    mark: Mark,
    version: Arc<Version>,
}

impl Catalogue {
    /// Finds the version that counts for a purpose on a day, as it was known then.
    ///
    /// Nothing is taken instead of anything unless `fallback` says so, and each such step is named. For
    /// each region in turn, the day itself comes before earlier days. A figure of another boundary,
    /// another basis of gases or under another licence than asked for is never taken.
    ///
    /// # Errors
    ///
    /// [`ResolveError::NotKnown`] and [`ResolveError::NotValid`] with what nearly fits,
    /// [`ResolveError::Ambiguous`].
    pub fn resolve(
        &self,
        selector: &Selector,
        valid_at: NaiveDate,
        known_at: &KnownAt,
        fallback: &Fallback,
    ) -> Result<Resolution, ResolveError> {
        let bound = self.bound(known_at)?;
        let mut steps = Vec::with_capacity(1);
        let mut asked = valid_at;
        if let YearFallback::Defra { period } = fallback.year {
            let year = edition_year(period);
            steps.push(Step::Edition { year });
            asked = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(valid_at);
        }
        let day = number_of(asked);
        let regions = fallback.regions.iter().map(|it| Some(it.as_str()));
        let regions = std::iter::once(selector.region.as_deref()).chain(regions);
        for (further, region) in regions.enumerate() {
            let fitting = self.fitting(selector, region);
            let hits = self.hits(selector, &fitting, |timeline| match timeline.at(day, bound) {
                View::Version(mark) => Some(mark),
                _ => None,
            })?;
            let name = region.map(str::to_owned);
            steps.push(Step::Region { region: name.clone(), found: !hits.is_empty() });
            let mut penalties = Vec::new();
            if further > 0 {
                penalties.push(Penalty::Regions(further as u32));
            }
            if !hits.is_empty() {
                return self.choose(hits, fallback.on_tie, bound, steps, penalties, selector);
            }
            let YearFallback::Earlier { most_years } = fallback.year else { continue };
            let oldest =
                asked.checked_sub_months(chrono::Months::new(most_years.saturating_mul(12)));
            let oldest = oldest.map_or(i32::MIN, number_of);
            let mut valid = None;
            let hits = self.hits(selector, &fitting, |timeline| {
                let (stretch, mark) = timeline.latest_before(day, bound)?;
                // Its last day lies not too far back.
                (stretch.to > oldest).then_some(mark)
            })?;
            let latest = hits.iter().map(|it| it.version.valid.days().1).max();
            let hits: Vec<_> =
                hits.into_iter().filter(|it| Some(it.version.valid.days().1) == latest).collect();
            if let Some(hit) = hits.first() {
                valid = Some(hit.version.valid);
                let end = hit.version.valid.to().unwrap_or(asked).min(asked);
                let months = (asked - end).num_days().max(0) as u32;
                penalties.push(Penalty::Years(months / 366 + 1));
            }
            steps.push(Step::Earlier { region: name, valid });
            if !hits.is_empty() {
                return self.choose(hits, fallback.on_tie, bound, steps, penalties, selector);
            }
        }
        Err(self.nothing(selector, asked, bound, steps, fallback))
    }

    /// The factors that are what was asked for, as far as their identity tells.
    fn fitting(&self, selector: &Selector, region: Option<&str>) -> Vec<u32> {
        let there = self.at_place(&selector.activity, region.unwrap_or_default()).iter().copied();
        there.filter(|it| misfit(selector, self.factor_at(*it)).is_none()).collect()
    }

    fn hits(
        &self,
        selector: &Selector,
        fitting: &[u32],
        mark: impl Fn(&super::timeline::Timeline) -> Option<Mark>,
    ) -> Result<Vec<Hit>, Error> {
        let mut hits = Vec::with_capacity(fitting.len());
        for number in fitting {
            let Some(mark) = mark(self.timeline_at(*number)) else { continue };
            let version = self.read(mark.version)?;
            if misfit_of(selector, &version).is_none() {
                hits.push(Hit { number: *number, mark, version });
            }
        }
        Ok(hits)
    }

    /// Says what there is, where nothing was found.
    fn nothing(
        &self,
        selector: &Selector,
        valid_at: NaiveDate,
        bound: u64,
        steps: Vec<Step>,
        fallback: &Fallback,
    ) -> ResolveError {
        const MOST: usize = 16;
        let (mut near, mut dated) = (Vec::new(), Vec::new());
        let regions = fallback.regions.iter().map(|it| Some(it.as_str()));
        for region in std::iter::once(selector.region.as_deref()).chain(regions) {
            let there = self.at_place(&selector.activity, region.unwrap_or_default());
            for number in there.iter().take(MOST) {
                let factor = self.factor_at(*number);
                let factor_id = factor.factor_id.clone();
                if let Some(because) = misfit(selector, factor) {
                    near.push(Near { factor_id, because });
                    continue;
                }
                let because = match self.answer(*number, number_of(valid_at), bound) {
                    Ok(super::Answer::Version(found)) => {
                        let because = misfit_of(selector, &found.version).unwrap_or_default();
                        near.push(Near { factor_id, because });
                        continue;
                    }
                    Ok(super::Answer::NotKnown) => continue,
                    Ok(super::Answer::Withdrawn { since, .. }) => {
                        format!("was withdrawn on {}", since.date_naive())
                    }
                    Ok(super::Answer::NotValid { nearest }) => nearest
                        .map(|it| format!("is valid {}", it.version.valid))
                        .unwrap_or_default(),
                    Err(error) => return error.into(),
                };
                dated.push(Near { factor_id, because });
            }
        }
        let activity = selector.activity.clone();
        if dated.is_empty() {
            ResolveError::NotKnown { activity, near, steps }
        } else {
            ResolveError::NotValid { activity, valid_at, near: dated, steps }
        }
    }
}

/// In what a factor is not what was asked for.
fn misfit(selector: &Selector, factor: &Factor) -> Option<String> {
    let differs = |asked: &Option<String>, is: Option<&str>, what: &str| match asked {
        Some(asked) if is != Some(asked) => {
            Some(format!("has the {what} `{}`", is.unwrap_or("none")))
        }
        _ => None,
    };
    if selector.basis != factor.basis {
        let is = factor.basis.as_deref().unwrap_or("none");
        return Some(format!("has the basis `{is}`"));
    }
    let method = match (selector.s2_method, factor.s2_method) {
        (None, Some(S2Method::Marginal)) => Some("is marginal".to_owned()),
        (Some(asked), is) if is != Some(asked) => Some(format!("answers {is:?}, not {asked:?}")),
        _ => None,
    };
    method
        .or_else(|| differs(&selector.unit, Some(&factor.unit), "unit"))
        .or_else(|| differs(&selector.lca_boundary, factor.lca_boundary.as_deref(), "boundary"))
        .or_else(|| differs(&selector.technology, factor.technology.as_deref(), "technology"))
}

/// In what a version is not what was asked for.
fn misfit_of(selector: &Selector, version: &Version) -> Option<String> {
    let source = &version.source;
    let sources = &selector.sources;
    if !sources.is_empty()
        && !sources.contains(&source.publisher)
        && !sources.contains(&source.dataset)
    {
        return Some(format!("is of `{}`", source.publisher));
    }
    if selector.gwp_set.is_some() && selector.gwp_set != version.gwp_set {
        let is = version.gwp_set.as_deref().unwrap_or("nothing that is said");
        return Some(format!("is weighted with `{is}`"));
    }
    if selector.gas_basis.is_some_and(|asked| asked != version.gas_basis) {
        return Some("has the other basis of gases".to_owned());
    }
    if let Some(mark) = selector.quality_excluded.intersection(&version.quality).next() {
        return Some(format!("bears the mark `{mark}`"));
    }
    if selector.redistributable && !version.licence.redistribute {
        return Some(format!("may not be handed on (`{}`)", version.licence.name));
    }
    None
}
