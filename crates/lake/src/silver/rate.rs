//! Multiplying many quantities with one exact quotient.

use storage_core::{Decimal, Ratio};

use super::quantity::Quantity;

/// Digits behind the point of every column of decimals: those of
/// [`PLACES`](storage_core::calculation::PLACES).
pub(crate) const PLACES: u32 = storage_core::calculation::PLACES;

/// The first whole number that `DECIMAL(38, 12)` cannot hold.
const BEYOND: i128 = 10_i128.pow(38);

/// How many digits of a value are kept that has no finite text, as in
/// [`Amount`](storage_core::calculation::Amount).
const SIGNIFICANT: u32 = 40;

/// A quotient that quantities are multiplied with.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    ratio: Ratio,
    quick: Quick,
}

#[derive(Clone, Copy, Debug)]
enum Quick {
    /// `digits / 10^places`.
    Decimal { digits: i128, places: u32 },
    /// A quotient without a finite text.
    Quotient { numerator: i128, denominator: i128 },
    /// Too long for machine words.
    No,
}

/// A product, rounded once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Product {
    /// In units of the last place of [`PLACES`], half way to the even digit.
    pub(super) rounded: i128,
    /// Before rounding, where that is another value: the exact text if it has at most 128 digits, else
    /// its first 40 digits.
    pub(super) exact: Option<String>,
}

impl Rate {
    pub(super) fn new(ratio: Ratio) -> Self {
        let quick = match (ratio.exact().and_then(|it| it.small()), ratio.small()) {
            (Some((digits, places)), _) => Quick::Decimal { digits, places },
            (None, Some((numerator, denominator))) if ratio.exact().is_none() => {
                Quick::Quotient { numerator, denominator }
            }
            _ => Quick::No,
        };
        Self { ratio, quick }
    }

    /// `quantity` times this; nothing if it does not fit `DECIMAL(38, 12)`, or the text before
    /// rounding would have more than 128 digits.
    pub(super) fn times(&self, quantity: &Quantity) -> Option<Product> {
        let product = match (quantity, self.quick) {
            (&Quantity::Small { digits, places }, Quick::Decimal { digits: own, places: more }) => {
                decimal(digits, own, places + more)
            }
            (&Quantity::Small { digits, places }, Quick::Quotient { numerator, denominator }) => {
                // What is not exact needs more digits than there are here.
                let product = quotient(digits, places, numerator, denominator);
                product.filter(|it| it.1).map(|it| Product { rounded: it.0, exact: None })
            }
            _ => None,
        };
        let product = match product {
            Some(product) => product,
            None => self.slow(quantity)?,
        };
        Some(product).filter(|it| holds(it.rounded))
    }

    /// The rounded value alone.
    pub(super) fn rounded(&self, quantity: &Quantity) -> Option<i128> {
        let quick = match (quantity, self.quick) {
            (&Quantity::Small { digits, places }, Quick::Quotient { numerator, denominator }) => {
                quotient(digits, places, numerator, denominator).map(|it| it.0)
            }
            (Quantity::Small { .. }, Quick::Decimal { .. }) => {
                return self.times(quantity).map(|it| it.rounded);
            }
            _ => None,
        };
        let rounded = match quick {
            Some(rounded) => rounded,
            None => self.product(quantity).rounded(PLACES).small()?.0,
        };
        Some(rounded).filter(|it| holds(*it))
    }

    fn product(&self, quantity: &Quantity) -> Ratio {
        Ratio::from(&quantity.decimal()) * self.ratio.clone()
    }

    /// The same for numbers of any size.
    fn slow(&self, quantity: &Quantity) -> Option<Product> {
        let product = self.product(quantity);
        let rounded = product.rounded(PLACES);
        let exact = product.exact().filter(|exact| exact.digits() <= Decimal::DIGITS);
        let exact = match exact {
            Some(exact) => (exact != rounded).then(|| exact.to_string()),
            None => {
                let first = product.significant(SIGNIFICANT);
                Some(first).filter(|it| it.digits() <= Decimal::DIGITS)?.to_string().into()
            }
        };
        Some(Product { rounded: rounded.small()?.0, exact })
    }
}

/// `a * b / 10^places`.
fn decimal(a: i128, b: i128, places: u32) -> Option<Product> {
    let product = a.checked_mul(b)?;
    let Some(surplus) = places.checked_sub(PLACES).filter(|it| *it > 0) else {
        let rounded = product.checked_mul(10_i128.pow(PLACES - places))?;
        return Some(Product { rounded, exact: None });
    };
    let unit = 10_i128.checked_pow(surplus)?;
    let (rounded, whole) = divided(product, unit);
    Some(Product { rounded, exact: (!whole).then(|| plain(product, places)) })
}

/// `digits / 10^places * numerator / denominator`, rounded, and whether that is exact.
fn quotient(digits: i128, places: u32, numerator: i128, denominator: i128) -> Option<(i128, bool)> {
    let (up, down) = (PLACES.saturating_sub(places), places.saturating_sub(PLACES));
    let above = digits.checked_mul(numerator)?.checked_mul(10_i128.pow(up))?;
    let below = denominator.checked_mul(10_i128.checked_pow(down)?)?;
    Some(divided(above, below))
}

fn holds(digits: i128) -> bool {
    digits.abs() < BEYOND
}

/// The nearest whole number to `above / below`, half way the even one, and whether it is exact.
fn divided(above: i128, below: i128) -> (i128, bool) {
    let (magnitude, below) = (above.unsigned_abs(), below.unsigned_abs());
    // Nearly every product fits one word, whose division is much faster.
    let (mut digits, rest) = match (u64::try_from(magnitude), u64::try_from(below)) {
        (Ok(magnitude), Ok(below)) => {
            (u128::from(magnitude / below), u128::from(magnitude % below))
        }
        _ => (magnitude / below, magnitude % below),
    };
    // `rest < below`, so nothing overflows.
    let other = below - rest;
    if rest > other || (rest == other && digits % 2 == 1) {
        digits += 1;
    }
    let digits = digits as i128;
    (if above < 0 { -digits } else { digits }, rest == 0)
}

/// The plain text of `digits / 10^places` without trailing zeros.
fn plain(digits: i128, places: u32) -> String {
    let width = places as usize + 1;
    let mut text = format!("{:0>width$}", digits.unsigned_abs());
    text.insert(text.len() - places as usize, '.');
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    if digits < 0 {
        text.insert(0, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(quantity: &str, over: (i64, u64)) -> Option<(String, Option<String>)> {
        let rate = Rate::new(Ratio::new(over.0, over.1).unwrap());
        let product = rate.times(&Quantity::of_text(quantity).unwrap())?;
        Some((Decimal::scaled_by(product.rounded, PLACES).to_string(), product.exact))
    }

    #[test]
    fn a_product_is_rounded_once_to_the_even_digit() {
        let some = |rounded: &str, exact: Option<&str>| {
            Some((rounded.to_owned(), exact.map(str::to_owned)))
        };
        assert_eq!(times("12.5", (207_050, 1_000_000)), some("2.588125000000", None));
        assert_eq!(
            times("0.0000000000005", (1, 1)),
            some("0.000000000000", Some("0.0000000000005"))
        );
        assert_eq!(
            times("0.0000000000015", (1, 1)),
            some("0.000000000002", Some("0.0000000000015"))
        );
        assert_eq!(
            times("-0.0000000000025", (1, 1)),
            some("-0.000000000002", Some("-0.0000000000025"))
        );
        assert_eq!(times("3", (1, 3)), some("1.000000000000", None));
        let third = "0.3333333333333333333333333333333333333333";
        assert_eq!(times("1", (1, 3)), some("0.333333333333", Some(third)));
        assert_eq!(times("99999999999999999999999999", (1, 1)).unwrap().1, None);
        assert_eq!(times("100000000000000000000000000", (1, 1)), None, "39 digits");
        assert_eq!(times("1e100", (1, 1)), None);
    }
}
