//! Numbers: whole, binary and decimal, from their text.

use super::Refusal;
use crate::bronze::Code;

const NO_NUMBER: Refusal = (Code::BadNumber, "the text is no number");

/// The parts of a number written as JSON has it (RFC 8259, section 6).
struct Written<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    exponent: i64,
}

impl Written<'_> {
    /// The digits without zeros at either end, and the point: the number is 0.digits · 10^point.
    fn significant(&self) -> (Vec<u8>, i64) {
        let digits: Vec<u8> = self.whole.iter().chain(self.fraction).copied().collect();
        let Some(first) = digits.iter().position(|&digit| digit != b'0') else {
            return (Vec::new(), 0);
        };
        let last = digits.iter().rposition(|&digit| digit != b'0').unwrap_or(first);
        (digits[first..=last].to_vec(), self.whole.len() as i64 + self.exponent - first as i64)
    }
}

/// Takes a number apart. No spaces, no `+` in front, no leading zeros, no `NaN`.
fn parts(text: &str) -> Option<Written<'_>> {
    let mut rest = text.as_bytes();
    let negative = rest.first() == Some(&b'-');
    if negative {
        rest = &rest[1..];
    }
    let digits = |bytes: &[u8]| bytes.iter().take_while(|c| c.is_ascii_digit()).count();
    let (whole, mut rest) = rest.split_at(digits(rest));
    if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
        return None;
    }
    let mut fraction: &[u8] = &[];
    if let Some((b'.', after)) = rest.split_first() {
        (fraction, rest) = after.split_at(digits(after));
        if fraction.is_empty() {
            return None;
        }
    }
    let mut exponent = 0;
    if let Some((b'e' | b'E', after)) = rest.split_first() {
        let (minus, after) = match after.split_first() {
            Some((b'-', after)) => (true, after),
            Some((b'+', after)) => (false, after),
            _ => (false, after),
        };
        if after.is_empty() || digits(after) != after.len() {
            return None;
        }
        // Beyond a billion it only matters that it is huge.
        exponent =
            after.iter().fold(0_i64, |sum, c| (sum * 10 + i64::from(c - b'0')).min(1_000_000_000));
        if minus {
            exponent = -exponent;
        }
        rest = &[];
    }
    rest.is_empty().then_some(Written { negative, whole, fraction, exponent })
}

/// A whole number of 64 bits, written without a point or exponent.
pub(crate) fn integer(text: &str) -> Result<i64, Refusal> {
    let written = parts(text).ok_or(NO_NUMBER)?;
    if written.whole.len() + usize::from(written.negative) != text.len() {
        return Err((Code::BadNumber, "a whole number has no point and no exponent"));
    }
    text.parse().map_err(|_| (Code::OutOfRange, "the number does not fit 64 bits"))
}

/// The powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The double nearest to a number, and whether its shortest decimal form is the number that was written.
pub(crate) fn double(text: &str) -> Result<(f64, bool), Refusal> {
    let written = parts(text).ok_or(NO_NUMBER)?;
    let count = written.whole.len() + written.fraction.len();
    if count <= 15 {
        // Up to 15 digits fit 53 bits, and powers of ten up to 22 are exact: one rounding, the right one
        // (Clinger, How to read floating point numbers accurately, 1990). Fifteen digits always survive.
        let digits = written.whole.iter().chain(written.fraction);
        let mantissa = digits.fold(0_u64, |sum, c| sum * 10 + u64::from(c - b'0'));
        let exponent = written.exponent - written.fraction.len() as i64;
        if (-22..=22).contains(&exponent) {
            let power = POWERS[exponent.unsigned_abs() as usize];
            #[expect(clippy::cast_precision_loss, reason = "at most 15 digits")]
            let value = mantissa as f64;
            let value = if exponent < 0 { value / power } else { value * power };
            return Ok((if written.negative { -value } else { value }, true));
        }
    }
    let value: f64 = text.parse().map_err(|_| NO_NUMBER)?;
    if value.is_infinite() {
        return Err((Code::OutOfRange, "the number is greater than any double"));
    }
    let zero = written.whole.iter().chain(written.fraction).all(|&c| c == b'0');
    if value == 0.0 && !zero {
        return Err((Code::OutOfRange, "the number is nearer to zero than any double"));
    }
    if zero {
        return Ok((value, true));
    }
    // Rust prints the shortest text that reads as the same double.
    let shortest = format!("{value:e}");
    let same =
        parts(&shortest).is_some_and(|shortest| shortest.significant() == written.significant());
    Ok((value, same))
}

/// A decimal as a whole number of its last place. Never rounded: digits that do not fit are refused.
pub(crate) fn decimal(text: &str, precision: u8, scale: u8) -> Result<i128, Refusal> {
    const LARGE: Refusal = (Code::OutOfRange, "the number has more digits than the column");
    let written = parts(text).ok_or(NO_NUMBER)?;
    let (digits, point) = written.significant();
    if digits.is_empty() {
        return Ok(0);
    }
    let places = digits.len() as i64 - point;
    if places > i64::from(scale) {
        return Err((Code::BadNumber, "the number has more decimals than the column"));
    }
    if point > i64::from(precision - scale) {
        return Err(LARGE);
    }
    let mut value = digits.iter().fold(0_i128, |sum, &digit| sum * 10 + i128::from(digit - b'0'));
    for _ in places..i64::from(scale) {
        value *= 10;
    }
    Ok(if written.negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use bigdecimal::BigDecimal;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn doubles_say_whether_they_are_what_was_written() {
        let kept = |text| double(text).unwrap();
        assert_eq!(kept("12.5"), (12.5, true));
        assert_eq!(kept("0.1"), (0.1, true));
        assert_eq!(kept("1e22"), (1e22, true));
        assert_eq!(kept("123456789012345678"), (123456789012345680.0, false));
        assert_eq!(kept("0.1000000000000000055511151231257827"), (0.1, false));
        assert_eq!(kept("0.30000000000000004"), (0.30000000000000004, true));
        assert_eq!(kept("1.00000000000000000000"), (1.0, true));
        assert_eq!(kept("0e999999999999"), (0.0, true));
        assert!(kept("-0").0.is_sign_negative());
    }

    #[test]
    fn what_is_no_double_is_refused() {
        for (text, code) in [
            ("1e400", Code::OutOfRange),
            ("-1e99999999999999999999", Code::OutOfRange),
            ("1e-400", Code::OutOfRange),
            ("NaN", Code::BadNumber),
            ("Infinity", Code::BadNumber),
            ("inf", Code::BadNumber),
            ("1.", Code::BadNumber),
            (".5", Code::BadNumber),
            ("+1", Code::BadNumber),
            ("01", Code::BadNumber),
            ("1e", Code::BadNumber),
            (" 1", Code::BadNumber),
            ("1,5", Code::BadNumber),
            ("0x10", Code::BadNumber),
            ("", Code::BadNumber),
            ("-", Code::BadNumber),
        ] {
            assert_eq!(double(text).unwrap_err().0, code, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_written_as_such() {
        assert_eq!(integer("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(integer("9223372036854775808").unwrap_err().0, Code::OutOfRange);
        assert_eq!(integer("1.0").unwrap_err().0, Code::BadNumber);
        assert_eq!(integer("1e3").unwrap_err().0, Code::BadNumber);
    }

    #[test]
    fn decimals_are_never_rounded() {
        assert_eq!(decimal("1.25", 5, 2), Ok(125));
        assert_eq!(decimal("-1.2500", 5, 2), Ok(-125));
        assert_eq!(decimal("1.255", 5, 2).unwrap_err().0, Code::BadNumber);
        assert_eq!(decimal("999.99", 5, 2), Ok(99_999));
        assert_eq!(decimal("1000", 5, 2).unwrap_err().0, Code::OutOfRange);
        assert_eq!(decimal("1e2", 5, 2), Ok(10_000));
        assert_eq!(decimal("1e-2", 5, 2), Ok(1));
        assert_eq!(decimal("1e-1000000000000", 5, 2).unwrap_err().0, Code::BadNumber);
        assert_eq!(decimal("1e1000000000000", 5, 2).unwrap_err().0, Code::OutOfRange);
        assert_eq!(decimal("0.000e5", 5, 2), Ok(0));
        assert_eq!(
            decimal("99999999999999999999999999999999999999", 38, 0),
            Ok(10_i128.pow(38) - 1)
        );
    }

    proptest! {
        #[test]
        fn a_double_is_the_one_the_standard_library_reads(text in "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?") {
            let expected: f64 = text.parse().unwrap();
            match double(&text) {
                Ok((value, same)) => {
                    prop_assert_eq!(value.to_bits(), expected.to_bits());
                    let said: BigDecimal = text.parse().unwrap();
                    let shortest: BigDecimal = format!("{value:e}").parse().unwrap();
                    prop_assert_eq!(same, shortest == said, "{}", text);
                }
                Err((code, _)) => {
                    prop_assert_eq!(code, Code::OutOfRange);
                    prop_assert!(expected.is_infinite() || expected == 0.0);
                }
            }
        }
    }
}
