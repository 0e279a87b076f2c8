//! When the older logger says that something happened.

/// A moment as `datetime.isoformat()` writes it: no zone, and no fraction at a whole second.
///
/// Packed so that moments are ordered as numbers: year, month, day, hour, minute, second and
/// microsecond, each in a field of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

/// Bits of month, day, hour, minute, second and microsecond; the year is in front.
const BITS: [u32; 6] = [4, 5, 5, 6, 6, 20];

impl Moment {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let whole = matches!(bytes.len(), 19 | 26)
            && [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')]
                .iter()
                .all(|(at, mark)| bytes[*at] == *mark)
            && bytes.get(19).is_none_or(|mark| *mark == b'.');
        if !whole {
            return None;
        }
        let number = |from: usize, to: usize| {
            bytes[from..to].iter().try_fold(0, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0'))
            })
        };
        let micros = if bytes.len() == 26 { number(20, 26)? } else { 0 };
        let fields = [number(5, 7)?, number(8, 10)?, number(11, 13)?, number(14, 16)?];
        let fields = [fields[0], fields[1], fields[2], fields[3], number(17, 19)?, micros];
        let most = [12, 31, 23, 59, 59, 999_999];
        let least = [1, 1, 0, 0, 0, 0];
        let possible = (0..6).all(|at| (least[at]..=most[at]).contains(&fields[at]));
        let packed =
            fields.iter().zip(BITS).fold(number(0, 4)?, |sum, (field, bits)| sum << bits | field);
        possible.then_some(Self(packed))
    }

    /// The part of a key that comes from the moment: `2025/03/01/22`.
    pub(super) fn hour(self) -> [u8; 13] {
        let above = |fields: usize| BITS[6 - fields..].iter().sum::<u32>();
        let field = |at: usize| self.0 >> above(6 - at) & ((1 << BITS[at - 1]) - 1);
        let mut hour = *b"0000/00/00/00";
        let mut write = |place: std::ops::Range<usize>, mut number: u64| {
            for digit in hour[place].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        };
        write(0..4, self.0 >> above(6));
        write(5..7, field(1));
        write(8..10, field(2));
        write(11..13, field(3));
        hour
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_ordered_whatever_their_width() {
        let texts = [
            "1999-12-31T23:59:59.999999",
            "2025-03-01T22:58:00",
            "2025-03-01T22:58:00.000001",
            "2025-03-01T22:58:01",
            "2025-03-01T23:00:00.999999",
            "2025-03-02T00:00:00",
            "2025-10-01T00:00:00",
        ];
        let moments: Vec<_> = texts.iter().map(|text| Moment::parse(text).unwrap()).collect();
        assert!(moments.is_sorted());
        assert_eq!(&moments[0].hour(), b"1999/12/31/23");
        assert_eq!(&moments[4].hour(), b"2025/03/01/23");
    }

    #[test]
    fn only_the_older_loggers_spelling_is_read() {
        for text in [
            "2025-03-01T22:58:00Z",
            "2025-03-01 22:58:00",
            "2025-03-01T22:58:00.1",
            "2025-13-01T22:58:00",
            "2025-03-00T22:58:00",
            "2025-03-01T24:58:00",
            "2025-03-01T22:58:0\u{e9}",
            "",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
