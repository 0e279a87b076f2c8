//! Moments as records spell them.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

/// RFC 3339 in UTC with six digits of the second's fraction: `2026-01-31T09:00:00.000000Z`.
///
/// Written by hand, because every event is stamped and a format string is read anew each time.
pub(crate) fn stamp(moment: DateTime<Utc>) -> String {
    let year = u32::try_from(moment.year()).unwrap_or(0).min(9999);
    // A leap second runs on in the nanoseconds of the one before.
    let micros = (moment.nanosecond() / 1000).min(999_999);
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let mut put = |at: usize, digits: usize, mut number: u32| {
        for place in text[at..at + digits].iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, moment.month());
    put(8, 2, moment.day());
    put(11, 2, moment.hour());
    put(14, 2, moment.minute());
    put(17, 2, moment.second());
    put(20, 6, micros);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_what_chrono_prints() {
        for seconds in [0, 951_782_400, 1_772_366_399, 253_402_300_799] {
            for nanos in [0, 999, 1_000, 123_456_789, 999_999_999] {
                let moment = DateTime::from_timestamp(seconds, nanos).unwrap();
                let theirs = moment.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
                assert_eq!(stamp(moment), theirs);
            }
        }
        let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        assert_eq!(stamp(leap), "2016-12-31T23:59:59.999999Z");
    }
}
