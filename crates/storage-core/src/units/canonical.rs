//! One unit for everything that measures the same.

use super::{Basis, Unit, table};
use crate::units::table::Row;

/// The unit that each kind is counted in, by what reports use and not by SI: nobody adds up joules.
/// In the order in which the factors of a product are written.
const UNITS: &[(&str, &str)] = &[
    ("passenger", "passenger"),
    ("vehicle", "vehicle"),
    ("person", "person"),
    ("employee", "employee"),
    ("item", "item"),
    ("room", "room"),
    ("energy", "kWh"),
    ("volume", "m3"),
    ("area", "m2"),
    ("mass", "kg"),
    ("distance", "km"),
    ("night", "night"),
    ("time", "h"),
];

/// The unit for gas under the conditions that the basis states.
fn gas(basis: Option<Basis>) -> Option<&'static str> {
    match basis? {
        Basis::Fahrenheit60 => Some("scf"),
        Basis::Celsius0 => Some("Nm3"),
        Basis::Celsius15 => Some("Sm3"),
        _ => None,
    }
}

impl Unit {
    /// The one unit in which everything is counted that can be converted to this one, so that
    /// quantities of different sources can be added up: `kWh` for energy, `kg` for mass, `t.km` for
    /// freight. The basis stays: gross and net energy are never counted together.
    ///
    /// ```
    /// use storage_core::units::Unit;
    ///
    /// let canonical = |text: &str| text.parse::<Unit>().map(|unit| unit.canonical().to_string());
    /// assert_eq!(canonical("GJ")?, "kWh");
    /// assert_eq!(canonical("therms (HHV)")?, "kWh (Gross CV)");
    /// assert_eq!(canonical("short ton mile")?, "t.km");
    /// assert_eq!(canonical("passenger-mile")?, "passenger.km");
    /// assert_eq!(canonical("million litres")?, "m3");
    /// assert_eq!(canonical("EUR (2022)")?, "EUR (2022)");
    /// # Ok::<(), storage_core::units::Error>(())
    /// ```
    #[must_use]
    pub fn canonical(&self) -> Self {
        let freight = self.kinds == ["distance", "mass"];
        let rank = |kind: &str| UNITS.iter().position(|it| it.0 == kind).unwrap_or(UNITS.len());
        let mut kinds = self.kinds.clone();
        kinds.sort_by_key(|kind| (rank(kind), *kind));
        let symbol = |kind: &'static str| match (kind, gas(self.basis)) {
            ("mass", _) if freight => "t",
            ("volume", Some(unit)) => unit,
            // What is not in the list is money, whose unit is its kind.
            _ => UNITS.iter().find(|it| it.0 == kind).map_or(kind, |it| it.1),
        };
        let symbols: Vec<&str> = kinds.iter().map(|kind| symbol(kind)).collect();
        let behind = self.basis.map(|basis| basis.to_string()).unwrap_or_default();
        let size = |symbol: &str| {
            let row = table::rows().iter().find(|row| row.symbol == symbol).map(Row::ratio);
            row.unwrap_or_else(crate::Ratio::one)
        };
        let size = symbols.iter().map(|it| size(it)).fold(crate::Ratio::one(), |all, it| all * it);
        let text = format!("{}{behind}", symbols.join("."));
        Self { text, kinds: self.kinds.clone(), basis: self.basis, size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_leads_to_its_canonical_one_which_is_its_own() {
        for row in table::rows() {
            let unit: Unit = row.symbol.parse().unwrap();
            let canonical = unit.canonical();
            assert!(unit.to(&canonical).is_ok(), "{unit} -> {canonical}");
            assert_eq!(canonical.canonical(), canonical, "{unit}");
            assert_eq!(canonical.to_string().parse::<Unit>().unwrap(), canonical, "{unit}");
        }
        for text in ["t.km", "room per night", "passenger mile", "kWh (Net CV)", "GBP (2021)"] {
            let canonical = text.parse::<Unit>().unwrap().canonical();
            assert_eq!(canonical.to_string().parse::<Unit>().unwrap(), canonical, "{text}");
        }
    }
}
