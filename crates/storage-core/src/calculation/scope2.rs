//! Purchased energy, counted twice: by place and by market.

use serde::Serialize;

use super::{Calculation, Error, Request, Terms, compute};
use crate::Decimal;

/// What a certificate or a contract covers.
#[derive(Clone, Debug)]
pub struct Contract {
    /// How much of the consumption, in the unit of the consumption.
    pub covered: Decimal,
    /// The factor that it conveys.
    pub terms: Terms,
}

/// Emissions of purchased energy by both methods (GHG Protocol Scope 2 Guidance, chapter 6). Both
/// are reported; they are never added to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope2 {
    /// By place: the consumption times the average of the grid.
    pub location: Calculation,
    /// By market: what is covered times its certificate, the rest times the residual mix.
    pub market: Market,
}

/// The parts of the market-based figure, one for each contract and one for what none covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Market {
    /// The sum of the rounded parts, in kilograms of CO2e.
    pub value: Decimal,
    /// In the order of the contracts; the residual mix last.
    pub parts: Vec<Calculation>,
}

/// Counts the consumption in `request` by place with `grid`, and by market with `contracts` and
/// `residual`. Losses of the grid are not part of it: they belong to scope 3, category 3.
///
/// # Errors
///
/// [`Error::OverCovered`] when contracts cover more than was consumed, [`Error::NoResidualMix`] when
/// something is left for which `residual` is missing (nothing is assumed in its place),
/// [`Error::Negative`] for a negative quantity, and whatever [`compute`] refuses.
pub fn scope2(
    request: &Request,
    grid: &Terms,
    contracts: &[Contract],
    residual: Option<&Terms>,
) -> Result<Scope2, Error> {
    if request.quantity.is_negative() {
        return Err(Error::Negative { what: "the consumption" });
    }
    if contracts.iter().any(|contract| contract.covered.is_negative()) {
        return Err(Error::Negative { what: "what a contract covers" });
    }
    let covered: Decimal = contracts.iter().map(|contract| &contract.covered).sum();
    let uncovered = &request.quantity - &covered;
    if uncovered.is_negative() {
        let (covered, consumed) = (covered.to_string(), request.quantity.to_string());
        return Err(Error::OverCovered { covered, consumed });
    }
    let location = compute(request, grid)?;
    let part = |quantity: &Decimal, terms: &Terms| {
        compute(&Request { quantity: quantity.clone(), ..request.clone() }, terms)
    };
    let mut parts = contracts
        .iter()
        .map(|contract| part(&contract.covered, &contract.terms))
        .collect::<Result<Vec<_>, Error>>()?;
    if !uncovered.is_zero() {
        let uncovered_text = || Error::NoResidualMix { uncovered: uncovered.to_string() };
        parts.push(part(&uncovered, residual.ok_or_else(uncovered_text)?)?);
    }
    let value = parts.iter().map(|part| &part.value.rounded).sum();
    Ok(Scope2 { location, market: Market { value, parts } })
}
