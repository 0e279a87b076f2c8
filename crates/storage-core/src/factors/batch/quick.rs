//! The usual spelling of the usual event, read without a reader of JSON.
//!
//! A million lines differ only in their numbers, days and digests. This looks for exactly the bytes
//! that are written where a new version is put and nothing more is said; at the first byte that is
//! another one it gives up, and the careful reader decides what the line says or what is wrong with it.
//! So it never refuses anything, and what it reads the careful reader reads in the same way.

use super::lines::day;
use super::read::Raw;
use crate::Digest;
use crate::factors::interval::OPEN;
use crate::factors::{Kind, VersionId};

/// Reads lines one after the other, and remembers days: neighbours often have the same.
#[derive(Debug, Default)]
pub(super) struct Quick {
    from: Day,
    to: Day,
}

/// The day that was read last.
#[derive(Debug, Default)]
struct Day {
    text: [u8; 10],
    number: Option<i32>,
}

impl Day {
    fn read(&mut self, text: &[u8; 10]) -> Option<i32> {
        if self.number.is_none() || self.text != *text {
            self.number = day(str::from_utf8(text).ok()?).ok();
            self.text = *text;
        }
        self.number
    }
}

impl Quick {
    /// The event of a line; `None` for the careful reader. Counts `content` on as that one does.
    pub(super) fn event(&mut self, line: &[u8], content: &mut u32, factors: usize) -> Option<Raw> {
        let rest = line.strip_prefix(br#"{"event":""#)?;
        let (kind, rest) = match rest.strip_prefix(b"put") {
            Some(rest) => (Kind::Put, rest),
            None => (Kind::Correct, rest.strip_prefix(b"correct")?),
        };
        let (factor, rest) = number(rest.strip_prefix(br#"","factor":"#)?)?;
        let (from, rest) = rest.strip_prefix(br#","from":""#)?.split_first_chunk()?;
        let mut rest = rest.strip_prefix(b"\"")?;
        let from = self.from.read(from)?;
        let mut to = OPEN;
        if let Some(bounded) = rest.strip_prefix(br#","to":""#) {
            let (text, behind) = bounded.split_first_chunk()?;
            to = self.to.read(text)?;
            rest = behind.strip_prefix(b"\"")?;
        }
        let (digits, rest) = rest.strip_prefix(br#","version":"sha256:"#)?.split_first_chunk()?;
        let version = VersionId(Digest::of_digits(digits)?);
        let (number, rest) = number(rest.strip_prefix(br#"","content":"#)?)?;
        let sound = from < to && (factor as usize) < factors && number == *content;
        if rest != b"}" || !sound {
            return None;
        }
        *content += 1;
        let version = Some(version);
        Some(Raw { kind, factor, from, to, version, content: number, note: None })
    }
}

/// The number at the beginning, as JSON spells it, and what stands behind it.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|it| it.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let needless_zero = digits.len() > 1 && digits[0] == b'0';
    if digits.is_empty() || digits.len() > 10 || needless_zero {
        return None;
    }
    let number = digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Some((u32::try_from(number).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::factors::ReasonKind;
    use crate::factors::batch::lines::{EventLine, Note};
    use crate::factors::batch::read::event;

    /// How many factors the table has, and the version that comes next.
    const FACTORS: usize = 70_000;
    const NEXT: u32 = 12;

    /// What the quick reader says and what the careful one does; both count on alike.
    fn both(line: &[u8]) -> (Option<Raw>, Result<Raw, String>) {
        let (mut quick_next, mut careful_next) = (NEXT, NEXT);
        let quick = Quick::default().event(line, &mut quick_next, FACTORS);
        let careful = event(line, &mut careful_next, FACTORS);
        if quick.is_some() {
            assert_eq!(quick_next, careful_next);
        } else {
            assert_eq!(quick_next, NEXT, "a line that it gives up counts nothing");
        }
        (quick, careful)
    }

    fn spelled(event: Kind, factor: u32, from: &str, to: Option<&str>, content: u32) -> Vec<u8> {
        let line = EventLine {
            event,
            factor: Some(factor),
            from: Some(Cow::from(from)),
            to: to.map(Cow::from),
            version: Some(Digest::of(&factor.to_be_bytes()).to_string().into()),
            content: Some(content),
            note: None,
        };
        serde_json::to_vec(&line).unwrap()
    }

    fn agree(line: &[u8]) {
        if let (Some(quick), careful) = both(line) {
            assert_eq!(Ok(quick), careful, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn what_is_written_for_a_new_version_is_read_quickly_and_the_same() {
        for kind in [Kind::Put, Kind::Correct] {
            for to in [None, Some("2026-01-01"), Some("9999-12-31")] {
                for factor in [0, 9, 10, 69_999] {
                    let line = spelled(kind, factor, "2024-02-29", to, NEXT);
                    let (quick, careful) = both(&line);
                    assert!(quick.is_some(), "{}", String::from_utf8_lossy(&line));
                    assert_eq!(quick, careful.ok());
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_or_says_more_is_left_to_the_careful_reader() {
        let put = |factor, from, to, content| spelled(Kind::Put, factor, from, to, content);
        let mut lines = vec![
            put(70_000, "2024-01-01", None, NEXT),
            put(1, "2024-01-01", None, NEXT + 1),
            put(1, "2024-01-01", Some("2024-01-01"), NEXT),
            put(1, "2023-02-29", None, NEXT),
            put(1, "0000-01-01", None, NEXT),
            spelled(Kind::Withdraw, 1, "2024-01-01", None, NEXT),
        ];
        let right = String::from_utf8(put(1, "2024-01-01", None, NEXT)).unwrap();
        for (from, to) in [
            ("\"factor\":1,", "\"factor\":01,"),
            ("\"factor\":1,", "\"factor\":-1,"),
            ("\"factor\":1,", "\"factor\":4294967297,"),
            ("\"factor\":1,", "\"factor\":1.0,"),
            ("\"factor\":1,", "\"factor\": 1,"),
            ("sha256:", "sha255:"),
            ("sha256:", "SHA256:"),
            (":12}", ":12,\"note\":{}}"),
            (":12}", ":12}}"),
            (":12}", ":12"),
            (",\"content\":12", ""),
        ] {
            assert!(right.contains(from));
            lines.push(right.replace(from, to).into_bytes());
        }
        lines.push(right.replace(|it: char| it.is_ascii_lowercase(), "A").into_bytes());
        let note = Note { reason: Some(ReasonKind::Error.into()), ..Note::default() };
        let mut line: EventLine<'_> = serde_json::from_str(&right).unwrap();
        line.note = Some(note);
        lines.push(serde_json::to_vec(&line).unwrap());
        for line in lines {
            assert_eq!(both(&line).0, None, "{}", String::from_utf8_lossy(&line));
        }
    }

    proptest! {
        #[test]
        fn both_readers_agree_on_whatever_a_line_becomes(
            correct: bool, factor in 0..70_010_u32, open: bool, content in 11..14_u32,
            day in 1..40_u32, at: prop::sample::Index, byte: u8, cut: bool, much: bool,
        ) {
            let kind = if correct { Kind::Correct } else { Kind::Put };
            let from = format!("2024-02-{day:02}");
            let mut line = spelled(kind, factor, &from, (!open).then_some("2024-03-01"), content);
            agree(&line);
            let at = at.index(line.len());
            line[at] = if much { byte } else { b"0123456789abcdefF\":,{} "[byte as usize % 23] };
            agree(&line);
            if cut {
                line.remove(at);
                agree(&line);
                line.truncate(at);
                agree(&line);
            }
        }
    }
}
