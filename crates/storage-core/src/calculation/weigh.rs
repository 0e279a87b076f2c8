//! From the figures of a factor to what they are worth in CO2.

use std::collections::BTreeMap;

use super::{Carbon, Error, Terms, Weighting};
use crate::gwp::{self, GwpSet};
use crate::{Decimal, Ratio};

/// What one unit of activity is worth, in the unit of the figures.
pub(super) struct Weighed {
    /// By gas, as far as the factor tells.
    pub(super) gases: BTreeMap<String, Ratio>,
    /// What counts.
    pub(super) total: Ratio,
    /// CO2 that is reported outside the scopes.
    pub(super) outside: Option<Ratio>,
    /// The set that the numbers are weighed with, if it is known.
    pub(super) set: Option<GwpSet>,
    pub(super) warnings: Vec<String>,
}

/// Names of CO2 from plants.
const BIOGENIC: &[&str] = &["co2_biogenic", "biogenic_co2", "biogenicco2", "co2biogenic", "co2b"];

pub(super) fn weigh(terms: &Terms, asked: Option<GwpSet>) -> Result<Weighed, Error> {
    let mut published = None;
    let mut outside: Option<Ratio> = None;
    let mut parts = BTreeMap::new();
    for (name, figure) in &terms.gases {
        let gas = gwp::plain(name);
        let twice = match gas.as_str() {
            "co2e" => published.replace(figure).is_some(),
            name if BIOGENIC.contains(&name) => outside.replace(figure.into()).is_some(),
            _ => parts.insert(gas.clone(), figure).is_some(),
        };
        if twice {
            return Err(Error::GasTwice { gas });
        }
    }
    if published.is_none() && parts.is_empty() && outside.is_none() {
        return Err(Error::NoGas);
    }
    let mut warnings = Vec::new();
    // How a figure is multiplied, and with which set the result is weighed.
    let (set, weights) = weights(terms, asked, published, &parts)?;
    let mut gases: BTreeMap<String, Ratio> = parts
        .iter()
        .map(|(gas, figure)| (gas.clone(), Ratio::from(*figure) * weights[gas].clone()))
        .collect();
    let sum = |gases: &BTreeMap<String, Ratio>| {
        gases.values().cloned().fold(Ratio::zero(), |sum, part| sum + part)
    };
    let as_published =
        matches!(terms.weighting, Weighting::Co2e(own) if own == set) || parts.is_empty();
    let mut total = match published {
        Some(total) if as_published => total.into(),
        Some(_) => {
            warnings.push("the published total was not used: the gases were weighed".to_owned());
            sum(&gases)
        }
        None => sum(&gases),
    };
    match terms.carbon {
        Carbon::Fossil => {}
        Carbon::Biogenic if gases.is_empty() => {
            warnings.push("the total was taken as it is: it does not tell biogenic CO2".to_owned());
        }
        Carbon::Biogenic => {
            if let Some(co2) = gases.remove("co2") {
                outside = Some(outside.unwrap_or_else(Ratio::zero) + co2);
                total = sum(&gases);
            }
        }
        Carbon::OutsideScopes => {
            outside = Some(outside.unwrap_or_else(Ratio::zero) + total);
            gases.clear();
            total = Ratio::zero();
        }
    }
    Ok(Weighed { gases, total, outside, set, warnings })
}

type Weights = BTreeMap<String, Ratio>;

fn weights(
    terms: &Terms,
    asked: Option<GwpSet>,
    published: Option<&Decimal>,
    parts: &BTreeMap<String, &Decimal>,
) -> Result<(Option<GwpSet>, Weights), Error> {
    let potential = |gas: &String, set: GwpSet| {
        let found = set.of(gas).map(Ratio::from);
        found.ok_or_else(|| Error::GasUnknown { gas: gas.clone(), set })
    };
    let each = |weight: &dyn Fn(&String) -> Result<Ratio, Error>| {
        parts.keys().map(|gas| Ok((gas.clone(), weight(gas)?))).collect::<Result<Weights, Error>>()
    };
    match (terms.weighting, asked) {
        // CO2 from plants alone has the weight of its mass.
        (Weighting::Mass, asked) if parts.is_empty() => match (published, asked) {
            (Some(_), Some(asked)) => Err(Error::OnlyCo2e { asked }),
            _ => Ok((None, Weights::new())),
        },
        (Weighting::Mass, None) => Err(Error::NoGwpSet),
        (Weighting::Mass, Some(set)) => Ok((Some(set), each(&|gas| potential(gas, set))?)),
        (Weighting::Co2e(own), asked) if asked.is_none() || asked == own => {
            Ok((own, each(&|_| Ok(Ratio::one()))?))
        }
        (Weighting::Co2e(own), Some(asked)) => {
            let own = own.ok_or(Error::SetUnknown { asked })?;
            if parts.is_empty() {
                return Err(Error::OnlyCo2e { asked });
            }
            if let Some(total) = published {
                whole(total, parts, asked)?;
            }
            let weights = each(&|gas| {
                let inverse = potential(gas, own)?.inverse();
                let inverse = inverse.expect("no potential of the table is zero");
                Ok(potential(gas, asked)? * inverse)
            })?;
            Ok((Some(asked), weights))
        }
        (Weighting::Co2e(own), None) => Ok((own, Weights::new())),
    }
}

/// Refuses gases that leave more of the total unexplained than the rounding of all of them can.
fn whole(total: &Decimal, parts: &BTreeMap<String, &Decimal>, asked: GwpSet) -> Result<(), Error> {
    let missing = total - &parts.values().copied().sum();
    // Half a unit in the last place of each.
    let doubt =
        parts.values().copied().chain([total]).map(|cell| Decimal::of(5.into(), cell.places() + 1));
    if missing.abs() > doubt.sum() {
        return Err(Error::NotWhole { asked, missing: missing.to_string() });
    }
    Ok(())
}
