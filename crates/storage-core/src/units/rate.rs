//! One unit for each of another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Dialect, Error, Unit, parse};

/// So much of one unit for each of another, perhaps of a named gas: `kg/kWh`, `lb/MWh`,
/// `g CH4 per mmBtu`, `kg CO2e/passenger.km`, `mmBtu (HHV)/scf`.
///
/// ```
/// use storage_core::units::Rate;
///
/// let rate: Rate = "g CH4 per mmBtu".parse()?;
/// assert_eq!((rate.of.to_string(), rate.per.to_string()), ("g".into(), "mmBtu".into()));
/// assert_eq!(rate.substance.as_deref(), Some("CH4"));
/// assert_eq!("kgCO2e/kWh (Gross CV)".parse::<Rate>()?.to_string(), "kg CO2e/kWh (Gross CV)");
/// # Ok::<(), storage_core::units::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The unit of what comes out.
    pub of: Unit,
    /// Which gas is meant, as it was written: `CO2e`, `CH4`.
    pub substance: Option<String>,
    /// The unit for each of which it comes out.
    pub per: Unit,
}

/// How gases are written behind the unit of their mass.
const SUBSTANCES: &[&str] =
    &["CO2eq", "CO2e", "CO2-eq", "CO2-e", "CO2", "CH4", "N2O", "SF6", "NF3"];

impl Rate {
    /// Reads `of [substance] per unit` or `of [substance]/unit`.
    ///
    /// # Errors
    ///
    /// Those of [`Unit::parse`], and [`Error::Malformed`] without exactly one `/` or `per`.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, Error> {
        let parts: Vec<&str> = match text.contains('/') {
            true => text.split('/').collect(),
            false => text.split(" per ").collect(),
        };
        let &[of, per] = parts.as_slice() else {
            let broken = "a rate has one `/` or one `per`";
            return Err(Error::Malformed { text: parse::beginning(text), broken });
        };
        let of = of.trim();
        let substance = SUBSTANCES.iter().find_map(|name| {
            let at = of.len().checked_sub(name.len())?;
            let behind = of.get(at..)?;
            (at > 0 && behind.eq_ignore_ascii_case(name)).then_some((at, behind))
        });
        let (of, substance) = match substance {
            Some((at, name)) => (&of[..at], Some(name.to_owned())),
            None => (of, None),
        };
        Ok(Self { of: Unit::parse(of, dialect)?, substance, per: Unit::parse(per, dialect)? })
    }
}

impl FromStr for Rate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text, Dialect::None)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.substance {
            Some(substance) => write!(f, "{} {substance}/{}", self.of, self.per),
            None => write!(f, "{}/{}", self.of, self.per),
        }
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
