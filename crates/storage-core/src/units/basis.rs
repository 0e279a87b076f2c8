//! What a quantity was measured against.

use std::fmt;

/// The basis of a unit that says different things about the same stuff without one.
///
/// Gross and net energy of one litre of fuel differ by 5 to 11 percent, so two units on different
/// bases are never converted by a table: that takes the heat contents of the very fuel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// Gross calorific value, also higher heating value: the water of combustion condenses.
    Gross,
    /// Net calorific value, also lower heating value: it leaves as steam.
    Net,
    /// Gas at 60 °F and 14.7 psia, as in a standard cubic foot (40 CFR 98.6).
    Fahrenheit60,
    /// Gas at 0 °C and 101325 Pa, as in a normal cubic metre (DIN 1343).
    Celsius0,
    /// Gas at 15 °C and 101325 Pa, as in a standard cubic metre (ISO 13443).
    Celsius15,
    /// Money at the prices of this year.
    Prices(u16),
}

/// Words that state a basis, longest first, in lower case.
const WORDS: &[(&[&str], Basis)] = &[
    (&["gross", "calorific", "value"], Basis::Gross),
    (&["higher", "heating", "value"], Basis::Gross),
    (&["net", "calorific", "value"], Basis::Net),
    (&["lower", "heating", "value"], Basis::Net),
    (&["gross", "cv"], Basis::Gross),
    (&["net", "cv"], Basis::Net),
    (&["gross"], Basis::Gross),
    (&["gcv"], Basis::Gross),
    (&["hhv"], Basis::Gross),
    (&["net"], Basis::Net),
    (&["ncv"], Basis::Net),
    (&["lhv"], Basis::Net),
];

impl Basis {
    /// As the table of units writes it.
    pub(super) fn of_table(text: &str) -> Option<Self> {
        match text {
            "60F" => Some(Self::Fahrenheit60),
            "0C" => Some(Self::Celsius0),
            "15C" => Some(Self::Celsius15),
            _ => None,
        }
    }

    /// Takes the words that state a calorific basis out of `words`.
    pub(super) fn taken_from(words: &mut Vec<String>) -> Option<Self> {
        let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        WORDS.iter().find_map(|(spelled, basis)| {
            let at = lower.windows(spelled.len()).position(|window| window == *spelled)?;
            words.drain(at..at + spelled.len());
            Some(*basis)
        })
    }

    /// Whether it can be stated of the kind `kind`.
    pub(super) fn fits(self, kind: &str) -> bool {
        match self {
            Self::Gross | Self::Net => kind == "energy",
            Self::Fahrenheit60 | Self::Celsius0 | Self::Celsius15 => kind == "volume",
            Self::Prices(_) => kind.len() == 3 && kind.bytes().all(|b| b.is_ascii_uppercase()),
        }
    }
}

/// What is appended to the name of a unit; nothing where the name says it already (`scf`).
impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gross => f.write_str(" (Gross CV)"),
            Self::Net => f.write_str(" (Net CV)"),
            Self::Prices(year) => write!(f, " ({year})"),
            Self::Fahrenheit60 | Self::Celsius0 | Self::Celsius15 => Ok(()),
        }
    }
}
