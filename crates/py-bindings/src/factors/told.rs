//! What Python hands over: changes, selectors, moments.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use pyo3::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use storage_core::factors::{
    self as core, Change, Factor, FactorId, GasBasis, Interval, OnTie, Reason, S2Method, Terms,
    Version, VersionId, YearFallback,
};

use crate::error::Problem;
use crate::json;
pub(super) use crate::json::write;

/// As of when: an event, a moment, a tag, or everything.
#[derive(FromPyObject)]
pub(crate) enum KnownAt {
    Seq(u64),
    Moment(DateTime<Utc>),
    Tag(String),
}

pub(crate) fn known_at(told: Option<KnownAt>) -> core::KnownAt {
    match told {
        None => core::KnownAt::Now,
        Some(KnownAt::Seq(seq)) => core::KnownAt::Seq(seq),
        Some(KnownAt::Moment(moment)) => core::KnownAt::Moment(moment),
        Some(KnownAt::Tag(name)) => core::KnownAt::Tag(name),
    }
}

/// A change, and under which circumstances.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    act: Act,
    factor: Option<Factor>,
    version: Option<Version>,
    factor_id: Option<FactorId>,
    valid: Option<Interval>,
    name: Option<String>,
    position: Option<u64>,
    reason: Option<Reason>,
    actor: Option<String>,
    claimed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    supersedes: Vec<VersionId>,
    /// Nothing asked; or a list with the number, or with nothing in it.
    expected_head: Option<Vec<u64>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Act {
    Put,
    Correct,
    Withdraw,
    Reinstate,
    Alias,
    Tag,
}

impl Asked {
    pub(super) fn change(self) -> Result<(Change, Terms), Problem> {
        let missing = |what: &str| {
            Problem::invalid("factors.change_invalid", format!("the change names no {what}"))
        };
        let terms = Terms {
            reason: self.reason,
            actor: self.actor,
            claimed_at: self.claimed_at,
            supersedes: self.supersedes,
            expected_head: self.expected_head.map(|it| it.first().copied()),
        };
        let pair = |factor: Option<Factor>, version: Option<Version>| {
            let factor = Arc::new(factor.ok_or_else(|| missing("factor"))?);
            Ok::<_, Problem>((factor, Arc::new(version.ok_or_else(|| missing("version"))?)))
        };
        let factor_id = || self.factor_id.clone().ok_or_else(|| missing("factor"));
        let name = || self.name.clone().ok_or_else(|| missing("name"));
        let change = match self.act {
            Act::Put => {
                let (factor, version) = pair(self.factor, self.version)?;
                Change::Put { factor, version }
            }
            Act::Correct => {
                let (factor, version) = pair(self.factor, self.version)?;
                Change::Correct { factor, version }
            }
            Act::Withdraw => Change::Withdraw { factor_id: factor_id()?, valid: self.valid },
            Act::Reinstate => Change::Reinstate { factor_id: factor_id()?, valid: self.valid },
            Act::Alias => {
                let alias = name()?.parse().map_err(|error: core::Error| Problem::from(error))?;
                Change::Alias { factor_id: factor_id()?, alias }
            }
            Act::Tag => Change::Tag { name: name()?, position: self.position },
        };
        Ok((change, terms))
    }
}

/// What is looked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Selector {
    activity: String,
    region: Option<String>,
    unit: Option<String>,
    basis: Option<String>,
    sources: Vec<String>,
    gwp_set: Option<String>,
    gas_basis: Option<GasBasis>,
    lca_boundary: Option<String>,
    s2_method: Option<S2Method>,
    technology: Option<String>,
    quality_excluded: Vec<String>,
    redistributable: bool,
}

impl From<Selector> for core::Selector {
    fn from(it: Selector) -> Self {
        Self {
            activity: it.activity,
            region: it.region,
            unit: it.unit,
            basis: it.basis,
            sources: it.sources.into_iter().collect(),
            gwp_set: it.gwp_set,
            gas_basis: it.gas_basis,
            lca_boundary: it.lca_boundary,
            s2_method: it.s2_method,
            technology: it.technology,
            quality_excluded: it.quality_excluded.into_iter().collect(),
            redistributable: it.redistributable,
        }
    }
}

/// What may be taken instead.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fallback {
    regions: Vec<String>,
    earlier_years: Option<u32>,
    uk_period: Option<Interval>,
    newest_then_highest: bool,
}

impl From<Fallback> for core::Fallback {
    fn from(it: Fallback) -> Self {
        let year = match (it.earlier_years, it.uk_period) {
            (Some(most_years), _) => YearFallback::Earlier { most_years },
            (None, Some(period)) => YearFallback::Defra { period },
            (None, None) => YearFallback::Never,
        };
        let on_tie = if it.newest_then_highest { OnTie::NewestThenHighest } else { OnTie::Error };
        Self { regions: it.regions, year, on_tie }
    }
}

/// Reads what the package spelled.
pub(super) fn read<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, Problem> {
    json::read("factors.input_invalid", what, json)
}

/// A day, from the date of Python.
pub(super) type Day = NaiveDate;
