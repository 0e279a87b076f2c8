//! What a figure is about.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Error, FactorId};

/// What a figure is about: the identity of a factor. Fixed by the first version that is put; whatever
/// differs here is another factor.
///
/// The vocabularies are the publishers': texts are compared letter by letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Its name.
    pub factor_id: FactorId,
    /// What is done or burnt, by a taxonomy: `electricity.grid`, `fuels.gaseous.butane`.
    pub activity: String,
    /// Where: ISO 3166-1 or -2, a grid zone, or the publisher's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The unit of the activity: `kWh`, `passenger.km`. The figure is per one of it.
    pub unit: String,
    /// What the unit refers to where that matters: `HHV`, `LHV`, `gross`, `net`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Scope of the GHG Protocol: `1`, `2`, `3`, or several as `1|3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Category of scope 3, or the publisher's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What of the life cycle is counted: `well_to_tank`, `cradle_to_gate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lca_boundary: Option<String>,
    /// For electricity: which question of scope 2 it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s2_method: Option<S2Method>,
    /// The technology, as the publisher says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technology: Option<String>,
    /// Whether the carbon is of recent life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biogenic: Option<bool>,
    /// Other names that lead here from the first version on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub aliases: BTreeSet<FactorId>,
}

/// Which question of scope 2 a figure answers (GHG Protocol, Scope 2 Guidance, chapter 4). A marginal
/// figure answers none of them and is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum S2Method {
    /// The average of the grid.
    Location,
    /// What was bought.
    Market,
    /// What is left after what was bought has been taken away.
    Residual,
    /// What one more unit causes, such as eGRID's non-baseload rates: not for footprints.
    Marginal,
}

/// The most bytes of a text in a factor or a version.
pub(super) const TEXT: usize = 2048;

impl Factor {
    /// A factor about which no more is known than the three things that every factor has.
    pub fn new(
        factor_id: FactorId,
        activity: impl Into<String>,
        region: Option<&str>,
        unit: impl Into<String>,
    ) -> Self {
        Self {
            factor_id,
            activity: activity.into(),
            region: region.map(str::to_owned),
            unit: unit.into(),
            basis: None,
            scope: None,
            category: None,
            lca_boundary: None,
            s2_method: None,
            technology: None,
            biogenic: None,
            aliases: BTreeSet::new(),
        }
    }

    /// Refuses what no factor can be.
    ///
    /// # Errors
    ///
    /// [`Error::FactorInvalid`] with the first thing that is wrong.
    pub fn check(&self) -> Result<(), Error> {
        let broken = |broken: String| {
            Err(Error::FactorInvalid { factor_id: self.factor_id.clone(), broken })
        };
        for (name, text) in [("activity", &self.activity), ("unit", &self.unit)] {
            if text.is_empty() {
                return broken(format!("has no {name}"));
            }
        }
        let texts = [
            ("activity", Some(&self.activity)),
            ("unit", Some(&self.unit)),
            ("region", self.region.as_ref()),
            ("basis", self.basis.as_ref()),
            ("scope", self.scope.as_ref()),
            ("category", self.category.as_ref()),
            ("lca_boundary", self.lca_boundary.as_ref()),
            ("technology", self.technology.as_ref()),
        ];
        for (name, text) in texts {
            if text.is_some_and(|it| it.len() > TEXT) {
                return broken(format!("has a `{name}` of more than {TEXT} bytes"));
            }
        }
        if self.aliases.contains(&self.factor_id) {
            return broken("has its own name as an alias".to_owned());
        }
        Ok(())
    }

    /// The first member in which `other` is another factor; aliases do not count.
    pub(super) fn differs_from(&self, other: &Self) -> Option<&'static str> {
        [
            (self.factor_id != other.factor_id, "factor_id"),
            (self.activity != other.activity, "activity"),
            (self.region != other.region, "region"),
            (self.unit != other.unit, "unit"),
            (self.basis != other.basis, "basis"),
            (self.scope != other.scope, "scope"),
            (self.category != other.category, "category"),
            (self.lca_boundary != other.lca_boundary, "lca_boundary"),
            (self.s2_method != other.s2_method, "s2_method"),
            (self.technology != other.technology, "technology"),
            (self.biogenic != other.biogenic, "biogenic"),
        ]
        .into_iter()
        .find_map(|(differs, name)| differs.then_some(name))
    }
}
