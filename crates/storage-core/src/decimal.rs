//! Exact decimal numbers.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode, Zero};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

mod cell;
mod ratio;
#[cfg(test)]
mod tests;

pub use cell::{Absence, Cell};
pub use ratio::Ratio;

/// An exact decimal number of any size, which keeps its trailing zeros.
///
/// Read and written as plain text: `-?digits[.digits]`, with no exponent, no plus sign, no needless
/// leading zero, no separator of thousands and no minus before a zero. So there is one spelling for
/// each value and precision, what was read is printed again letter by letter, and `2.50` remains
/// `2.50`, because the zero is the publisher's precision. Equality, order and hash go by value.
///
/// Sums, differences and products are exact, and keep as many places as they have on paper. There is
/// no division here, since most quotients have no decimal text: see [`Ratio`].
///
/// ```
/// use storage_core::Decimal;
///
/// let cell: Decimal = "2.5200000000000005".parse()?;
/// assert_eq!(cell.to_string(), "2.5200000000000005");
///
/// let written: Decimal = "2.50".parse()?;
/// assert_eq!(written, "2.5".parse()?);
/// assert_eq!(written.to_string(), "2.50");
///
/// // A thousand tenths are a hundred. In binary floating point they are 99.9999999999986.
/// let tenth: Decimal = "0.1".parse()?;
/// let sum: Decimal = std::iter::repeat_n(&tenth, 1000).sum();
/// assert_eq!(sum.to_string(), "100.0");
/// # Ok::<(), storage_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
// INVARIANT: never fewer than zero digits behind the point.
pub struct Decimal(BigDecimal);

impl Decimal {
    /// The most digits a text may have. Results of sums and products may have more.
    ///
    /// Bounds the work one cell of a file can cause; published cells have 17 digits.
    pub const DIGITS: usize = 128;

    /// Nothing.
    pub fn zero() -> Self {
        Self(BigDecimal::zero())
    }

    /// The number that `float` is most shortly written as: what a spreadsheet means by its cell.
    ///
    /// ```
    /// use storage_core::Decimal;
    ///
    /// assert_eq!(Decimal::shortest(2.5200000000000005)?.to_string(), "2.5200000000000005");
    /// assert_eq!(Decimal::shortest(9.5e-5)?.to_string(), "0.000095");
    /// assert!(Decimal::shortest(f64::NAN).is_err());
    /// # Ok::<(), storage_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DecimalInvalid`] for a value that is not finite or has more than
    /// [`DIGITS`](Self::DIGITS) digits.
    pub fn shortest(float: f64) -> Result<Self, Error> {
        // `Display` of a float is the shortest text that reads back, without an exponent. A zero
        // loses its sign, which has no meaning here.
        if float == 0.0 { Ok(Self::zero()) } else { float.to_string().parse() }
    }

    /// Whether this is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.sign() == Sign::Minus
    }

    /// Whether this is zero.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether `other` is the same value in the same spelling.
    ///
    /// ```
    /// # use storage_core::Decimal;
    /// let (a, b): (Decimal, Decimal) = ("2.5".parse()?, "2.50".parse()?);
    /// assert!(a == b && !a.same_text(&b));
    /// # Ok::<(), storage_core::Error>(())
    /// ```
    pub fn same_text(&self, other: &Self) -> bool {
        self.0.as_bigint_and_scale() == other.0.as_bigint_and_scale()
    }

    /// How many digits stand behind the point.
    pub fn places(&self) -> u32 {
        u32::try_from(self.0.fractional_digit_count()).expect("a scale is made of a `u32`")
    }

    /// How many digits the number has, on both sides of the point.
    pub fn digits(&self) -> usize {
        self.to_string().bytes().filter(u8::is_ascii_digit).count()
    }

    /// The nearest number with exactly so many digits behind the point; half way, the even one.
    ///
    /// ```
    /// # use storage_core::Decimal;
    /// let rounded = |text: &str| Ok(text.parse::<Decimal>()?.rounded(1).to_string());
    /// assert_eq!(rounded("0.25")?, "0.2");
    /// assert_eq!(rounded("0.35")?, "0.4");
    /// assert_eq!(rounded("-0.04")?, "0.0");
    /// assert_eq!(rounded("7")?, "7.0");
    /// # Ok::<(), storage_core::Error>(())
    /// ```
    pub fn rounded(&self, places: u32) -> Self {
        Self(self.0.with_scale_round(i64::from(places), RoundingMode::HalfEven))
    }

    /// The same value without trailing zeros behind the point.
    ///
    /// ```
    /// # use storage_core::Decimal;
    /// assert_eq!("100.50".parse::<Decimal>()?.trimmed().to_string(), "100.5");
    /// assert_eq!("100.00".parse::<Decimal>()?.trimmed().to_string(), "100");
    /// # Ok::<(), storage_core::Error>(())
    /// ```
    pub fn trimmed(&self) -> Self {
        let short = self.0.normalized();
        // What ends in zeros before the point gets a negative scale, which has no plain text.
        if short.fractional_digit_count() < 0 { Self(short.with_scale(0)) } else { Self(short) }
    }

    /// The value without its sign.
    pub fn abs(&self) -> Self {
        Self(self.0.abs())
    }

    /// `digits` with the point before the last `places` of them.
    ///
    /// ```
    /// # use storage_core::Decimal;
    /// assert_eq!(Decimal::scaled_by(-1250, 3).to_string(), "-1.250");
    /// ```
    pub fn scaled_by(digits: i128, places: u32) -> Self {
        Self::of(digits.into(), places)
    }

    /// All digits as one whole number, and how many of them stand behind the point, where the number
    /// fits: the opposite of [`scaled_by`](Self::scaled_by).
    pub fn small(&self) -> Option<(i128, u32)> {
        let (digits, places) = self.parts();
        Some((i128::try_from(digits).ok()?, places))
    }

    /// `digits` with the point before the last `places` of them.
    pub(crate) fn of(digits: BigInt, places: u32) -> Self {
        Self(BigDecimal::new(digits, i64::from(places)))
    }

    /// All digits as one whole number, as if so many of them stood behind the point.
    fn scaled(&self, places: u32) -> BigInt {
        let (digits, own) = self.parts();
        digits * BigInt::from(10).pow(places - own)
    }

    /// All digits as one whole number, and how many of them stand behind the point.
    pub(crate) fn parts(&self) -> (BigInt, u32) {
        (self.0.as_bigint_and_scale().0.into_owned(), self.places())
    }
}

impl FromStr for Decimal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let broken = |broken| {
            let text = text.chars().take(40).collect();
            Err(Error::DecimalInvalid { text, broken })
        };
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        if !unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return broken("it has something other than digits and one point");
        }
        if whole.is_empty() || fraction.is_empty() {
            return broken("digits are missing on one side of the point");
        }
        if fraction.contains('.') {
            return broken("it has two points");
        }
        if whole.len() > 1 && whole.starts_with('0') {
            return broken("it begins with a needless zero");
        }
        if unsigned.len() - usize::from(unsigned.contains('.')) > Self::DIGITS {
            return broken("it has more than 128 digits");
        }
        let places = unsigned.len().saturating_sub(whole.len() + 1);
        let digits = digits(unsigned);
        let negative = unsigned.len() < text.len();
        if negative && digits.is_zero() {
            return broken("zero has no sign");
        }
        let digits = if negative { -digits } else { digits };
        Ok(Self(BigDecimal::new(digits, places as i64)))
    }
}

/// The digits of `text` as one number, whatever stands between them.
fn digits(text: &str) -> BigInt {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    // Nearly every cell fits; the long way is slower by far.
    if text.len() <= 19 {
        return digits.fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0')).into();
    }
    let digits: Vec<u8> = digits.collect();
    BigInt::parse_bytes(&digits, 10).unwrap_or_default()
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, places) = self.0.as_bigint_and_scale();
        let places = usize::try_from(places).unwrap_or_default();
        let text = digits.magnitude().to_string();
        let text = format!("{text:0>width$}", width = places + 1);
        let (whole, fraction) = text.split_at(text.len() - places);
        let point = if fraction.is_empty() { "" } else { "." };
        f.pad_integral(!self.is_negative(), "", &format!("{whole}{point}{fraction}"))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As text, never as a JSON number: most readers would make a binary float of that.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number as text, such as \"2.50\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

macro_rules! from_whole {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Decimal {
            fn from(number: $whole) -> Self {
                Self(BigDecimal::from(number))
            }
        }
    )*};
}

from_whole!(i32, i64, u32, u64);

// Over the digits: `bigdecimal` drops trailing zeros when it multiplies by one.
impl Mul for &Decimal {
    type Output = Decimal;

    fn mul(self, other: Self) -> Decimal {
        let ((a, a_places), (b, b_places)) = (self.parts(), other.parts());
        Decimal::of(a * b, a_places + b_places)
    }
}

impl Add for &Decimal {
    type Output = Decimal;

    fn add(self, other: Self) -> Decimal {
        let places = self.places().max(other.places());
        Decimal::of(self.scaled(places) + other.scaled(places), places)
    }
}

impl Sub for &Decimal {
    type Output = Decimal;

    fn sub(self, other: Self) -> Decimal {
        let places = self.places().max(other.places());
        Decimal::of(self.scaled(places) - other.scaled(places), places)
    }
}

macro_rules! by_value {
    ($($operation:ident $function:ident),*) => {$(
        impl $operation for Decimal {
            type Output = Decimal;

            fn $function(self, other: Self) -> Decimal {
                $operation::$function(&self, &other)
            }
        }
    )*};
}

by_value!(Add add, Sub sub, Mul mul);

impl Neg for Decimal {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), Add::add)
    }
}

impl<'a> Sum<&'a Self> for Decimal {
    fn sum<I: Iterator<Item = &'a Self>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), |sum, number| &sum + number)
    }
}
