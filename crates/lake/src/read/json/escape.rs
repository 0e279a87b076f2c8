//! Escapes in strings (RFC 8259, section 7).

use super::scan::Broken;

/// Checks the escape at `at` and says where it ends; for a pair of surrogates, where the pair does.
pub(super) fn check(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => {
            let unit =
                hex(bytes, at + 2).ok_or(Broken("an escape has no four hexadecimal digits"))?;
            match unit {
                0xD800..=0xDBFF => {
                    let paired = bytes.get(at + 6..at + 8) == Some(br"\u");
                    match hex(bytes, at + 8) {
                        Some(0xDC00..=0xDFFF) if paired => Ok(at + 12),
                        _ => Err(Broken("half of a pair of surrogates stands alone")),
                    }
                }
                0xDC00..=0xDFFF => Err(Broken("half of a pair of surrogates stands alone")),
                _ => Ok(at + 6),
            }
        }
        Some(_) => Err(Broken("there is no such escape")),
        None => Err(Broken("the text ends inside a value")),
    }
}

fn hex(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)?
        .iter()
        .try_fold(0, |sum, &byte| Some(sum * 16 + char::from(byte).to_digit(16)?))
}

/// What a string means whose escapes were checked.
pub(crate) fn unescape(written: &str) -> String {
    let bytes = written.as_bytes();
    let mut meant = String::with_capacity(written.len());
    let (mut at, mut from) = (0, 0);
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        at += found;
        meant.push_str(&written[from..at]);
        let (letter, end) = match bytes.get(at + 1) {
            Some(b'b') => ('\u{8}', at + 2),
            Some(b'f') => ('\u{c}', at + 2),
            Some(b'n') => ('\n', at + 2),
            Some(b'r') => ('\r', at + 2),
            Some(b't') => ('\t', at + 2),
            Some(b'u') => {
                let high = hex(bytes, at + 2).unwrap_or(0xFFFD);
                if (0xD800..0xDC00).contains(&high) {
                    let low = hex(bytes, at + 8).unwrap_or(0xDC00);
                    let joined = 0x1_0000 + ((high - 0xD800) << 10) + low.wrapping_sub(0xDC00);
                    (char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER), at + 12)
                } else {
                    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), at + 6)
                }
            }
            Some(&other) => (char::from(other), at + 2),
            None => (char::REPLACEMENT_CHARACTER, at + 1),
        };
        meant.push(letter);
        at = end.min(bytes.len());
        from = at;
    }
    meant.push_str(&written[from..]);
    meant
}

/// Writes a text as a JSON string.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
}
