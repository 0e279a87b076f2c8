//! Floats as Python's `repr` writes them.

use std::io::Write as _;

/// Appends the shortest digits that read back as `float`, laid out as `repr(float)` does since
/// Python 3.1 (`PyOS_double_to_string` with format `r`): an exponent below 1e-4 and from 1e16 on,
/// of at least two digits; otherwise a fraction, if only `.0`.
///
/// ```
/// use audit_chain::canonical::write_float;
///
/// let mut text = Vec::new();
/// for float in [1e-5, 1e16, -0.0, 123_456.5] {
///     write_float(&mut text, float);
///     text.push(b' ');
/// }
/// assert_eq!(text, b"1e-05 1e+16 -0.0 123456.5 ");
/// ```
pub fn write_float(to: &mut Vec<u8>, float: f64) {
    if !float.is_finite() {
        let word: &[u8] = match float {
            f64::INFINITY => b"Infinity",
            f64::NEG_INFINITY => b"-Infinity",
            _ => b"NaN",
        };
        return to.extend_from_slice(word);
    }
    // Longest is -1.2345678901234567e-308.
    let mut scientific = [0; 32];
    let mut rest = &mut scientific[..];
    write!(rest, "{float:e}").expect("32 bytes are enough for 17 digits, signs and exponent");
    let unused = rest.len();
    let scientific = &scientific[..32 - unused];
    let (sign, scientific) = match scientific {
        [b'-', rest @ ..] => (&b"-"[..], rest),
        _ => (&b""[..], scientific),
    };
    let at = scientific.iter().position(|byte| *byte == b'e').expect("`{:e}` writes an e");
    let exponent = std::str::from_utf8(&scientific[at + 1..]).ok().and_then(|e| e.parse().ok());
    let exponent: i32 = exponent.expect("`{:e}` writes an integer after the e");
    let first = &scientific[..1];
    let tail = scientific.get(2..at).unwrap_or_default();
    to.extend_from_slice(sign);
    match exponent {
        -4..0 => {
            to.extend_from_slice(b"0.");
            to.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
            to.extend_from_slice(first);
            to.extend_from_slice(tail);
        }
        0..16 => {
            let whole = exponent as usize;
            to.extend_from_slice(first);
            to.extend_from_slice(&tail[..whole.min(tail.len())]);
            to.extend(std::iter::repeat_n(b'0', whole.saturating_sub(tail.len())));
            to.push(b'.');
            match tail.get(whole..) {
                None | Some([]) => to.push(b'0'),
                Some(fraction) => to.extend_from_slice(fraction),
            }
        }
        _ => {
            to.extend_from_slice(first);
            if !tail.is_empty() {
                to.push(b'.');
                to.extend_from_slice(tail);
            }
            write!(to, "e{exponent:+03}").expect("a vector takes all bytes");
        }
    }
}
