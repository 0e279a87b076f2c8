//! The reader of documents. A stack of its own, so that no document can exhaust the thread's.

use std::collections::HashMap;

use memchr::memchr2;

use super::string::{hex4, push_code_point};
use super::{Fault, Int, MAX_INT_DIGITS, Position, Text, Value};
use crate::{Error, Result};

/// How many lists and objects may stand in each other. CPython gives up at about 995, fewer when
/// its caller is deep in calls itself.
pub const MAX_DEPTH: usize = 990;

/// How deep a new record may be, the record itself counted: below [`MAX_DEPTH`], so that a Python
/// program can read it wherever it is called from.
pub const MAX_RECORD_DEPTH: usize = 900;

/// From so many members on, names are looked up in a table.
const MANY_MEMBERS: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    AsPython,
    /// Names occur once.
    Unique,
    /// Names occur once, numbers are finite, and it is not as deep.
    ForNewRecords,
}

/// The error for `fault` at `offset`.
pub(super) fn fault(bytes: &[u8], offset: usize, fault: Fault) -> Error {
    Error::JsonInvalid { fault, at: Position::of(bytes, offset) }
}

/// The code point of a pair of surrogates.
pub(crate) fn join(high: u32, low: u32) -> u32 {
    0x1_0000 + ((high - 0xD800) << 10 | (low - 0xDC00))
}

/// Reads one document of UTF-8 with surrogates; the encoding has been checked.
pub(super) fn parse(bytes: &[u8], strictness: Strictness) -> Result<Value> {
    let mut reader = Reader { bytes, at: 0, open: Vec::new(), strictness };
    let value = reader.document()?;
    reader.skip_space();
    if reader.at < bytes.len() {
        return Err(reader.fault(Fault::TrailingData));
    }
    Ok(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    strictness: Strictness,
}

/// A list or object whose end has not been read yet.
enum Open {
    Array(Vec<Value>),
    Object { members: Vec<(Text, Value)>, name: Text, table: HashMap<Text, usize> },
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value> {
        loop {
            // A value begins here.
            self.skip_space();
            let mut done = match self.peek() {
                Some(b'[') => {
                    self.enter()?;
                    if !self.closes(b']') {
                        self.open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    Value::Array(Vec::new())
                }
                Some(b'{') => {
                    self.enter()?;
                    if !self.closes(b'}') {
                        let name = self.name()?;
                        let (members, table) = (Vec::new(), HashMap::new());
                        self.open.push(Open::Object { members, name, table });
                        continue;
                    }
                    Value::Object(Vec::new())
                }
                _ => self.scalar()?,
            };
            // A value ends here, and with it perhaps what it stands in.
            loop {
                let Some(open) = self.open.pop() else { return Ok(done) };
                self.skip_space();
                let next = self.peek();
                match open {
                    Open::Array(mut items) => {
                        items.push(done);
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                self.open.push(Open::Array(items));
                                break;
                            }
                            Some(b']') => done = Value::Array(items),
                            _ => return Err(self.fault(Fault::CommaOrBracketExpected)),
                        }
                    }
                    Open::Object { mut members, name, mut table } => {
                        set(&mut members, &mut table, name, done);
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                self.skip_space();
                                let start = self.at;
                                let name = self.name()?;
                                let twice = find(&members, &table, &name).is_some();
                                if twice && self.strictness != Strictness::AsPython {
                                    let at = Position::of(self.bytes, start);
                                    let path = self.path(Some(&name));
                                    return Err(Error::DuplicateMember { path, at });
                                }
                                self.open.push(Open::Object { members, name, table });
                                break;
                            }
                            Some(b'}') => done = Value::Object(members),
                            _ => return Err(self.fault(Fault::CommaOrBraceExpected)),
                        }
                    }
                }
                self.at += 1;
            }
        }
    }

    /// Reads an opening bracket or brace.
    fn enter(&mut self) -> Result<()> {
        let limit = match self.strictness {
            Strictness::ForNewRecords => MAX_RECORD_DEPTH,
            Strictness::AsPython | Strictness::Unique => MAX_DEPTH,
        };
        if self.open.len() == limit {
            return Err(Error::TooDeep { limit, at: Position::of(self.bytes, self.at) });
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn closes(&mut self, close: u8) -> bool {
        let closes = self.peek() == Some(close);
        self.at += usize::from(closes);
        closes
    }

    fn name(&mut self) -> Result<Text> {
        if self.peek() != Some(b'"') {
            return Err(self.fault(Fault::NameExpected));
        }
        let name = self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.fault(Fault::ColonExpected));
        }
        self.at += 1;
        Ok(name)
    }

    fn scalar(&mut self) -> Result<Value> {
        const WORDS: [(&[u8], Value); 6] = [
            (b"null", Value::Null),
            (b"true", Value::Bool(true)),
            (b"false", Value::Bool(false)),
            (b"NaN", Value::Float(f64::NAN)),
            (b"Infinity", Value::Float(f64::INFINITY)),
            (b"-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        if self.peek() == Some(b'"') {
            return self.string().map(Value::String);
        }
        let start = self.at;
        let value = match WORDS.into_iter().find(|(word, _)| self.bytes[start..].starts_with(word))
        {
            Some((word, value)) => {
                self.at += word.len();
                value
            }
            None => self.number()?,
        };
        if let Value::Float(float) = value
            && !float.is_finite()
            && self.strictness == Strictness::ForNewRecords
        {
            return Err(Error::NonFinite { path: self.path(None) });
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value> {
        let rest = &self.bytes[self.at..];
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = |from: usize| {
            rest.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let whole = if rest.get(sign) == Some(&b'0') { 1 } else { digits(sign) };
        if whole == 0 {
            return Err(self.fault(Fault::ValueExpected));
        }
        let mut end = sign + whole;
        let mut float = false;
        if rest.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            float = true;
        }
        if matches!(rest.get(end), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + signed);
            if exponent > 0 {
                end += 1 + signed + exponent;
                float = true;
            }
        }
        let text = std::str::from_utf8(&rest[..end]).expect("digits and signs are ASCII");
        if !float && whole > MAX_INT_DIGITS {
            let at = Position::of(self.bytes, self.at);
            return Err(Error::IntegerTooLong { digits: whole, limit: MAX_INT_DIGITS, at });
        }
        let value = if float {
            Value::Float(text.parse().expect("this is how Rust writes floats too"))
        } else {
            Value::Int(text.parse::<Int>().expect("this is how integers are written"))
        };
        self.at += end;
        Ok(value)
    }

    /// Reads a string from its opening to its closing quotation mark.
    fn string(&mut self) -> Result<Text> {
        let start = self.at;
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let rest = &self.bytes[self.at..];
            let length = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            if let Some(control) = rest[..length].iter().position(|byte| *byte < 0x20) {
                self.at += control;
                return Err(self.fault(Fault::ControlCharacter));
            }
            text.extend_from_slice(&rest[..length]);
            self.at += length;
            match self.peek() {
                Some(b'"') => break,
                Some(_) => self.escape(&mut text)?,
                None => {
                    self.at = start;
                    return Err(self.fault(Fault::StringUnterminated));
                }
            }
        }
        self.at += 1;
        Ok(Text::from_bytes(text))
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<()> {
        let rest = &self.bytes[self.at..];
        let plain = match rest.get(1) {
            Some(char @ (b'"' | b'\\' | b'/')) => *char,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let unit = |at| rest.get(at..).and_then(hex4);
                let Some(high) = unit(2) else { return Err(self.fault(Fault::EscapeInvalid)) };
                let low = (rest.get(6..8) == Some(b"\\u")).then(|| unit(8)).flatten();
                let low = low.filter(|low| {
                    (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(low)
                });
                push_code_point(text, low.map_or(high, |low| join(high, low)));
                self.at += if low.is_some() { 12 } else { 6 };
                return Ok(());
            }
            _ => return Err(self.fault(Fault::EscapeInvalid)),
        };
        text.push(plain);
        self.at += 2;
        Ok(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault(&self, what: Fault) -> Error {
        fault(self.bytes, self.at, what)
    }

    /// The path of the value that is being read, such as `details.lines[3]`; `.` for the document.
    fn path(&self, last: Option<&Text>) -> String {
        path_of(&self.open, last)
    }
}

fn path_of(open: &[Open], last: Option<&Text>) -> String {
    use std::fmt::Write as _;
    let mut path = String::new();
    let member = |path: &mut String, name: &Text| {
        let dot = if path.is_empty() { "" } else { "." };
        write!(path, "{dot}{name}").expect("a string takes all text");
    };
    for open in open {
        match open {
            Open::Array(items) => {
                write!(path, "[{}]", items.len()).expect("a string takes all text");
            }
            Open::Object { name, .. } => member(&mut path, name),
        }
    }
    if let Some(name) = last {
        member(&mut path, name);
    }
    if path.is_empty() { ".".to_owned() } else { path }
}

fn find(members: &[(Text, Value)], table: &HashMap<Text, usize>, name: &Text) -> Option<usize> {
    if table.is_empty() {
        members.iter().position(|(other, _)| other == name)
    } else {
        table.get(name).copied()
    }
}

/// Sets a member: of equal names the last value counts, at the place of the first.
fn set(
    members: &mut Vec<(Text, Value)>,
    table: &mut HashMap<Text, usize>,
    name: Text,
    value: Value,
) {
    if let Some(index) = find(members, table, &name) {
        members[index].1 = value;
        return;
    }
    if !table.is_empty() {
        table.insert(name.clone(), members.len());
    }
    members.push((name, value));
    if members.len() == MANY_MEMBERS {
        table.extend(members.iter().enumerate().map(|(index, (name, _))| (name.clone(), index)));
    }
}
