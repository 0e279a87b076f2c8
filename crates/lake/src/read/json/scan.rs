//! Where a value ends, and whether it is one.

use super::escape;
use crate::read::token::Token;

/// What is wrong with a text that is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) &'static str);

const ENDS: Broken = Broken("the text ends inside a value");

/// Skips spaces.
pub(super) fn space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Reads the value that begins at `at`; says where it ends.
#[inline]
pub(crate) fn value(text: &str, at: usize) -> Result<(Token<'_>, usize), Broken> {
    let bytes = text.as_bytes();
    match bytes.get(at) {
        Some(b'"') => string(text, at),
        Some(b'-' | b'0'..=b'9') => {
            let end = number(bytes, at)?;
            Ok((Token::Number(&text[at..end]), end))
        }
        Some(b'{' | b'[') => {
            let end = nested(text, at)?;
            Ok((Token::Nested(&text[at..end]), end))
        }
        Some(_) => literal(bytes, at),
        None => Err(ENDS),
    }
}

fn literal<'t>(bytes: &[u8], at: usize) -> Result<(Token<'t>, usize), Broken> {
    let rest = &bytes[at..];
    for (word, token) in
        [("null", Token::Null), ("true", Token::Boolean(true)), ("false", Token::Boolean(false))]
    {
        if rest.starts_with(word.as_bytes()) {
            return Ok((token, at + word.len()));
        }
    }
    Err(if rest.starts_with(b"NaN") || rest.starts_with(b"Infinity") {
        Broken("JSON has no `NaN` and no `Infinity`")
    } else {
        Broken("this is no value of JSON")
    })
}

/// Reads a string from its first quote to behind its last.
#[inline]
pub(super) fn string(text: &str, at: usize) -> Result<(Token<'_>, usize), Broken> {
    let bytes = text.as_bytes();
    let start = at + 1;
    let mut at = plain(bytes, start);
    match bytes.get(at) {
        Some(b'"') => return Ok((Token::Text(&text[start..at]), at + 1)),
        Some(b'\\') => {}
        Some(_) => return Err(Broken("a control character stands in a string")),
        None => return Err(ENDS),
    }
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok((Token::Escaped(&text[start..at]), at + 1)),
            Some(b'\\') => at = escape::check(bytes, at)?,
            Some(0..0x20) => return Err(Broken("a control character stands in a string")),
            Some(_) => at = plain(bytes, at + 1),
            None => return Err(ENDS),
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The first byte from `at` that is a quote, a backslash or a control character; the length where none is.
#[inline]
fn plain(bytes: &[u8], mut at: usize) -> usize {
    // Eight bytes at a time. The lowest marked byte is always a true one: borrows only run upwards.
    while let Some(eight) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & TOPS;
        let control = word.wrapping_sub(ONES * 0x20) & !word & TOPS;
        let marked = zero(word ^ (ONES * u64::from(b'"')))
            | zero(word ^ (ONES * u64::from(b'\\')))
            | control;
        if marked != 0 {
            return at + (marked.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            break;
        }
        at += 1;
    }
    at
}

/// The end of a number (RFC 8259, section 6).
#[inline]
fn number(bytes: &[u8], mut at: usize) -> Result<usize, Broken> {
    let digits = |mut at: usize| {
        while let Some(b'0'..=b'9') = bytes.get(at) {
            at += 1;
        }
        at
    };
    at += usize::from(bytes[at] == b'-');
    let whole = digits(at);
    if whole == at {
        return Err(Broken("a minus stands without a number"));
    }
    if bytes[at] == b'0' && whole > at + 1 {
        return Err(Broken("a number begins with a zero too many"));
    }
    at = whole;
    if bytes.get(at) == Some(&b'.') {
        let end = digits(at + 1);
        if end == at + 1 {
            return Err(Broken("digits are missing behind the point of a number"));
        }
        at = end;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let end = digits(at);
        if end == at {
            return Err(Broken("digits are missing in the exponent of a number"));
        }
        at = end;
    }
    Ok(at)
}

/// The end of an object or array, checked to the last leaf. No recursion: depth costs a byte a level.
fn nested(text: &str, at: usize) -> Result<usize, Broken> {
    let bytes = text.as_bytes();
    let mut open = vec![bytes[at]];
    let mut at = space(bytes, at + 1);
    // Whether an element may end here without another before it: true right behind an opening.
    let mut fresh = true;
    while let Some(&kind) = open.last() {
        let close = if kind == b'{' { b'}' } else { b']' };
        match bytes.get(at) {
            None => return Err(ENDS),
            Some(&byte) if byte == close => {
                open.pop();
                at = space(bytes, at + 1);
                fresh = false;
                if open.is_empty() {
                    // Spaces behind the value are not part of it.
                    return Ok(bytes[..at]
                        .iter()
                        .rposition(|c| !matches!(c, b' ' | b'\t' | b'\r' | b'\n'))
                        .map_or(at, |last| last + 1));
                }
                continue;
            }
            Some(b',') if !fresh => at = space(bytes, at + 1),
            Some(_) if fresh => {}
            Some(_) => return Err(Broken("a comma is missing in a nested value")),
        }
        if kind == b'{' {
            if bytes.get(at) != Some(&b'"') {
                return Err(Broken("the name of a nested member is missing"));
            }
            let (_, end) = string(text, at)?;
            at = space(bytes, end);
            if bytes.get(at) != Some(&b':') {
                return Err(Broken("the `:` behind the name of a nested member is missing"));
            }
            at = space(bytes, at + 1);
        }
        match bytes.get(at) {
            Some(&byte @ (b'{' | b'[')) => {
                open.push(byte);
                at = space(bytes, at + 1);
                fresh = true;
            }
            _ => {
                let (_, end) = value(text, at)?;
                at = space(bytes, end);
                fresh = false;
            }
        }
    }
    Ok(at)
}
