//! Bytes as lower-case hexadecimal digits, in their one spelling.

/// Writes two digits for each byte; `hex` has room for them all.
pub(crate) fn write(bytes: &[u8], hex: &mut [u8]) {
    // Arithmetic and not a table, so that the compiler does many digits at a time.
    let digit = |nibble: u8| nibble + b'0' + u8::from(nibble > 9) * (b'a' - b'0' - 10);
    for (pair, byte) in hex.chunks_exact_mut(2).zip(bytes) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 15);
    }
}

/// The digits as text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut hex = vec![0; 2 * bytes.len()];
    write(bytes, &mut hex);
    String::from_utf8(hex).expect("digits are ASCII")
}

/// Reads exactly `N` bytes: digits in lower case, and nothing else.
pub(crate) fn decode<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    if hex.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| NIBBLES[usize::from(digit)]);
        seen |= high | low;
        *byte = high << 4 | low;
    }
    (seen != NONE).then_some(bytes)
}

/// What is no digit. No digits together have all of its bits.
const NONE: u8 = 0xFF;

/// The value of each octet as a digit. A table, for a processor cannot predict the digits of a hash.
const NIBBLES: [u8; 256] = {
    let mut values = [NONE; 256];
    let digits = b"0123456789abcdef";
    let mut value = 0;
    while value < digits.len() {
        values[digits[value] as usize] = value as u8;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_only_in_their_one_spelling() {
        let bytes: [u8; 256] = std::array::from_fn(|it| it as u8);
        let digits = encode(&bytes);
        assert!(digits.starts_with("000102") && digits.ends_with("fdfeff"), "{digits}");
        assert_eq!(decode(digits.as_bytes()), Some(bytes));
        for wrong in ["0", "00a", "00aB", "00ag", "00a ", "00a\u{e9}", "0000ab"] {
            assert_eq!(decode::<2>(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(decode(b"00ab"), Some([0, 0xab]));
    }
}
