//! From a quantity and a factor to a result that can be calculated again.
//!
//! `CO2e = quantity × conversion × Σ (mass of gas × potential)`, over exact quotients, rounded once
//! at the end. A factor that is CO2e already is not multiplied again. CO2 from plants is reported
//! outside the scopes. A result names everything it was made of, so that [`recompute`] gives the
//! same bytes whatever was published since.
//!
//! ```
//! use std::collections::BTreeMap;
//! use storage_core::Digest;
//! use storage_core::calculation::{Carbon, Request, Terms, Weighting, compute, recompute};
//! use storage_core::gwp::GwpSet;
//!
//! // Natural gas, US EPA GHG Emission Factors Hub 2025, table 1. Methane and nitrous oxide are
//! // published in grams.
//! let gases = [("co2", "53060"), ("ch4", "1"), ("n2o", "0.1")];
//! let gases = gases.map(|(gas, figure)| (gas.to_owned(), figure.parse().expect("a number")));
//! let terms = Terms {
//!     version_id: Digest::of(b"the version"),
//!     gases: BTreeMap::from(gases),
//!     weighting: Weighting::Mass,
//!     result_unit: "g".to_owned(),
//!     unit: "mmBtu (HHV)".to_owned(),
//!     carbon: Carbon::Fossil,
//! };
//! let computed_at = "2026-03-01T09:00:00Z".parse()?;
//! let request = Request::new("100".parse()?, "therms (HHV)", computed_at).weighed(GwpSet::Ar5);
//! let result = compute(&request, &terms)?;
//! // 10 mmBtu x (53.06 + 0.001 x 28 + 0.0001 x 265) kg.
//! assert_eq!(result.value.unrounded.to_string(), "531.145");
//! assert_eq!(result.gases["ch4"].rounded.to_string(), "0.280000000000");
//! assert_eq!(recompute(&result, &terms)?, result);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::gwp::GwpSet;
use crate::units::{self, Dialect, Unit};
use crate::{Decimal, Digest, Ratio, gwp};

mod display;
mod error;
mod per_unit;
mod result;
mod scope2;
mod terms;
pub mod uncertainty;
mod weigh;

pub use display::{Rounding, change_percent, rounded, rounded_parts};
pub use error::Error;
pub use per_unit::{PerUnit, per_unit};
pub use result::{Amount, Calculation, Inputs, Pins, Restatement, recompute, restate};
pub use scope2::{Contract, Market, Scope2, scope2};
pub use terms::{Bridge, Carbon, Terms, Weighting};

/// How this module calculates. Changes when any result would.
pub const METHOD: &str = "calculation/1";

/// How many digits behind the point of a kilogram are kept where nothing else is asked: a
/// nanogram. Published factors have up to 17 digits, most of them noise of binary floats.
pub const PLACES: u32 = 12;

/// The most places that can be asked for.
const MOST_PLACES: u32 = 40;

/// Significant digits of a value that has no finite decimal text.
const SIGNIFICANT: u32 = 40;

/// What is to be calculated, apart from the factor.
#[derive(Clone, Debug)]
pub struct Request {
    /// How much activity.
    pub quantity: Decimal,
    /// Of what: `MWh`, `passenger.km`. The spelling of the factor itself is always understood.
    pub unit: String,
    /// What leads from that unit to the factor's where no table can: heat content, density.
    pub bridges: Vec<Bridge>,
    /// How gases are weighed. `None`: as published, which a factor by mass refuses.
    pub gwp_set: Option<GwpSet>,
    /// To how many digits behind the point of a kilogram the result is rounded.
    pub places: u32,
    /// Which factors were known: the tag or number that the factor was looked up with.
    pub known_at: Option<String>,
    /// When this is calculated.
    pub computed_at: DateTime<Utc>,
}

impl Request {
    /// A request without bridges, as published, rounded to [`PLACES`].
    pub fn new(quantity: Decimal, unit: &str, computed_at: DateTime<Utc>) -> Self {
        let unit = unit.to_owned();
        let (bridges, gwp_set, places, known_at) = (Vec::new(), None, PLACES, None);
        Self { quantity, unit, bridges, gwp_set, places, known_at, computed_at }
    }

    /// The same, with gases weighed with `set`.
    #[must_use]
    pub fn weighed(mut self, set: GwpSet) -> Self {
        self.gwp_set = Some(set);
        self
    }

    /// The same, by way of one more bridge.
    #[must_use]
    pub fn by_way_of(mut self, bridge: Bridge) -> Self {
        self.bridges.push(bridge);
        self
    }

    /// The same, known at this tag or number.
    #[must_use]
    pub fn known_at(mut self, known_at: &str) -> Self {
        self.known_at = Some(known_at.to_owned());
        self
    }
}

/// Calculates.
///
/// # Errors
///
/// [`Error::Units`] when the unit does not lead to that of the factor; [`Error::NoGwpSet`],
/// [`Error::GasUnknown`], [`Error::OnlyCo2e`], [`Error::SetUnknown`], [`Error::NotWhole`],
/// [`Error::GasTwice`] or [`Error::NoGas`] when its gases cannot be weighed as asked;
/// [`Error::TooLong`] or [`Error::TooManyPlaces`] when the result would not fit.
pub fn compute(request: &Request, terms: &Terms) -> Result<Calculation, Error> {
    let pins = Pins {
        version_ids: vec![terms.version_id],
        known_at: request.known_at.clone(),
        gwp_set: None,
        gwp_data_version: gwp::DATA_VERSION.to_owned(),
        unit_table_version: units::TABLE_VERSION.to_owned(),
        method: METHOD.to_owned(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    calculate(request, terms, pins, None)
}

/// Calculates under given pins.
fn calculate(
    request: &Request,
    terms: &Terms,
    pins: Pins,
    restates: Option<Digest>,
) -> Result<Calculation, Error> {
    if request.places > MOST_PLACES {
        return Err(Error::TooManyPlaces);
    }
    let weighed = weigh::weigh(terms, request.gwp_set)?;
    let conversion = conversion(&request.unit, &request.bridges, &terms.unit)?;
    let to_kilograms = terms.result_unit.parse::<Unit>()?.to(&"kg".parse()?)?;
    let times = Ratio::from(&request.quantity) * conversion.clone() * to_kilograms;
    let whole = weighed.total * times.clone();
    let (names, mut exact): (Vec<String>, Vec<Ratio>) =
        weighed.gases.into_iter().map(|(gas, part)| (gas, part * times.clone())).unzip();
    // What the publisher's total has beyond its gases: all of it where there are none, a rounding
    // of the last place where there are. With it the parts add up.
    let known = exact.iter().cloned().fold(Ratio::zero(), |sum, part| sum + part);
    exact.push(whole.clone() + -known);
    let (rounded_whole, rounded) = display::apportioned(&exact, request.places);
    let mut amounts = exact.iter().zip(rounded).map(|(part, rounded)| Amount::new(part, rounded));
    let mut gases = BTreeMap::new();
    for (gas, amount) in names.into_iter().zip(amounts.by_ref()) {
        gases.insert(gas, amount?);
    }
    let unattributed = amounts.next().expect("it was pushed above")?;
    let outside = weighed.outside.map(|part| part * times.clone());
    let outside = outside.map(|part| Amount::new(&part, part.rounded(request.places)));
    Calculation {
        value: Amount::new(&whole, rounded_whole)?,
        unit: "kg".to_owned(),
        gases,
        unattributed,
        outside_scopes: outside.transpose()?,
        conversion: conversion.to_string(),
        warnings: weighed.warnings,
        inputs: Inputs {
            quantity: request.quantity.clone(),
            unit: request.unit.clone(),
            bridges: request.bridges.clone(),
            gwp_set: request.gwp_set,
            places: request.places,
        },
        pins: Pins { gwp_set: weighed.set, ..pins },
        inputs_digest: result::inputs_digest(request, terms),
        computed_at: request.computed_at,
        restates,
        result_hash: Digest::of(b""),
    }
    .sealed()
}

/// How many units of a factor one unit of the quantity is.
fn conversion(from: &str, bridges: &[Bridge], to: &str) -> Result<Ratio, Error> {
    // One's own spelling needs no table, unless it is one that means several things.
    let same = bridges.is_empty() && from.trim() == to.trim();
    if same && matches!(Unit::parse(from, Dialect::None), Err(units::Error::Unknown { .. })) {
        return Ok(Ratio::one());
    }
    let mut at: Unit = from.parse()?;
    let mut times = Ratio::one();
    for bridge in bridges {
        times = times * at.to(&bridge.rate.per)? * Ratio::from(&bridge.value);
        at = bridge.rate.of.clone();
    }
    Ok(times * at.to(&to.parse()?)?)
}
