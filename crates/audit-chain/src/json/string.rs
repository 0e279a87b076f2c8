//! Code points to bytes and back, surrogates included.

/// Appends a code point in UTF-8, a surrogate in the three bytes it would have.
pub(super) fn push_code_point(bytes: &mut Vec<u8>, code_point: u32) {
    match char::from_u32(code_point) {
        Some(char) => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let tail = |shift: u32| 0x80 | ((code_point >> shift) & 0x3F) as u8;
            bytes.extend_from_slice(&[0xE0 | (code_point >> 12) as u8, tail(6), tail(0)]);
        }
    }
}

/// The first code point of text as [`super::Text`] keeps it, and its length in bytes.
pub(crate) fn code_point(bytes: &[u8]) -> Option<(u32, usize)> {
    let first = *bytes.first()?;
    let (length, bits) = match first {
        0..=0x7F => return Some((first.into(), 1)),
        0x80..=0xDF => (2, first & 0x1F),
        0xE0..=0xEF => (3, first & 0x0F),
        _ => (4, first & 0x07),
    };
    let tail = bytes.get(1..length)?;
    let fold = |code_point, byte: &u8| code_point << 6 | u32::from(byte & 0x3F);
    Some((tail.iter().fold(bits.into(), fold), length))
}

/// The four hexadecimal digits of a `\u` escape, in either case.
pub(crate) fn hex4(digits: &[u8]) -> Option<u32> {
    let digits = digits.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | (*digit as char).to_digit(16)?))
}
