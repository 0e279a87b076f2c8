//! Units of measurement, and the exact way from one to another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Decimal, Ratio};

mod basis;
mod canonical;
mod currency;
mod error;
mod parse;
mod rate;
mod table;
#[cfg(test)]
mod tests;

pub use basis::Basis;
pub use error::Error;
pub use rate::Rate;
pub use table::{Row, rows};

/// Which edition of the table of units this is: part of what a result is pinned to.
///
/// Changes when the meaning of any name changes, and when a name is added.
pub const TABLE_VERSION: &str = "units/1";

/// Whose gallon and whose ton an unqualified word means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Nobody's: `gallon` and `ton` are refused, since they mean several things.
    #[default]
    None,
    /// As the US agencies write: a gallon has 231 cubic inches, a ton 2000 pounds.
    Us,
    /// As the UK writes: a gallon has 4.54609 litres, a ton 2240 pounds.
    Uk,
}

/// A unit of measurement: `kWh`, `kWh (Gross CV)`, `passenger.km`, `gal (US)`, `EUR (2022)`.
///
/// Reads the spellings that published files use, and prints one of its own. A unit measures a
/// product of kinds (energy; mass times distance), on a basis where one is needed: gross or net
/// calorific value, the temperature at which a gas is measured, the year of prices.
///
/// ```
/// use storage_core::units::{Dialect, Unit};
///
/// let read = |text: &str| text.parse::<Unit>().map(|unit| unit.to_string());
/// assert_eq!(read("kWh (Gross CV)")?, "kWh (Gross CV)");
/// assert_eq!(read("tonnes")?, "t");
/// assert_eq!(read("passenger-km")?, "passenger.km");
/// assert_eq!(read("million litres")?, "1000000 l");
///
/// assert_eq!(Unit::parse("gallons", Dialect::Us)?.to_string(), "gal (US)");
/// let error = Unit::parse("gallons", Dialect::None).unwrap_err();
/// assert_eq!(error.code(), "unit.ambiguous");
/// # Ok::<(), storage_core::units::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    text: String,
    /// What is measured, sorted; `distance` and `mass` for tonne-km.
    kinds: Vec<&'static str>,
    basis: Option<Basis>,
    /// How many base units one of this is.
    size: Ratio,
}

impl Unit {
    /// Reads the name of a unit.
    ///
    /// Spelling matters only where it must: `MWH` is read, since nothing else could be meant, while
    /// `Ml` (1000 m3) and `ml` (0.000001 m3) are told apart. Factors of units are joined by `.`,
    /// `-`, `*`, `·` or a space, and `thousand`, `million` or a number may stand in front.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for a name that is not in the table, [`Error::Ambiguous`] for one that
    /// means several things, [`Error::Malformed`] for a text that is no product of names.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, Error> {
        parse::unit(text, dialect)
    }

    /// On which basis it measures, where one is stated.
    pub fn basis(&self) -> Option<Basis> {
        self.basis
    }

    /// The kinds whose product it measures, sorted: `["energy"]`, `["distance", "mass"]`, `["EUR"]`.
    pub fn kinds(&self) -> &[&'static str] {
        &self.kinds
    }

    /// How many of `other` one of this is, exactly.
    ///
    /// ```
    /// use storage_core::units::Unit;
    ///
    /// let unit = |text: &str| text.parse::<Unit>();
    /// assert_eq!(unit("GJ")?.to(&unit("kWh")?)?.to_string(), "2500/9");
    /// assert_eq!(unit("short ton mile")?.to(&unit("t.km")?)?.rounded(6).to_string(), "1.459972");
    ///
    /// let error = unit("kWh (Gross CV)")?.to(&unit("kWh (Net CV)")?).unwrap_err();
    /// assert_eq!(error.code(), "unit.other_basis");
    /// # Ok::<(), storage_core::units::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Incommensurable`] when they measure different things (two currencies among them),
    /// [`Error::OtherBasis`] when they measure on different bases, [`Error::BasisMissing`] when only
    /// one of them states its basis.
    pub fn to(&self, other: &Self) -> Result<Ratio, Error> {
        let pair = || (self.text.clone(), other.text.clone());
        if self.kinds != other.kinds {
            let (from, to) = pair();
            return Err(Error::Incommensurable { from, to });
        }
        if self.basis != other.basis {
            let (from, to) = pair();
            let both = self.basis.is_some() && other.basis.is_some();
            return Err(if both {
                Error::OtherBasis { from, to }
            } else {
                Error::BasisMissing { from, to }
            });
        }
        let inverse = other.size.inverse().expect("no unit of the table has the size zero");
        Ok(self.size.clone() * inverse)
    }
}

/// Converts a quantity exactly.
///
/// ```
/// use storage_core::units::convert;
///
/// let kilometres = convert(&"26.2".parse()?, &"miles".parse()?, &"km".parse()?)?;
/// assert_eq!(kilometres.exact(), Some("42.1648128".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`Unit::to`].
pub fn convert(quantity: &Decimal, from: &Unit, to: &Unit) -> Result<Ratio, Error> {
    Ok(Ratio::from(quantity) * from.to(to)?)
}

impl FromStr for Unit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text, Dialect::None)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
