//! JSON, one value at a time: RFC 8259, strictly, without building a tree.
//!
//! Numbers and texts stay what was written. An object is taken apart into its members; what is nested in
//! one is checked and kept as text.

mod escape;
mod scan;

pub(crate) use escape::{quote, unescape};
pub(crate) use scan::{Broken, value};

use std::borrow::Cow;

use scan::{space, string};

use super::names::Names;
use super::token::{Record, Token};
use crate::bronze::Code;

/// Why a text is no row: the reason and what was found.
pub(crate) type Refusal = (Code, &'static str);

/// Reads one object and nothing behind it.
pub(crate) fn object<'t>(
    text: &'t str,
    names: &mut Names,
    record: &mut Record<'t>,
) -> Result<(), Refusal> {
    record.clear();
    let bytes = text.as_bytes();
    let at = space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return Err(no_object(text, at));
    }
    let end =
        members(text, at + 1, names, record).map_err(|Refused(code, detail)| (code, detail))?;
    if space(bytes, end) < bytes.len() {
        return Err((Code::TrailingBytes, "something stands behind the object"));
    }
    Ok(())
}

/// What a text is that does not begin like an object.
fn no_object(text: &str, at: usize) -> Refusal {
    match value(text, at) {
        Ok((_, end)) if space(text.as_bytes(), end) == text.len() => {
            (Code::NotAnObject, "the line is JSON and no object")
        }
        _ => (Code::MalformedJson, "the line does not begin with an object"),
    }
}

struct Refused(Code, &'static str);

impl From<Broken> for Refused {
    fn from(Broken(detail): Broken) -> Self {
        Self(Code::MalformedJson, detail)
    }
}

/// The members, from behind the `{` to behind the `}`.
fn members<'t>(
    text: &'t str,
    mut at: usize,
    names: &mut Names,
    record: &mut Record<'t>,
) -> Result<usize, Refused> {
    let bytes = text.as_bytes();
    let mut before = names.len();
    at = space(bytes, at);
    if bytes.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    loop {
        // The usual case first: the column that came here last time, written without spaces.
        let expected = names.expected(before).filter(|(_, head)| bytes[at..].starts_with(head));
        let column = match expected {
            Some((column, head)) => {
                at += head.len();
                Ok(column)
            }
            None => {
                let (name, end) = name(text, at)?;
                at = end;
                match names.find(&name) {
                    Some(column) => {
                        names.came(before, column);
                        Ok(column)
                    }
                    None => Err(name),
                }
            }
        };
        at = space(bytes, at);
        let (token, end) = value(text, at)?;
        match column {
            Ok(column) => {
                let place = &mut record.tokens[column];
                if *place != Token::Absent {
                    return Err(Refused(Code::DuplicateMember, "a member is given twice"));
                }
                *place = token;
                before = column;
            }
            Err(name) => {
                if !record.keep(name, token) {
                    return Err(Refused(Code::DuplicateMember, "a member is given twice"));
                }
            }
        }
        at = space(bytes, end);
        match bytes.get(at) {
            Some(b',') => at = space(bytes, at + 1),
            Some(b'}') => return Ok(at + 1),
            Some(_) => return Err(Broken("a comma or the end of the object is missing").into()),
            None => return Err(Broken("the object does not end").into()),
        }
    }
}

/// The name of a member and the `:`.
fn name(text: &str, at: usize) -> Result<(Cow<'_, str>, usize), Broken> {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'"') {
        return Err(if at < bytes.len() {
            Broken("the name of a member is missing")
        } else {
            Broken("the object does not end")
        });
    }
    let (token, end) = string(text, at)?;
    let colon = space(bytes, end);
    if bytes.get(colon) != Some(&b':') {
        return Err(Broken("the `:` behind the name of a member is missing"));
    }
    Ok((token.text().unwrap_or_default(), colon + 1))
}

#[cfg(test)]
mod tests;
