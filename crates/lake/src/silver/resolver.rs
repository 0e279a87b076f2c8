//! From a factor, a day and a unit to a quotient, looked up once each.

use std::sync::Arc;

use chrono::NaiveDate;
use std::collections::HashMap;
use storage_core::Ratio;
use storage_core::calculation::{Terms, Weighting, per_unit};
use storage_core::factors::{Catalogue, Factor, KnownAt, S2Method, VersionId};
use storage_core::gwp::GwpSet;
use storage_core::units::Unit;

use super::rate::Rate;
use super::reject::{Code, Reason};
use super::{Error, Options};

/// Days between 0001-01-01, which is day 1, and 1970-01-01.
const EPOCH: i32 = 719_163;

/// Answers by number: a row costs two lookups of small numbers.
#[derive(Debug)]
pub(super) struct Resolver {
    known_at: KnownAt,
    gwp_set: Option<GwpSet>,
    weigh_again: bool,
    factors: Names,
    units: Names,
    days: HashMap<(u32, i32), Result<u32, Arc<Reason>>, foldhash::fast::FixedState>,
    versions: Vec<Dated>,
    by_version: HashMap<VersionId, u32>,
    worth: HashMap<(u32, u32), Result<u32, Arc<Reason>>, foldhash::fast::FixedState>,
    made: Vec<Worth>,
}

/// Names and their numbers.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

/// A version of a factor.
#[derive(Debug)]
pub(super) struct Dated {
    pub(super) factor: Arc<Factor>,
    /// 64 hexadecimal digits.
    pub(super) version: String,
    /// The scope, where the factor says exactly one.
    pub(super) scope: Option<i32>,
    terms: Terms,
}

/// What one of a unit is worth by a version.
#[derive(Debug)]
pub(super) struct Worth {
    /// The number of the version.
    pub(super) version: u32,
    pub(super) value: Rate,
    pub(super) outside: Option<Rate>,
    pub(super) canonical: Rate,
    pub(super) canonical_unit: String,
    pub(super) gwp_set: Option<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

impl Resolver {
    pub(super) fn new(options: &Options) -> Self {
        let names = Names::default;
        Self {
            known_at: KnownAt::Seq(options.known_at),
            gwp_set: options.gwp_set,
            weigh_again: options.weigh_again,
            factors: names(),
            units: names(),
            days: HashMap::default(),
            versions: Vec::new(),
            by_version: HashMap::new(),
            worth: HashMap::default(),
            made: Vec::new(),
        }
    }

    /// The number of the factor called `name`.
    pub(super) fn factor(&mut self, name: &str) -> u32 {
        self.factors.number(name)
    }

    /// The number of the unit called `name`.
    pub(super) fn unit(&mut self, name: &str) -> u32 {
        self.units.number(name)
    }

    pub(super) fn dated(&self, version: u32) -> &Dated {
        &self.versions[version as usize]
    }

    pub(super) fn made(&self, worth: u32) -> &Worth {
        &self.made[worth as usize]
    }

    /// The version that counts for a factor, `day` days after 1970-01-01.
    pub(super) fn version(
        &mut self,
        catalogue: &Catalogue,
        factor: u32,
        day: i32,
    ) -> Result<Result<u32, Arc<Reason>>, Error> {
        if let Some(known) = self.days.get(&(factor, day)) {
            return Ok(known.clone());
        }
        let found = self.ask(catalogue, factor, day)?.map_err(Arc::new);
        self.days.insert((factor, day), found.clone());
        Ok(found)
    }

    fn ask(
        &mut self,
        catalogue: &Catalogue,
        factor: u32,
        day: i32,
    ) -> Result<Result<u32, Reason>, Error> {
        let name = &self.factors.names[factor as usize];
        let date = day.checked_add(EPOCH).and_then(NaiveDate::from_num_days_from_ce_opt);
        let Some(date) = date else {
            return Ok(Err(Reason::new(Code::FactorNotValid, "no factor is valid on that day")));
        };
        let answer = catalogue.get_at(name, date, &self.known_at)?;
        if let Some(reason) = Reason::of_answer(&answer) {
            return Ok(Err(reason));
        }
        let Some(found) = answer.version() else {
            return Ok(Err(Reason::new(Code::FactorUnknown, "no such factor was known")));
        };
        if let Some(number) = self.by_version.get(&found.version_id) {
            return Ok(Ok(*number));
        }
        let id = found.version.factor_id.as_str();
        let Some(factor) = catalogue.factor(id) else {
            return Ok(Err(Reason::new(Code::FactorUnknown, "no such factor was known")));
        };
        if factor.s2_method == Some(S2Method::Marginal) {
            let detail = "it says what one more unit causes, not what was used";
            return Ok(Err(Reason::new(Code::FactorMarginal, detail)));
        }
        let number = self.versions.len() as u32;
        self.versions.push(Dated {
            factor: factor.clone(),
            version: found.version_id.hex(),
            scope: factor.scope.as_deref().and_then(scope),
            terms: Terms::of(factor, &found.version),
        });
        self.by_version.insert(found.version_id, number);
        Ok(Ok(number))
    }

    /// What one of a unit is worth by a version.
    pub(super) fn worth(&mut self, version: u32, unit: u32) -> Result<u32, Arc<Reason>> {
        if let Some(known) = self.worth.get(&(version, unit)) {
            return known.clone();
        }
        let made = self.make(version, unit).map_err(Arc::new).map(|worth| {
            self.made.push(worth);
            self.made.len() as u32 - 1
        });
        self.worth.insert((version, unit), made.clone());
        made
    }

    fn make(&self, version: u32, unit: u32) -> Result<Worth, Reason> {
        let name = &self.units.names[unit as usize];
        let terms = &self.versions[version as usize].terms;
        let published = matches!(terms.weighting, Weighting::Co2e(_)) && !self.weigh_again;
        let asked = self.gwp_set.filter(|_| !published);
        let worth = per_unit(name, &[], asked, terms).map_err(|it| Reason::from(&it))?;
        // A publisher's own word, such as `visitor`, is in no table and stays as it is.
        let (canonical, canonical_unit) = match name.parse::<Unit>() {
            Ok(unit) => {
                let canonical = unit.canonical();
                let times = unit.to(&canonical);
                let times = times.map_err(|it| Reason::new(Code::UnitUnfit, it.to_string()))?;
                (times, canonical.to_string())
            }
            Err(_) => (Ratio::one(), name.trim().to_owned()),
        };
        Ok(Worth {
            version,
            value: Rate::new(worth.value),
            outside: worth.outside_scopes.map(Rate::new),
            canonical: Rate::new(canonical),
            canonical_unit,
            gwp_set: worth.gwp_set.map(|it| it.to_string()),
        })
    }
}

/// The scope of a factor that says exactly one: `2`, `Scope 2`.
fn scope(text: &str) -> Option<i32> {
    let text = text.trim();
    let text = text
        .get(..5)
        .filter(|it| it.eq_ignore_ascii_case("scope"))
        .map_or(text, |_| text[5..].trim());
    text.parse().ok().filter(|it| (1..=3).contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_one_of_three_or_none() {
        for (text, is) in [
            ("1", Some(1)),
            (" Scope 2 ", Some(2)),
            ("scope 3", Some(3)),
            ("1|3", None),
            ("Outside of Scopes", None),
            ("4", None),
            ("", None),
            ("écope", None),
        ] {
            assert_eq!(scope(text), is, "{text}");
        }
    }
}
