//! JSON as Python reads it: unbounded integers, lone surrogates, `NaN` and infinities.
//!
//! The records of a log were and are hashed over what CPython's `json` prints, so this is the data
//! model of that module and not the one of RFC 8259: what `json.loads` takes is read by
//! [`Value::parse`], and what a new record may hold by [`Value::parse_strict`].

mod encoding;
mod int;
mod parse;
mod string;
mod text;

use std::fmt;

pub use int::{Int, MAX_INT_DIGITS};
pub use parse::{MAX_DEPTH, MAX_RECORD_DEPTH};
pub use text::Text;

pub(crate) use parse::join;
pub(crate) use string::{code_point, hex4};

use crate::Result;

/// A JSON document as a value.
///
/// Members of an object stand in the order of the document; their names are unique, unless someone
/// built the value by hand.
///
/// ```
/// use audit_chain::json::Value;
///
/// let value = Value::parse(br#"{"b": 1e400, "a": "\ud800", "b": 2}"#)?;
/// assert_eq!(audit_chain::canonical::to_canonical(&value), br#"{"a": "\ud800", "b": 2}"#);
/// # Ok::<(), audit_chain::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction and exponent, of any size.
    Int(Int),
    /// A number with fraction or exponent, `NaN`, `Infinity` or `-Infinity`.
    Float(f64),
    /// A string.
    String(Text),
    /// A list.
    Array(Vec<Value>),
    /// Names and values, in the order of the document.
    Object(Vec<(Text, Value)>),
}

impl Value {
    /// Reads one document as CPython 3.11's `json.loads(bytes)` does.
    ///
    /// UTF-8 with or without a byte order mark, UTF-16 and UTF-32 are recognised; of equal names the
    /// last value counts, at the place of the first; `NaN`, `Infinity`, `-Infinity` and `1e400` are
    /// numbers.
    ///
    /// # Errors
    ///
    /// What is wrong and where, in bytes, lines and columns. A number of more than
    /// [`MAX_INT_DIGITS`] digits and a nesting of more than [`MAX_DEPTH`] levels are errors too.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        parse::parse(&encoding::to_utf8(bytes)?, parse::Strictness::AsPython)
    }

    /// As [`Value::parse`], but of UTF-8 only and without a byte order mark, as `json.loads` reads a
    /// `str`.
    ///
    /// # Errors
    ///
    /// As for [`Value::parse`].
    pub fn parse_text(bytes: &[u8]) -> Result<Self> {
        parse::parse(utf8(bytes)?, parse::Strictness::AsPython)
    }

    /// Reads one document that is to become part of a new record.
    ///
    /// As [`Value::parse_text`], but what two readers might read differently is refused: a name that
    /// occurs twice in one object, numbers that are not finite, and more than [`MAX_RECORD_DEPTH`]
    /// levels.
    ///
    /// # Errors
    ///
    /// As for [`Value::parse`]; a refused value is named by its path.
    pub fn parse_strict(bytes: &[u8]) -> Result<Self> {
        parse::parse(utf8(bytes)?, parse::Strictness::ForNewRecords)
    }

    /// As [`Value::parse`], but a name that occurs twice is refused.
    pub(crate) fn parse_unique(bytes: &[u8]) -> Result<Self> {
        parse::parse(&encoding::to_utf8(bytes)?, parse::Strictness::Unique)
    }

    /// The value of the member `name`, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key.as_bytes() == name.as_bytes()).map(|(_, v)| v)
    }

    /// The text, if this is a string without lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { text.as_str() } else { None }
    }

    /// The number, if this is an integer that fits.
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Int(int) = self { int.as_u64() } else { None }
    }
}

fn utf8(bytes: &[u8]) -> Result<&[u8]> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(parse::fault(bytes, error.valid_up_to(), Fault::NotUtf8)),
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<u64> for Value {
    fn from(int: u64) -> Self {
        Self::Int(int.into())
    }
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: usize,
    /// Its line, counted from 1.
    pub line: usize,
    /// Its column in code points, counted from 1.
    pub column: usize,
}

impl Position {
    /// The place `offset` bytes into `bytes`.
    pub(crate) fn of(bytes: &[u8], offset: usize) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        // Every byte but a continuation begins a code point.
        let column = before[start..].iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
        Self { offset, line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {} (byte {})", self.line, self.column, self.offset)
    }
}

/// What is wrong with a text that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[non_exhaustive]
pub enum Fault {
    /// The bytes are no Unicode text.
    #[strum(to_string = "not UTF-8")]
    NotUtf8,
    /// Something else stands where a value belongs, or nothing.
    #[strum(to_string = "a value is expected")]
    ValueExpected,
    /// Something else stands where the name of a member belongs.
    #[strum(to_string = "a name in double quotes is expected")]
    NameExpected,
    /// The colon after a name is missing.
    #[strum(to_string = "a colon is expected")]
    ColonExpected,
    /// An object goes on without a comma or brace.
    #[strum(to_string = "a comma or a closing brace is expected")]
    CommaOrBraceExpected,
    /// A list goes on without a comma or bracket.
    #[strum(to_string = "a comma or a closing bracket is expected")]
    CommaOrBracketExpected,
    /// Something follows the document.
    #[strum(to_string = "the document ends before this")]
    TrailingData,
    /// A string has no closing quotation mark.
    #[strum(to_string = "the string that begins here does not end")]
    StringUnterminated,
    /// A control character stands in a string as it is.
    #[strum(to_string = "a control character in a string has to be escaped")]
    ControlCharacter,
    /// A backslash is followed by something that is no escape.
    #[strum(to_string = "no such escape sequence")]
    EscapeInvalid,
}
