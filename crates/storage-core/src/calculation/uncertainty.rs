//! How sure a result is: approach 1 of the IPCC, propagation of error.
//!
//! Source: 2006 IPCC Guidelines for National Greenhouse Gas Inventories, volume 1, chapter 3,
//! equations 3.1 and 3.2. Uncertainties are half the width of the 95 % interval, in percent of the
//! mean. They are taken as independent and below about 30 percent, as the approach does; for larger
//! or skewed ones it is a rough guide.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{Decimal, Ratio};

/// Digits behind the point of a percentage that is returned.
const PLACES: u32 = 6;

/// The interval in which the true value is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end, exact.
    pub low: Decimal,
    /// Its upper end, exact.
    pub high: Decimal,
    /// How often it is expected to hold the true value, in percent.
    pub level: u8,
}

/// The uncertainty of a product, in percent: the root of the sum of squares (equation 3.1).
///
/// ```
/// use storage_core::calculation::uncertainty::product;
///
/// // Activity known to 3 percent, factor to 4.
/// let percent = product(&["3".parse()?, "4".parse()?]);
/// assert_eq!(percent.to_string(), "5.000000");
/// # Ok::<(), storage_core::Error>(())
/// ```
pub fn product(percents: &[Decimal]) -> Decimal {
    let squares = percents.iter().map(|percent| percent * percent).sum();
    root(&Ratio::from(&squares))
}

/// The uncertainty of a sum, in percent: weighted by the summands (equation 3.2). Nothing when they
/// add up to zero.
///
/// ```
/// use storage_core::calculation::uncertainty::sum;
///
/// let summands = [("100", "3"), ("100", "4")];
/// let summands = summands.map(|(value, percent)| Some((value.parse().ok()?, percent.parse().ok()?)));
/// let percent = sum(&summands.map(|summand| summand.expect("two numbers")));
/// assert_eq!(percent.map(|it| it.to_string()).as_deref(), Some("2.500000"));
/// ```
pub fn sum(summands: &[(Decimal, Decimal)]) -> Option<Decimal> {
    let squares: Decimal =
        summands.iter().map(|(value, percent)| value * percent).map(|it| &it * &it).sum();
    let total: Decimal = summands.iter().map(|(value, _)| value).sum();
    let inverse = Ratio::from(&(&total * &total)).inverse()?;
    Some(root(&(Ratio::from(&squares) * inverse)))
}

/// The interval of `value` at 95 percent.
///
/// ```
/// use storage_core::calculation::uncertainty::interval;
///
/// let interval = interval(&"-200".parse()?, &"2.5".parse()?);
/// assert_eq!((interval.low, interval.high), ("-205".parse()?, "-195".parse()?));
/// # Ok::<(), storage_core::Error>(())
/// ```
pub fn interval(value: &Decimal, percent: &Decimal) -> Interval {
    let half = &(&value.abs() * percent) * &Decimal::of(1.into(), 2);
    Interval { low: value - &half, high: value + &half, level: 95 }
}

/// The root, to the nearest sixth digit; half way, the even one.
fn root(square: &Ratio) -> Decimal {
    let floor = square.root(PLACES).expect("squares are not negative");
    let half = &floor + &Decimal::of(5.into(), PLACES + 1);
    let next = &floor + &Decimal::of(1.into(), PLACES);
    match Ratio::from(&(&half * &half)).cmp(square) {
        Ordering::Less => next,
        // `half` has one digit more than asked, so it is rounded as any other number is.
        Ordering::Equal => half.rounded(PLACES),
        Ordering::Greater => floor,
    }
}
