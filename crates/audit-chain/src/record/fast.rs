//! Reading lines that have just the members a record has, which all lines of an honest log do.
//!
//! The names and their order are known, so they are compared and not parsed. What deviates is left
//! to the reader that takes any canonical object; the two agree wherever this one gives an answer.

use crate::Hash;
use crate::canonical::Scanner;

use super::line::{Line, is_timestamp, number};

/// A hash in its two forms, so that one that is expected need not be decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) hex: [u8; 64],
    pub(crate) hash: Hash,
}

/// Reads a line without its suffix; `None` if that takes the other reader.
pub(super) fn read<'a>(
    body: &'a [u8],
    record_hash: Hash,
    previous: Option<&Known>,
    scanner: &mut Scanner,
) -> Option<Line<'a>> {
    if !Scanner::is_printable(body) {
        return None;
    }
    let mut rest = Rest { bytes: body, at: 0 };
    rest.literal(b"{\"action\": \"")?;
    let action = rest.text()?;
    rest.literal(b", \"actor\": \"")?;
    let actor = rest.text()?;
    let class = rest.optional(b", \"class\": \"")?;
    rest.literal(b", \"details\": ")?;
    let details = rest.value(scanner)?;
    let event_id = rest.optional(b", \"event_id\": \"")?;
    rest.literal(b", \"event_type\": \"")?;
    let event_type = rest.text()?;
    rest.literal(b", \"log_id\": \"")?;
    let log_id = rest.text()?;
    rest.literal(b", \"previous_hash\": ")?;
    let previous_hash = rest.hash(previous)?;
    rest.literal(b", \"resource\": \"")?;
    let resource = rest.text()?;
    rest.literal(b", \"seq\": ")?;
    let seq = rest.number()?;
    rest.literal(b", \"timestamp\": \"")?;
    let timestamp = rest.take(27).filter(|text| is_timestamp(text))?;
    rest.literal(b"\", \"v\": 1")?;
    let writer = rest.optional(b", \"writer\": \"")?;
    (rest.at == body.len()).then_some(Line {
        seq,
        previous_hash,
        record_hash,
        log_id,
        timestamp,
        event_type,
        actor,
        resource,
        action,
        details,
        class,
        event_id,
        writer,
    })
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    #[inline]
    fn literal<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        let same = self.bytes.get(self.at..)?.first_chunk::<N>()? == literal;
        self.at += N;
        same.then_some(())
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at + length)?;
        self.at += length;
        Some(taken)
    }

    /// The rest of a string, and its closing quotation mark.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = Scanner::end_of_string(self.bytes, self.at)?;
        let text = &self.bytes[self.at..end];
        self.at = end + 1;
        Some(text)
    }

    /// A member that may be missing.
    #[inline]
    fn optional<const N: usize>(&mut self, literal: &[u8; N]) -> Option<Option<&'a [u8]>> {
        let start = self.at;
        if self.literal(literal).is_some() {
            return self.text().map(Some);
        }
        self.at = start;
        Some(None)
    }

    fn value(&mut self, scanner: &mut Scanner) -> Option<&'a [u8]> {
        let end = scanner.end_of_member(self.bytes, self.at)?;
        let value = &self.bytes[self.at..end];
        self.at = end;
        Some(value)
    }

    /// `null` or 64 digits in quotation marks.
    fn hash(&mut self, known: Option<&Known>) -> Option<Option<Hash>> {
        let start = self.at;
        if self.literal(b"null").is_some() {
            return Some(None);
        }
        self.at = start;
        self.literal(b"\"")?;
        let hex = self.take(64)?;
        self.literal(b"\"")?;
        match known {
            Some(known) if hex == known.hex => Some(Some(known.hash)),
            _ => Hash::from_hex(hex).map(Some),
        }
    }

    fn number(&mut self) -> Option<u64> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.take(length)?;
        if digits.is_empty() || (digits[0] == b'0' && length > 1) {
            return None;
        }
        number(digits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Event, Head, Suffixed};
    use super::*;
    use crate::json::Value;
    use crate::segment::{Builder, Compression, open};

    /// Lines with and without the members that may be missing.
    fn lines() -> Vec<Vec<u8>> {
        let details = br#"{"a": [1, -0.5, "\u00fc\\"], "b": {}, "c": null}"#;
        let mut event = Event::new(
            "report.read",
            "J\u{f6}rg \"\\",
            "report/1",
            "read",
            Value::parse_strict(details).unwrap(),
        );
        let mut lines = Vec::new();
        for (writer, id) in [(None, None), (Some("w"), Some("e-1"))] {
            event.event_id = id.map(str::to_owned);
            event.class = writer.map(str::to_owned);
            let mut builder = Builder::new("log", writer, [0; 16], Head::default());
            for _ in 0..2 {
                builder.push(&event, "2026-01-31T09:00:00.000000Z").unwrap();
            }
            let body = builder.finish(Compression::None).unwrap().body;
            lines.extend(open(&body).unwrap().lines().map(|(_, line)| line.to_vec()));
        }
        lines
    }

    #[test]
    fn lines_of_an_honest_log_are_read_here() {
        let mut scanner = Scanner::new();
        for line in lines() {
            let suffixed = Suffixed::of(&line).unwrap();
            let fast = read(suffixed.body, suffixed.record_hash, None, &mut scanner).unwrap();
            assert_eq!(Line::read_any(&suffixed, &mut scanner), Ok(fast));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn both_readers_agree(
            which in 0..4_usize, at in any::<prop::sample::Index>(), byte in 0x1F_u8..0x81,
            kind in 0..3,
        ) {
            let line = &lines()[which];
            let suffixed = Suffixed::of(line).unwrap();
            let mut body = suffixed.body.to_vec();
            let at = at.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => { body.remove(at); }
            }
            let mut scanner = Scanner::new();
            let changed = Suffixed { body: &body, record_hash: suffixed.record_hash };
            if let Some(fast) = read(&body, suffixed.record_hash, None, &mut scanner) {
                prop_assert_eq!(Line::read_any(&changed, &mut scanner), Ok(fast));
            }
        }
    }
}
