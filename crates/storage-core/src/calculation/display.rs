//! Rounding for the eye. Nothing here goes back into a calculation.

use crate::{Decimal, Ratio};

/// How many digits to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// So many behind the point.
    Places(u32),
    /// So many from the first that is not zero.
    Significant(u32),
}

/// Rounds one number, half way to the even digit.
///
/// ```
/// use storage_core::calculation::{Rounding, rounded};
///
/// // A small number does not become zero or one.
/// assert_eq!(rounded(&"0.000012345".parse()?, Rounding::Significant(3)).to_string(), "0.0000123");
/// assert_eq!(rounded(&"1234.5".parse()?, Rounding::Places(0)).to_string(), "1234");
/// # Ok::<(), storage_core::Error>(())
/// ```
pub fn rounded(number: &Decimal, rounding: Rounding) -> Decimal {
    match rounding {
        Rounding::Places(places) => number.rounded(places),
        Rounding::Significant(digits) => Ratio::from(number).significant(digits),
    }
}

/// Rounds parts so that they add up to their rounded total, which is returned first.
///
/// Each part is off by less than one unit of the last place: the units that are missing go to the
/// parts that lost most (the method of the largest remainder).
///
/// ```
/// use storage_core::calculation::rounded_parts;
///
/// let thirds = ["33.4", "33.3", "33.3"].map(|part| part.parse().expect("a number"));
/// let (total, parts) = rounded_parts(&thirds, 0);
/// assert_eq!(total.to_string(), "100");
/// assert_eq!(parts, ["34", "33", "33"].map(|part| part.parse().expect("a number")));
/// ```
pub fn rounded_parts(parts: &[Decimal], places: u32) -> (Decimal, Vec<Decimal>) {
    apportioned(&parts.iter().map(Ratio::from).collect::<Vec<_>>(), places)
}

/// The same for any number of quotients.
pub(super) fn apportioned(parts: &[Ratio], places: u32) -> (Decimal, Vec<Decimal>) {
    let total = parts.iter().cloned().fold(Ratio::zero(), |sum, part| sum + part).rounded(places);
    let unit = Decimal::of(1.into(), places);
    let mut floors: Vec<Decimal> = parts.iter().map(|part| part.floor(places)).collect();
    let lost = |nth: usize, floors: &[Decimal]| parts[nth].clone() + -Ratio::from(&floors[nth]);
    let mut by_loss: Vec<(Ratio, usize)> =
        (0..parts.len()).map(|nth| (lost(nth, &floors), nth)).collect();
    by_loss.sort_by(|(a, a_nth), (b, b_nth)| b.cmp(a).then(a_nth.cmp(b_nth)));
    let mut missing = &total - &floors.iter().sum();
    for (_, nth) in by_loss {
        if missing.is_zero() {
            break;
        }
        floors[nth] = &floors[nth] + &unit;
        missing = &missing - &unit;
    }
    (total, floors)
}

/// How much `new` is above `old`, in percent with one digit behind the point. Nothing when there is
/// nothing to compare with: a change from zero is not infinite, it has no percentage.
///
/// ```
/// use storage_core::calculation::change_percent;
///
/// let change = |old: &str, new: &str| Some(change_percent(&old.parse().ok()?, &new.parse().ok()?)?.to_string());
/// assert_eq!(change("80", "100").as_deref(), Some("25.0"));
/// assert_eq!(change("-4", "-5").as_deref(), Some("-25.0"));
/// assert_eq!(change("0", "100"), None);
/// ```
pub fn change_percent(old: &Decimal, new: &Decimal) -> Option<Decimal> {
    let base = Ratio::from(&old.abs()).inverse()?;
    Some((Ratio::from(&(new - old)) * base * Ratio::from(&Decimal::from(100))).rounded(1))
}
