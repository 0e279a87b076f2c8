//! The one spelling of a document: what CPython's `json.dumps(value, sort_keys=True)` prints.
//!
//! Members by code point of their names, `", "` and `": "` between them, everything but printable
//! ASCII escaped, floats as `repr` writes them. [RFC 8785](https://www.rfc-editor.org/rfc/rfc8785)
//! spells numbers and sorts names differently and cannot hold all of these documents.

mod float;
mod scan;

use std::cmp::Ordering;

pub use float::write_float;
pub use scan::{Rules, Scanner, Uncanonical, uncanonical};

use crate::Result;
use crate::json::{Text, Value, code_point};

/// The canonical bytes of a value.
///
/// Should an object hold a name twice, because it was built by hand, the last one counts.
///
/// ```
/// use audit_chain::canonical::to_canonical;
/// use audit_chain::json::Value;
///
/// let value = Value::parse("{\"ü\": 1E-5, \"a\":[ 10.0,-0]}".as_bytes())?;
/// assert_eq!(to_canonical(&value), br#"{"a": [10.0, 0], "\u00fc": 1e-05}"#);
/// # Ok::<(), audit_chain::Error>(())
/// ```
pub fn to_canonical(value: &Value) -> Vec<u8> {
    let mut to = Vec::new();
    write_canonical(&mut to, value);
    to
}

/// As [`to_canonical`], with members in the order of `compare`.
///
/// Python sorts before it turns names into strings, so records whose names were numbers are in the
/// order of the numbers.
pub fn to_canonical_by(value: &Value, compare: &dyn Fn(&Text, &Text) -> Ordering) -> Vec<u8> {
    let mut to = Vec::new();
    write(&mut to, value, Some(compare));
    to
}

/// As [`to_canonical`], with members in the order in which they stand.
pub fn to_canonical_unsorted(value: &Value) -> Vec<u8> {
    let mut to = Vec::new();
    write(&mut to, value, None);
    to
}

/// The canonical bytes of a document of UTF-8, read as `json.loads` reads a `str`: without a byte
/// order mark, which belongs to files and not to texts.
///
/// ```
/// assert_eq!(audit_chain::canonical::canonical_json(b"[1,NaN]")?, b"[1, NaN]");
/// # Ok::<(), audit_chain::Error>(())
/// ```
///
/// # Errors
///
/// As [`Value::parse_text`].
pub fn canonical_json(document: &[u8]) -> Result<Vec<u8>> {
    Value::parse_text(document).map(|value| to_canonical(&value))
}

/// A list or object whose end has not been written yet.
enum Open<'a> {
    Array(std::slice::Iter<'a, Value>),
    Object(std::vec::IntoIter<&'a (Text, Value)>),
}

type Compare<'a> = &'a dyn Fn(&Text, &Text) -> Ordering;

/// Appends the canonical bytes of a value.
pub(crate) fn write_canonical(to: &mut Vec<u8>, value: &Value) {
    write(to, value, Some(&|left: &Text, right: &Text| left.cmp(right)));
}

fn write(to: &mut Vec<u8>, value: &Value, compare: Option<Compare<'_>>) {
    // A stack of its own: a value built by hand may be nested without bound.
    let mut open = Vec::new();
    begin(to, &mut open, value, compare);
    while let Some(last) = open.last_mut() {
        let value = match last {
            Open::Array(items) => items.next(),
            Open::Object(members) => members.next().map(|(name, value)| {
                separate(to, b'{');
                write_string(to, name);
                to.extend_from_slice(b": ");
                value
            }),
        };
        match (value, last) {
            (Some(value), last) => {
                if matches!(last, Open::Array(_)) {
                    separate(to, b'[');
                }
                begin(to, &mut open, value, compare);
            }
            (None, last) => {
                to.push(if matches!(last, Open::Array(_)) { b']' } else { b'}' });
                open.pop();
            }
        }
    }
}

/// Writes a comma, unless `bracket` was just opened. (No value ends with an opening bracket.)
fn separate(to: &mut Vec<u8>, bracket: u8) {
    if to.last() != Some(&bracket) {
        to.extend_from_slice(b", ");
    }
}

fn begin<'a>(
    to: &mut Vec<u8>,
    open: &mut Vec<Open<'a>>,
    value: &'a Value,
    compare: Option<Compare<'_>>,
) {
    match value {
        Value::Null => to.extend_from_slice(b"null"),
        Value::Bool(true) => to.extend_from_slice(b"true"),
        Value::Bool(false) => to.extend_from_slice(b"false"),
        Value::Int(int) => int.write(to),
        Value::Float(float) => write_float(to, *float),
        Value::String(text) => write_string(to, text),
        Value::Array(items) => {
            to.push(b'[');
            open.push(Open::Array(items.iter()));
        }
        Value::Object(members) => {
            to.push(b'{');
            open.push(Open::Object(in_order(members, compare).into_iter()));
        }
    }
}

fn in_order<'a>(
    members: &'a [(Text, Value)],
    compare: Option<Compare<'_>>,
) -> Vec<&'a (Text, Value)> {
    let mut sorted: Vec<_> = members.iter().collect();
    if let Some(compare) = compare {
        sorted.sort_by(|(left, _), (right, _)| compare(left, right));
        // The sort is stable: of equal names the last one stays in front when seen from behind.
        sorted.reverse();
        sorted.dedup_by(|(left, _), (right, _)| left == right);
        sorted.reverse();
    }
    sorted
}

/// Appends a string in quotation marks, as `json.dumps` with `ensure_ascii` does.
pub(crate) fn write_string(to: &mut Vec<u8>, text: &Text) {
    to.push(b'"');
    write_escaped(to, text.as_bytes());
    to.push(b'"');
}

/// Appends text, as [`Text`] keeps it, without quotation marks.
pub(crate) fn write_escaped(to: &mut Vec<u8>, mut rest: &[u8]) {
    let plain = |byte: &u8| matches!(byte, 0x20..=0x7E) && !matches!(byte, b'"' | b'\\');
    // Most text is; without branches, so that many bytes are looked at at a time.
    if rest.iter().fold(true, |all, byte| all & plain(byte)) {
        to.extend_from_slice(rest);
        return;
    }
    loop {
        let length = rest.iter().position(|byte| !plain(byte)).unwrap_or(rest.len());
        to.extend_from_slice(&rest[..length]);
        rest = &rest[length..];
        let Some((code_point, length)) = code_point(rest) else { return };
        rest = &rest[length..];
        match code_point {
            0x22 => to.extend_from_slice(b"\\\""),
            0x5C => to.extend_from_slice(b"\\\\"),
            0x0A => to.extend_from_slice(b"\\n"),
            0x0D => to.extend_from_slice(b"\\r"),
            0x09 => to.extend_from_slice(b"\\t"),
            0x0C => to.extend_from_slice(b"\\f"),
            0x08 => to.extend_from_slice(b"\\b"),
            0..=0xFFFF => write_unit(to, code_point),
            _ => {
                let above = code_point - 0x1_0000;
                write_unit(to, 0xD800 | above >> 10);
                write_unit(to, 0xDC00 | above & 0x3FF);
            }
        }
    }
}

fn write_unit(to: &mut Vec<u8>, unit: u32) {
    use std::io::Write as _;
    write!(to, "\\u{unit:04x}").expect("a vector takes all bytes");
}
