//! What a published table says where a number is expected.

use serde::{Deserialize, Serialize};

use super::Decimal;
use crate::Error;

/// A cell of a published table: a number, or one of the ways of not giving one.
///
/// Absent is not zero, and the ways of being absent are not each other.
///
/// ```
/// use storage_core::{Absence, Cell};
///
/// assert_eq!(Cell::read("NA")?, Cell::Absent(Absence::NotAvailable));
/// assert_eq!(Cell::read("< 1")?, Cell::Absent(Absence::Below("1".parse()?)));
/// assert_eq!(Cell::read("2.50")?, Cell::Number("2.50".parse()?));
/// // Whoever wrote this may have meant 1234 or 1.234.
/// assert!(Cell::read("1,234").is_err());
/// # Ok::<(), storage_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// A number.
    Number(Decimal),
    /// No number, and why.
    Absent(Absence),
}

/// Why a cell has no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Absence {
    /// The cell is empty.
    Blank,
    /// The publisher says that there is no value: `NA`, `N/A`, `-`.
    NotAvailable,
    /// The publisher was not given one: `not-supplied`.
    NotSupplied,
    /// Only an upper bound is known: `< 1`.
    Below(Decimal),
}

impl Cell {
    /// Reads one cell. Spaces around it do not count.
    ///
    /// # Errors
    ///
    /// [`Error::DecimalInvalid`] for everything else, among it `NaN`, `1e3` and `1,234`.
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some(bound) = text.strip_prefix('<') {
            return Ok(Self::Absent(Absence::Below(bound.trim_start().parse()?)));
        }
        Ok(match text.to_ascii_lowercase().as_str() {
            "" => Self::Absent(Absence::Blank),
            "na" | "n/a" | "n.a." | "-" => Self::Absent(Absence::NotAvailable),
            "not-supplied" | "not supplied" => Self::Absent(Absence::NotSupplied),
            _ => Self::Number(text.parse()?),
        })
    }

    /// The number, if there is one.
    pub fn number(self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(number),
            Self::Absent(_) => None,
        }
    }
}
