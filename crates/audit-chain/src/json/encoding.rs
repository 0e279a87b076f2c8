//! Which encoding a document has, decided as `json.loads` decides.

use std::borrow::Cow;

use super::string::push_code_point;
use super::{Fault, parse};
use crate::Result;

/// The document in UTF-8 with surrogates, as [`super::Text`] keeps it, without byte order mark.
///
/// The rules are those of `json.detect_encoding`, decoding is `errors="surrogatepass"`: what a Python
/// program verified once must be read in the same way.
pub(super) fn to_utf8(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    let big = |unit: &[u8]| unit.iter().fold(0, |all, byte| all << 8 | u32::from(*byte));
    let little = |unit: &[u8]| unit.iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte));
    match bytes {
        [0, 0, 0xFE, 0xFF, rest @ ..] => utf32(bytes, rest, big),
        [0xFF, 0xFE, 0, 0, rest @ ..] => utf32(bytes, rest, little),
        [0xFE, 0xFF, rest @ ..] => utf16(bytes, rest, big),
        [0xFF, 0xFE, rest @ ..] => utf16(bytes, rest, little),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0, 0, _, _, ..] => utf32(bytes, bytes, big),
        [0, _, _, _, ..] | [0, _] => utf16(bytes, bytes, big),
        [_, 0, 0, 0, ..] => utf32(bytes, bytes, little),
        [_, 0, _, _, ..] | [_, 0] => utf16(bytes, bytes, little),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    let mut checked = 0;
    while let Err(error) = std::str::from_utf8(&bytes[checked..]) {
        checked += error.valid_up_to();
        match bytes[checked..] {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => checked += 3,
            _ => return Err(parse::fault(bytes, checked, Fault::NotUtf8)),
        }
    }
    Ok(Cow::Borrowed(bytes))
}

fn utf16<'a>(whole: &[u8], bytes: &[u8], read: impl Fn(&[u8]) -> u32) -> Result<Cow<'a, [u8]>> {
    let mut utf8 = Vec::with_capacity(bytes.len());
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(parse::fault(whole, whole.len() - rest.len(), Fault::NotUtf8));
    }
    let mut units = units.iter().map(|unit| read(unit)).peekable();
    while let Some(unit) = units.next() {
        let low =
            units.next_if(|low| (0xD800..0xDC00).contains(&unit) && (0xDC00..0xE000).contains(low));
        push_code_point(&mut utf8, low.map_or(unit, |low| parse::join(unit, low)));
    }
    Ok(Cow::Owned(utf8))
}

fn utf32<'a>(whole: &[u8], bytes: &[u8], read: impl Fn(&[u8]) -> u32) -> Result<Cow<'a, [u8]>> {
    let mut utf8 = Vec::with_capacity(bytes.len());
    for (index, unit) in bytes.chunks(4).enumerate() {
        let code_point = read(unit);
        if unit.len() < 4 || code_point > 0x0010_FFFF {
            let offset = whole.len() - bytes.len() + 4 * index;
            return Err(parse::fault(whole, offset, Fault::NotUtf8));
        }
        push_code_point(&mut utf8, code_point);
    }
    Ok(Cow::Owned(utf8))
}
