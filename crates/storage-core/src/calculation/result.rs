//! Results, and what they are pinned to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Bridge, Error, METHOD, Request, SIGNIFICANT, Terms, calculate, change_percent, compute,
};
use crate::gwp::{self, GwpSet};
use crate::{Decimal, Digest, Ratio, canonical_json, units};

/// A mass in kilograms, before and after rounding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Rounded, half way to the even digit; parts so that they add up to their total.
    pub rounded: Decimal,
    /// The exact value if it has a text of at most 128 digits, else its first 40 digits.
    pub unrounded: Decimal,
    /// Whether `unrounded` is the exact value.
    pub exact: bool,
}

impl Amount {
    pub(super) fn new(value: &Ratio, rounded: Decimal) -> Result<Self, Error> {
        let exact = value.exact().filter(|exact| exact.digits() <= Decimal::DIGITS);
        let amount = Self {
            rounded,
            exact: exact.is_some(),
            unrounded: exact.unwrap_or_else(|| value.significant(SIGNIFICANT)),
        };
        let longest = amount.rounded.digits().max(amount.unrounded.digits());
        if longest > Decimal::DIGITS { Err(Error::TooLong) } else { Ok(amount) }
    }
}

/// The result of a calculation: what came out, and everything it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calculation {
    /// What counts, in kilograms of CO2e.
    pub value: Amount,
    /// Always `kg`.
    pub unit: String,
    /// The same by gas, in kilograms of CO2e, as far as the factor tells.
    pub gases: BTreeMap<String, Amount>,
    /// What the publisher's total has beyond its gases. With it the gases add up to `value`.
    pub unattributed: Amount,
    /// CO2 that is reported outside the scopes, in kilograms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_scopes: Option<Amount>,
    /// How many units of the factor one unit of the quantity is, as an exact quotient.
    pub conversion: String,
    /// What a reader should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What was asked.
    pub inputs: Inputs,
    /// What it was calculated with.
    pub pins: Pins,
    /// The digest of what was asked and of the factor's figures.
    pub inputs_digest: Digest,
    /// When it was calculated.
    pub computed_at: DateTime<Utc>,
    /// The result that this one takes the place of, by its `result_hash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restates: Option<Digest>,
    /// The digest of everything above.
    pub result_hash: Digest,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// How much activity.
    pub quantity: Decimal,
    /// Of what.
    pub unit: String,
    /// What led from that unit to the factor's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bridges: Vec<Bridge>,
    /// The set that was asked for. `None`: as published.
    pub gwp_set: Option<GwpSet>,
    /// To how many digits behind the point.
    pub places: u32,
}

/// What a result was calculated with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    /// The versions of factors.
    pub version_ids: Vec<Digest>,
    /// Which factors were known: a tag or a number of the log.
    pub known_at: Option<String>,
    /// The set that the numbers are weighed with, if the factor says.
    pub gwp_set: Option<GwpSet>,
    /// The edition of the potentials ([`gwp::DATA_VERSION`]).
    pub gwp_data_version: String,
    /// The edition of the units ([`units::TABLE_VERSION`]).
    pub unit_table_version: String,
    /// How it was calculated ([`METHOD`]).
    pub method: String,
    /// The version of this crate.
    pub code_version: String,
}

impl Calculation {
    /// Whether `result_hash` is the digest of the rest.
    pub fn is_sealed(&self) -> bool {
        self.hash() == self.result_hash
    }

    pub(super) fn sealed(mut self) -> Result<Self, Error> {
        self.result_hash = self.hash();
        Ok(self)
    }

    fn hash(&self) -> Digest {
        let mut members = self.members();
        members.remove("result_hash");
        digest("strongroom/calculation/1\n", &Value::Object(members))
    }

    fn members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }
}

/// The digest of what goes into a calculation.
pub(super) fn inputs_digest(request: &Request, terms: &Terms) -> Digest {
    let Request { quantity, unit, bridges, gwp_set, places, .. } = request;
    let asked = json!({"quantity": quantity, "unit": unit, "bridges": bridges, "gwp_set": gwp_set, "places": places});
    digest("strongroom/calculation-inputs/1\n", &json!({"asked": asked, "terms": terms}))
}

fn digest(domain: &str, value: &Value) -> Digest {
    let json = canonical_json(value).expect("there are texts and small whole numbers only");
    Digest::of(&[domain.as_bytes(), &json].concat())
}

/// Calculates `result` again from its pins and `terms`, and compares.
///
/// Whatever was published since, corrected or withdrawn: the same bytes come out, or it is said what
/// does not hold.
///
/// # Errors
///
/// [`Error::PinMissing`] when `terms`, the units, the potentials or the method are not those that
/// the result is pinned to, [`Error::NotReproduced`] when another result comes out, and whatever
/// [`compute`] refuses.
pub fn recompute(result: &Calculation, terms: &Terms) -> Result<Calculation, Error> {
    let pins = &result.pins;
    let version = terms.version_id.to_string();
    let pinned = pins.version_ids.iter().map(Digest::to_string).collect::<Vec<_>>().join(", ");
    for (pin, wanted, present) in [
        ("version_id", pinned.as_str(), version.as_str()),
        ("method", &pins.method, METHOD),
        ("unit_table_version", &pins.unit_table_version, units::TABLE_VERSION),
        ("gwp_data_version", &pins.gwp_data_version, gwp::DATA_VERSION),
    ] {
        if wanted != present {
            let (wanted, present) = (wanted.to_owned(), present.to_owned());
            return Err(Error::PinMissing { pin, wanted, present });
        }
    }
    let Inputs { quantity, unit, bridges, gwp_set, places } = result.inputs.clone();
    let (known_at, computed_at) = (pins.known_at.clone(), result.computed_at);
    let request = Request { quantity, unit, bridges, gwp_set, places, known_at, computed_at };
    let again = calculate(&request, terms, pins.clone(), result.restates)?;
    let (stored, fresh) = (result.members(), again.members());
    // Members and texts, not values: `2.50` for `2.5` is a change too.
    let differing =
        fresh.keys().chain(stored.keys()).find(|name| fresh.get(*name) != stored.get(*name));
    match differing {
        Some(field) => Err(Error::NotReproduced { field: field.clone() }),
        None => Ok(again),
    }
}

/// A result that takes the place of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatement {
    /// The new result; its `restates` names the old one.
    pub calculation: Calculation,
    /// New less old, of the rounded values.
    pub difference: Decimal,
    /// The same in percent of the old value, or nothing where that is zero.
    pub percent: Option<Decimal>,
}

/// Calculates what `old` says once more, with another version of the factor or another set of
/// potentials. The old result stays as it is and is named by the new one.
///
/// # Errors
///
/// Those of [`compute`], and [`Error::NotReproduced`] when `old` was changed since it was sealed.
pub fn restate(old: &Calculation, request: &Request, terms: &Terms) -> Result<Restatement, Error> {
    if !old.is_sealed() {
        return Err(Error::NotReproduced { field: "result_hash".to_owned() });
    }
    let mut calculation = compute(request, terms)?;
    calculation.restates = Some(old.result_hash);
    let calculation = calculation.sealed()?;
    let (before, after) = (&old.value.rounded, &calculation.value.rounded);
    let (difference, percent) = (after - before, change_percent(before, after));
    Ok(Restatement { calculation, difference, percent })
}
