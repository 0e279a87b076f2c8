//! What a calculation needs to know of a factor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::factors::{Factor, GasBasis, ResultUnit, Version};
use crate::gwp::GwpSet;
use crate::units::{Rate, Unit};
use crate::{Decimal, Digest};

/// What a calculation needs to know of one version of a factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Which version this is.
    pub version_id: Digest,
    /// The figures by gas: `co2e` for a total, `co2`, `ch4`, …, and `co2_biogenic` for CO2 that is
    /// reported outside the scopes.
    pub gases: BTreeMap<String, Decimal>,
    /// Whether the figures are weighed already.
    pub weighting: Weighting,
    /// The unit of the figures: `kg`, `g`, `lb`, `t`.
    pub result_unit: String,
    /// The unit of activity: `kWh (Gross CV)`.
    pub unit: String,
    /// Where the carbon comes from.
    pub carbon: Carbon,
}

impl Terms {
    /// What a version of a factor says to a calculation.
    ///
    /// A basis that stands beside the unit is stated with it (`kWh` and `HHV` give `kWh (HHV)`)
    /// where the unit can have one. A set of potentials that is not known here counts as not named:
    /// the figures stand as published, and cannot be weighed again.
    pub fn of(factor: &Factor, version: &Version) -> Self {
        let beside = factor.basis.as_ref().filter(|basis| {
            let energy =
                |text: &str| text.parse::<Unit>().ok().filter(|it| it.kinds() == ["energy"]);
            let stated = energy(&format!("J ({basis})")).and_then(|unit| unit.basis());
            energy(&factor.unit).is_some_and(|unit| stated.is_some() && unit.basis() != stated)
        });
        // A unit that says something else already gets two bases, which no calculation accepts.
        let unit = match beside {
            Some(basis) => format!("{} ({basis})", factor.unit),
            None => factor.unit.clone(),
        };
        let outside = factor.scope.as_ref().is_some_and(|it| it.to_lowercase().contains("outside"));
        Self {
            version_id: version.id().0,
            gases: version.gases.clone(),
            weighting: match version.gas_basis {
                GasBasis::Mass => Weighting::Mass,
                GasBasis::Co2e => {
                    Weighting::Co2e(version.gwp_set.as_ref().and_then(|set| set.parse().ok()))
                }
            },
            result_unit: match version.result_unit {
                ResultUnit::Kg => "kg",
                ResultUnit::G => "g",
                ResultUnit::Lb => "lb",
                ResultUnit::T => "t",
            }
            .to_owned(),
            unit,
            carbon: match factor.biogenic {
                _ if outside => Carbon::OutsideScopes,
                Some(true) => Carbon::Biogenic,
                Some(false) | None => Carbon::Fossil,
            },
        }
    }
}

/// Whether the figures of a factor are masses of gases or worth in CO2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// The mass of each gas. Potentials are still to be applied.
    Mass,
    /// Weighed already, with this set if the publisher says which. Potentials are not applied again.
    Co2e(Option<GwpSet>),
}

/// Where the carbon of a factor comes from, which decides where its CO2 is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carbon {
    /// From the ground: everything counts.
    #[default]
    Fossil,
    /// From plants: CO2 is reported outside the scopes, the other gases count.
    Biogenic,
    /// The publisher lists this figure outside the scopes: nothing counts.
    OutsideScopes,
}

/// A property of the very stuff that leads from one unit to another: heat content, density, price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// How much.
    pub value: Decimal,
    /// Of what for each of what: `mmBtu (HHV)/scf`, `kg/l`.
    pub rate: Rate,
    /// Where it comes from, for the reader of the result.
    pub source: String,
}
