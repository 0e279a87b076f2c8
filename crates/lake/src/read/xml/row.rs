//! One row: an element with attributes and children.

use std::borrow::Cow;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::bronze::Code;
use crate::read::names::Names;
use crate::read::token::{Record, Token};

/// What is wrong with a row.
type Refusal = (Code, &'static str);

const BROKEN: Refusal = (Code::MalformedXml, "the row is no XML");

/// The text with its references to characters resolved; they were checked before.
pub(crate) fn resolved(written: &str) -> Cow<'_, str> {
    quick_xml::escape::unescape(written).unwrap_or(Cow::Borrowed(written))
}

/// Puts the attributes and children of a row to their columns.
pub(crate) fn row<'t>(
    text: &'t str,
    names: &Names,
    record: &mut Record<'t>,
) -> Result<(), Refusal> {
    record.clear();
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut depth = 0_usize;
    // The child at hand: where its tag and what is in it begin, and whether it is more than a text.
    let mut child: Option<(usize, usize, bool)> = None;
    loop {
        let before = position(&reader);
        let event = reader.read_event().map_err(|_| BROKEN)?;
        let after = position(&reader);
        match event {
            Event::Start(_) if depth == 0 => {
                attributes(&text[before..after], names, record)?;
                depth = 1;
            }
            Event::Empty(_) if depth == 0 => {
                attributes(&text[before..after], names, record)?;
            }
            Event::Start(_) => {
                depth += 1;
                child = match child {
                    None => Some((before, after, has_attributes(&text[before..after]))),
                    Some((tag, from, _)) => Some((tag, from, true)),
                };
            }
            Event::Empty(_) => match &mut child {
                Some((_, _, more)) => *more = true,
                None => {
                    let tag = &text[before..after];
                    let value =
                        if has_attributes(tag) { Token::Markup(tag) } else { Token::Bare("") };
                    put(element(tag), value, names, record)?;
                }
            },
            Event::End(_) => {
                depth = depth.checked_sub(1).ok_or(BROKEN)?;
                if depth == 1
                    && let Some((tag, from, more)) = child.take()
                {
                    let whole = &text[tag..after];
                    let value = if more {
                        Token::Markup(whole)
                    } else {
                        content(&text[from..before], whole)?
                    };
                    put(element(whole), value, names, record)?;
                }
            }
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)
                if depth == 1 && !text[before..after].trim().is_empty() =>
            {
                return Err((Code::MalformedXml, "text stands beside the members of a row"));
            }
            Event::DocType(_) | Event::Decl(_) => return Err(BROKEN),
            Event::Eof => break,
            _ => {}
        }
    }
    if depth == 0 { Ok(()) } else { Err((Code::MalformedXml, "the row does not end")) }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// The name in a tag.
fn element(tag: &str) -> &str {
    let inner = tag.trim_start_matches('<');
    inner.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or(inner)
}

fn has_attributes(tag: &str) -> bool {
    tag.contains('=')
}

/// What the element `whole` holds, without children.
fn content<'t>(inner: &'t str, whole: &'t str) -> Result<Token<'t>, Refusal> {
    if !inner.contains('<') {
        return characters(inner);
    }
    // A single section of text is what it holds; with comments or several, which text is meant is a guess.
    let section = inner.strip_prefix("<![CDATA[").and_then(|it| it.strip_suffix("]]>"));
    match section.filter(|it| !it.contains("]]>")) {
        Some(text) => Ok(Token::Bare(text)),
        None => Ok(Token::Markup(whole)),
    }
}

fn characters(text: &str) -> Result<Token<'_>, Refusal> {
    if !text.contains('&') {
        return Ok(Token::Bare(text));
    }
    match quick_xml::escape::unescape(text) {
        Ok(_) => Ok(Token::Referring(text)),
        Err(_) => Err((Code::MalformedXml, "there is no such reference to a character")),
    }
}

/// Puts the attributes of a tag to their columns.
fn attributes<'t>(tag: &'t str, names: &Names, record: &mut Record<'t>) -> Result<(), Refusal> {
    let mut rest = &tag[1 + element(tag).len()..];
    loop {
        rest = rest.trim_start();
        if rest == ">" || rest == "/>" {
            return Ok(());
        }
        let wrong = (Code::MalformedXml, "an attribute is not written as name=\"value\"");
        let (name, behind) = rest.split_once('=').ok_or(wrong)?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || "<>\"'&/".contains(c)) {
            return Err(wrong);
        }
        let behind = behind.trim_start();
        let quote = behind.chars().next().filter(|c| ['"', '\''].contains(c)).ok_or(wrong)?;
        let (value, behind) = behind[1..].split_once(quote).ok_or(wrong)?;
        if value.contains('<') {
            return Err(wrong);
        }
        put(name, characters(value)?, names, record)?;
        rest = behind;
    }
}

fn put<'t>(
    name: &'t str,
    token: Token<'t>,
    names: &Names,
    record: &mut Record<'t>,
) -> Result<(), Refusal> {
    let new = match names.find(name) {
        Some(column) => std::mem::replace(&mut record.tokens[column], token) == Token::Absent,
        None => record.keep(name.into(), token),
    };
    if new { Ok(()) } else { Err((Code::DuplicateMember, "a member is given twice")) }
}
