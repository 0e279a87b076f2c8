//! Global warming potentials: how much CO2 a mass of gas is worth.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Decimal;

/// Which edition of the potentials this is: part of what a result is pinned to.
pub const DATA_VERSION: &str = "gwp/1";

/// Potentials over 100 years, by the assessment report of the IPCC that they come from.
///
/// The numbers are those of the package `globalwarmingpotentials` 0.13.2 (CC0-1.0), which copies
/// the tables of the reports. They have **one** value for methane in each report and do not tell
/// fossil from biogenic methane. For AR6 that value is 27.9; the GHG Protocol (values of August
/// 2024) wants 29.8 for fossil and 27.0 for other methane, so AR6 results with methane differ from
/// such inventories by up to 7 percent of the methane. A gas called `ch4_fossil` is refused rather
/// than weighed with a number that is not its own.
///
/// ```
/// use storage_core::gwp::GwpSet;
///
/// let methane = |set: GwpSet| set.of("CH4").map(ToString::to_string);
/// assert_eq!(methane(GwpSet::Ar4).as_deref(), Some("25"));
/// assert_eq!(methane(GwpSet::Ar5).as_deref(), Some("28"));
/// assert_eq!(methane(GwpSet::Ar6).as_deref(), Some("27.9"));
/// assert_eq!(GwpSet::Ar5.of("HFC-134a"), GwpSet::Ar5.of("hfc134a"));
/// assert_eq!(GwpSet::Ar6.of("ch4_fossil"), None);
/// assert_eq!("IPCC AR5".parse(), Ok(GwpSet::Ar5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GwpSet {
    /// Fourth assessment report, 2007.
    Ar4,
    /// Fifth assessment report, 2013, without climate-carbon feedbacks.
    Ar5,
    /// Sixth assessment report, 2021.
    Ar6,
}

/// A name of no set that is known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of `AR4`, `AR5`, `AR6`")]
pub struct UnknownSet(pub String);

impl GwpSet {
    /// All of them, oldest first.
    pub const ALL: [Self; 3] = [Self::Ar4, Self::Ar5, Self::Ar6];

    /// How many kilograms of CO2 a kilogram of `gas` is worth, if the table has it.
    ///
    /// Case, hyphens and spaces in the name do not count.
    pub fn of(self, gas: &str) -> Option<&'static Decimal> {
        table().get(&plain(gas)).map(|values| &values[self as usize])
    }
}

/// The gases of the table, in their plain spelling (`ch4`, `hfc134a`), sorted.
pub fn gases() -> impl Iterator<Item = &'static str> {
    table().keys().map(String::as_str)
}

/// The name of a gas in its plain spelling. Brackets, hyphens and spaces go; an underscore stays,
/// because it says something more: `ch4_fossil` is not `ch4`.
pub(crate) fn plain(gas: &str) -> String {
    let kept = gas.chars().filter(|c| c.is_alphanumeric() || *c == '_');
    kept.flat_map(char::to_lowercase).collect()
}

fn table() -> &'static BTreeMap<String, [Decimal; 3]> {
    #[derive(Deserialize)]
    struct File {
        values: Vec<Row>,
    }

    #[derive(Deserialize)]
    struct Row {
        species: String,
        #[serde(rename = "AR4GWP100")]
        ar4: Decimal,
        #[serde(rename = "AR5GWP100")]
        ar5: Decimal,
        #[serde(rename = "AR6GWP100")]
        ar6: Decimal,
    }

    static TABLE: OnceLock<BTreeMap<String, [Decimal; 3]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let file: File = serde_json::from_str(include_str!("gwp/core.json"))
            .expect("a test reads the embedded table");
        file.values.into_iter().map(|it| (plain(&it.species), [it.ar4, it.ar5, it.ar6])).collect()
    })
}

impl fmt::Display for GwpSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["AR4", "AR5", "AR6"][*self as usize])
    }
}

impl FromStr for GwpSet {
    type Err = UnknownSet;

    fn from_str(text: &str) -> Result<Self, UnknownSet> {
        let name = text.trim();
        let name = name.strip_prefix("IPCC ").unwrap_or(name);
        let set = Self::ALL.into_iter().find(|set| set.to_string().eq_ignore_ascii_case(name));
        set.ok_or_else(|| UnknownSet(text.chars().take(40).collect()))
    }
}

impl Serialize for GwpSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GwpSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    /// Values as the reports print them, from AR4 WG1 table 2.14, AR5 WG1 table 8.A.1 and the tables
    /// of the EPA hub, not from the file.
    #[test]
    fn the_potentials_are_those_of_the_reports() {
        for (gas, values) in [
            ("CO2", ["1", "1", "1"]),
            ("CH4", ["25", "28", "27.9"]),
            ("N2O", ["298", "265", "273"]),
            ("HFC-134a", ["1430", "1300", "1530"]),
            ("HFC-23", ["14800", "12400", "14600"]),
            ("SF6", ["22800", "23500", "25200"]),
            ("NF3", ["17200", "16100", "17400"]),
        ] {
            let found = GwpSet::ALL.map(|set| set.of(gas).unwrap().to_string());
            assert_eq!(found, values, "{gas}");
        }
        assert_eq!(gases().count(), 16);
    }

    #[test]
    fn the_version_of_the_potentials_moves_with_their_bytes() {
        let digest = Digest::of(include_bytes!("gwp/core.json")).to_string();
        assert_eq!(
            (DATA_VERSION, digest.as_str()),
            ("gwp/1", "sha256:17a913c5a4f25814ecd89fe449863a81ec87cb9256b38f92c0583ee8375b5eda")
        );
    }
}
