//! Comma-separated values, as RFC 4180 has them.

use std::sync::Arc;

use foldhash::HashSet;

use super::names::Names;
use super::token::{Record, Token};
use crate::bronze::Code;

/// What is wrong with a record.
type Refusal = (Code, &'static str);

/// The names in the first record of an input.
pub(crate) type Header = Arc<[String]>;

/// Where a look at records stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan {
    delimiter: u8,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a field, where a quote opens.
    Start,
    Plain,
    Quoted,
    /// Behind a quote inside quotes: another one is text, anything else ends them.
    Closing,
}

impl Scan {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { delimiter, state: State::Start }
    }

    /// Goes on to the end of the record at hand, and says the byte behind it.
    pub(crate) fn next_end(&mut self, bytes: &[u8], mut at: usize) -> Option<usize> {
        while at < bytes.len() {
            match self.state {
                State::Quoted => {
                    at += memchr::memchr(b'"', &bytes[at..])? + 1;
                    self.state = State::Closing;
                }
                State::Closing if bytes[at] == b'"' => {
                    at += 1;
                    self.state = State::Quoted;
                }
                State::Start if bytes[at] == b'"' => {
                    at += 1;
                    self.state = State::Quoted;
                }
                State::Start | State::Plain | State::Closing => {
                    let Some(found) = memchr::memchr2(self.delimiter, b'\n', &bytes[at..]) else {
                        self.state = State::Plain;
                        return None;
                    };
                    at += found + 1;
                    self.state = State::Start;
                    if bytes[at - 1] == b'\n' {
                        return Some(at);
                    }
                }
            }
        }
        None
    }
}

/// The fields of a record without its end of line.
fn fields(record: &str, delimiter: u8) -> impl Iterator<Item = Result<Token<'_>, Refusal>> {
    let bytes = record.as_bytes();
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let at = next?;
        if bytes.get(at) != Some(&b'"') {
            let end =
                memchr::memchr(delimiter, &bytes[at..]).map_or(bytes.len(), |found| at + found);
            next = (end < bytes.len()).then_some(end + 1);
            let field = &record[at..end];
            return Some(if field.contains('"') {
                Err((Code::MalformedCsv, "a quote stands in a field without quotes around it"))
            } else {
                Ok(Token::Bare(field))
            });
        }
        let mut end = at + 1;
        let mut doubled = false;
        loop {
            let Some(found) = memchr::memchr(b'"', &bytes[end..]) else {
                next = None;
                return Some(Err((Code::MalformedCsv, "a quoted field does not end")));
            };
            end += found;
            if bytes.get(end + 1) != Some(&b'"') {
                break;
            }
            doubled = true;
            end += 2;
        }
        let field = &record[at + 1..end];
        match bytes.get(end + 1) {
            None => next = None,
            Some(byte) if *byte == delimiter => next = Some(end + 2),
            Some(_) => {
                next = None;
                return Some(Err((
                    Code::MalformedCsv,
                    "something stands behind the quotes of a field",
                )));
            }
        }
        Some(Ok(if doubled { Token::Doubled(field) } else { Token::Bare(field) }))
    })
}

/// The names in the first record.
pub(crate) fn header(record: &[u8], delimiter: u8) -> Result<Header, String> {
    let record = record.strip_prefix(b"\xef\xbb\xbf").unwrap_or(record);
    let text =
        str::from_utf8(without_end(record)).map_err(|_| "the header is no UTF-8".to_owned())?;
    // Else an input whose lines end with nothing but carriage returns would be one long header without rows.
    let outside_quotes = text.split('"').step_by(2);
    if outside_quotes.into_iter().any(|it| it.contains('\r')) {
        return Err("a carriage return stands in the header where no line ends; lines end with \
                    a line feed, or with both"
            .to_owned());
    }
    let (mut names, mut seen) = (Vec::new(), HashSet::default());
    for field in fields(text, delimiter) {
        let name =
            field.map_err(|(_, detail)| detail.to_owned())?.text().unwrap_or_default().into_owned();
        if !seen.insert(name.clone()) {
            return Err(format!("the header names `{name}` twice"));
        }
        names.push(name);
    }
    Ok(names.into())
}

/// A record without its end of line.
pub(crate) fn without_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// Puts the fields of a record to their columns.
pub(crate) fn row<'t>(
    text: &'t str,
    delimiter: u8,
    header: &'t [String],
    names: &Names,
    record: &mut Record<'t>,
) -> Result<(), Refusal> {
    record.clear();
    let mut wanted = header.iter();
    for field in fields(text, delimiter) {
        let field = field?;
        let Some(name) = wanted.next() else {
            return Err((Code::MalformedCsv, "the record has more fields than the header"));
        };
        match names.find(name) {
            Some(column) => record.tokens[column] = field,
            None => record.extra.push((name.into(), field)),
        }
    }
    match wanted.next() {
        Some(_) => Err((Code::MalformedCsv, "the record has fewer fields than the header")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<String>, Code> {
        let all: Result<Vec<_>, _> = fields(text, b',').collect();
        let said = |it: Token<'_>| it.text().unwrap().into_owned();
        all.map(|all| all.into_iter().map(said).collect()).map_err(|(code, _)| code)
    }

    #[test]
    fn fields_are_read_as_the_standard_has_them() {
        assert_eq!(read("a,\"b,\"\"c\"\"\",,\"\"").unwrap(), ["a", "b,\"c\"", "", ""]);
        assert_eq!(read("").unwrap(), [""]);
        for broken in ["a,b\"c", "\"a", "\"a\"b,c", "\"a\"\""] {
            assert_eq!(read(broken), Err(Code::MalformedCsv), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn what_another_writer_writes_is_read(rows in prop::collection::vec(
            prop::collection::vec("[a,\"\n\r é]{0,5}", 2..4), 1..6,
        )) {
            let width = rows[0].len();
            let rows: Vec<_> = rows.into_iter().filter(|row| row.len() == width).collect();
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let mut scan = Scan::new(b',');
            let (mut start, mut found) = (0, Vec::new());
            while let Some(end) = scan.next_end(&bytes, start) {
                let record = str::from_utf8(&bytes[start..end]).unwrap();
                found.push(read(record.strip_suffix('\n').unwrap()).unwrap());
                start = end;
            }
            prop_assert_eq!(start, bytes.len());
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn cuts_do_not_depend_on_how_the_bytes_come(text in "[a,\"\n]{0,40}", at in 0..40_usize) {
            let bytes = text.as_bytes();
            let at = at.min(bytes.len());
            let ends = |pieces: &[usize]| {
                let mut scan = Scan::new(b',');
                let (mut ends, mut from) = (Vec::new(), 0);
                for &until in pieces {
                    let mut last = from;
                    while let Some(end) = scan.next_end(&bytes[..until], last) {
                        ends.push(end);
                        last = end;
                    }
                    from = until;
                }
                ends
            };
            prop_assert_eq!(ends(&[at, bytes.len()]), ends(&[bytes.len()]));
        }
    }
}
