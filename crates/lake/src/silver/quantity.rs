//! The exact decimal that a quantity means.

use std::fmt::Write as _;

use storage_core::Decimal;

/// A decimal number in two machine words; what does not fit goes the long way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// `digits / 10^places`.
    Small {
        /// All digits as one whole number.
        digits: i128,
        /// How many of them stand behind the point.
        places: u32,
    },
    /// Any other.
    Large(Decimal),
}

impl Quantity {
    /// The number that `float` is most shortly written as. `None` if it is not finite, or has more
    /// digits than a number may have.
    pub(super) fn of_float(float: f64, buffer: &mut String) -> Option<Self> {
        buffer.clear();
        if !float.is_finite() || write!(buffer, "{float}").is_err() {
            return None;
        }
        Self::of_plain(buffer)
    }

    /// What a text says, which may have an exponent as JSON numbers have: `12.50`, `1e-3`.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
            return Self::of_plain(text);
        };
        let exponent: i32 = exponent.parse().ok()?;
        let unsigned = mantissa.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = [whole, fraction].concat();
        let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
        // No number of this many digits is read further down.
        if !(-200..=200).contains(&point) || digits.len() > 200 {
            return None;
        }
        let plain = match usize::try_from(point) {
            Ok(point) if point >= digits.len() => format!("{digits:0<point$}"),
            Ok(point) if point > 0 => format!("{}.{}", &digits[..point], &digits[point..]),
            _ => format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        };
        // `0012.5` was `0.00125e4`; one zero stands before the point.
        let plain = plain.trim_start_matches('0');
        let zero = if plain.is_empty() || plain.starts_with('.') { "0" } else { "" };
        let sign = if mantissa.starts_with('-') { "-" } else { "" };
        Self::of_plain(&format!("{sign}{zero}{plain}"))
    }

    /// `-?digits[.digits]`.
    fn of_plain(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let mut digits = 0_i128;
        let mut places = 0_u32;
        let mut behind = false;
        let mut seen = 0_u32;
        for byte in unsigned.bytes() {
            match byte {
                b'0'..=b'9' => {
                    digits = digits.wrapping_mul(10).wrapping_add(i128::from(byte - b'0'));
                    places += u32::from(behind);
                    seen += 1;
                }
                b'.' if !behind && seen > 0 => behind = true,
                _ => return None,
            }
        }
        if seen == 0 || (behind && places == 0) {
            return None;
        }
        // 38 digits always fit.
        if seen <= 38 {
            let digits = if unsigned.len() < text.len() { -digits } else { digits };
            return Some(Self::Small { digits, places });
        }
        let zero = digits == 0 && unsigned.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let text = if zero { unsigned } else { text };
        text.parse().ok().map(Self::Large)
    }

    /// The same as a decimal.
    pub(super) fn decimal(&self) -> Decimal {
        match self {
            Self::Small { digits, places } => Decimal::scaled_by(*digits, *places),
            Self::Large(decimal) => decimal.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Quantity::of_text(text).map(|it| it.decimal().trimmed().to_string())
    }

    #[test]
    fn what_a_json_number_says_is_read_to_the_last_digit() {
        for (written, meant) in [
            ("12.50", "12.5"),
            ("-0.000", "0"),
            ("1e3", "1000"),
            ("1.25E+2", "125"),
            ("-1.25e-3", "-0.00125"),
            ("0.00125e4", "12.5"),
            ("0e9", "0"),
            ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
            (
                "1234567890123456789012345678901234567890.5",
                "1234567890123456789012345678901234567890.5",
            ),
        ] {
            assert_eq!(text(written).as_deref(), Some(meant), "{written}");
        }
        for wrong in ["", "-", ".5", "5.", "1.2.3", "1e", "1e999999999", "NaN", "0x1", "1 2", "é"]
        {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_float_means_its_shortest_text() {
        let mut buffer = String::new();
        for float in [0.1, -0.0, 2.5200000000000005, 1e22, 5e-100, 123456789.125, f64::MIN_POSITIVE]
        {
            let ours = Quantity::of_float(float, &mut buffer).map(|it| it.decimal().trimmed());
            let theirs = Decimal::shortest(float).ok().map(|it| it.trimmed());
            assert_eq!(ours, theirs, "{float}");
        }
        assert_eq!(Quantity::of_float(f64::NAN, &mut buffer), None);
        assert_eq!(Quantity::of_float(f64::INFINITY, &mut buffer), None);
    }
}
