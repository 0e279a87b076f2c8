//! Exact quotients.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg};

use bigdecimal::num_bigint::{BigInt, BigUint, Sign};
use bigdecimal::{One, Zero};

use super::Decimal;

/// An exact quotient of two whole numbers, in lowest terms.
///
/// A unit is often a quotient that no decimal text can hold: a pound per mmBtu of natural gas, a
/// third of something. Calculations run over these and are rounded once, at the end.
///
/// ```
/// use storage_core::{Decimal, Ratio};
///
/// let third = Ratio::new(1, 3).expect("three is not zero");
/// assert_eq!(third.rounded(4).to_string(), "0.3333");
/// assert_eq!(third.exact(), None);
/// let whole = third * Ratio::from(&Decimal::from(6));
/// assert_eq!(whole.exact(), Some(Decimal::from(2)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
// INVARIANT: the denominator is above zero and shares no divisor with the numerator.
pub struct Ratio {
    numerator: BigInt,
    denominator: BigUint,
}

impl Ratio {
    /// `numerator / denominator`, or nothing when the denominator is zero.
    pub fn new(numerator: i64, denominator: u64) -> Option<Self> {
        (denominator != 0).then(|| Self::reduced(numerator.into(), denominator.into()))
    }

    /// One.
    pub fn one() -> Self {
        Self { numerator: BigInt::one(), denominator: BigUint::one() }
    }

    /// Nothing.
    pub fn zero() -> Self {
        Self { numerator: BigInt::zero(), denominator: BigUint::one() }
    }

    /// One divided by this, or nothing for zero.
    pub fn inverse(&self) -> Option<Self> {
        let (sign, magnitude) = self.numerator.clone().into_parts();
        (sign != Sign::NoSign).then(|| Self {
            numerator: BigInt::from_biguint(sign, self.denominator.clone()),
            denominator: magnitude,
        })
    }

    /// The value as a decimal, if it has a finite one: without trailing zeros.
    pub fn exact(&self) -> Option<Decimal> {
        let (twos, rest) = stripped(self.denominator.clone(), 2);
        let (fives, rest) = stripped(rest, 5);
        let places = twos.max(fives);
        rest.is_one().then(|| {
            let power = BigInt::from(10).pow(places);
            Decimal::of(&self.numerator * power / self.denominator(), places).trimmed()
        })
    }

    /// The nearest decimal with so many digits behind the point; half way, the even one.
    pub fn rounded(&self, places: u32) -> Decimal {
        let scaled = self.numerator.magnitude() * BigUint::from(10_u32).pow(places);
        let (mut digits, rest) = (&scaled / &self.denominator, scaled % &self.denominator);
        let twice = rest * 2_u32;
        if twice > self.denominator || (twice == self.denominator && digits.bit(0)) {
            digits += 1_u32;
        }
        Decimal::of(BigInt::from_biguint(self.numerator.sign(), digits), places)
    }

    /// The nearest decimal with so many digits from the first one that is not zero.
    ///
    /// ```
    /// # use storage_core::Ratio;
    /// let seventh = Ratio::new(1, 700).expect("not zero");
    /// assert_eq!(seventh.significant(5).to_string(), "0.0014286");
    /// ```
    pub fn significant(&self, digits: u32) -> Decimal {
        // The value has as many digits before the point as these differ, or one more.
        let size = |number: &BigUint| number.to_string().len() as i64;
        let ahead = size(self.numerator.magnitude()) - size(&self.denominator);
        let places = u32::try_from(i64::from(digits) - ahead).unwrap_or(0);
        let rounded = self.rounded(places);
        let one_too_many = size(rounded.parts().0.magnitude()) > i64::from(digits);
        if one_too_many && places > 0 { self.rounded(places - 1) } else { rounded }
    }

    /// The largest decimal with so many digits behind the point that is not above this.
    pub(crate) fn floor(&self, places: u32) -> Decimal {
        let scaled = self.numerator.magnitude() * BigUint::from(10_u32).pow(places);
        let (mut digits, rest) = (&scaled / &self.denominator, scaled % &self.denominator);
        if self.is_negative() && !rest.is_zero() {
            digits += 1_u32;
        }
        Decimal::of(BigInt::from_biguint(self.numerator.sign(), digits), places)
    }

    /// The square root, rounded down to so many digits behind the point. Nothing for what is
    /// negative.
    pub(crate) fn root(&self, places: u32) -> Option<Decimal> {
        let scaled = self.numerator.magnitude() * BigUint::from(100_u32).pow(places);
        (!self.is_negative())
            .then(|| Decimal::of((scaled / &self.denominator).sqrt().into(), places))
    }

    /// Whether this is below zero.
    pub fn is_negative(&self) -> bool {
        self.numerator.sign() == Sign::Minus
    }

    /// Whether this is zero.
    pub fn is_zero(&self) -> bool {
        self.numerator.is_zero()
    }

    /// Numerator and denominator, where both fit: for a loop that multiplies millions of quantities
    /// with one quotient.
    pub fn small(&self) -> Option<(i128, i128)> {
        let numerator = i128::try_from(&self.numerator).ok()?;
        Some((numerator, i128::try_from(&self.denominator).ok()?))
    }

    fn denominator(&self) -> BigInt {
        self.denominator.clone().into()
    }

    fn reduced(numerator: BigInt, denominator: BigUint) -> Self {
        let (mut a, mut b) = (numerator.magnitude().clone(), denominator.clone());
        while !b.is_zero() {
            (a, b) = (b.clone(), a % b);
        }
        if a.is_one() {
            return Self { numerator, denominator };
        }
        Self { numerator: numerator / BigInt::from(a.clone()), denominator: denominator / a }
    }
}

/// How often `number` can be divided by `divisor`, and what is left.
fn stripped(mut number: BigUint, divisor: u32) -> (u32, BigUint) {
    let mut times = 0;
    while (&number % divisor).is_zero() {
        number /= divisor;
        times += 1;
    }
    (times, number)
}

impl From<&Decimal> for Ratio {
    fn from(number: &Decimal) -> Self {
        let (digits, places) = number.parts();
        Self::reduced(digits, BigUint::from(10_u32).pow(places))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let ours = &self.numerator * other.denominator();
        ours.cmp(&(&other.numerator * self.denominator()))
    }
}

impl Mul for Ratio {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::reduced(self.numerator * other.numerator, self.denominator * other.denominator)
    }
}

impl Neg for Ratio {
    type Output = Self;

    fn neg(self) -> Self {
        Self { numerator: -self.numerator, denominator: self.denominator }
    }
}

impl Add for Ratio {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let numerator =
            &self.numerator * other.denominator() + &other.numerator * self.denominator();
        Self::reduced(numerator, self.denominator * other.denominator)
    }
}

/// `numerator/denominator`, or the numerator alone when it is whole.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.numerator)?;
        if self.denominator.is_one() { Ok(()) } else { write!(f, "/{}", self.denominator) }
    }
}
