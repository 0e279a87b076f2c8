//! What one unit of activity is worth, for those who have millions of quantities.

use super::{Bridge, Error, Terms, conversion, weigh};
use crate::Ratio;
use crate::gwp::GwpSet;
use crate::units::Unit;

/// What one unit of a quantity is worth. All of it exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerUnit {
    /// What counts, in kilograms of CO2e.
    pub value: Ratio,
    /// CO2 that is reported outside the scopes, in kilograms.
    pub outside_scopes: Option<Ratio>,
    /// How many units of the factor one unit of the quantity is.
    pub conversion: Ratio,
    /// The set that the numbers are weighed with, if the factor says.
    pub gwp_set: Option<GwpSet>,
}

/// What one `unit` is worth: a quantity times this, rounded, is what
/// [`compute`](super::compute) gives for the quantity.
///
/// ```
/// use std::collections::BTreeMap;
/// use storage_core::calculation::{Carbon, Terms, Weighting, per_unit};
/// use storage_core::{Digest, Ratio};
///
/// let terms = Terms {
///     version_id: Digest::of(b"the version"),
///     gases: BTreeMap::from([("co2e".to_owned(), "0.20705".parse()?)]),
///     weighting: Weighting::Co2e(None),
///     result_unit: "kg".to_owned(),
///     unit: "kWh".to_owned(),
///     carbon: Carbon::Fossil,
/// };
/// let worth = per_unit("MWh", &[], None, &terms)?;
/// assert_eq!(worth.value.exact(), Some("207.05".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`compute`](super::compute), except for what depends on the quantity.
pub fn per_unit(
    unit: &str,
    bridges: &[Bridge],
    gwp_set: Option<GwpSet>,
    terms: &Terms,
) -> Result<PerUnit, Error> {
    let weighed = weigh::weigh(terms, gwp_set)?;
    let conversion = conversion(unit, bridges, &terms.unit)?;
    let to_kilograms = terms.result_unit.parse::<Unit>()?.to(&"kg".parse()?)?;
    let times = conversion.clone() * to_kilograms;
    Ok(PerUnit {
        value: weighed.total * times.clone(),
        outside_scopes: weighed.outside.map(|part| part * times),
        conversion,
        gwp_set: weighed.set,
    })
}
