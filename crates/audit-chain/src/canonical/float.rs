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
    let scientific = &shortest(float);
    let scientific = scientific.as_bytes();
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

/// The shortest digits that read back as `float`. Where two are as short and as close, Rust takes
/// the larger and Python the even one (856772683296542.25 is `856772683296542.2`).
fn shortest(float: f64) -> String {
    let shortest = format!("{float:e}");
    let digits = shortest.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    // Fewer digits lie further apart than two neighbouring floats, so that no two are as close.
    if digits >= 15 {
        // Rust rounds to the even digit when it is told how many there shall be.
        let even = format!("{float:.*e}", digits - 1);
        if even.parse() == Ok(float) {
            return even;
        }
    }
    shortest
}
