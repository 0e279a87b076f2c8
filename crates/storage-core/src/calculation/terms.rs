//! What a calculation needs to know of a factor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gwp::GwpSet;
use crate::units::Rate;
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
