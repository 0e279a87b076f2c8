//! Whether bytes are in canonical form, found out in one pass and without building a value.

use std::cmp::Ordering;

use super::{to_canonical, to_canonical_unsorted, write_float};
use crate::Error;
use crate::json::{MAX_INT_DIGITS, MAX_RECORD_DEPTH, Value, hex4, join};

/// Which documents pass as canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Those of new records: sorted names, finite numbers.
    Strict,
    /// Those of old records: `NaN` and infinities may occur, and names may be in any order, as
    /// Python sorts names that are numbers before it makes them strings.
    Legacy,
}

/// Why bytes are not canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncanonical {
    /// They are no JSON at all, or a number is not finite.
    Malformed(Error),
    /// A name occurs twice in one object.
    DuplicateMember(Error),
    /// They spell a document otherwise than [`to_canonical`] does, from this byte on.
    Spelling(usize),
}

/// Why a document is not canonical; `None` if it is. Builds the value: for documents that
/// [`Scanner`] did not pass.
pub fn uncanonical(bytes: &[u8], rules: Rules) -> Option<Uncanonical> {
    let read = match rules {
        Rules::Strict => Value::parse_strict(bytes),
        Rules::Legacy => Value::parse_unique(bytes),
    };
    let value = match read {
        Ok(value) => value,
        Err(error @ Error::DuplicateMember { .. }) => {
            return Some(Uncanonical::DuplicateMember(error));
        }
        Err(error) => return Some(Uncanonical::Malformed(error)),
    };
    let canonical = match rules {
        Rules::Strict => to_canonical(&value),
        Rules::Legacy => to_canonical_unsorted(&value),
    };
    let same = canonical.iter().zip(bytes).take_while(|(left, right)| left == right).count();
    (canonical != bytes).then_some(Uncanonical::Spelling(same))
}

/// Reads canonical documents and refuses all others. Keeps its memory from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    open: Vec<Open>,
}

/// A list or object whose end has not been read yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    object: bool,
    /// Where the last name of an object stands, without its quotation marks.
    name: (usize, usize),
}

impl Scanner {
    /// A scanner.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `bytes` are one document in canonical form, by [`Rules::Strict`].
    ///
    /// ```
    /// use audit_chain::canonical::Scanner;
    ///
    /// let mut scanner = Scanner::new();
    /// assert!(scanner.passes(br#"{"a": [1, 0.5], "b": "\u00fc"}"#));
    /// assert!(!scanner.passes(br#"{"a": [1, 0.50], "b": "\u00fc"}"#));
    /// assert!(!scanner.passes(br#"{"b": 1, "a": 2}"#));
    /// ```
    pub fn passes(&mut self, bytes: &[u8]) -> bool {
        self.scan(bytes, false, |_, _| ()).is_some()
    }

    /// As [`Scanner::passes`] for an object without its last brace, which is how a record stands in
    /// its line. Hands every member of it to `member`: its name, as it is spelled between the
    /// quotation marks, and its value, as it is spelled.
    pub(crate) fn members<'a>(
        &mut self,
        body: &'a [u8],
        member: impl FnMut(&'a [u8], &'a [u8]),
    ) -> bool {
        body.first() == Some(&b'{') && self.scan(body, true, member).is_some()
    }

    fn scan<'a>(
        &mut self,
        bytes: &'a [u8],
        brace_implied: bool,
        mut member: impl FnMut(&'a [u8], &'a [u8]),
    ) -> Option<()> {
        self.open.clear();
        let mut at = 0;
        // Where the value of the top-level member begins.
        let mut value = 0;
        loop {
            // A value begins here.
            match *bytes.get(at)? {
                b'"' => at = string(bytes, at + 1)?.0 + 1,
                open @ (b'{' | b'[') => {
                    if self.open.len() == MAX_RECORD_DEPTH {
                        return None;
                    }
                    let object = open == b'{';
                    at += 1;
                    let close = if object { b'}' } else { b']' };
                    if *bytes.get(at)? == close {
                        at += 1;
                    } else if object {
                        let name = name(bytes, at)?;
                        at = name.1 + 3;
                        self.open.push(Open { object, name });
                        if self.open.len() == 1 {
                            value = at;
                        }
                        continue;
                    } else {
                        self.open.push(Open { object, name: (0, 0) });
                        continue;
                    }
                }
                _ => at = scalar(bytes, at)?,
            }
            // A value ends here, and with it perhaps what it stands in.
            loop {
                let depth = self.open.len();
                let Some(last) = self.open.last_mut() else {
                    return (at == bytes.len() && !brace_implied).then_some(());
                };
                if depth == 1 && last.object {
                    member(&bytes[last.name.0..last.name.1], &bytes[value..at]);
                }
                if brace_implied && depth == 1 && at == bytes.len() {
                    return Some(());
                }
                match *bytes.get(at)? {
                    b',' if *bytes.get(at + 1)? == b' ' => {
                        at += 2;
                        if last.object {
                            let name = name(bytes, at)?;
                            let before = &bytes[last.name.0..last.name.1];
                            if compare(before, &bytes[name.0..name.1]) != Ordering::Less {
                                return None;
                            }
                            last.name = name;
                            at = name.1 + 3;
                            if depth == 1 {
                                value = at;
                            }
                        }
                        break;
                    }
                    b'}' if last.object => at += 1,
                    b']' if !last.object => at += 1,
                    _ => return None,
                }
                self.open.pop();
            }
        }
    }
}

/// Reads `"name": ` and gives where the name stands.
fn name(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    let (end, _) = string(bytes, at + 1)?;
    (bytes.get(end + 1..end + 3)? == b": ").then_some((at + 1, end))
}

/// Reads the rest of a string; gives where its closing quotation mark stands, and whether there are
/// escapes in it.
fn string(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escapes = false;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((at, escapes)),
            b'\\' => {
                escapes = true;
                at += escape(bytes, at)?;
            }
            0x20..=0x7E => at += 1,
            _ => return None,
        }
    }
}

/// Reads one escape and gives its length.
fn escape(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at + 1)? {
        b'"' | b'\\' | b'n' | b'r' | b't' | b'f' | b'b' => Some(2),
        b'u' => {
            let digits = bytes.get(at + 2..at + 6)?;
            let lower = digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            let unit = lower.then(|| hex4(digits))??;
            // What has a shorter spelling is not written with digits.
            let short = matches!(unit, 0x08 | 0x09 | 0x0A | 0x0C | 0x0D | 0x20..=0x7E);
            (!short).then_some(6)
        }
        _ => None,
    }
}

/// The order of two names as they are spelled: that of their code points.
fn compare(left: &[u8], right: &[u8]) -> Ordering {
    // Printable ASCII without escapes is its own spelling.
    let difference = left.iter().zip(right).position(|(left, right)| left != right);
    let plain = match difference {
        // One begins with the other; then an escape in the common part is the same in both, unless
        // the longer one goes on with the second half of a surrogate pair.
        None => !left.contains(&b'\\') && !right.contains(&b'\\'),
        Some(at) => !left[..=at].contains(&b'\\') && !right[..=at].contains(&b'\\'),
    };
    if plain { left.cmp(right) } else { code_points(left).cmp(code_points(right)) }
}

/// The code points of a string that has passed [`string`].
fn code_points(spelled: &[u8]) -> impl Iterator<Item = u32> {
    let mut rest = spelled;
    std::iter::from_fn(move || {
        let (first, length) = unit(rest)?;
        rest = &rest[length..];
        if !(0xD800..0xDC00).contains(&first) {
            return Some(first);
        }
        match unit(rest) {
            Some((low, length)) if (0xDC00..0xE000).contains(&low) => {
                rest = &rest[length..];
                Some(join(first, low))
            }
            _ => Some(first),
        }
    })
}

fn unit(spelled: &[u8]) -> Option<(u32, usize)> {
    match *spelled {
        [b'\\', b'u', ref digits @ ..] => Some((hex4(digits)?, 6)),
        [b'\\', escaped, ..] => Some((
            match escaped {
                b'n' => 0x0A,
                b'r' => 0x0D,
                b't' => 0x09,
                b'f' => 0x0C,
                b'b' => 0x08,
                other => other.into(),
            },
            2,
        )),
        [plain, ..] => Some((plain.into(), 1)),
        [] => None,
    }
}

/// Reads a number or a word and gives where it ends.
fn scalar(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    for word in [&b"null"[..], b"true", b"false"] {
        if rest.starts_with(word) {
            return Some(start + word.len());
        }
    }
    let length = rest
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e'))
        .unwrap_or(rest.len());
    let text = &rest[..length];
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let canonical = if digits.iter().all(u8::is_ascii_digit) {
        match digits {
            [] => false,
            [b'0'] => text.len() == 1,
            [first, ..] => *first != b'0' && digits.len() <= MAX_INT_DIGITS,
        }
    } else {
        float(text)
    };
    canonical.then_some(start + length)
}

/// Whether this is how Python writes a float.
fn float(text: &[u8]) -> bool {
    let value = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    let Some(value) = value.filter(|value| value.is_finite()) else { return false };
    let mut canonical = Vec::with_capacity(32);
    write_float(&mut canonical, value);
    canonical == text
}
