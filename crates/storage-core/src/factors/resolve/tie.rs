//! One of several.

use std::cmp::Reverse;

use super::{Hit, OnTie, Penalty, Resolution, ResolveError, Selector, Step};
use crate::Decimal;
use crate::factors::{Catalogue, GasBasis, ResultUnit, Version};

impl Catalogue {
    pub(super) fn choose(
        &self,
        mut hits: Vec<Hit>,
        on_tie: OnTie,
        bound: u64,
        mut steps: Vec<Step>,
        penalties: Vec<Penalty>,
        selector: &Selector,
    ) -> Result<Resolution, ResolveError> {
        if hits.len() > 1 {
            let ids = hits.iter().map(|it| self.factor_at(it.number).factor_id.clone());
            let mut among: Vec<_> = ids.collect();
            among.sort_unstable();
            let differ_in = self.never_chosen_silently(&hits);
            if differ_in.is_some() || on_tie == OnTie::Error {
                return Err(ResolveError::Ambiguous { among, differ_in });
            }
            steps.push(Step::Tie { among });
            hits.sort_by_cached_key(|hit| {
                let version = &hit.version;
                let newest = (version.source.published_at, version.valid.from());
                let name = self.factor_at(hit.number).factor_id.clone();
                (Reverse(newest), Reverse(grams(version)), name)
            });
        }
        let Some(Hit { number, mark, version }) = hits.into_iter().next() else {
            let activity = selector.activity.clone();
            return Err(ResolveError::NotKnown { activity, near: Vec::new(), steps });
        };
        let mut warnings = Vec::new();
        if version.gas_basis == GasBasis::Co2e && version.gwp_set.is_none() {
            warnings.push("the publisher does not say with which warming potentials".to_owned());
        }
        if !penalties.is_empty() && selector.lca_boundary.is_none() {
            warnings.push("taken instead, and no boundary was asked for".to_owned());
        }
        if !version.licence.redistribute {
            warnings.push(format!("may not be handed on: `{}`", version.licence.name));
        }
        Ok(Resolution {
            factor: self.factor_at(number).clone(),
            found: self.found(&mark)?,
            known_at: bound.checked_sub(1),
            steps,
            penalties,
            warnings,
        })
    }

    /// In what things differ that no rule about ties may decide.
    fn never_chosen_silently(&self, hits: &[Hit]) -> Option<&'static str> {
        let (first, others) = hits.split_first()?;
        let factor = self.factor_at(first.number);
        others.iter().find_map(|hit| {
            let other = self.factor_at(hit.number);
            let (a, b) = (&first.version, &hit.version);
            [
                (factor.unit != other.unit, "unit"),
                (factor.lca_boundary != other.lca_boundary, "boundary"),
                (factor.s2_method != other.s2_method, "scope 2 method"),
                (a.gas_basis != b.gas_basis, "gas basis"),
                (a.gwp_set != b.gwp_set, "warming potentials"),
                (a.licence.redistribute != b.licence.redistribute, "licence"),
            ]
            .into_iter()
            .find_map(|(differs, what)| differs.then_some(what))
        })
    }
}

/// The figure that is compared, in grams: the sum in CO2e where it is given, else the largest.
fn grams(version: &Version) -> Option<Decimal> {
    let figure = version.gases.get("co2e").or_else(|| version.gases.values().max())?;
    let unit: Decimal = match version.result_unit {
        ResultUnit::Kg => 1_000.into(),
        ResultUnit::G => 1.into(),
        ResultUnit::Lb => "453.59237".parse().ok()?,
        ResultUnit::T => 1_000_000.into(),
    };
    Some(figure * &unit)
}
