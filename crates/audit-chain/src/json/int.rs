//! Integers of any size, kept as their digits.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// The most digits an integer may have, the sign not counted: CPython refuses longer ones since
/// 3.11 (`sys.int_info.default_max_str_digits`), so no Python program could verify a record with
/// one.
pub const MAX_INT_DIGITS: usize = 4300;

/// An integer of at most [`MAX_INT_DIGITS`] digits.
///
/// ```
/// use audit_chain::json::Int;
///
/// assert_eq!("-0".parse::<Int>()?.to_string(), "0");
/// assert_eq!("18446744073709551616".parse::<Int>()?.as_u64(), None);
/// assert_eq!(Int::from(7_u64).as_u64(), Some(7));
/// # Ok::<(), audit_chain::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Int(Repr);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64),
    // INVARIANT: does not fit an i64; no leading zeros, no `+`.
    Large(Box<str>),
}

impl Int {
    /// The number, if it fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(int) => Some(int),
            Repr::Large(_) => None,
        }
    }

    /// The number, if it fits.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(int) => u64::try_from(*int).ok(),
            Repr::Large(digits) => digits.parse().ok(),
        }
    }

    /// Appends the digits.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        use std::io::Write as _;
        match &self.0 {
            Repr::Small(int) => write!(to, "{int}").expect("a vector takes all bytes"),
            Repr::Large(digits) => to.extend_from_slice(digits.as_bytes()),
        }
    }
}

impl FromStr for Int {
    type Err = Error;

    /// Reads an optional minus and digits. Leading zeros are dropped.
    fn from_str(text: &str) -> Result<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text),
        };
        let all_digits = digits.bytes().all(|digit| digit.is_ascii_digit());
        if !all_digits || !(1..=MAX_INT_DIGITS).contains(&digits.len()) {
            return Err(Error::IntegerInvalid { limit: MAX_INT_DIGITS });
        }
        if let Ok(small) = text.parse() {
            return Ok(Self(Repr::Small(small)));
        }
        let digits = digits.trim_start_matches('0');
        Ok(Self(Repr::Large(format!("{sign}{digits}").into())))
    }
}

impl From<i64> for Int {
    fn from(int: i64) -> Self {
        Self(Repr::Small(int))
    }
}

impl From<u64> for Int {
    fn from(int: u64) -> Self {
        match i64::try_from(int) {
            Ok(int) => Self(Repr::Small(int)),
            Err(_) => Self(Repr::Large(int.to_string().into())),
        }
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(int) => int.fmt(f),
            Repr::Large(digits) => f.write_str(digits),
        }
    }
}
