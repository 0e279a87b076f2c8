//! One edition of a figure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::factor::TEXT;
use super::{Error, FactorId, Interval};
use crate::{Decimal, Digest};

mod line;

pub(super) use line::{id_of, licence_digest, source_digest};

/// One edition of a figure. It never changes: another text of it is another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Which factor it is an edition of.
    pub factor_id: FactorId,
    /// The figures by gas, per unit of activity, in `result_unit`: `co2e`, `co2`, `ch4`, `n2o`, …
    pub gases: BTreeMap<String, Decimal>,
    /// Gases for which the publisher gave no number, and what stood there: `NA`, `< 1`. Not zero.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub absent: BTreeMap<String, String>,
    /// Whether the figures are masses of the gases or weighted already.
    pub gas_basis: GasBasis,
    /// With which warming potentials they were weighted: `AR4`, `AR5`, `AR6`. `None` for masses, and
    /// where the publisher does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gwp_set: Option<String>,
    /// The unit of the figures.
    pub result_unit: ResultUnit,
    /// Whether a figure may lie below zero (a credit, a removal). A minus sign without it is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub may_be_negative: bool,
    /// How sure the publisher is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertainty: Option<Uncertainty>,
    /// Marks of quality, as the publisher gives them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub quality: BTreeSet<String>,
    /// The years of the data behind the figure, as the publisher says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years_calculated_from: Option<String>,
    /// Who published it where.
    #[serde(with = "shared")]
    pub source: Arc<Source>,
    /// Which rows of the source it was read from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
    /// Under which terms.
    #[serde(with = "shared")]
    pub licence: Arc<Licence>,
    /// For which days it is valid.
    pub valid: Interval,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Writes and reads what several share as if it were one's own.
pub(super) mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::factors) fn serialize<S: Serializer>(
        shared: &Arc<impl Serialize>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        shared.as_ref().serialize(serializer)
    }

    pub(in crate::factors) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

/// What a figure weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GasBasis {
    /// The mass of each gas: warming potentials are still to be applied.
    Mass,
    /// Weighted already, also where the column is called `kg CH4`: not to be weighted again.
    Co2e,
}

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultUnit {
    /// Kilograms.
    Kg,
    /// Grams.
    G,
    /// Pounds (avoirdupois, 0.45359237 kg).
    Lb,
    /// Tonnes, 1,000 kg.
    T,
}

/// How sure a publisher is of a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uncertainty {
    /// How `low` and `high` are meant.
    pub kind: UncertaintyKind,
    /// The lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Decimal>,
    /// The upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Decimal>,
    /// The part of cases that lie between them, in percent: `95`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Decimal>,
}

/// How the bounds of an uncertainty are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UncertaintyKind {
    /// Percent of the figure below and above it: `5` and `5` is ±5 %.
    Percent,
    /// Figures themselves, in the result unit.
    Bounds,
    /// The factor of a lognormal spread, as `high`.
    GeometricDeviation,
}

/// Who published a figure where.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Who.
    pub publisher: String,
    /// In which set of figures.
    pub dataset: String,
    /// In which edition of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// Where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The SHA-256 of the file it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_sha256: Option<Digest>,
    /// When it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessed_at: Option<DateTime<Utc>>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<NaiveDate>,
}

/// Under which terms a figure may be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX identifier, or the name of the terms.
    pub name: String,
    /// Whether it may be handed on.
    pub redistribute: bool,
    /// What has to be said when it is handed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
}

/// The name of a version: the digest of everything that it says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionId(pub Digest);

impl VersionId {
    /// The 64 hexadecimal digits without what stands before them.
    pub fn hex(&self) -> String {
        self.0.hex()
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for VersionId {
    type Err = Error;

    /// `sha256:` and 64 hexadecimal digits, and nothing shorter.
    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self).map_err(|_| Error::VersionIdInvalid)
    }
}

impl Version {
    /// A version that says no more than what every version says. Fill in what else is known.
    pub fn new(
        factor_id: FactorId,
        gas_basis: GasBasis,
        result_unit: ResultUnit,
        source: Arc<Source>,
        licence: Arc<Licence>,
        valid: Interval,
    ) -> Self {
        Self {
            factor_id,
            gases: BTreeMap::new(),
            absent: BTreeMap::new(),
            gas_basis,
            gwp_set: None,
            result_unit,
            may_be_negative: false,
            uncertainty: None,
            quality: BTreeSet::new(),
            years_calculated_from: None,
            source,
            rows: Vec::new(),
            licence,
            valid,
        }
    }

    /// The same with the figure of one more gas.
    #[must_use]
    pub fn with(mut self, gas: impl Into<String>, figure: Decimal) -> Self {
        self.gases.insert(gas.into(), figure);
        self
    }

    /// Its name.
    pub fn id(&self) -> VersionId {
        line::id_of(&self.line())
    }

    /// Whether `other` says the same figures in the same sense. Trailing zeros, dates, sources and
    /// licences do not count.
    pub fn same_figures(&self, other: &Self) -> bool {
        self.gases == other.gases
            && self.absent == other.absent
            && self.gas_basis == other.gas_basis
            && self.gwp_set == other.gwp_set
            && self.result_unit == other.result_unit
    }

    /// Whether `other` says the same for the same days, and was only read from another file, on
    /// another day or in other rows.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let text = |version: &Self| {
            let source = &version.source;
            (
                version.gases.values().map(Decimal::to_string).collect::<Vec<_>>(),
                [&source.publisher, &source.dataset].map(String::clone),
                (source.edition.clone(), source.published_at),
            )
        };
        self.same_figures(other)
            && self.valid == other.valid
            && self.licence == other.licence
            && self.uncertainty == other.uncertainty
            && self.quality == other.quality
            && self.years_calculated_from == other.years_calculated_from
            && text(self) == text(other)
    }

    /// Refuses what no version can be.
    ///
    /// # Errors
    ///
    /// [`Error::VersionInvalid`] with the first thing that is wrong.
    pub fn check(&self) -> Result<(), Error> {
        match self.broken() {
            Some(broken) => {
                Err(Error::VersionInvalid { factor_id: self.factor_id.clone(), broken })
            }
            None => Ok(()),
        }
    }

    fn broken(&self) -> Option<String> {
        if self.gases.is_empty() && self.absent.is_empty() {
            return Some("has no figure".to_owned());
        }
        for gas in self.gases.keys().chain(self.absent.keys()) {
            let plain = gas.bytes().all(|it| it.is_ascii_graphic() || it == b' ');
            if gas.is_empty() || gas.len() > 64 || !plain {
                return Some("has a gas whose name is not 1 to 64 letters of ASCII".to_owned());
            }
        }
        if let Some(gas) = self.absent.keys().find(|gas| self.gases.contains_key(*gas)) {
            return Some(format!("has a figure for `{gas}` and says that it has none"));
        }
        if let Some((gas, figure)) = self.gases.iter().find(|(_, figure)| figure.is_negative())
            && !self.may_be_negative
        {
            return Some(format!("has `{figure}` for `{gas}` and does not say `may_be_negative`"));
        }
        match (self.gas_basis, &self.gwp_set) {
            (GasBasis::Mass, Some(_)) => {
                return Some("gives masses of gases, which no `gwp_set` has weighted".to_owned());
            }
            (GasBasis::Mass, None) if self.gases.contains_key("co2e") => {
                return Some("gives masses of gases, and `co2e` is none".to_owned());
            }
            _ => {}
        }
        if self.source.publisher.is_empty() || self.source.dataset.is_empty() {
            return Some("does not say who published it, in which dataset".to_owned());
        }
        if self.licence.name.is_empty() {
            return Some("has no licence".to_owned());
        }
        let texts = self.absent.values().chain(&self.quality).chain(&self.rows);
        let source = &self.source;
        let more = [
            self.gwp_set.as_ref(),
            self.years_calculated_from.as_ref(),
            Some(&source.publisher),
            Some(&source.dataset),
            source.edition.as_ref(),
            source.url.as_ref(),
            Some(&self.licence.name),
            self.licence.attribution.as_ref(),
        ];
        let long = texts.chain(more.into_iter().flatten()).any(|text| text.len() > TEXT);
        if long || self.rows.len() > 256 || self.quality.len() > 256 || self.gases.len() > 256 {
            return Some(format!("has a text of more than {TEXT} bytes, or more than 256 parts"));
        }
        None
    }
}
