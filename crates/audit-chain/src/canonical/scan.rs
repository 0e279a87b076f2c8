//! Whether bytes are in canonical form, found out in one pass and without building a value.

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
    /// Lists and objects whose end has not been read yet; of objects, the last name.
    open: Vec<Option<Name>>,
}

/// Where the name of a member stands, without its quotation marks.
#[derive(Clone, Copy, Debug)]
struct Name {
    start: usize,
    end: usize,
    escapes: bool,
}

impl Name {
    /// Whether the order of code points has this name before another.
    #[inline]
    fn precedes(self, other: Self, bytes: &[u8]) -> bool {
        let (left, right) = (&bytes[self.start..self.end], &bytes[other.start..other.end]);
        // Without escapes a name is its own spelling.
        if self.escapes || other.escapes {
            code_points(left).lt(code_points(right))
        } else {
            left < right
        }
    }
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
        is_printable(bytes) && self.scan(bytes, false, |_, _| ()).is_some()
    }

    /// As [`Scanner::passes`] for an object without its last brace, which is how a record stands in
    /// its line. Hands every member of it to `member`: its name, as it is spelled between the
    /// quotation marks, and its value, as it is spelled.
    pub(crate) fn members<'a>(
        &mut self,
        body: &'a [u8],
        member: impl FnMut(&'a [u8], &'a [u8]),
    ) -> bool {
        let object = body.first() == Some(&b'{');
        object && is_printable(body) && self.scan(body, true, member).is_some()
    }

    /// Whether there is nothing but printable ASCII; the other two functions rely on it.
    pub(crate) fn is_printable(bytes: &[u8]) -> bool {
        is_printable(bytes)
    }

    /// Where the string ends that began before `at`: the place of its closing quotation mark.
    pub(crate) fn end_of_string(bytes: &[u8], at: usize) -> Option<usize> {
        string(bytes, at).map(|(end, _)| end)
    }

    /// Where the value ends that begins at `at` and stands in one object.
    pub(crate) fn end_of_member(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        self.open.clear();
        self.value(bytes, at, MAX_RECORD_DEPTH - 1)
    }

    /// Reads a document; of an object, hands out the members.
    fn scan<'a>(
        &mut self,
        bytes: &'a [u8],
        brace_implied: bool,
        mut member: impl FnMut(&'a [u8], &'a [u8]),
    ) -> Option<()> {
        self.open.clear();
        if !brace_implied {
            return (self.value(bytes, 0, MAX_RECORD_DEPTH)? == bytes.len()).then_some(());
        }
        let mut at = 1;
        let mut before: Option<Name> = None;
        loop {
            let name = name(bytes, at)?;
            if before.is_some_and(|before| !before.precedes(name, bytes)) {
                return None;
            }
            let start = name.end + 3;
            let end = self.value(bytes, start, MAX_RECORD_DEPTH - 1)?;
            member(&bytes[name.start..name.end], &bytes[start..end]);
            if end == bytes.len() {
                return Some(());
            }
            if bytes.get(end..end + 2)? != b", " {
                return None;
            }
            at = end + 2;
            before = Some(name);
        }
    }

    /// Reads the value that begins at `at` and gives where it ends.
    fn value(&mut self, bytes: &[u8], mut at: usize, max_depth: usize) -> Option<usize> {
        loop {
            // A value begins here.
            match *bytes.get(at)? {
                b'"' => at = string(bytes, at + 1)?.0 + 1,
                open @ (b'{' | b'[') => {
                    if self.open.len() == max_depth {
                        return None;
                    }
                    at += 1;
                    // The closing one stands two behind the opening one, in ASCII.
                    if *bytes.get(at)? == open + 2 {
                        at += 1;
                    } else if open == b'{' {
                        let name = name(bytes, at)?;
                        at = name.end + 3;
                        self.open.push(Some(name));
                        continue;
                    } else {
                        self.open.push(None);
                        continue;
                    }
                }
                _ => at = scalar(bytes, at)?,
            }
            // A value ends here, and with it perhaps what it stands in.
            loop {
                let Some(last) = self.open.last_mut() else { return Some(at) };
                match *bytes.get(at)? {
                    b',' if *bytes.get(at + 1)? == b' ' => {
                        at += 2;
                        if let Some(before) = last {
                            let name = name(bytes, at)?;
                            if !before.precedes(name, bytes) {
                                return None;
                            }
                            *before = name;
                            at = name.end + 3;
                        }
                        break;
                    }
                    b'}' if last.is_some() => at += 1,
                    b']' if last.is_none() => at += 1,
                    _ => return None,
                }
                self.open.pop();
            }
        }
    }
}

/// Whether all bytes are printable ASCII. Without branches, so that many are looked at at a time.
fn is_printable(bytes: &[u8]) -> bool {
    let outside = |byte: &u8| u8::from(byte.wrapping_sub(0x20) > 0x5E);
    bytes.iter().fold(0, |seen, byte| seen | outside(byte)) == 0
}

/// Reads `"name": `.
fn name(bytes: &[u8], at: usize) -> Option<Name> {
    if *bytes.get(at)? != b'"' {
        return None;
    }
    let (end, escapes) = string(bytes, at + 1)?;
    (bytes.get(end + 1..end + 3)? == b": ").then_some(Name { start: at + 1, end, escapes })
}

/// Reads the rest of a string of printable ASCII; gives where its closing quotation mark stands, and
/// whether there are escapes in it.
#[inline]
fn string(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escapes = false;
    loop {
        at += plain_bytes(bytes.get(at..)?);
        match *bytes.get(at)? {
            b'"' => return Some((at, escapes)),
            _ => {
                escapes = true;
                at += escape(bytes, at)?;
            }
        }
    }
}

/// How many bytes there are before the first quotation mark or backslash. Eight at a time: most
/// strings are short.
#[inline]
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // The highest bit of each byte that is zero, and perhaps of bytes after it.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let hits = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if hits != 0 {
            return 8 * index + hits.trailing_zeros() as usize / 8;
        }
    }
    let tail = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    bytes.len() - rest.len() + tail.unwrap_or(rest.len())
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
